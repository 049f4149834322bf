//! Who asks for HostProcess, by a plain walk over the request's JSON.

use serde_json::Value;

/// The annotation by which the Windows runtime makes containers HostProcess.
const ANNOTATION: &str = "microsoft.com/hostprocess-container";

/// The kinds whose pod template has one place: group, kind, and that place as a JSON
/// pointer.
pub const HOMES: [(&str, &str, &str); 9] = [
    ("", "Pod", ""),
    ("", "PodTemplate", "/template"),
    ("", "ReplicationController", "/spec/template"),
    ("apps", "Deployment", "/spec/template"),
    ("apps", "ReplicaSet", "/spec/template"),
    ("apps", "StatefulSet", "/spec/template"),
    ("apps", "DaemonSet", "/spec/template"),
    ("batch", "Job", "/spec/template"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
];

/// The lists of containers of a pod spec.
pub const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Where objects of the request's kind have their pod template; none where it is
/// anywhere.
#[must_use]
pub fn home(request: &Value) -> Option<&'static str> {
    let text = |key| request["kind"][key].as_str().unwrap_or_default();
    let (group, kind) = (text("group"), text("kind"));
    HOMES
        .iter()
        .find(|home| (home.0, home.1) == (group, kind))
        .map(|home| home.2)
}

/// Whether the request's `object` asks for HostProcess.
#[must_use]
pub fn asks(request: &Value) -> bool {
    let object = &request["object"];
    match home(request) {
        Some(path) => object.pointer(path).is_some_and(template_asks),
        None => anywhere_asks(object, object, true),
    }
}

/// Whether a pod template, or a pod, asks: by a flag of the pod, by one of any of its
/// containers, or by the annotation.
fn template_asks(template: &Value) -> bool {
    let spec = &template["spec"];
    let flag = |owner: &Value| owner["securityContext"]["windowsOptions"]["hostProcess"] == true;
    let containers = CONTAINER_LISTS
        .iter()
        .filter_map(|list| spec[list].as_array())
        .flatten();
    spec.is_object() && (has_annotation(template) || flag(spec) || containers.into_iter().any(flag))
}

/// Whether something in an object of unknown structure asks: a flag wherever it stands,
/// or the annotation in the metadata of a pod spec, of what it stands in, or of what the
/// list stands in that it is listed in. The object's own metadata and status make no pods.
fn anywhere_asks(node: &Value, holder: &Value, is_root: bool) -> bool {
    match node {
        Value::Array(items) => items.iter().any(|item| anywhere_asks(item, holder, false)),
        Value::Object(fields) => {
            is_pod_spec(node) && (has_annotation(node) || has_annotation(holder))
                || node["windowsOptions"]["hostProcess"] == true
                || fields
                    .iter()
                    .filter(|(key, _)| !(is_root && ["metadata", "status"].contains(&key.as_str())))
                    .any(|(_, value)| anywhere_asks(value, node, false))
        }
        _ => false,
    }
}

fn is_pod_spec(node: &Value) -> bool {
    node["containers"]
        .as_array()
        .is_some_and(|list| list.iter().all(|item| item.is_object() || item.is_null()))
}

fn has_annotation(holder: &Value) -> bool {
    ["metadata", "podMetadata"].iter().any(|metadata| {
        holder[metadata]["annotations"][ANNOTATION]
            .as_str()
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    })
}
