//! `validate` on workloads of the words that rules and workloads share, so that rules
//! admit them now and then.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reliability::targets::workload(bytes));
