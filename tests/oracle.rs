//! Without settings the policy denies exactly what the typed API of Kubernetes
//! (k8s-openapi) finds HostProcess in: on generated objects of all nine kinds, and on
//! mutations of them. `PROPTEST_CASES` says how many, 5,000 of each by default.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Pod, PodSpec, PodTemplate, PodTemplateSpec, ReplicationController,
    WindowsSecurityContextOptions,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use windows_hostprocess_policy::{NoHost, validate_in_full};

/// Group and kind, and the fields that lead to the template.
const KINDS: [(&str, &str, &[&str]); 9] = [
    ("", "Pod", &[]),
    ("", "PodTemplate", &["template"]),
    ("", "ReplicationController", &["spec", "template"]),
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
];

type Metadata = Option<ObjectMeta>;

/// Metadata and spec of the pod that `object` is or makes, as the typed API reads it.
fn typed(kind: &str, object: &Value) -> serde_json::Result<Option<(Metadata, Option<PodSpec>)>> {
    fn read<T: serde::de::DeserializeOwned>(object: &Value) -> serde_json::Result<T> {
        serde_json::from_value(object.clone())
    }
    let of = |template: PodTemplateSpec| (template.metadata, template.spec);
    let template = match kind {
        "Pod" => {
            let pod: Pod = read(object)?;
            return Ok(Some((Some(pod.metadata), pod.spec)));
        }
        "PodTemplate" => read::<PodTemplate>(object)?.template,
        "ReplicationController" => read::<ReplicationController>(object)?
            .spec
            .and_then(|spec| spec.template),
        "DaemonSet" => read::<DaemonSet>(object)?.spec.map(|spec| spec.template),
        "Deployment" => read::<Deployment>(object)?.spec.map(|spec| spec.template),
        "ReplicaSet" => read::<ReplicaSet>(object)?
            .spec
            .and_then(|spec| spec.template),
        "StatefulSet" => read::<StatefulSet>(object)?.spec.map(|spec| spec.template),
        "Job" => read::<Job>(object)?.spec.map(|spec| spec.template),
        _ => read::<CronJob>(object)?
            .spec
            .job_template
            .spec
            .map(|spec| spec.template),
    };
    Ok(template.map(of))
}

/// Whether a pod of this metadata and spec has a HostProcess container.
fn asks(metadata: Metadata, spec: &PodSpec) -> bool {
    let says = |options: Option<&WindowsSecurityContextOptions>| {
        options.and_then(|options| options.host_process) == Some(true)
    };
    let annotations = metadata
        .and_then(|metadata| metadata.annotations)
        .unwrap_or_default();
    let ephemeral = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .map(|c| &c.security_context);
    let init = spec
        .init_containers
        .iter()
        .flatten()
        .map(|c| &c.security_context);
    let main = spec.containers.iter().map(|c| &c.security_context);
    let own = spec.security_context.as_ref();
    annotations
        .get("microsoft.com/hostprocess-container")
        .is_some_and(|value| value == "true")
        || says(own.and_then(|context| context.windows_options.as_ref()))
        || main
            .chain(init)
            .chain(ephemeral)
            .flatten()
            .any(|context| says(context.windows_options.as_ref()))
}

fn flag() -> impl Strategy<Value = Value> {
    let flags = [json!(true), json!(false), json!(null)];
    prop_oneof![6 => Just(json!(false)), 2 => select(flags.to_vec())]
}

fn security_context() -> impl Strategy<Value = Value> {
    let options = flag().prop_map(|flag| json!({"hostProcess": flag, "runAsUserName": "a"}));
    let options = prop_oneof![options, Just(json!(null)), Just(json!({}))];
    let context = options.prop_map(|options| json!({"windowsOptions": options}));
    prop_oneof![context, Just(json!(null))]
}

