//! `validate` on workloads and rules of the same few words, so that rules admit them now and
//! then; and what `suggested-rule` promises: it admits the request.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

const NAMES: [&str; 8] = ["a", "kube-system", "*", "a?", "", "b.c", "A", "x*y"];
const IMAGES: [&str; 8] = [
    "a",
    "docker.io/library/a",
    "docker.io/*",
    "r.example/a/b:v1",
    "r.example/a/*",
    "sha256:abc",
    "A b",
    "*",
];
const ACCOUNTS: [&str; 8] = [
    r"NT AUTHORITY\SYSTEM",
    r"nt authority\system",
    r"NT AUTHORITY\Local Service",
    "svc",
    r"D\*",
    "*",
    "",
    r"D\a",
];
const WORDS: [&str; 8] = ["a", "a.ps1", "*.ps1", "$(A)", "a..b", "&", "*", "?"];
const KINDS: [(&str, &str); 4] = [
    ("", "Pod"),
    ("apps", "DaemonSet"),
    ("example.com", "X"),
    ("batch", "Job"),
];

/// A container, or an entry of a rule. The numbers choose texts from the constants above: see
/// [`pick`].
#[derive(Arbitrary, Debug)]
struct Container {
    image: u8,
    account: Option<u8>,
    flag: Option<bool>,
    command: Option<Vec<u8>>,
    args: Option<Vec<u8>>,
    probe: Option<Vec<u8>>,
}

#[derive(Arbitrary, Debug)]
struct Case {
    kind: u8,
    namespace: u8,
    service_account: Option<u8>,
    flag: Option<bool>,
    account: Option<u8>,
    containers: Vec<Container>,
    init: Vec<Container>,
    ephemeral: Vec<Container>,
    entries: Vec<Container>,
    update: bool,
}

/// Returns the text that `choice` stands for.
fn pick(words: [&str; 8], choice: u8) -> &str {
    words[usize::from(choice) % words.len()]
}

fn words(choices: &Option<Vec<u8>>) -> Value {
    match choices {
        Some(choices) => choices.iter().map(|choice| pick(WORDS, *choice)).collect(),
        None => Value::Null,
    }
}

fn context(flag: Option<bool>, account: Option<u8>) -> Value {
    let account = account.map(|choice| pick(ACCOUNTS, choice));
    json!({"windowsOptions": {"hostProcess": flag, "runAsUserName": account}})
}

fn containers(all: &[Container]) -> Vec<Value> {
    all.iter().map(container).collect()
}

fn container(container: &Container) -> Value {
    json!({
        "name": "c",
        "image": pick(IMAGES, container.image),
        "command": words(&container.command),
        "args": words(&container.args),
        "livenessProbe": { "exec": { "command": words(&container.probe) } },
        "securityContext": context(container.flag, container.account),
    })
}

fn rule_entry(container: &Container) -> Value {
    let mut entry = json!({
        "images": [pick(IMAGES, container.image)],
        "runAsUserNames": [pick(ACCOUNTS, container.account.unwrap_or_default())],
        "ephemeral": container.flag == Some(true),
    });
    for (key, choices) in [("command", &container.command), ("args", &container.args)] {
        if choices.is_some() {
            entry[key] = words(choices);
        }
    }
    entry
}

/// Asks the policy to judge `request` by these rules.
fn validate(request: &Value, allow: Value) -> Value {
    let payload = json!({ "request": request, "settings": { "allow": allow } });
    fuzz::validate_and_check(payload.to_string().as_bytes())
}

fuzz_target!(init: fuzz::write_seeds("workload"), |case: Case| {
    let spec = json!({
        "serviceAccountName": case.service_account.map(|choice| pick(NAMES, choice)),
        "hostNetwork": true,
        "securityContext": context(case.flag, case.account),
        "containers": containers(&case.containers),
        "initContainers": containers(&case.init),
        "ephemeralContainers": containers(&case.ephemeral),
    });
    let (group, kind) = KINDS[usize::from(case.kind) % KINDS.len()];
    let object = match kind {
        "Pod" => json!({"spec": spec}),
        _ => json!({"spec": {"template": {"spec": spec}}}),
    };
    let rule = json!({"name": "r", "namespaces": [pick(NAMES, case.namespace)],
        "containers": case.entries.iter().map(rule_entry).collect::<Vec<_>>()});
    let request = json!({
        "kind": {"group": group, "version": "v1", "kind": kind},
        "operation": if case.update { "UPDATE" } else { "CREATE" },
        "namespace": pick(NAMES, case.namespace),
        "userInfo": {"username": "u"},
        "object": object,
    });
    let answer = validate(&request, json!([rule]));
    let Some(suggested) = answer["audit_annotations"]["suggested-rule"].as_str() else {
        return;
    };
    let suggested: Value = serde_json::from_str(suggested).expect("JSON");
    let answer = validate(&request, json!([suggested]));
    let message = answer["message"].as_str().unwrap_or_default();
    // The suggested rule matches, so only a requirement that is not met can deny.
    assert!(!message.contains("rule") && !message.contains("settings are not valid"), "{answer}");
});
