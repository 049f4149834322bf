//! Pods that make as much work as their size allows, each in another way. The work must grow in step
//! with the size.

use rstest::rstest;
use serde_json::{Value, json};

use super::Verdict::{Accepted, Denied};
use super::bounds::{MOST_INSTRUCTIONS, check_growth, instructions};
use super::{
    CUSTOM, Kind, POD, Verdict, answer, payload, pod, pod_with_containers, request,
    settings_with_rules,
};

/// About how many bytes a container has in the payload, besides its words.
const BYTES_OF_CONTAINER: usize = 90;

/// Returns a container whose image matches the rules. Its only word does not match, because of its last
/// letter.
fn container(number: usize) -> Value {
    json!({
        "name": number.to_string(),
        "image": format!("r.example/b/c-{number}:v1.2"),
        "args": ["x.psx"],
    })
}

fn pod_with_many_containers(size: usize) -> Value {
    let count = size / BYTES_OF_CONTAINER;
    pod_with_containers((0..count).map(container).collect())
}

/// The policy judges up to a thousand containers.
fn pod_with_a_thousand_containers_that_have_a_long_word(size: usize) -> Value {
    let word = "a".repeat(size / 1_000 - BYTES_OF_CONTAINER);
    let container_with_word = |number| {
        let mut container = container(number);
        container["args"] = json!([word]);
        container
    };
    pod_with_containers((0..999).map(container_with_word).collect())
}

/// No rule names the images. The policy compares the words all the same.
fn pod_with_a_thousand_containers_whose_long_word_matches(size: usize) -> Value {
    let word = "a".repeat(size / 1_000 - BYTES_OF_CONTAINER) + ".ps1";
    let container_with_word = |number| {
        let image = format!("r.example/z{number}:v1");
        json!({"name": "c", "image": image, "args": [word]})
    };
    pod_with_containers((0..999).map(container_with_word).collect())
}

fn pod_with_many_words(size: usize) -> Value {
    let mut pod = pod();
    pod["spec"]["containers"][0]["args"] = vec!["a"; size / 4].into();
    pod
}

fn pod_with_a_long_word(size: usize) -> Value {
    let mut pod = pod();
    pod["spec"]["containers"][0]["args"] = json!(["a".repeat(size)]);
    pod
}

fn pod_with_a_long_image(size: usize) -> Value {
    let mut pod = pod();
    let image = format!("r.example/{}", "a/".repeat(size / 2));
    pod["spec"]["containers"][0]["image"] = json!(image);
    pod
}

fn pod_with_a_long_account(size: usize) -> Value {
    let mut pod = pod();
    let account = "a".repeat(size);
    pod["spec"]["securityContext"]["windowsOptions"]["runAsUserName"] = json!(account);
    pod
}

/// Half of the mounts name no volume.
fn pod_with_many_volumes_and_mounts(size: usize) -> Value {
    let host_path = json!({"path": r"\\.\pipe\a", "type": "Socket"});
    let volume = |number: usize| json!({"name": number.to_string(), "hostPath": host_path});
    let mount = |number: usize| json!({"name": number.to_string()});

    let volume_count = size / 120;
    let mut pod = pod();
    pod["spec"]["volumes"] = (0..volume_count).map(volume).collect();
    pod["spec"]["containers"][0]["volumeMounts"] = (0..2 * volume_count).map(mount).collect();
    pod
}

/// The name is a row of characters that reorder text. Messages and annotations escape them.
fn pod_with_a_long_container_name(size: usize) -> Value {
    let character = "\u{202e}";
    let mut pod = pod();
    pod["spec"]["containers"][0]["name"] = json!(character.repeat(size / character.len()));
    pod
}

fn pod_with_many_node_labels(size: usize) -> Value {
    let mut pod = pod();
    pod["spec"]["nodeSelector"] = (0..size / 20)
        .map(|number| (number.to_string(), "windows"))
        .collect();
    pod
}

fn pod_with_a_probe_of_many_words(size: usize) -> Value {
    let mut pod = pod();
    let command = vec!["a&b"; size / 8];
    pod["spec"]["containers"][0]["livenessProbe"] = json!({"exec": {"command": command}});
    pod
}

/// For fewer instructions than these, the fixed costs of a request hide how the work grows.
const FEW_INSTRUCTIONS: u64 = 100_000_000;

/// In the denied cases, each of the 200 rules nearly matches. A pod whose container name is long or that
/// has many node labels is admitted, because neither rules nor requirements in mode deny look at these.
///
/// [`MOST_INSTRUCTIONS`] take less than a quarter of the two seconds that a policy server allows: 2.9
/// billion instructions, for a thousand containers with a long word, took 0.22 s.
#[rstest]
#[case::many_containers(pod_with_many_containers, Denied)]
#[case::long_words(pod_with_a_thousand_containers_that_have_a_long_word, Denied)]
#[case::long_words_that_match(pod_with_a_thousand_containers_whose_long_word_matches, Denied)]
#[case::many_words(pod_with_many_words, Denied)]
#[case::a_long_word(pod_with_a_long_word, Denied)]
#[case::a_long_image(pod_with_a_long_image, Denied)]
#[case::a_long_account(pod_with_a_long_account, Denied)]
#[case::many_volumes_and_mounts(pod_with_many_volumes_and_mounts, Denied)]
#[case::a_long_container_name(pod_with_a_long_container_name, Accepted)]
#[case::many_node_labels(pod_with_many_node_labels, Accepted)]
#[case::a_probe_of_many_words(pod_with_a_probe_of_many_words, Denied)]
fn work_grows_in_step_with_the_pod(
    #[case] pod_of_size: fn(usize) -> Value,
    #[case] expected: Verdict,
    #[values(POD, CUSTOM)] kind: Kind,
) {
    let instructions_for = |size: usize| {
        let payload = payload(&request(kind, pod_of_size(size)), &settings_with_rules(200));
        assert_eq!(answer(&payload).verdict, expected);
        instructions(&payload)
    };
    let for_1_mb = instructions_for(1_000_000);
    let for_2_mb = instructions_for(2_000_000);

    assert!(for_2_mb < MOST_INSTRUCTIONS, "{for_2_mb} instructions");
    check_growth(for_1_mb.max(FEW_INSTRUCTIONS), for_2_mb);
}

#[test]
fn work_grows_in_step_with_the_rules() {
    let instructions_for = |rule_count: usize| {
        let payload = payload(&request(POD, pod()), &settings_with_rules(rule_count));
        assert_eq!(answer(&payload).verdict, Accepted);
        instructions(&payload)
    };
    check_growth(instructions_for(5_000), instructions_for(10_000));
}
