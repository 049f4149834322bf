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
const KINDS: [(&str, &str); 4] =
    [("", "Pod"), ("apps", "DaemonSet"), ("example.com", "X"), ("batch", "Job")];

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

fn pick(words: [&str; 8], choice: u8) -> &str {
    words[usize::from(choice) % words.len()]
}

fn words(choices: &Option<Vec<u8>>) -> Value {
    let pick = |choices: &Vec<u8>| choices.iter().map(|choice| pick(WORDS, *choice)).collect();
    choices.as_ref().map_or(Value::Null, pick)
}

fn context(flag: Option<bool>, account: Option<u8>) -> Value {
    let account = account.map(|choice| pick(ACCOUNTS, choice));
    json!({"windowsOptions": {"hostProcess": flag, "runAsUserName": account}})
}

fn containers(all: &[Container]) -> Value {
    let one = |c: &Container| {
        json!({"name": "c", "image": pick(IMAGES, c.image), "command": words(&c.command), "args": words(&c.args),
            "livenessProbe": {"exec": {"command": words(&c.probe)}}, "securityContext": context(c.flag, c.account)})
    };
    all.iter().map(one).collect()
}

fn entry(c: &Container) -> Value {
    let mut entry = json!({"images": [pick(IMAGES, c.image)],
        "runAsUserNames": [pick(ACCOUNTS, c.account.unwrap_or_default())], "ephemeral": c.flag == Some(true)});
    for (key, choices) in [("command", &c.command), ("args", &c.args)] {
        if choices.is_some() {
            entry[key] = words(choices);
        }
    }
    entry
}

fuzz_target!(|case: Case| {
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
        "containers": case.entries.iter().map(entry).collect::<Vec<_>>()});
    let request = json!({
        "kind": {"group": group, "version": "v1", "kind": kind},
        "operation": if case.update { "UPDATE" } else { "CREATE" },
        "namespace": pick(NAMES, case.namespace),
        "userInfo": {"username": "u"},
        "object": object,
    });
    let ask = |allow: Value| {
        fuzz::ask(json!({"request": request, "settings": {"allow": allow}}).to_string().as_bytes())
    };
    let answer = ask(json!([rule]));
    let Some(suggested) = answer["audit_annotations"]["suggested-rule"].as_str() else {
        return;
    };
    let suggested: Value = serde_json::from_str(suggested).expect("JSON");
    let answer = ask(json!([suggested]));
    let message = answer["message"].as_str().unwrap_or_default();
    // Requirements may still be missed.
    assert!(!message.contains("rule") && !message.contains("settings are not valid"), "{answer}");
});
