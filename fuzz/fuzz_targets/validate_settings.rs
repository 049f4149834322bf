//! `validate_settings` on raw bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::write_seeds("validate_settings"), |settings: &[u8]| {
    fuzz::are_valid_settings(settings);
});
