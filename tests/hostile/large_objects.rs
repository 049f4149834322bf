//! Payloads of 2 MB, each made so that one step of the policy has as much work, or needs as much
//! memory, as such a payload allows. Each is answered within half a second and 64 MB, or denied with
//! the reason.

use harness::cost;
use rstest::rstest;
use serde_json::json;

use super::{answer, rules};
use Outcome::{Accepted, Denied};

/// The largest payload that a policy server passes on, in bytes.
const LARGEST_PAYLOAD: usize = 2_000_000;
/// What the module executes in about half a second on one core.
const MOST_INSTRUCTIONS: u64 = 6_000_000_000;
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

pub enum Outcome {
    Accepted,
    /// Denied, with this fragment in the message.
    Denied(&'static str),
}

const BY_THE_RULES: Outcome = Denied("comes closest");
const TOO_LARGE_TO_COMPARE: Outcome = Denied("too large to be compared");
const TOO_LARGE_TO_READ: Outcome = Denied("too many objects and lists");
const TOO_MANY_CONTAINERS: Outcome = Denied("more than 1000 containers");

const FLAG: &str = r#"{"windowsOptions":{"hostProcess":true}}"#;

/// Returns a pod spec that asks for HostProcess.
fn pod_spec() -> String {
    format!(r#"{{"containers":[{{"name":"a"}}],"securityContext":{FLAG}}}"#)
}

/// Returns the entries of a list with `entry` so often.
fn repeat(entry: &str, count: usize) -> String {
    vec![entry; count].join(",")
}

/// Returns the entries of a list that fills about `size` bytes with `entry`.
pub fn fill(entry: &str, size: usize) -> String {
    repeat(entry, size / (entry.len() + 1))
}

/// Returns the payload of a request about an object of `kind` (`group/Kind`), under 200 rules.
fn payload(kind: &str, operation: &str, object: &str, old_object: &str) -> String {
    let (group, kind) = kind.split_once('/').unwrap_or(("", kind));
    let request = json!({
        "kind": {"group": group, "version": "v1", "kind": kind},
        "operation": operation,
        "namespace": "ns",
        "userInfo": {"username": "u"},
        "object": "NEW",
        "oldObject": "OLD",
    });
    let payload = json!({"request": request, "settings": rules(200)}).to_string();
    let payload = payload
        .replace(r#""NEW""#, object)
        .replace(r#""OLD""#, old_object);
    assert!(payload.len() <= LARGEST_PAYLOAD, "{} bytes", payload.len());
    payload
}

/// Returns the payload of a request that creates an object with these `fields`.
fn create(kind: &str, fields: &str) -> String {
    payload(kind, "CREATE", &format!("{{{fields}}}"), "null")
}

/// Returns the payload of an update that changes nothing but the field `replicas` beside `fields`.
fn update(kind: &str, fields: &str) -> String {
    let object = |replicas: u8| format!(r#"{{"replicas":{replicas},{fields}}}"#);
    payload(kind, "UPDATE", &object(1), &object(2))
}

/// Checks what the policy answers to `payload`, and what the answer costs.
#[track_caller]
pub fn check(payload: &str, expected: Outcome) {
    let cost = cost(payload.as_bytes()).expect("an answer");
    println!(
        "{} bytes: {} million instructions, {} MB",
        payload.len(),
        cost.instructions / 1_000_000,
        cost.memory >> 20
    );
    let (code, message) = answer(payload.as_bytes());
    match expected {
        Accepted => assert_eq!(code, 200, "{message}"),
        Denied(fragment) => {
            assert_eq!(code, 403, "{message}");
            assert!(message.contains(fragment), "{message}");
        }
    }
    assert!(cost.instructions < MOST_INSTRUCTIONS, "{cost:?}");
    assert!(cost.memory <= MOST_MEMORY, "{cost:?}");
}

/// The metadata count for each of the pod specs.
#[rstest]
#[case::of_some_entries(5, Accepted)]
#[case::of_many_entries(50_000, TOO_LARGE_TO_COMPARE)]
fn an_update_of_pod_specs_that_share_their_metadata(
    #[case] entries: usize,
    #[case] expected: Outcome,
    #[values("example.com/X", "apps/ControllerRevision")] kind: &str,
) {
    let labels: Vec<_> = (0..entries)
        .map(|number| format!(r#""{number}":"""#))
        .collect();
    let labels = labels.join(",");
    let pods = repeat(&pod_spec(), 999);
    let fields = format!(r#""spec":{{"metadata":{{"labels":{{{labels}}}}},"pods":[{pods}]}}"#);
    check(&update(kind, &fields), expected);
}

/// The path of each place begins with the key.
#[rstest]
#[case::bare_flags(&format!(r#"{{"securityContext":{FLAG}}}"#))]
#[case::pod_specs(&pod_spec())]
fn a_key_of_a_megabyte_above_a_thousand_places(
    #[case] place: &str,
    #[values("example.com/X", "apps/ControllerRevision")] kind: &str,
) {
    let places = repeat(place, 999);
    let key = "k".repeat(1_000_000);
    check(
        &create(kind, &format!(r#""{key}":[{places}]"#)),
        BY_THE_RULES,
    );

    let key = "k".repeat(700_000);
    let fields = format!(r#""{key}":[{places}]"#);
    check(&update(kind, &fields), TOO_LARGE_TO_COMPARE);
}

/// Each pod spec stands in another one, around as much as fits.
#[rstest]
#[case::around_a_text(&format!(r#""{}""#, "a".repeat(900_000)), Accepted)]
#[case::around_numbers(&format!("[{}]", fill("0", 600_000)), TOO_LARGE_TO_COMPARE)]
#[case::around_objects(&format!("[{}]", fill(r#"{"a":0}"#, 350_000)), TOO_LARGE_TO_COMPARE)]
fn an_update_of_pod_specs_in_each_other(#[case] inner: &str, #[case] expected: Outcome) {
    let mut object = inner.to_owned();
    for _ in 0..58 {
        object = pod_spec().replacen('{', &format!(r#"{{"inner":{object},"#), 1);
    }
    check(
        &update("example.com/X", &format!(r#""spec":{object}"#)),
        expected,
    );
}

#[rstest]
#[case::objects_with_one_field(r#"{"":0}"#, TOO_LARGE_TO_READ)]
#[case::objects_in_each_other(r#"{"":{"":{"":{"":{"":{}}}}}}"#, TOO_LARGE_TO_READ)]
#[case::lists_with_one_entry("[0]", TOO_LARGE_TO_READ)]
#[case::lists_in_each_other("[[[[[[[0]]]]]]]", TOO_LARGE_TO_READ)]
#[case::empty_objects("{}", TOO_LARGE_TO_READ)]
#[case::empty_lists("[]", TOO_LARGE_TO_READ)]
#[case::numbers("0", TOO_LARGE_TO_READ)]
#[case::nulls("null", BY_THE_RULES)]
#[case::empty_texts(r#""""#, BY_THE_RULES)]
#[case::texts_of_one_letter(r#""a""#, BY_THE_RULES)]
fn a_list_of_small_values(
    #[case] entry: &str,
    #[case] expected: Outcome,
    #[values("Pod", "example.com/X")] kind: &str,
) {
    let entries = fill(entry, 1_800_000);
    let fields = format!(r#""spec":{},"x":[{entries}]"#, pod_spec());
    check(&create(kind, &fields), expected);
}

#[test]
fn brackets_and_commas_in_a_text_take_no_memory() {
    let text = r#"{[,\""#.repeat(300_000);
    let fields = format!(r#""spec":{},"x":"{text}""#, pod_spec());
    check(&create("Pod", &fields), BY_THE_RULES);
}

#[rstest]
#[case::empty("{}")]
#[case::null("null")]
fn too_many_containers(
    #[case] container: &str,
    #[values("Pod", "example.com/X")] kind: &str,
    #[values("containers", "initContainers", "ephemeralContainers")] list: &str,
) {
    let containers = fill(container, 700_000);
    let spec = format!(
        r#""spec":{{"containers":[{{}}],"securityContext":{FLAG},"{list}":[{containers}]}}"#
    );
    check(&create(kind, &spec), TOO_MANY_CONTAINERS);
}

#[rstest]
#[case::words(r#""containers":[{"command":[ENTRIES]}]"#, r#""""#)]
#[case::mounts(r#""containers":[{"volumeMounts":[ENTRIES]}]"#, "{}")]
#[case::probes(
    r#""containers":[{"livenessProbe":{"exec":{"command":[ENTRIES]}}}]"#,
    r#""""#
)]
#[case::volumes(r#""containers":[{}],"volumes":[ENTRIES]"#, "{}")]
#[case::node_terms(
    r#""containers":[{}],"affinity":REQUIRED{"nodeSelectorTerms":[ENTRIES]}}}"#,
    "{}"
)]
#[case::node_requirements(
    r#""containers":[{}],"affinity":REQUIRED{"nodeSelectorTerms":[{"matchExpressions":[ENTRIES]}]}}}"#,
    "{}"
)]
#[case::node_values(
    r#""containers":[{}],"affinity":REQUIRED{"nodeSelectorTerms":[{"matchExpressions":[{"values":[ENTRIES]}]}]}}}"#,
    r#""""#
)]
fn a_long_list_in_a_pod_spec(
    #[case] fields: &str,
    #[case] entry: &str,
    #[values("Pod", "example.com/X")] kind: &str,
) {
    let required = r#"{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":"#;
    let spec = format!(r#""spec":{{"securityContext":{FLAG},{fields}}}"#);
    let spec = spec.replace("REQUIRED", required);

    let longest_that_is_read = 970_000;
    let entries = fill(entry, longest_that_is_read);
    check(
        &create(kind, &spec.replace("ENTRIES", &entries)),
        BY_THE_RULES,
    );

    let entries = fill(entry, longest_that_is_read / 2);
    check(&update(kind, &spec.replace("ENTRIES", &entries)), Accepted);
}

/// A path is written only for a pod spec that asks.
#[test]
fn a_runtime_annotation_beside_pod_specs_that_do_not_ask() {
    let annotations = r#"{"microsoft.com/hostprocess-inherit-user":"true"}"#;
    let pods = fill(r#"{"containers":[]}"#, 1_400_000);
    let fields = format!(
        r#""a":{{"metadata":{{"annotations":{annotations}}},"pods":[{pods}]}},"b":{}"#,
        pod_spec()
    );
    check(&create("example.com/X", &fields), BY_THE_RULES);
}

#[test]
fn an_update_of_keys_with_a_long_common_beginning() {
    let key = "k".repeat(4_000);
    let fields: Vec<_> = (100..300)
        .map(|number| format!(r#""{key}{number}":1"#))
        .collect();
    let fields = format!(r#""spec":{},{}"#, pod_spec(), fields.join(","));
    check(&update("example.com/X", &fields), Accepted);
}

/// An object that is only large is compared like any other.
#[test]
fn a_large_object_of_which_only_the_labels_change() {
    let object = |label: &str| {
        let labels = json!({"changed": label, "long": "a".repeat(700_000)});
        let pods = repeat(&pod_spec(), 999);
        format!(r#"{{"metadata":{{"labels":{labels}}},"pods":[{pods}]}}"#)
    };
    let payload = payload("example.com/X", "UPDATE", &object("new"), &object("old"));
    check(&payload, Accepted);
}