fn containers() -> impl Strategy<Value = Value> {
    let container = security_context()
        .prop_map(|context| json!({"name": "c", "image": "i", "securityContext": context}));
    prop_oneof![
        3 => prop::collection::vec(container, 0..3).prop_map(Value::from),
        1 => Just(json!(null)),
    ]
}

fn metadata() -> impl Strategy<Value = Value> {
    let value = select(vec!["true", "false", "True", ""]);
    let annotated = value
        .prop_map(|value| json!({"annotations": {"microsoft.com/hostprocess-container": value}}));
    prop_oneof![6 => Just(json!({"name": "n"})), 1 => Just(json!(null)), 1 => annotated]
}

/// A kind, by its place in [`KINDS`], and an object of it.
fn object() -> impl Strategy<Value = (usize, Value)> {
    let spec = (containers(), containers(), containers(), security_context()).prop_map(
        |(main, init, ephemeral, context)| {
            json!({"containers": main, "initContainers": init, "ephemeralContainers": ephemeral,
                "securityContext": context})
        },
    );
    let spec = prop_oneof![9 => spec, 1 => Just(json!(null))];
    (0..KINDS.len(), spec, metadata()).prop_map(|(kind, spec, metadata)| {
        let template = json!({"metadata": metadata, "spec": spec});
        let steps = KINDS[kind].2.iter().rev();
        let object = steps.fold(
            template,
            |value, step| json!({*step: value, "selector": {}}),
        );
        (kind, object)
    })
}

/// `object` with the value at one of its paths exchanged.
fn mutated(mut object: Value, place: usize, value: Value) -> Value {
    fn paths(value: &Value, path: String, all: &mut Vec<String>) {
        let fields = value.as_object().into_iter().flatten();
        let fields = fields.map(|(key, child)| (key.replace('/', "~1"), child));
        let entries = value.as_array().into_iter().flatten().enumerate();
        let entries = entries.map(|(index, child)| (index.to_string(), child));
        for (key, child) in fields.chain(entries) {
            let path = format!("{path}/{key}");
            all.push(path.clone());
            paths(child, path, all);
        }
    }
    let mut all = Vec::new();
    paths(&object, String::new(), &mut all);
    if let Some(node) = all
        .get(place % all.len().max(1))
        .and_then(|path| object.pointer_mut(path))
    {
        *node = value;
    }
    object
}

fn code(kind: usize, object: &Value) -> Option<u64> {
    let (group, name, _) = KINDS[kind];
    let payload = json!({
        "request": {"kind": {"group": group, "version": "v1", "kind": name}, "operation": "CREATE",
            "namespace": "ns", "object": object},
        "settings": {},
    });
    let answer = validate_in_full(payload.to_string().as_bytes(), &NoHost);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["accepted"], answer["code"].is_null(), "{answer}");
    answer["code"].as_u64()
}

fn check(kind: usize, object: &Value) {
    let code = code(kind, object);
    match typed(KINDS[kind].1, object) {
        Ok(pod) => {
            let asks =
                pod.is_some_and(|(metadata, spec)| spec.is_some_and(|spec| asks(metadata, &spec)));
            assert_eq!(code, asks.then_some(403), "{object}");
        }
        // The policy reads fewer fields, so that it may find nothing wrong.
        Err(error) => assert_ne!(code, Some(500), "{error}: {object}"),
    }
}

fn cases() -> u32 {
    let given = std::env::var("PROPTEST_CASES").ok();
    given.map_or(5_000, |cases| {
        cases.parse().expect("PROPTEST_CASES is a number")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn denies_what_the_typed_api_finds((kind, object) in object()) {
        check(kind, &object);
    }

    #[test]
    fn denies_what_the_typed_api_finds_in_mutations(
        (kind, object) in object(),
        place in 0..1000usize,
        value in select(vec![json!(null), json!(1), json!("true"), json!([]), json!({}), json!(true), json!([null]), json!([{}])]),
    ) {
        check(kind, &mutated(object, place, value));
    }
}
