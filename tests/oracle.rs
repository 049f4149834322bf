//! Without settings the policy denies exactly those objects in which the types of Kubernetes
//! (k8s-openapi) have a HostProcess container: generated objects of all built-in kinds, and mutations
//! of them. `PROPTEST_CASES` says how many cases each test gets: 5,000 by default.

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Pod, PodSpec, PodTemplate, PodTemplateSpec, ReplicationController, SecurityContext,
    WindowsSecurityContextOptions,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use windows_hostprocess_policy::{NoHost, validate_in_full};

/// The annotation that makes the containers of a pod HostProcess containers.
const ANNOTATION: &str = "microsoft.com/hostprocess-container";

/// A kind of objects with a pod template.
#[derive(Clone, Copy, Debug)]
struct Kind {
    group: &'static str,
    name: &'static str,
    /// The fields that lead to the pod template. A Pod has none: it looks like a template itself.
    template: &'static [&'static str],
}

impl Kind {
    const fn new(
        group: &'static str,
        name: &'static str,
        template: &'static [&'static str],
    ) -> Self {
        Kind {
            group,
            name,
            template,
        }
    }
}

static KINDS: [Kind; 9] = [
    Kind::new("", "Pod", &[]),
    Kind::new("", "PodTemplate", &["template"]),
    Kind::new("", "ReplicationController", &["spec", "template"]),
    Kind::new("apps", "DaemonSet", &["spec", "template"]),
    Kind::new("apps", "Deployment", &["spec", "template"]),
    Kind::new("apps", "ReplicaSet", &["spec", "template"]),
    Kind::new("apps", "StatefulSet", &["spec", "template"]),
    Kind::new("batch", "Job", &["spec", "template"]),
    Kind::new(
        "batch",
        "CronJob",
        &["spec", "jobTemplate", "spec", "template"],
    ),
];

/// An object of a kind.
#[derive(Clone, Debug)]
struct Object {
    kind: Kind,
    value: Value,
}

// What the types of Kubernetes say.

fn read<T: DeserializeOwned>(value: &Value) -> serde_json::Result<T> {
    serde_json::from_value(value.clone())
}

/// Returns the template of the pods that an object makes, as the types read it; `None` if the object
/// has no template.
fn pod_template(object: &Object) -> serde_json::Result<Option<PodTemplateSpec>> {
    let value = &object.value;
    Ok(match object.kind.name {
        "Pod" => {
            let pod: Pod = read(value)?;
            Some(PodTemplateSpec {
                metadata: Some(pod.metadata),
                spec: pod.spec,
            })
        }
        "PodTemplate" => read::<PodTemplate>(value)?.template,
        "ReplicationController" => {
            let spec = read::<ReplicationController>(value)?.spec;
            spec.and_then(|spec| spec.template)
        }
        "ReplicaSet" => {
            let spec = read::<ReplicaSet>(value)?.spec;
            spec.and_then(|spec| spec.template)
        }
        "DaemonSet" => read::<DaemonSet>(value)?.spec.map(|spec| spec.template),
        "Deployment" => read::<Deployment>(value)?.spec.map(|spec| spec.template),
        "StatefulSet" => read::<StatefulSet>(value)?.spec.map(|spec| spec.template),
        "Job" => read::<Job>(value)?.spec.map(|spec| spec.template),
        "CronJob" => {
            let spec = read::<CronJob>(value)?.spec.job_template.spec;
            spec.map(|spec| spec.template)
        }
        other => panic!("{other} is no built-in kind"),
    })
}

/// Returns whether the pods of `template` have a HostProcess container.
fn requests_host_process(template: &PodTemplateSpec) -> bool {
    let Some(spec) = &template.spec else {
        return false;
    };
    has_annotation(template.metadata.as_ref())
        || windows_options(spec)
            .iter()
            .any(|options| options.host_process == Some(true))
}

fn has_annotation(metadata: Option<&ObjectMeta>) -> bool {
    let annotations = metadata.and_then(|metadata| metadata.annotations.as_ref());
    let value = annotations.and_then(|annotations| annotations.get(ANNOTATION));
    value.is_some_and(|value| value == "true")
}

/// Returns the `windowsOptions` of the pod and of all its containers.
fn windows_options(spec: &PodSpec) -> Vec<&WindowsSecurityContextOptions> {
    // An absent field extends a list by nothing.
    let mut contexts: Vec<&SecurityContext> = Vec::new();
    for container in &spec.containers {
        contexts.extend(&container.security_context);
    }
    for container in spec.init_containers.iter().flatten() {
        contexts.extend(&container.security_context);
    }
    for container in spec.ephemeral_containers.iter().flatten() {
        contexts.extend(&container.security_context);
    }

    let mut options = Vec::new();
    if let Some(context) = &spec.security_context {
        options.extend(&context.windows_options);
    }
    for context in contexts {
        options.extend(&context.windows_options);
    }
    options
}

// What the policy says.

