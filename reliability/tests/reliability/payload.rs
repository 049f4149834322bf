//! Payloads written by hand, as text, so that they can be no JSON.

use serde_json::{Value, json};

/// The payload of a request to create a pod whose spec is the given text, under the
/// given settings.
pub fn pod_text(spec: &str, settings: &str) -> String {
    create_text(
        "",
        "Pod",
        &format!(r#"{{"metadata":{{"name":"agent"}},"spec":{spec}}}"#),
        settings,
    )
}

/// The payload of a request to create an object, both given as text.
pub fn create_text(group: &str, kind: &str, object: &str, settings: &str) -> String {
    format!(
        r#"{{"request":{{"uid":"1","kind":{{"group":"{group}","version":"v1","kind":"{kind}"}},"namespace":"kube-system","operation":"CREATE","userInfo":{{"username":"admin","groups":[]}},"object":{object}}},"settings":{settings}}}"#
    )
}

/// A request to create an object.
pub fn create(group: &str, kind: &str, object: Value) -> Value {
    json!({
        "uid": "1",
        "kind": {"group": group, "version": "v1", "kind": kind},
        "namespace": "kube-system",
        "operation": "CREATE",
        "userInfo": {"username": "admin", "groups": []},
        "object": object,
    })
}

/// A request to create a pod with this spec.
pub fn pod(spec: Value) -> Value {
    create(
        "",
        "Pod",
        json!({"metadata": {"name": "agent"}, "spec": spec}),
    )
}

/// A pod spec that satisfies all requirements.
pub fn sound_spec() -> Value {
    json!({
        "hostNetwork": true,
        "nodeSelector": {"kubernetes.io/os": "windows"},
        "securityContext": {"windowsOptions": {"hostProcess": true, "runAsUserName": "NT AUTHORITY\\SYSTEM"}},
        "containers": [{"name": "agent", "image": "registry.example.com/agent:v1"}],
    })
}

/// A request to exchange `old` for `new`.
pub fn update(group: &str, kind: &str, old: Value, new: Value) -> Value {
    let mut request = create(group, kind, new);
    request["operation"] = json!("UPDATE");
    request["oldObject"] = old;
    request
}
