//! Payloads of 2 MB, each made so that one step of the policy has as much work, or needs as much
//! memory, as such a payload allows. Each is answered within half a second and 64 MB, or denied with
//! the reason.

use rstest::rstest;
use serde_json::{Value, json};

use super::bounds::Expected::{self, Accepted, Denied};
use super::bounds::{DENIED_BY_THE_RULES, TOO_LARGE_TO_READ, check};
use super::{
    CONTROLLER_REVISION, CUSTOM, Kind, POD, fill, pod, request, settings_with_changed_rules,
    settings_with_rules,
};

/// The largest payload that a policy server passes on, in bytes.
const LARGEST_PAYLOAD: usize = 2_000_000;

const TOO_LARGE_TO_COMPARE: Expected = Denied("too large to be compared");
const TOO_MANY_CONTAINERS: Expected = Denied("more than 1000 containers");

/// Returns a `securityContext` that asks for HostProcess.
fn security_context() -> Value {
    json!({"windowsOptions": {"hostProcess": true}})
}

/// Returns a pod spec that asks for HostProcess.
fn pod_spec() -> Value {
    json!({"containers": [{"name": "a"}], "securityContext": security_context()})
}

/// Returns the payload of `request`, under 200 rules.
fn payload(request: &Value) -> String {
    let payload = super::payload(request, &settings_with_rules(200));
    assert!(payload.len() <= LARGEST_PAYLOAD, "{} bytes", payload.len());
    payload
}

/// Returns the payload of a request that creates `object`.
fn create(kind: Kind, object: Value) -> String {
    payload(&request(kind, object))
}

/// Returns the payload of a request that updates the object `old` to `new`.
fn update(kind: Kind, old: Value, new: Value) -> String {
    let mut request = request(kind, new);
    request["operation"] = json!("UPDATE");
    request["oldObject"] = old;
    payload(&request)
}

/// Returns the payload of an update that changes only the number of replicas of `object`, beside its
/// pod specs.
fn scale(kind: Kind, object: Value) -> String {
    let mut old = object.clone();
    let mut new = object;
    old["replicas"] = json!(1);
    new["replicas"] = json!(2);
    update(kind, old, new)
}

/// The policy compares each of the pod specs together with the metadata beside them.
#[rstest]
#[case::of_a_few_labels(5, Accepted)]
#[case::of_many_labels(50_000, TOO_LARGE_TO_COMPARE)]
fn an_update_of_pod_specs_that_share_their_metadata(
    #[case] label_count: usize,
    #[case] expected: Expected,
    #[values(CUSTOM, CONTROLLER_REVISION)] kind: Kind,
) {
    let labels: Value = (0..label_count)
        .map(|number| (number.to_string(), ""))
        .collect();
    let pods = vec![pod_spec(); 999];
    let object = json!({"spec": {"metadata": {"labels": labels}, "pods": pods}});
    check(&scale(kind, object), expected);
}

/// A place is where an object asks for HostProcess. The key is part of the path of each place. A message
/// shows only the end of a path, but an update compares whole paths.
#[rstest]
#[case::of_bare_options(json!({"securityContext": security_context()}))]
#[case::of_pod_specs(pod_spec())]
fn a_key_of_a_megabyte_above_many_places(
    #[case] place: Value,
    #[values(CUSTOM, CONTROLLER_REVISION)] kind: Kind,
) {
    let object_with_key = |length: usize| {
        let key = "k".repeat(length);
        json!({key: vec![place.clone(); 700]})
    };
    check(
        &create(kind, object_with_key(1_000_000)),
        DENIED_BY_THE_RULES,
    );

    // An update has the key twice.
    check(&scale(kind, object_with_key(700_000)), TOO_LARGE_TO_COMPARE);
}

/// The policy compares each pod spec with all that stands in it, so it compares the innermost value 58
/// times. A value of many parts costs more than a text of the same size.
#[rstest]
#[case::around_a_text(json!("a".repeat(900_000)), Accepted)]
#[case::around_numbers(fill(&json!(0), 450_000), TOO_LARGE_TO_COMPARE)]
#[case::around_objects(fill(&json!({"a": 0}), 350_000), TOO_LARGE_TO_COMPARE)]
fn an_update_of_pod_specs_in_each_other(#[case] innermost: Value, #[case] expected: Expected) {
    let mut value = innermost;
    for _ in 0..58 {
        let mut pod_spec = pod_spec();
        pod_spec["inner"] = value;
        value = pod_spec;
    }
    check(&scale(CUSTOM, json!({"spec": value})), expected);
}

