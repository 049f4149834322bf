//! The rules of the settings: which one admits a pod, and if none does, which one comes nearest.

mod active_rules;
mod compiled_rule;
mod mismatch;

pub use active_rules::ActiveRules;
