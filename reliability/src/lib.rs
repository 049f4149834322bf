//! What the policy can be trusted with: generated requests and settings, and slow,
//! obviously right versions of what the policy does fast.
//!
//! | module | holds |
//! |---|---|
//! | [`choices`] | where generated values come from: proptest's and libFuzzer's bytes |
//! | [`workload`], [`settings`] | requests and settings, mostly sound, some of them odd |
//! | [`spelling`] | the same JSON written otherwise, and JSON that is broken |
//! | [`walk`], [`wildcard`] | oracles: who asks for HostProcess; what a pattern matches |
//! | [`answer`] | what every answer of the policy has to be, whatever the input |
//! | [`targets`] | what the fuzz targets do |
//!
//! The tests stand in `tests/reliability`, the fuzz targets in `fuzz/` of the project.

pub mod answer;
pub mod choices;
pub mod settings;
pub mod spelling;
pub mod targets;
pub mod walk;
pub mod wildcard;
pub mod words;
pub mod workload;
