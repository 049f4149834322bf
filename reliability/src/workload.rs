//! Requests: sound workloads mostly, in every kind, with odd values among them.
//! All types are right; [`crate::spelling::corrupt`] makes them wrong.

use serde_json::{Map, Value, json};

use crate::choices::Choices;
use crate::words;

/// The nine kinds: group, kind, and the fields down to the pod template.
const KINDS: [(&str, &str, &[&str]); 9] = [
    ("", "Pod", &[]),
    ("apps", "DaemonSet", &["spec", "template"]),
    ("apps", "Deployment", &["spec", "template"]),
    ("apps", "ReplicaSet", &["spec", "template"]),
    ("apps", "StatefulSet", &["spec", "template"]),
    ("batch", "Job", &["spec", "template"]),
    (
        "batch",
        "CronJob",
        &["spec", "jobTemplate", "spec", "template"],
    ),
    ("", "PodTemplate", &["template"]),
    ("", "ReplicationController", &["spec", "template"]),
];

/// Custom kinds, the same way.
const CUSTOM_KINDS: [(&str, &str, &[&str]); 4] = [
    ("argoproj.io", "Rollout", &["spec", "template"]),
    ("example.com", "Pod", &[]),
    ("serving.knative.dev", "Service", &["spec", "template"]),
    (
        "jobset.x-k8s.io",
        "JobSet",
        &["spec", "replicatedJobs", "template", "spec", "template"],
    ),
];

/// A request to create something, of any kind.
pub fn request(choices: &mut Choices<'_>) -> Value {
    if choices.once_in(4) {
        custom_request(choices)
    } else {
        built_in_request(choices)
    }
}

/// A request to create an object of one of the nine kinds.
pub fn built_in_request(choices: &mut Choices<'_>) -> Value {
    let &(group, kind, path) = choices.pick(&KINDS);
    let template = template(choices);
    envelope(choices, group, kind, wrap(path, template))
}

/// A request to create an object of a custom kind, with any number of pod specs.
pub fn custom_request(choices: &mut Choices<'_>) -> Value {
    let &(group, kind, path) = choices.pick(&CUSTOM_KINDS);
    let template = template(choices);
    let mut object = wrap(path, template);
    if choices.once_in(3) {
        // A list of templates, and a pod spec without one.
        object["spec"]["tasks"] = json!([{"replicas": 1, "template": self::template(choices)}]);
        let template = self::template(choices);
        object["spec"]["pod"] = template["spec"].clone();
        if choices.once_in(2) {
            object["spec"]["pod"]["metadata"] = template["metadata"].clone();
        }
    }
    if choices.once_in(4) {
        // A list of pod specs, with the metadata beside it.
        let template = self::template(choices);
        let metadata = *choices.pick(&["metadata", "podMetadata"]);
        object["spec"]["more"] = json!({
            metadata: template["metadata"],
            "pods": [null, template["spec"], [template["spec"]]],
        });
    }
    if choices.once_in(4) {
        // A flag that belongs to no pod spec.
        object["spec"]["windows"] = json!({"windowsOptions": {"hostProcess": flag(choices)}});
    }
    if choices.once_in(6) {
        object["status"] = json!({"last": self::template(choices)});
    }
    envelope(choices, group, kind, object)
}

/// An object of these fields. (`json!` would copy the values.)
fn fields<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(
        fields
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect(),
    )
}

fn wrap(path: &[&str], template: Value) -> Value {
    let mut object = template;
    for &step in path.iter().rev() {
        let is_list = step == "replicatedJobs";
        object = fields([(
            step,
            if is_list {
                Value::Array(vec![object])
            } else {
                object
            },
        )]);
    }
    if !path.is_empty() {
        object["metadata"] = json!({"name": "agent"});
    }
    object
}

fn envelope(choices: &mut Choices<'_>, group: &str, kind: &str, object: Value) -> Value {
    let namespace = *choices.mostly_first(3, words::NAMESPACES);
    let groups = match choices.below(3) {
        0 => json!([words::GROUPS[0]]),
        1 => json!([words::GROUPS[0], choices.pick(words::GROUPS)]),
        _ => json!([]),
    };
    let user = json!(choices.mostly_first(3, words::USERS));
    fields([
        ("uid", json!("7c8f3a52-0d2f-4c55-9d7c-2f7e1d1b9b41")),
        (
            "kind",
            json!({"group": group, "version": "v1", "kind": kind}),
        ),
        ("namespace", json!(namespace)),
        ("operation", json!("CREATE")),
        ("userInfo", fields([("username", user), ("groups", groups)])),
        ("object", object),
        ("dryRun", json!(false)),
    ])
}

