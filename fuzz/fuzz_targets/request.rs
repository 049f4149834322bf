//! `validate` on requests that are put together: whatever stands where, a true
//! `hostProcess` passes no empty settings, and a pod without one is accepted.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use windows_hostprocess_policy::{NoHost, validate};

#[derive(Arbitrary, Debug)]
struct Request {
    kind: Kind,
    update: bool,
    pod: Option<bool>,
    account: Option<String>,
    containers: Vec<Container>,
    extra: Vec<(Field, Scalar)>,
    allow: bool,
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Pod,
    Deployment,
    CronJob,
    Custom,
}

#[derive(Arbitrary, Debug)]
struct Container {
    list: List,
    name: String,
    image: Option<String>,
    host_process: Option<bool>,
    account: Option<String>,
    args: Vec<String>,
}

#[derive(Arbitrary, Debug)]
enum List {
    Main,
    Init,
    Ephemeral,
}

#[derive(Arbitrary, Debug)]
enum Field {
    HostNetwork,
    ServiceAccountName,
    RuntimeClassName,
    NodeName,
    Unknown,
}

#[derive(Arbitrary, Debug)]
enum Scalar {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
}

fn windows_options(host_process: Option<bool>, account: &Option<String>) -> Value {
    json!({"windowsOptions": {"hostProcess": host_process, "runAsUserName": account}})
}

fn pod_spec(request: &Request) -> Value {
    let mut spec = Map::new();
    spec.insert("securityContext".into(), windows_options(request.pod, &request.account));
    // A custom kind's pod spec is known by its list of containers.
    spec.insert("containers".into(), json!([]));
    for container in &request.containers {
        let list = match container.list {
            List::Main => "containers",
            List::Init => "initContainers",
            List::Ephemeral => "ephemeralContainers",
        };
        let list = spec.entry(list).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list").push(json!({
            "name": container.name,
            "image": container.image,
            "args": container.args,
            "securityContext": windows_options(container.host_process, &container.account),
        }));
    }
    for (field, scalar) in &request.extra {
        let field = match field {
            Field::HostNetwork => "hostNetwork",
            Field::ServiceAccountName => "serviceAccountName",
            Field::RuntimeClassName => "runtimeClassName",
            Field::NodeName => "nodeName",
            Field::Unknown => "unknown",
        };
        spec.insert(field.into(), match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => json!(value),
            Scalar::Number(value) => json!(value),
            Scalar::Text(value) => json!(value),
        });
    }
    Value::Object(spec)
}

fuzz_target!(|request: Request| {
    let spec = pod_spec(&request);
    let (group, kind, object) = match request.kind {
        Kind::Pod => ("", "Pod", json!({"spec": spec})),
        Kind::Deployment => ("apps", "Deployment", json!({"spec": {"template": {"spec": spec}}})),
        Kind::CronJob => (
            "batch",
            "CronJob",
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}),
        ),
        Kind::Custom => ("example.com", "Any", json!({"spec": {"roles": [{"spec": spec}]}})),
    };
    let settings = match request.allow {
        true => json!({"allow": [{"name": "any", "namespaces": ["*"], "images": ["*"],
            "runAsUserNames": ["*"], "ephemeralContainers": true}]}),
        false => json!({}),
    };
    let payload = json!({
        "request": {
            "kind": {"group": group, "kind": kind},
            "namespace": "default",
            "operation": if request.update { "UPDATE" } else { "CREATE" },
            "object": object,
            "oldObject": null,
        },
        "settings": settings,
    });
    let answer = validate(payload.to_string().as_bytes(), &NoHost);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let asks = request.pod == Some(true)
        || request.containers.iter().any(|container| container.host_process == Some(true));
    let code = answer["code"].as_u64();
    if asks && !request.allow {
        assert_eq!(answer["accepted"], false, "{payload}");
    }
    if !asks {
        assert!(answer["accepted"] == true || code == Some(400), "{payload}: {answer}");
    }
});
