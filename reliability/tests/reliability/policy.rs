//! The native build, asked and its answers checked.

use reliability::answer::Answer;
use serde_json::{Value, json};
use windows_hostprocess_policy::{NoHost, validate};

/// The payload of `validate`.
pub fn payload(request: &Value, settings: &Value) -> String {
    format!(r#"{{"request":{request},"settings":{settings}}}"#)
}

/// What the policy says to a payload.
pub fn judge_text(payload: &str) -> Result<Answer, String> {
    Answer::read(&validate(payload.as_bytes(), &NoHost))
}

/// What the policy says to a request under settings.
pub fn judge(request: &Value, settings: &Value) -> Result<Answer, String> {
    judge_text(&payload(request, settings))
}

/// Settings of the given rules, with all requirements off but for `requirements`.
pub fn rules_alone(rules: &[Value]) -> Value {
    json!({"allow": rules, "requirements": {
        "allContainers": "off", "hostNetwork": "off", "runAsUserName": "off", "runAsNonRoot": "off",
        "namedPipeMounts": "off", "unixSocketMounts": "off", "hyperVIsolation": "off",
        "rootfsLocation": "off", "windowsNode": "off",
    }})
}

/// A rule for everything.
pub fn rule_for_all() -> Value {
    json!({"name": "all", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"], "ephemeralContainers": true})
}
