//! What every answer of the policy has to be, whatever it is asked.

use serde_json::Value;
use windows_hostprocess_policy::{NoHost, validate, validate_in_full};

/// Asks the policy, checks the form of its answer, and returns it.
///
/// # Panics
/// The answer has none of the forms that it may have, or the short cut for payloads in which
/// nothing can ask says otherwise than the full reading.
pub fn ask(payload: &[u8]) -> Value {
    let in_full = answer(&validate_in_full(payload, &NoHost));
    let answer = answer(&validate(payload, &NoHost));
    // What is no request at all is accepted unread, and refused where it is read.
    assert!(answer == in_full || in_full["code"] == 400 && answer["accepted"] == true);
    answer
}

fn answer(json: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(json).expect("the answer is JSON");
    match answer["accepted"].as_bool().expect("a verdict") {
        true => assert!(answer["code"].is_null() && answer["message"].is_null()),
        false => {
            assert!(answer["code"] == 403 || answer["code"] == 400, "{answer}");
            is_one_line(answer["message"].as_str().expect("a message"), 2000);
        }
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        is_one_line(warning.as_str().expect("a text"), 120);
    }
    answer
}

/// Checks that `text` is one line of printable ASCII, at most `longest` characters.
///
/// # Panics
/// It is not.
pub fn is_one_line(text: &str, longest: usize) {
    assert!(!text.is_empty() && text.len() <= longest, "{} characters", text.len());
    assert!(text.bytes().all(|c| (b' '..=b'~').contains(&c)), "{text:?}");
}
