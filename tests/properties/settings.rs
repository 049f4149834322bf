//! Generated rules, and settings with them.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::requests::without_empty_fields;

/// The requirements that generated workloads may not meet.
const REQUIREMENTS: [&str; 5] = [
    "allContainers",
    "hostNetwork",
    "runAsUserName",
    "rootfsLocation",
    "windowsNode",
];

/// Generates the pattern for anything in half of the cases, else one or two of the `others`.
fn patterns(others: &'static [&str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![Just(vec!["*"]), vec(select(others), 1..3)]
}

fn images() -> impl Strategy<Value = Vec<&'static str>> {
    patterns(&[
        "registry.example.com/*",
        "docker.io/library/nginx",
        "quay.io/c@sha256:*",
    ])
}

fn accounts() -> impl Strategy<Value = Vec<&'static str>> {
    patterns(&[r"NT AUTHORITY\SYSTEM", r"CONTOSO\svc-*", "Administrators"])
}

/// Generates a word of a command: a literal one, or a pattern.
fn word() -> impl Strategy<Value = Value> {
    let literal = select(vec!["*", "agent.exe", "a?b", "&"]);
    let pattern = select(vec!["*", "-F*", r"C:\k\*.ps1", "a?b"]);
    prop_oneof![
        literal.prop_map(Value::from),
        pattern.prop_map(|pattern| json!({ "pattern": pattern })),
    ]
}

prop_compose! {
    /// Generates an entry of `containers`.
    fn container_entry()(
        images in images(),
        accounts in accounts(),
        command in weighted(0.2, vec(word(), 0..3)),
        args in weighted(0.2, vec(word(), 0..3)),
        ephemeral in any::<bool>(),
    ) -> Value {
        let mut entry = json!({
            "images": images,
            "runAsUserNames": accounts,
            "ephemeral": ephemeral,
        });
        // An empty list is not the same as no list.
        if let Some(command) = command {
            entry["command"] = json!(command);
        }
        if let Some(args) = args {
            entry["args"] = json!(args);
        }
        entry
    }
}

prop_compose! {
    /// Generates a rule whose images and accounts count for all containers.
    fn short_rule()(
        images in images(),
        accounts in accounts(),
        ephemeral in any::<bool>(),
    ) -> Value {
        json!({
            "images": images,
            "runAsUserNames": accounts,
            "ephemeralContainers": ephemeral,
        })
    }
}

/// Generates a rule with an entry for each container.
fn long_rule() -> impl Strategy<Value = Value> {
    vec(container_entry(), 1..5).prop_map(|entries| json!({ "containers": entries }))
}

prop_compose! {
    /// Generates a rule without a name. [`settings`] gives it one.
    pub fn rule()(
        mut rule in prop_oneof![short_rule(), long_rule()],
        namespaces in patterns(&["kube-*", "kube-system", "monitoring"]),
        service_accounts in weighted(0.3, patterns(&["agent", "csi-*"])),
        requesters in weighted(0.3, patterns(&["user:alice", "controllers", "group:other"])),
    ) -> Value {
        rule["namespaces"] = json!(namespaces);
        rule["serviceAccountNames"] = json!(service_accounts);
        rule["requestedBy"] = json!(requesters);
        without_empty_fields(rule)
    }
}

/// Generates a mode for the requirements: one that denies, or one that does not look at them.
pub fn mode() -> impl Strategy<Value = &'static str> {
    select(vec!["deny", "ignore"])
}

/// Returns settings with `rules`, each with a name of its own, and with the requirements in `mode`.
pub fn settings(rules: &[Value], mode: &str) -> Value {
    let mut rules = rules.to_vec();
    for (index, rule) in rules.iter_mut().enumerate() {
        rule["name"] = json!(format!("rule-{index}"));
    }
    let mut requirements = json!({});
    for key in REQUIREMENTS {
        requirements[key] = json!(mode);
    }
    json!({ "allow": rules, "requirements": requirements })
}