/// The smaller the values are, the more memory they need for their size. src/request/parsed_size.rs
/// estimates how much. Nulls and texts of one letter are just large enough to fit.
#[rstest]
#[case::objects_with_one_field(json!({"": 0}), TOO_LARGE_TO_READ)]
#[case::objects_in_each_other(json!({"": {"": {"": {"": {"": {}}}}}}), TOO_LARGE_TO_READ)]
#[case::lists_with_one_entry(json!([0]), TOO_LARGE_TO_READ)]
#[case::lists_in_each_other(json!([[[[[[[0]]]]]]]), TOO_LARGE_TO_READ)]
#[case::empty_objects(json!({}), TOO_LARGE_TO_READ)]
#[case::empty_lists(json!([]), TOO_LARGE_TO_READ)]
#[case::numbers(json!(0), TOO_LARGE_TO_READ)]
#[case::nulls(Value::Null, DENIED_BY_THE_RULES)]
#[case::empty_texts(json!(""), TOO_LARGE_TO_READ)]
#[case::texts_of_one_letter(json!("a"), DENIED_BY_THE_RULES)]
fn a_list_of_small_values(
    #[case] entry: Value,
    #[case] expected: Expected,
    #[values(POD, CUSTOM)] kind: Kind,
) {
    let mut object = json!({"spec": pod_spec()});
    object["x"] = fill(&entry, 1_800_000);
    check(&create(kind, object), expected);
}

#[test]
fn brackets_and_commas_in_a_text_take_no_memory() {
    let text = r#"{[,""#.repeat(300_000);
    let object = json!({"spec": pod_spec(), "x": text});
    check(&create(POD, object), DENIED_BY_THE_RULES);
}

#[rstest]
#[case::without_fields(json!({}))]
#[case::null(Value::Null)]
fn too_many_containers(
    #[case] container: Value,
    #[values(POD, CUSTOM)] kind: Kind,
    #[values("containers", "initContainers", "ephemeralContainers")] list: &str,
) {
    let mut spec = pod_spec();
    spec[list] = fill(&container, 700_000);
    check(&create(kind, json!({"spec": spec})), TOO_MANY_CONTAINERS);
}

fn words(words: Value) -> Value {
    json!({"containers": [{"command": words}]})
}

fn volume_mounts(mounts: Value) -> Value {
    json!({"containers": [{"volumeMounts": mounts}]})
}

fn words_of_a_probe(words: Value) -> Value {
    json!({"containers": [{"livenessProbe": {"exec": {"command": words}}}]})
}

fn volumes(volumes: Value) -> Value {
    json!({"containers": [{}], "volumes": volumes})
}