/// Returns the code with which the policy refuses the creation of `object`; `None` if it accepts.
fn refusal_code(object: &Object) -> Option<u64> {
    let Kind { group, name, .. } = object.kind;
    let payload = json!({
        "request": {
            "kind": {"group": group, "version": "v1", "kind": name},
            "operation": "CREATE",
            "namespace": "ns",
            "object": object.value,
        },
        "settings": {},
    });
    let answer = validate_in_full(payload.to_string().as_bytes(), &NoHost);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["accepted"], answer["code"].is_null(), "{answer}");
    answer["code"].as_u64()
}

/// Asserts that the policy and the types say the same about `object`.
fn check(object: &Object) {
    let code = refusal_code(object);
    match pod_template(object) {
        Ok(template) => {
            let is_denied = template.is_some_and(|template| requests_host_process(&template));
            let expected = if is_denied { Some(403) } else { None };
            assert_eq!(code, expected, "{}", object.value);
        }
        // The types cannot read the object. The policy reads fewer fields, so its verdict may be any,
        // but it must not fail.
        Err(error) => assert_ne!(code, Some(500), "{error}: {}", object.value),
    }
}

// Generated objects.

/// Generates the values of `hostProcess`. Most are false, or nearly every object would be denied.
fn host_process() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => Just(json!(false)),
        2 => select(vec![json!(true), json!(false), json!(null)]),
    ]
}

fn security_context() -> impl Strategy<Value = Value> {
    let options = host_process()
        .prop_map(|host_process| json!({"hostProcess": host_process, "runAsUserName": "a"}));
    let options = prop_oneof![options, Just(json!(null)), Just(json!({}))];
    let context = options.prop_map(|options| json!({"windowsOptions": options}));
    prop_oneof![context, Just(json!(null))]
}

fn containers() -> impl Strategy<Value = Value> {
    let container = security_context()
        .prop_map(|context| json!({"name": "c", "image": "i", "securityContext": context}));
    prop_oneof![
        3 => vec(container, 0..3).prop_map(Value::from),
        1 => Just(json!(null)),
    ]
}

fn metadata() -> impl Strategy<Value = Value> {
    let annotation = select(vec!["true", "false", "True", ""]);
    let annotated = annotation.prop_map(|value| json!({"annotations": {ANNOTATION: value}}));
    prop_oneof![
        6 => Just(json!({"name": "n"})),
        1 => Just(json!(null)),
        1 => annotated,
    ]
}

prop_compose! {
    fn pod_spec()(
        containers_of_pod in containers(),
        init_containers in containers(),
        ephemeral_containers in containers(),
        security_context in security_context(),
    ) -> Value {
        json!({
            "containers": containers_of_pod,
            "initContainers": init_containers,
            "ephemeralContainers": ephemeral_containers,
            "securityContext": security_context,
        })
    }
}

prop_compose! {
    fn object()(
        kind in select(&KINDS[..]),
        spec in prop_oneof![9 => pod_spec(), 1 => Just(json!(null))],
        metadata in metadata(),
    ) -> Object {
        let mut value = json!({"metadata": metadata, "spec": spec});
        for field in kind.template.iter().rev() {
            // Some types require a selector.
            value = json!({*field: value, "selector": {}});
        }
        Object { kind, value }
    }
}

/// Generates values that stand in for others in mutations.
fn replacement() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(1),
        json!("true"),
        json!([]),
        json!({}),
        json!(true),
        json!([null]),
        json!([{}]),
    ])
}

/// Returns the JSON pointers of everything in `value`, which stands at `pointer`.
fn pointers_below(value: &Value, pointer: &str) -> Vec<String> {
    let mut pointers = Vec::new();
    let mut add = |key: &str, child: &Value| {
        let pointer = format!("{pointer}/{}", key.replace('/', "~1"));
        pointers.extend(pointers_below(child, &pointer));
        pointers.push(pointer);
    };
    match value {
        Value::Object(fields) => {
            for (key, child) in fields {
                add(key, child);
            }
        }
        Value::Array(entries) => {
            for (index, child) in entries.iter().enumerate() {
                add(&index.to_string(), child);
            }
        }
        _ => {}
    }
    pointers
}

/// Replaces one value in `object`. `place` says which.
fn mutate(object: &mut Value, place: Index, replacement: Value) {
    let pointers = pointers_below(object, "");
    let pointer = place.get(&pointers);
    *object.pointer_mut(pointer).expect("a value") = replacement;
}

fn cases() -> u32 {
    match std::env::var("PROPTEST_CASES") {
        Ok(cases) => cases.parse().expect("PROPTEST_CASES is a number"),
        Err(_) => 5_000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn agrees_with_the_typed_api(object in object()) {
        check(&object);
    }

    #[test]
    fn agrees_with_the_typed_api_about_mutations(
        mut object in object(),
        place: Index,
        replacement in replacement(),
    ) {
        mutate(&mut object.value, place, replacement);
        check(&object);
    }
}
