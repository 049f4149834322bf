//! `validate` on raw bytes, settings included.
#![no_main]

libfuzzer_sys::fuzz_target!(|payload: &[u8]| {
    fuzz::ask(payload);
});
