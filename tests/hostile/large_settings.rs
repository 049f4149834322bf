//! Settings of 2 MB, each made so that reading them has as much work, or needs as much memory, as
//! such settings allow.

use harness::policy;
use rstest::rstest;
use serde_json::{Value, json};

use super::large_objects::{Outcome, check, fill};
use super::{pod, request};

const INVALID: Outcome = Outcome::Denied("settings are not valid");
const TOO_LARGE_TO_READ: Outcome = Outcome::Denied("too many objects and lists");

/// Returns the payload of a HostProcess pod under `settings`.
fn payload(settings: &str) -> String {
    let payload = json!({"request": request(&pod()), "settings": "SETTINGS"}).to_string();
    payload.replace(r#""SETTINGS""#, settings)
}

/// Returns an object with so many keys that resemble a known one.
fn misspelt_keys(count: usize) -> String {
    let keys: Vec<String> = (0..count).map(|n| format!(r#""allow{n}":1"#)).collect();
    format!("{{{}}}", keys.join(","))
}

fn rules_with_the_same_names(count: usize) -> String {
    let rule = |n| {
        format!(r#"{{"name":"r{n}","namespaces":["*"],"images":["*"],"runAsUserNames":["*"]}}"#)
    };
    let rules: Vec<String> = (0..count).chain(0..count).map(rule).collect();
    format!(r#"{{"allow":[{}]}}"#, rules.join(","))
}

#[rstest]
#[case::unknown_keys(&misspelt_keys(120_000), INVALID)]
#[case::unknown_requirements(&format!(r#"{{"requirements":{}}}"#, misspelt_keys(120_000)), INVALID)]
#[case::a_long_key(&format!(r#"{{"{}":1}}"#, "a".repeat(1_900_000)), INVALID)]
#[case::rules_with_the_same_names(&rules_with_the_same_names(12_000), INVALID)]
#[case::empty_rules(&format!(r#"{{"allow":[{}]}}"#, fill("{}", 1_900_000)), TOO_LARGE_TO_READ)]
#[case::rules_that_are_strings(&format!(r#"{{"allow":[{}]}}"#, fill(r#""a""#, 1_900_000)), INVALID)]
#[case::bad_names(
    &format!(
        r#"{{"allow":[{{"name":"a","namespaces":[{}],"images":["*"],"runAsUserNames":["*"]}}]}}"#,
        fill(r#""A""#, 1_900_000)
    ),
    INVALID
)]
fn settings_are_refused_within_the_bounds(#[case] settings: &str, #[case] expected: Outcome) {
    check(&payload(settings), expected);
    let answer = policy()
        .validate_settings(settings.as_bytes())
        .expect("no trap and no guest error");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["valid"], false);
    let message = answer["message"].as_str().expect("a message");
    assert!(message.len() <= 8_100, "{} characters", message.len());
}
