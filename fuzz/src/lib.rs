//! What every answer of the policy has to be, whatever it is asked.

mod corpus;

use serde_json::Value;
use windows_hostprocess_policy::{NoHost, validate, validate_in_full, validate_settings};

pub use corpus::write_seeds;

/// The longest message of a denial, in characters.
const LONGEST_MESSAGE: usize = 2000;
/// The longest warning, in characters.
const LONGEST_WARNING: usize = 120;
/// The longest message about settings, in characters.
const LONGEST_PROBLEMS: usize = 8_100;

/// Asks the policy to validate `payload`, and returns the answer.
///
/// # Panics
/// The answer has none of the forms that it may have, or the short cut for payloads in which
/// nothing can ask for HostProcess answers otherwise than the full reading.
pub fn validate_and_check(payload: &[u8]) -> Value {
    let answer = parse_response(&validate(payload, &NoHost));
    let answer_in_full = parse_response(&validate_in_full(payload, &NoHost));
    // What is no request at all is accepted unread, and refused if it is read.
    let is_accepted_unread = answer["accepted"] == true && answer_in_full["code"] == 400;
    assert!(answer == answer_in_full || is_accepted_unread);
    answer
}

/// Asks the policy to check `settings`, checks the answer, and returns whether they are valid.
///
/// # Panics
/// The answer has none of the forms that it may have.
pub fn are_valid_settings(settings: &[u8]) -> bool {
    let answer = parse_json(&validate_settings(settings));
    let is_valid = answer["valid"].as_bool().expect("a verdict");
    match answer["message"].as_str() {
        Some(message) => assert_is_one_line(message, LONGEST_PROBLEMS),
        None => assert!(is_valid, "settings are refused without a reason"),
    }
    is_valid
}

fn parse_response(json: &[u8]) -> Value {
    let answer = parse_json(json);
    if answer["accepted"].as_bool().expect("a verdict") {
        assert!(answer["code"].is_null() && answer["message"].is_null());
    } else {
        assert!(answer["code"] == 403 || answer["code"] == 400, "{answer}");
        let message = answer["message"].as_str().expect("a message");
        assert_is_one_line(message, LONGEST_MESSAGE);
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        assert_is_one_line(warning.as_str().expect("a text"), LONGEST_WARNING);
    }
    answer
}

fn parse_json(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("the answer is JSON")
}

/// Checks that `text` is one line of printable ASCII with at most `longest` characters.
fn assert_is_one_line(text: &str, longest: usize) {
    assert!(
        !text.is_empty() && text.len() <= longest,
        "{} characters",
        text.len()
    );
    assert!(
        text.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{text:?}"
    );
}
