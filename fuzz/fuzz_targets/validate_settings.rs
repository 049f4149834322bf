//! `validate_settings` on raw bytes: no panic; what is valid is JSON, and what is
//! not has a reason. A HostProcess pod under settings that are not valid is
//! refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windows_hostprocess_policy::{NoHost, validate, validate_settings};

const REQUEST: &str = r#"{"request":{"kind":{"group":"","kind":"Pod"},"namespace":"a","object":{"spec":{"hostNetwork":true,"securityContext":{"windowsOptions":{"hostProcess":true,"runAsUserName":"a\\b"}},"containers":[{"name":"a","image":"a"}]}}},"settings":"#;

fuzz_target!(|settings: &[u8]| {
    let answer = validate_settings(settings);
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    if answer["valid"] == true {
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(settings).is_ok());
        return;
    }
    assert!(!answer["message"].as_str().expect("a reason").is_empty());
    let payload = [REQUEST.as_bytes(), settings, b"}"].concat();
    let answer = validate(&payload, &NoHost);
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!(answer["accepted"], false);
});