fn node_selector_terms(terms: Value) -> Value {
    let required = json!({"nodeSelectorTerms": terms});
    json!({
        "containers": [{}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
    })
}

fn node_selector_requirements(requirements: Value) -> Value {
    node_selector_terms(json!([{"matchExpressions": requirements}]))
}

fn node_selector_values(values: Value) -> Value {
    node_selector_requirements(json!([{"values": values}]))
}

#[rstest]
#[case::of_words(words, json!(""))]
#[case::of_volume_mounts(volume_mounts, json!({}))]
#[case::of_words_of_a_probe(words_of_a_probe, json!(""))]
#[case::of_volumes(volumes, json!({}))]
#[case::of_node_selector_terms(node_selector_terms, json!({}))]
#[case::of_node_selector_requirements(node_selector_requirements, json!({}))]
#[case::of_node_selector_values(node_selector_values, json!(""))]
fn a_long_list_in_a_pod_spec(
    #[case] pod_spec_with_list: fn(Value) -> Value,
    #[case] entry: Value,
    #[values(POD, CUSTOM)] kind: Kind,
) {
    let object_with_list = |size: usize| {
        let mut spec = pod_spec_with_list(fill(&entry, size));
        spec["securityContext"] = security_context();
        json!({"spec": spec})
    };
    let size = 800_000;
    check(&create(kind, object_with_list(size)), DENIED_BY_THE_RULES);

    // An update has the list twice.
    check(&scale(kind, object_with_list(size / 2)), Accepted);
}

/// The policy keeps a list of the words, beside the parsed object.
#[rstest]
#[case::that_fit(465_000, DENIED_BY_THE_RULES)]
#[case::that_are_too_many(480_000, TOO_LARGE_TO_READ)]
fn a_container_with_words_of_one_letter(#[case] count: usize, #[case] expected: Expected) {
    let mut pod = pod();
    pod["spec"]["containers"][0]["image"] = json!("another");
    pod["spec"]["containers"][0]["args"] = json!(vec!["a"; count]);
    let payload = super::payload(&request(POD, pod), &settings_with_rules(1));
    assert!(payload.len() <= LARGEST_PAYLOAD, "{} bytes", payload.len());
    check(&payload, expected);
}

/// The search writes the path of an annotation only for a pod spec that asks. To write it for each of
/// these pod specs would take too long.
#[test]
fn a_runtime_annotation_beside_pod_specs_that_do_not_ask() {
    let object = json!({
        "a": {
            "metadata": {"annotations": {"microsoft.com/hostprocess-inherit-user": "true"}},
            "pods": fill(&json!({"containers": []}), 1_400_000),
        },
        "b": pod_spec(),
    });
    check(&create(CUSTOM, object), DENIED_BY_THE_RULES);
}

/// The policy looks up each key of the old object in the new one. Each look-up compares keys that differ
/// only at the end.
#[test]
fn an_update_of_keys_with_a_long_common_beginning() {
    let beginning = "k".repeat(4_000);
    let mut object: Value = (100..300)
        .map(|number| (format!("{beginning}{number}"), 1))
        .collect();
    object["spec"] = pod_spec();
    check(&scale(CUSTOM, object), Accepted);
}

/// What is large here is not part of any pod spec, so the update is not too large to be compared.
#[test]
fn an_update_of_the_labels_of_a_large_object() {
    let object_with_label = |label: &str| {
        let labels = json!({"changed": label, "long": "a".repeat(700_000)});
        json!({"metadata": {"labels": labels}, "pods": vec![pod_spec(); 999]})
    };
    let payload = update(CUSTOM, object_with_label("old"), object_with_label("new"));
    check(&payload, Accepted);
}

/// All rules match all pod specs, and let RBAC decide. RBAC cannot be asked here, so each pair of a rule
/// and a pod spec is refused. A message escapes the names of the requester and of the namespace.
#[rstest]
#[case::of_plain_names("u", "ns")]
#[case::of_names_to_escape("\u{1}", "\u{202e}")]
fn many_pod_specs_under_rules_that_rbac_decides(#[case] user: &str, #[case] namespace: &str) {
    let namespace = namespace.repeat(1_000);
    let settings = settings_with_changed_rules(|rule, number| {
        rule["name"] = json!(format!("{number}{}", "r".repeat(60)));
        rule["namespaces"] = json!(["*"]);
        rule["requestedBy"] = json!(["rbac"]);
    });
    let mut request = request(CUSTOM, json!({"pods": vec![pod()["spec"].clone(); 400]}));
    request["userInfo"]["username"] = json!(user.repeat(100_000));
    request["namespace"] = json!(namespace);
    check(
        &super::payload(&request, &settings),
        Denied("RBAC cannot say"),
    );
}

/// The policy keeps a list of a container's words beside the parsed request.
#[rstest]
#[case::that_is_read(1_400_000, DENIED_BY_THE_RULES)]
#[case::that_is_too_long(1_900_000, TOO_LARGE_TO_READ)]
fn a_list_of_empty_words(#[case] size: usize, #[case] expected: Expected) {
    let mut pod = pod();
    let container = &mut pod["spec"]["containers"][0];
    container["command"] = fill(&json!(""), size / 2);
    container["args"] = fill(&json!(""), size / 2);
    check(&create(POD, pod), expected);
}
