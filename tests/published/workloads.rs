//! The ready-made policies admit what the makers of each workload publish, all versions of it,
//! and deny it with one image, account, service account or named word exchanged.
//!
//! tests/data/workloads has the workloads, shortened: images, accounts, service accounts and
//! commands are the makers'. Before each stand the policy that is made for it, the rule that is
//! to admit it, whether that names its words, and where else its images are published.

use serde_json::{Value, json};

use crate::judging::{answer, creation};
use crate::{files, policies};

/// Every workload with what stands before it.
fn cases() -> Vec<[Value; 2]> {
    let paths = files::below("tests/data/workloads").into_iter();
    let cases = paths.map(|path| files::yaml(&path, &files::text(&path)).try_into());
    cases
        .map(|case: Result<[Value; 2], _>| case.expect("two documents"))
        .collect()
}

/// Every workload.
pub fn all() -> Vec<Value> {
    cases().into_iter().map(|[_, workload]| workload).collect()
}

/// Asserts whether the policy of `case` admits `workload` after `change` of its pod spec.
fn assert_admits(admits: bool, case: &Value, workload: &Value, change: impl FnOnce(&mut Value)) {
    let mut workload = workload.clone();
    change(&mut workload["spec"]["template"]["spec"]);
    let settings = policies::settings(case["policy"].as_str().expect("a policy"));
    let answer = answer(&creation(&workload), &settings);
    let admitted = answer
        == format!(
            "admitted by rule {}\n",
            case["rule"].as_str().expect("a rule")
        );
    let denied = answer.starts_with("HostProcess denied: ");
    assert_eq!(
        (admitted, denied),
        (admits, !admits),
        "{workload}: {answer}"
    );
}

/// List and index of each container of `workload`.
fn containers(workload: &Value) -> Vec<(&'static str, usize)> {
    let spec = &workload["spec"]["template"]["spec"];
    let count = |list| spec[list].as_array().map_or(0, Vec::len);
    let of = |list| (0..count(list)).map(move |index| (list, index));
    of("initContainers").chain(of("containers")).collect()
}

#[test]
fn each_is_admitted_as_published() {
    for [case, workload] in cases() {
        assert_admits(true, &case, &workload, |_| ());
        for elsewhere in case["alsoPublishedIn"].as_array().into_iter().flatten() {
            let [here, there] =
                ["inPlaceOf", "from"].map(|key| elsewhere[key].as_str().expect("a registry"));
            let other = workload.to_string().replace(here, there);
            assert!(other.contains(there), "no {here} in {workload}");
            assert_admits(
                true,
                &case,
                &serde_json::from_str(&other).expect("JSON"),
                |_| (),
            );
        }
    }
}

#[test]
fn each_is_denied_with_one_thing_exchanged() {
    for [case, workload] in cases() {
        assert_admits(false, &case, &workload, |spec| {
            spec["serviceAccountName"] = json!("another");
        });
        // Under this annotation every account is SYSTEM.
        let annotations = &workload["spec"]["template"]["metadata"]["annotations"];
        let always_system = annotations["microsoft.com/hostprocess-inherit-user"] == "true";
        for (list, at) in containers(&workload) {
            assert_admits(false, &case, &workload, |spec| {
                spec[list][at]["image"] = json!("registry.example.com/another:1");
            });
            assert_admits(always_system, &case, &workload, |spec| {
                spec[list][at]["securityContext"]["windowsOptions"] =
                    json!({ "hostProcess": true, "runAsUserName": r"NT AUTHORITY\LocalService" });
            });
        }
    }
}

#[test]
fn no_named_word_can_be_exchanged_or_added() {
    for [case, workload] in cases()
        .iter()
        .filter(|[case, _]| case["namesWords"] == true)
    {
        for (list, at) in containers(workload) {
            for field in ["command", "args"] {
                let words = workload["spec"]["template"]["spec"][list][at][field].as_array();
                let words = words.cloned().unwrap_or_default();
                for place in 0..=words.len() {
                    let mut other = words.clone();
                    other.splice(place..words.len().min(place + 1), [json!("another")]);
                    assert_admits(false, case, workload, |spec| {
                        spec[list][at][field] = json!(other)
                    });
                }
            }
            let hook = json!({ "preStop": { "exec": { "command": ["cmd.exe"] } } });
            assert_admits(false, case, workload, |spec| {
                spec[list][at]["lifecycle"] = hook
            });
        }
    }
}
