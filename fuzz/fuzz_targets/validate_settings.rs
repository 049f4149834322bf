//! `validate_settings` on raw bytes.
#![no_main]

use serde_json::Value;

libfuzzer_sys::fuzz_target!(init: fuzz::seed("validate_settings"), |settings: &[u8]| {
    let answer = windows_hostprocess_policy::validate_settings(settings);
    let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
    match answer["valid"].as_bool().expect("a verdict") {
        true => assert!(answer["message"].is_null()),
        false => fuzz::is_one_line(answer["message"].as_str().expect("a message"), 20_000),
    }
});
