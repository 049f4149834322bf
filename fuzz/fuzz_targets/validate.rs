//! `validate` on raw bytes: no panic, and an answer that is JSON, ASCII and one
//! line, whatever comes in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windows_hostprocess_policy::{NoHost, validate};

fuzz_target!(|payload: &[u8]| {
    let answer = validate(payload, &NoHost);
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    match answer["accepted"].as_bool() {
        // Nothing is accepted that is not JSON.
        Some(true) => assert!(
            serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok(),
            "accepted what is not JSON"
        ),
        _ => {
            let message = answer["message"].as_str().expect("a reason");
            assert!(message.len() <= 2000 && message.bytes().all(|c| (b' '..=b'~').contains(&c)));
        }
    }
});
