//! Pod Security Admission's Baseline rule on HostProcess: no pod, container, init
//! container or ephemeral container has `windowsOptions.hostProcess` other than false
//! or unset. Without settings the policy denies exactly what that rule denies.

use reliability::walk::HOMES;
use serde_json::{Value, json};

use crate::payload::create;
use crate::policy::judge;

/// The values of one field: unset in its three forms, and both booleans.
fn contexts() -> [Value; 6] {
    [
        Value::Null,
        json!({}),
        json!({"windowsOptions": null}),
        json!({"windowsOptions": {"hostProcess": null}}),
        json!({"windowsOptions": {"hostProcess": false}}),
        json!({"windowsOptions": {"hostProcess": true}}),
    ]
}

/// The rule, on the four fields it reads.
fn baseline_denies(contexts: [&Value; 4]) -> bool {
    contexts
        .iter()
        .any(|context| context["windowsOptions"]["hostProcess"] == true)
}

#[test]
fn without_settings_the_policy_denies_what_baseline_denies() {
    let values = contexts();
    let mut denied = 0;
    let mut judged = 0;
    for (group, kind, path) in HOMES {
        for combination in 0..6usize.pow(4) {
            let at = |place: u32| &values[combination / 6usize.pow(place) % 6];
            let [pod, main, init, ephemeral] = [at(0), at(1), at(2), at(3)];
            let container = |name: &str, context: &Value| json!([{"name": name, "image": "i", "securityContext": context}]);
            let template = json!({"metadata": {"name": "a"}, "spec": {
                "securityContext": pod,
                "containers": container("main", main),
                "initContainers": container("init", init),
                "ephemeralContainers": container("debug", ephemeral),
            }});
            let object = path.rsplit('/').filter(|step| !step.is_empty());
            let object = object.fold(template, |inner, step| json!({ step: inner }));
            let answer = judge(&create(group, kind, object), &json!({})).expect("an answer");
            let expected = if baseline_denies([pod, main, init, ephemeral]) {
                denied += 1;
                "denied"
            } else {
                "accepted"
            };
            judged += 1;
            assert_eq!(
                answer.verdict(),
                expected,
                "{kind}: pod {pod}, container {main}, init container {init}, ephemeral container {ephemeral}"
            );
        }
    }
    println!("{denied} of {judged} denied");
    assert_eq!((judged, denied), (9 * 1296, 9 * (1296 - 625)));
}
