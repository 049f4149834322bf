//! `validate` on raw bytes, settings included.
#![no_main]

libfuzzer_sys::fuzz_target!(init: fuzz::seed("validate"), |payload: &[u8]| {
    fuzz::ask(payload);
});
