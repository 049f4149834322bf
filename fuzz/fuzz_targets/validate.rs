//! `validate` on raw bytes, settings included.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::write_seeds("validate"), |payload: &[u8]| {
    fuzz::validate_and_check(payload);
});
