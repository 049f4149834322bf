//! No input makes the module overflow its stack or work without end. Instructions are
//! counted, not timed, so these figures are the same on every machine.

use std::sync::OnceLock;

use rstest::rstest;
use serde_json::{Value, json};

use crate::metered::{Metered, STACK};
use crate::payload::{create, create_text, pod, sound_spec, update};
use crate::policy::payload as text;

/// What wasmtime gives a module where the host says nothing.
const NATIVE_STACK: usize = 512 * 1024;
/// More memory than any of these takes.
const GENEROUS: usize = 1 << 30;

/// `core` inside of `depth` levels of objects or lists.
fn nested(open: &str, core: &str, close: &str, depth: usize) -> String {
    [&open.repeat(depth), core, &close.repeat(depth)].concat()
}

const ASKS: &str =
    r#"{"containers":[{"securityContext":{"windowsOptions":{"hostProcess":true}}}]}"#;

/// The deepest nesting that a custom kind may have between its root and a pod spec.
const DEEPEST: usize = 120;

#[rstest]
#[case::objects(create_text("example.com", "X", &nested(r#"{"a":"#, ASKS, "}", DEEPEST), "{}"), 403)]
#[case::lists(create_text("example.com", "X", &nested(r#"{"a":["#, ASKS, "]}", DEEPEST / 2), "{}"), 403)]
#[case::pod_specs(create_text("example.com", "X", &nested(r#"{"containers":[],"template":"#, ASKS, "}", DEEPEST), "{}"), 403)]
#[case::too_deep(create_text("example.com", "X", &nested(r#"{"a":"#, ASKS, "}", 1000), "{}"), 400)]
#[case::too_deep_a_million_times(create_text("example.com", "X", &"[".repeat(1_000_000), "{}"), 400)]
#[case::skipped_part(create_text("", "Pod", &format!(r#"{{"status":{},"spec":{ASKS}}}"#, nested("[", "", "]", 500_000)), "{}"), 403)]
#[case::settings(create_text("", "Pod", &format!(r#"{{"spec":{ASKS}}}"#), &nested(r#"{"a":"#, "1", "}", 126)), 403)]
#[case::settings_too_deep(create_text("", "Pod", &format!(r#"{{"spec":{ASKS}}}"#), &nested("[", "", "]", 500_000)), 403)]
#[case::update(text(&update("example.com", "X", deep_value(), deep_value()), &json!({})), 0)]
fn the_stack_holds_whatever_is_nested(#[case] payload: String, #[case] code: u64) {
    // A fourth of what the host gives is enough for the engine's frames.
    static METERED: OnceLock<Metered> = OnceLock::new();
    let metered = METERED.get_or_init(|| Metered::load(NATIVE_STACK / 4));
    let run = metered.validate(payload.as_bytes(), GENEROUS);
    let answer = run.answer.expect("no trap");
    let answer = reliability::answer::Answer::read(&answer).expect("an answer");
    assert_eq!(answer.code, code, "{answer:?}");
    println!(
        "{} of {STACK} bytes of stack, {} bytes of memory",
        run.stack, run.memory
    );
    assert!(run.stack <= STACK / 2, "{} bytes of stack", run.stack);
}