/// A pod template, or a pod: metadata and spec.
pub fn template(choices: &mut Choices<'_>) -> Value {
    // Where the flag is, so that most workloads agree with themselves.
    let levels = choices.below(4);
    let mut spec = Map::new();
    let usual = |choices: &mut Choices<'_>| !choices.once_in(6);
    if usual(choices) {
        spec.insert("hostNetwork".into(), json!(true));
    } else {
        optional(
            &mut spec,
            "hostNetwork",
            choices.pick(&[json!(false), json!(null)]),
        );
    }
    if usual(choices) {
        spec.insert(
            "nodeSelector".into(),
            json!({"kubernetes.io/os": "windows"}),
        );
    }
    if usual(choices) {
        let name = *choices.mostly_first(3, words::SERVICE_ACCOUNTS);
        let key = if choices.once_in(8) {
            "serviceAccount"
        } else {
            "serviceAccountName"
        };
        spec.insert(key.into(), json!(name));
    }
    if let Some(context) = security_context(choices, levels != 1) {
        spec.insert("securityContext".into(), context);
    }
    let count = 1 + choices.below(3);
    let containers = (0..count)
        .map(|index| container(choices, levels, index))
        .collect();
    spec.insert("containers".into(), Value::Array(containers));
    for list in ["initContainers", "ephemeralContainers"] {
        if choices.once_in(4) {
            spec.insert(
                list.into(),
                Value::Array(vec![container(choices, levels, 7)]),
            );
        }
    }
    if choices.once_in(5) {
        spec.insert("volumes".into(), volumes(choices));
    }
    if choices.once_in(6) {
        spec.insert(
            "runtimeClassName".into(),
            json!(choices.pick(words::RUNTIME_CLASSES)),
        );
    }
    if choices.once_in(12) {
        spec.insert(
            "os".into(),
            json!({"name": choices.pick(&["windows", "linux"])}),
        );
    }
    if choices.once_in(12) {
        spec.insert("affinity".into(), affinity(choices));
    }
    fields([
        ("metadata", metadata(choices)),
        ("spec", Value::Object(spec)),
    ])
}

fn optional(fields: &mut Map<String, Value>, key: &str, value: &Value) {
    if !value.is_null() {
        fields.insert(key.into(), value.clone());
    }
}

fn metadata(choices: &mut Choices<'_>) -> Value {
    let mut metadata = json!({"name": "agent", "labels": {"app": "agent"}});
    if choices.once_in(6) {
        let mut annotations = Map::new();
        annotations.insert("example.com/note".into(), json!("a note"));
        for name in ["inherit-user", "container", "rootfs-location"] {
            if choices.once_in(3) {
                let value = choices.pick(&["true", "True", "false", "1", ""]);
                annotations.insert(format!("microsoft.com/hostprocess-{name}"), json!(value));
            }
        }
        metadata["annotations"] = annotations.into();
    }
    metadata
}

fn flag(choices: &mut Choices<'_>) -> Value {
    choices
        .mostly_first(3, &[json!(true), json!(false), json!(null)])
        .clone()
}

/// A security context, of a pod or a container; `asks` says whether it is the usual
/// place of the flag.
fn security_context(choices: &mut Choices<'_>, asks: bool) -> Option<Value> {
    if !asks && !choices.once_in(4) {
        return None;
    }
    let mut options = Map::new();
    if asks || choices.once_in(3) {
        options.insert("hostProcess".into(), flag(choices));
    }
    if asks && !choices.once_in(6) {
        options.insert(
            "runAsUserName".into(),
            json!(choices.mostly_first(3, words::ACCOUNTS)),
        );
    }
    let mut context = fields([("windowsOptions", Value::Object(options))]);
    if choices.once_in(8) {
        context["runAsNonRoot"] = json!(choices.once_in(2));
    }
    Some(context)
}

/// A container with the given number in its name.
pub fn container(choices: &mut Choices<'_>, levels: usize, index: usize) -> Value {
    let mut container = json!({
        "name": format!("c{index}"),
        "image": choices.mostly_first(3, words::IMAGES),
        "env": [{"name": "A", "value": "unix://C:\\a.sock"}],
    });
    let command = *choices.mostly_first(3, words::COMMANDS);
    // The same command line, whichever of the two fields its words stand in.
    let split = choices.below(command.len() + 1);
    if split > 0 {
        container["command"] = json!(command[..split]);
    }
    if split < command.len() {
        container["args"] = json!(command[split..]);
    }
    if choices.once_in(6) {
        let command = choices.mostly_first(2, words::COMMANDS);
        container["startupProbe"] = json!({"exec": {"command": command}, "periodSeconds": 5});
    }
    if let Some(context) = security_context(choices, levels == 1 || levels == 3) {
        container["securityContext"] = context;
    }
    if choices.once_in(4) {
        container["volumeMounts"] = json!([{"name": "a", "mountPath": "C:\\a"}]);
    }
    container
}

fn volumes(choices: &mut Choices<'_>) -> Value {
    let host_path = json!({
        "path": choices.pick(words::HOST_PATHS),
        "type": choices.pick(words::HOST_PATH_TYPES),
    });
    json!([{"name": "a", "hostPath": host_path}, {"name": "b", "emptyDir": {}}])
}

fn affinity(choices: &mut Choices<'_>) -> Value {
    let term = |system: &&str| {
        json!({"matchExpressions": [
            {"key": "kubernetes.io/os", "operator": "In", "values": [system]},
        ]})
    };
    let terms: Vec<Value> = (0..1 + choices.below(2))
        .map(|_| term(choices.pick(&["windows", "linux"])))
        .collect();
    json!({"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
    }})
}
