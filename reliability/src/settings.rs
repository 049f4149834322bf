//! Settings: rules that workloads of [`crate::workload`] meet now and then, and
//! requirements in all modes.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::words;

/// The requirements that can be judged without a cluster.
const REQUIREMENTS: [&str; 9] = [
    "allContainers",
    "hostNetwork",
    "runAsUserName",
    "runAsNonRoot",
    "namedPipeMounts",
    "unixSocketMounts",
    "hyperVIsolation",
    "rootfsLocation",
    "windowsNode",
];

/// Valid settings with up to four rules.
pub fn settings(choices: &mut Choices<'_>) -> Value {
    let rules: Vec<Value> = (0..choices.below(5))
        .map(|index| rule(choices, &format!("rule-{index}")))
        .collect();
    let mut settings = json!({ "allow": rules });
    if choices.once_in(2) {
        settings["requirements"] = requirements(choices);
    }
    settings
}

/// Modes for the requirements, most of them `off`.
pub fn requirements(choices: &mut Choices<'_>) -> Value {
    let modes: Map<String, Value> = REQUIREMENTS
        .iter()
        .map(|name| {
            let mode = choices.pick(&["off", "off", "warn", "deny"]);
            ((*name).to_owned(), json!(mode))
        })
        .collect();
    Value::Object(modes)
}

/// A valid rule of that name.
pub fn rule(choices: &mut Choices<'_>, name: &str) -> Value {
    let mut rule = json!({
        "name": name,
        "namespaces": patterns(choices, words::NAMESPACE_PATTERNS),
        "images": patterns(choices, words::IMAGE_PATTERNS),
        "runAsUserNames": patterns(choices, words::ACCOUNT_PATTERNS),
    });
    if choices.once_in(3) {
        rule["serviceAccountNames"] = patterns(choices, words::SERVICE_ACCOUNT_PATTERNS);
    }
    if choices.once_in(4) {
        rule["commands"] = patterns(choices, words::COMMAND_PATTERNS);
    }
    if choices.once_in(4) {
        rule["requestedBy"] = json!({"users": patterns(choices, words::USER_PATTERNS)});
        // Beside anyone a group would decide nothing.
        let anyone = rule["requestedBy"]["users"].as_array();
        let anyone = anyone.is_some_and(|users| users.contains(&json!("*")));
        if !anyone && choices.once_in(2) {
            rule["requestedBy"]["groups"] = patterns(choices, words::GROUPS);
        }
    }
    if choices.once_in(3) {
        rule["ephemeralContainers"] = json!(choices.once_in(2));
    }
    rule
}

/// One to three of `known`, the first of them in half of the cases: it is `*` for most.
fn patterns(choices: &mut Choices<'_>, known: &[&str]) -> Value {
    let patterns: Vec<&str> = (0..1 + choices.below(3))
        .map(|_| *choices.mostly_first(2, known))
        .collect();
    json!(patterns)
}
