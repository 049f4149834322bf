//! `validate` on raw bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|payload: &[u8]| reliability::targets::validate(payload));
