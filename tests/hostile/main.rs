//! Hostile input in the module: an exact verdict or a clean refusal, never a trap, never code 500, and
//! bounded work and memory.
//!
//! | file | input |
//! |---|---|
//! | `broken_payloads` | payloads that are cut off, hold other bytes, nest too deeply or try to forge a message |
//! | `growing_pods` | pods of 1 MB and 2 MB: the work grows in step with the size |
//! | `costly_patterns` | values and patterns that are expensive to compare |
//! | `large_objects` | objects of 2 MB, each of which is hard for one step of the policy |
//! | `large_settings` | settings of 2 MB |
//! | `node_checks` | many pods in a cluster of many nodes |

mod bounds;
mod broken_payloads;
mod costly_patterns;
mod growing_pods;
mod large_objects;
mod large_settings;
mod node_checks;

use harness::policy;
use serde_json::{Value, json};

/// The kind of an object.
#[derive(Clone, Copy)]
struct Kind {
    group: &'static str,
    name: &'static str,
}

const POD: Kind = Kind {
    group: "",
    name: "Pod",
};
/// A kind that Kubernetes does not define. The policy searches its objects for pod specs.
const CUSTOM: Kind = Kind {
    group: "example.com",
    name: "X",
};
/// A kind that holds an older template of a DaemonSet or a StatefulSet. The policy searches it like a
/// custom kind.
const CONTROLLER_REVISION: Kind = Kind {
    group: "apps",
    name: "ControllerRevision",
};

/// Returns a pod that the rules admit.
fn pod() -> Value {
    json!({
        "metadata": {"name": "a"},
        "spec": {
            "hostNetwork": true,
            "nodeSelector": {"kubernetes.io/os": "windows"},
            "securityContext": {
                "windowsOptions": {"hostProcess": true, "runAsUserName": r"NT AUTHORITY\SYSTEM"},
            },
            "containers": [{"name": "c", "image": "r.example/a/b:v1", "args": ["x.ps1"]}],
        },
    })
}

fn pod_with_containers(containers: Vec<Value>) -> Value {
    let mut pod = pod();
    pod["spec"]["containers"] = containers.into();
    pod
}

fn rule(name: &str) -> Value {
    json!({
        "name": name,
        "namespaces": ["ns"],
        "containers": [{
            "images": ["r.example/a/*", "r.example/b/c-*:v?.*"],
            "runAsUserNames": [r"NT AUTHORITY\SYSTEM"],
            "args": [{"pattern": "*.ps1"}],
        }],
    })
}

/// Returns settings with `count` rules. They differ only in their names.
fn settings_with_rules(count: usize) -> Value {
    let rules: Vec<Value> = (0..count)
        .map(|number| rule(&format!("r{number}")))
        .collect();
    json!({"allow": rules})
}

/// Returns settings with 200 rules, each after `change`, which gets the rule and its number.
fn settings_with_changed_rules(change: impl Fn(&mut Value, usize)) -> Value {
    let mut settings = settings_with_rules(200);
    let rules = settings["allow"].as_array_mut().expect("a list");
    for (number, rule) in rules.iter_mut().enumerate() {
        change(rule, number);
    }
    settings
}

/// Returns the request that creates `object`.
fn request(kind: Kind, object: Value) -> Value {
    let mut request = json!({
        "kind": {"group": kind.group, "version": "v1", "kind": kind.name},
        "operation": "CREATE",
        "namespace": "ns",
        "userInfo": {"username": "u"},
    });
    request["object"] = object;
    request
}

/// Returns a list of copies of `entry`, which takes about `size` bytes in the payload.
fn fill(entry: &Value, size: usize) -> Value {
    let comma = 1;
    let count = size / (entry.to_string().len() + comma);
    vec![entry.clone(); count].into()
}

fn payload(request: &Value, settings: &Value) -> String {
    format!(r#"{{"request":{request},"settings":{settings}}}"#)
}

/// What the module answers to a payload.
struct Answer {
    verdict: Verdict,
    /// Why the request is denied or cannot be read; empty if it is accepted.
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Accepted,
    /// Code 403.
    Denied,
    /// Code 400.
    Unreadable,
}

/// Returns what the module answers. Checks that the message is bounded and printable.
#[track_caller]
fn answer(payload: impl AsRef<[u8]>) -> Answer {
    let response = policy()
        .validate(payload.as_ref())
        .expect("no trap and no guest error");
    let response: Value = serde_json::from_slice(&response).expect("JSON");

    let message = response["message"].as_str().unwrap_or_default();
    assert!(message.len() <= 2000, "{} characters", message.len());
    let is_printable = |byte: u8| (b' '..=b'~').contains(&byte);
    assert!(message.bytes().all(is_printable), "{message:?}");

    let verdict = match (response["accepted"].as_bool(), response["code"].as_u64()) {
        (Some(true), _) => Verdict::Accepted,
        (_, Some(403)) => Verdict::Denied,
        (_, Some(400)) => Verdict::Unreadable,
        _ => panic!("not a verdict: {response}"),
    };
    Answer {
        verdict,
        message: message.to_owned(),
    }
}
