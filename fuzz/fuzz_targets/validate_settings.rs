//! `validate_settings` on raw bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|settings: &[u8]| reliability::targets::validate_settings(settings));
