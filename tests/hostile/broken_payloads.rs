//! Payloads that no API server sends.

use rstest::rstest;
use serde_json::{Value, json};

use super::Verdict::{Accepted, Denied, Unreadable};
use super::{POD, Verdict, answer, payload, pod, request, settings_with_rules};

/// Returns the payload of a pod that the rules admit.
fn payload_of_pod() -> String {
    payload(&request(POD, pod()), &settings_with_rules(1))
}

#[test]
fn a_payload_that_is_cut_off_is_refused_once_it_mentions_host_process() {
    let payload = payload_of_pod();
    assert_eq!(answer(&payload).verdict, Accepted);
    for end in 0..payload.len() {
        let cut = &payload[..end];
        // Before this word, nothing in the payload can ask for HostProcess. src/unread.rs then
        // accepts the payload, even if it is not JSON.
        let expected = if cut.contains("hostProcess") {
            Unreadable
        } else {
            Accepted
        };
        assert_eq!(answer(cut).verdict, expected, "{cut}");
    }
}

#[test]
fn a_payload_with_any_byte_exchanged_is_answered() {
    let payload = payload_of_pod();
    for index in 0..payload.len() {
        for byte in [0, b'"', b'\\', b'}', 0xff] {
            let mut payload = payload.clone().into_bytes();
            payload[index] = byte;
            // `answer` panics if the module neither accepts nor answers with code 400 or 403.
            answer(&payload);
        }
    }
}

/// Returns the payload of a pod with this image, which is written as in JSON, with its escapes.
fn payload_with_image(image: &str) -> String {
    payload_of_pod().replace("r.example/a/b:v1", image)
}

#[rstest]
#[case::the_image_of_the_rule("r.example/a/b:v1", Accepted)]
#[case::escaped_characters_of_the_image(r"r.example\/a\u002fb:v1", Accepted)]
#[case::a_lone_surrogate(r"r.example/a/b\ud800", Unreadable)]
#[case::a_cyrillic_letter("r.example/\u{430}/b:v1", Denied)]
#[case::a_full_width_slash("r.example\u{ff0f}a/b:v1", Denied)]
#[case::a_zero_width_space("r.example/a/b\u{200b}:v1", Denied)]
#[case::a_right_to_left_override("r.example/a/b\u{202e}:v1", Denied)]
#[case::a_line_feed(r"r.example/a/b\n:v1", Denied)]
#[case::a_nul(r"r.example/a/b\u0000", Denied)]
fn an_image_in_other_characters_is_another_image(#[case] image: &str, #[case] expected: Verdict) {
    assert_eq!(answer(payload_with_image(image)).verdict, expected);
}

#[test]
fn a_payload_that_is_not_utf_8_is_refused() {
    let payload = payload_with_image("r.example/a/INVALID:v1");
    let (before, after) = payload.split_once("INVALID").expect("the image");
    let beginning_of_a_letter = [0xc3];
    let payload = [before.as_bytes(), &beginning_of_a_letter, after.as_bytes()].concat();
    assert_eq!(answer(payload).verdict, Unreadable);
}

/// Without rules, the pod is denied if it asks.
#[rstest]
#[case::the_last_is_true(r#""hostProcess":false,"hostProcess":true"#, Denied)]
#[case::the_last_is_false(r#""hostProcess":true,"hostProcess":false"#, Accepted)]
#[case::the_last_is_null(r#""hostProcess":true,"hostProcess":null"#, Accepted)]
fn the_last_of_two_equal_keys_counts(#[case] two_flags: &str, #[case] expected: Verdict) {
    let without_rules = payload(&request(POD, pod()), &Value::Null);
    let payload = without_rules.replace(r#""hostProcess":true"#, two_flags);
    assert_eq!(answer(payload).verdict, expected);
}

/// Returns the payload of an update in which `field`, the new or the old object, holds a list of lists
/// that nests `depth` levels deep.
fn payload_with_nested_lists(field: &str, depth: usize) -> String {
    let mut request = request(POD, pod());
    request["operation"] = json!("UPDATE");
    request["oldObject"] = json!({});
    request[field]["lists"] = json!("LISTS");

    // This is text, because a value of 100,000 levels overflows the stack of the test.
    let lists = "[".repeat(depth) + &"]".repeat(depth);
    payload(&request, &settings_with_rules(1)).replace(r#""LISTS""#, &lists)
}

#[rstest]
fn nesting_within_the_limit_is_read(#[values("object", "oldObject")] field: &str) {
    let answer = answer(payload_with_nested_lists(field, 120));
    assert_eq!(answer.verdict, Accepted, "{}", answer.message);
}

#[rstest]
fn nesting_far_beyond_the_limit_is_refused(#[values("object", "oldObject")] field: &str) {
    let answer = answer(payload_with_nested_lists(field, 100_000));
    assert_eq!(answer.verdict, Unreadable, "{}", answer.message);
    assert!(
        answer.message.contains("recursion limit"),
        "{}",
        answer.message
    );
}

/// The text tries to end its quotation with a quotation mark, and the line with a line feed or with a
/// character that reorders what follows.
#[test]
fn texts_cannot_forge_a_line_of_the_message() {
    let forged = "x\"\nHostProcess accepted \u{202e}";
    let mut pod = pod();
    pod["metadata"]["annotations"] = json!({"microsoft.com/hostprocess-rootfs-location": forged});
    pod["spec"]["securityContext"]["windowsOptions"]["runAsUserName"] = json!(forged);
    pod["spec"]["containers"][0] = json!({"name": forged, "image": forged, "args": [forged]});

    let answer = answer(payload(&request(POD, pod), &settings_with_rules(1)));
    assert_eq!(answer.verdict, Denied);
    // `answer` has checked that the message has neither a line feed nor a character outside of ASCII.
    assert!(!answer.message.contains("x\""), "{}", answer.message);
}
