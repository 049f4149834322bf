//! Settings of 2 MB, each made so that reading them has as much work, or needs as much memory, as
//! such settings allow.

use harness::policy;
use rstest::rstest;
use serde_json::{Value, json};

use super::bounds::{Expected, TOO_LARGE_TO_READ, check};
use super::{POD, fill, payload, pod, request};

const INVALID: Expected = Expected::Denied("settings are not valid");

/// The longest message about settings, in characters. src/settings/problems.rs lists problems of 8,000
/// characters together, and then says how many more there are.
const LONGEST_MESSAGE: usize = 8_100;

/// Returns an object with 120,000 keys. Each of them resembles the key `allow`.
fn misspelt_keys() -> Value {
    (0..120_000)
        .map(|number| (format!("allow{number}"), 1))
        .collect()
}

fn misspelt_requirements() -> Value {
    json!({"requirements": misspelt_keys()})
}

fn a_long_key() -> Value {
    let key = "a".repeat(1_900_000);
    json!({key: 1})
}

/// Each of 12,000 names is that of two rules.
fn rules_with_the_same_names() -> Value {
    let rule = |number| {
        json!({
            "name": format!("r{number}"),
            "namespaces": ["*"],
            "images": ["*"],
            "runAsUserNames": ["*"],
        })
    };
    let numbers = (0..12_000).chain(0..12_000);
    let rules: Vec<Value> = numbers.map(rule).collect();
    json!({"allow": rules})
}

fn empty_rules() -> Value {
    json!({"allow": fill(&json!({}), 1_900_000)})
}

fn rules_that_are_strings() -> Value {
    json!({"allow": fill(&json!("a"), 1_900_000)})
}

/// The name of a namespace has no capital letters.
fn a_rule_with_bad_namespaces() -> Value {
    let namespaces = fill(&json!("A"), 1_900_000);
    json!({"allow": [{
        "name": "a",
        "namespaces": namespaces,
        "images": ["*"],
        "runAsUserNames": ["*"],
    }]})
}

#[rstest]
#[case::misspelt_keys(misspelt_keys(), INVALID)]
#[case::misspelt_requirements(misspelt_requirements(), INVALID)]
#[case::a_long_key(a_long_key(), INVALID)]
#[case::rules_with_the_same_names(rules_with_the_same_names(), INVALID)]
#[case::empty_rules(empty_rules(), TOO_LARGE_TO_READ)]
#[case::rules_that_are_strings(rules_that_are_strings(), INVALID)]
#[case::a_rule_with_bad_namespaces(a_rule_with_bad_namespaces(), INVALID)]
fn settings_are_refused_within_the_bounds(#[case] settings: Value, #[case] expected: Expected) {
    check(&payload(&request(POD, pod()), &settings), expected);

    let response = policy()
        .validate_settings(settings.to_string().as_bytes())
        .expect("no trap and no guest error");
    let response: Value = serde_json::from_slice(&response).expect("JSON");
    assert_eq!(response["valid"], false);
    let message = response["message"].as_str().expect("a message");
    assert!(
        message.len() <= LONGEST_MESSAGE,
        "{} characters",
        message.len()
    );
}