fn deep_value() -> Value {
    serde_json::from_str(&nested(r#"{"a":"#, ASKS, "}", 110)).expect("JSON")
}

/// The same nesting in the native build, in a thread with a stack of 1 MB.
#[test]
fn a_stack_of_one_megabyte_is_enough_natively() {
    let judge = || {
        for depth in [1, 60, DEEPEST, 130, 100_000] {
            let object = nested(r#"{"a":"#, ASKS, "}", depth);
            let payload = create_text("example.com", "X", &object, "{}");
            let answer = crate::policy::judge_text(&payload).expect("an answer");
            assert_eq!(answer.code, if depth <= DEEPEST { 403 } else { 400 });
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(judge);
    thread.expect("a thread").join().expect("no overflow");
}

/// A payload of each size, for inputs that are made to take long.
type Family = fn(usize) -> String;

#[rstest]
#[case::containers(containers)]
#[case::distinct_images(distinct_images)]
#[case::selector_labels_of_an_update(selector_labels_of_an_update)]
#[case::shuffled_selector_labels_of_an_update(shuffled_selector_labels_of_an_update)]
#[case::mounts_whose_names_collide(mounts_whose_names_collide)]
#[case::images_whose_names_collide(images_whose_names_collide)]
#[case::pipes_and_mounts(pipes_and_mounts)]
#[case::pod_specs_in_a_custom_kind(pod_specs_in_a_custom_kind)]
#[case::pod_specs_in_one_list(pod_specs_in_one_list)]
#[case::pod_specs_in_one_object(pod_specs_in_one_object)]
#[case::pod_specs_beside_long_metadata(pod_specs_beside_long_metadata)]
#[case::keys_in_a_custom_kind(keys_in_a_custom_kind)]
#[case::known_fields_in_a_custom_kind(known_fields_in_a_custom_kind)]
#[case::affinity_terms(affinity_terms)]
#[case::groups(groups)]
#[case::command_words(command_words)]
#[case::escapes(escapes)]
#[case::stars_against_one_letter(stars_against_one_letter)]
#[case::stars_in_the_pattern(stars_in_the_pattern)]
#[case::rules(rules)]
#[case::rules_with_wrong_keys(rules_with_wrong_keys)]
fn work_grows_in_step_with_the_input(#[case] family: Family) {
    static METERED: OnceLock<Metered> = OnceLock::new();
    let metered = METERED.get_or_init(|| Metered::load(NATIVE_STACK));
    let [small, large] = [1000, 8000].map(|size| {
        let payload = family(size);
        let run = metered.validate(payload.as_bytes(), GENEROUS);
        run.answer.expect("no trap");
        println!("{} bytes, {} instructions", payload.len(), run.fuel);
        (payload.len() as u64, run.fuel)
    });
    // Eight times the size: a quadratic part would show as up to 64 times the work.
    let growth = large.1 * 100 / small.1;
    let bound = large.0 * 100 / small.0 * 3 / 2;
    assert!(
        growth <= bound,
        "{growth} % of the work for {bound} % of the bytes and a half"
    );
}

fn many(count: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..count).map(item).collect::<Vec<_>>().into()
}

fn denied_pod(change: impl FnOnce(&mut Value)) -> String {
    let mut spec = sound_spec();
    change(&mut spec);
    text(&pod(spec), &json!({}))
}

fn containers(size: usize) -> String {
    denied_pod(|spec| spec["containers"] = many(size, |_| json!({"name": "a", "image": "b"})))
}

fn distinct_images(size: usize) -> String {
    denied_pod(|spec| spec["containers"] = many(size, |i| json!({"image": format!("i{i}")})))
}

fn labels(indexes: impl Iterator<Item = usize>) -> String {
    let labels: Vec<String> = indexes.map(|i| format!(r#""label-{i}":"v""#)).collect();
    format!("{{{}}}", labels.join(","))
}

fn update_of_labels(old: &str, new: &str) -> String {
    let object = |labels: &str| {
        let spec = sound_spec().to_string();
        format!(
            r#"{{"spec":{}"#,
            spec.replace(r#"{"kubernetes.io/os":"windows"}"#, labels)
        ) + "}"
    };
    let payload = create_text("", "Pod", &object(new), "{}");
    let old = format!(r#""oldObject":{},"object":"#, object(old));
    payload
        .replace(r#""CREATE""#, r#""UPDATE""#)
        .replacen(r#""object":"#, &old, 1)
}

fn selector_labels_of_an_update(size: usize) -> String {
    let labels = labels(0..size);
    update_of_labels(&labels, &labels)
}

fn shuffled_selector_labels_of_an_update(size: usize) -> String {
    update_of_labels(&labels(0..size), &labels((0..size).rev()))
}

/// Names that FNV-1a, the usual small hash function, cannot tell apart by its last
/// bits.
fn colliding_names(size: usize) -> Vec<String> {
    let hash = |name: &str| {
        name.bytes().fold(0x811c_9dc5u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    };
    let names = (0u32..).map(|i| format!("{i:x}"));
    names
        .filter(|name| hash(name) & 0x3fff < 8)
        .take(size)
        .collect()
}

fn mounts_whose_names_collide(size: usize) -> String {
    let names = colliding_names(size);
    denied_pod(|spec| {
        spec["volumes"] = json!([{"name": "p", "hostPath": {"path": r"\\.\pipe\x"}}]);
        spec["containers"][0]["volumeMounts"] = many(size, |i| json!({"name": names[i]}));
    })
}

fn images_whose_names_collide(size: usize) -> String {
    let names = colliding_names(size);
    denied_pod(|spec| {
        spec["securityContext"]["windowsOptions"]["runAsUserName"] = Value::Null;
        spec["containers"] = many(
            size,
            |i| json!({"securityContext": {"windowsOptions": {"runAsUserName": names[i]}}}),
        );
    })
}

fn pipes_and_mounts(size: usize) -> String {
    denied_pod(|spec| {
        spec["volumes"] = many(
            size,
            |i| json!({"name": format!("v{i}"), "hostPath": {"path": r"\\.\pipe\x"}}),
        );
        spec["containers"][0]["volumeMounts"] = many(size, |i| json!({"name": format!("w{i}")}));
    })
}

fn pod_specs_in_a_custom_kind(size: usize) -> String {
    let tasks = many(
        size,
        |i| json!({"template": {"metadata": {"name": format!("t{i}")}, "spec": sound_spec()}}),
    );
    text(
        &create("example.com", "X", json!({"spec": {"tasks": tasks}})),
        &json!({}),
    )
}

fn pod_specs_in_one_list(size: usize) -> String {
    let list = vec![r#"{"containers":[]}"#; size].join(",");
    let object = format!(r#"{{"a":[{list}],"b":{ASKS}}}"#);
    create_text("example.com", "X", &object, "{}")
}

/// Pod specs beside each other, which share their metadata, and `first` before them.
fn pod_specs_in(first: &str, size: usize) -> String {
    let specs: String = (0..size)
        .map(|i| format!(r#","a{i}":{{"containers":[]}}"#))
        .collect();
    let object = format!(r#"{{"x":{{{first}{specs}}},"y":{ASKS}}}"#);
    create_text("example.com", "X", &object, "{}")
}

fn pod_specs_in_one_object(size: usize) -> String {
    pod_specs_in(r#""b":[]"#, size)
}

fn pod_specs_beside_long_metadata(size: usize) -> String {
    let annotations: Vec<String> = (0..size).map(|i| format!(r#""k{i}":[]"#)).collect();
    let annotations = annotations.join(",");
    pod_specs_in(
        &format!(r#""metadata":{{"annotations":{{{annotations}}}}}"#),
        size,
    )
}

fn keys_in_a_custom_kind(size: usize) -> String {
    let fields: Vec<String> = (0..size)
        .map(|i| format!(r#""key{i}":{{"a":[]}}"#))
        .collect();
    let object = format!(r#"{{"spec":{{{}}},"template":{ASKS}}}"#, fields.join(","));
    create_text("example.com", "X", &object, "{}")
}

fn known_fields_in_a_custom_kind(size: usize) -> String {
    let list = many(size, |_| json!({"windowsOptions": {"hostProcess": true}}));
    text(
        &create("example.com", "X", json!({"spec": {"list": list}})),
        &json!({}),
    )
}

fn affinity_terms(size: usize) -> String {
    let term = json!({"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows"]}]});
    denied_pod(|spec| {
        spec["nodeSelector"] = Value::Null;
        spec["affinity"] = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": many(size, |_| term.clone())},
        }});
    })
}

fn groups(size: usize) -> String {
    let mut request = pod(sound_spec());
    request["userInfo"]["groups"] = many(size, |i| json!(format!("group-{i}")));
    let mut rule = crate::policy::rule_for_all();
    rule["requestedBy"] = json!({"groups": ["*-none"]});
    text(&request, &json!({"allow": [rule]}))
}

fn rule_of_command(pattern: String) -> Value {
    let mut rule = crate::policy::rule_for_all();
    rule["commands"] = json!([pattern]);
    json!({"allow": [rule]})
}

fn command_words(size: usize) -> String {
    let mut spec = sound_spec();
    spec["containers"][0]["args"] = many(size, |_| json!("a"));
    text(&pod(spec), &rule_of_command("a*b".into()))
}

fn escapes(size: usize) -> String {
    let image = r"\u0061".repeat(size);
    let spec = sound_spec()
        .to_string()
        .replace("registry.example.com/agent:v1", &image);
    crate::payload::pod_text(&spec, "{}")
}

fn stars_against_one_letter(size: usize) -> String {
    let mut spec = sound_spec();
    spec["containers"][0]["command"] = json!(["a".repeat(size)]);
    text(&pod(spec), &rule_of_command("*a".repeat(30) + "*b"))
}

fn stars_in_the_pattern(size: usize) -> String {
    let mut spec = sound_spec();
    spec["containers"][0]["command"] = json!(["a".repeat(100)]);
    text(&pod(spec), &rule_of_command("*a".repeat(size) + "*b"))
}

fn rules(size: usize) -> String {
    let rules = many(size, |i| {
        let mut rule = crate::policy::rule_for_all();
        rule["name"] = json!(format!("rule-{i}"));
        rule["images"] = json!(["registry.example.com/other"]);
        rule
    });
    text(&pod(sound_spec()), &json!({"allow": rules}))
}

fn rules_with_wrong_keys(size: usize) -> String {
    let rules = many(size, |i| json!({"nmae": format!("rule-{i}"), "imagse": []}));
    text(&pod(sound_spec()), &json!({"allow": rules}))
}
