//! The rules of the settings: which one matches a pod, and if none does, which one comes closest.

mod access;
mod active_rules;
mod candidate;
mod compiled_rule;
mod cost;
mod mismatch;
mod mismatch_summary;
mod word_difference;

pub use access::{AccessReviews, Purpose};
pub use active_rules::{ActiveRules, NoMatch, NoMatchCause, Search};
