//! Suggests settings that admit the HostProcess workloads found.

pub mod policy_frame;
mod rule_set;
pub mod suggest;
mod workload;
pub mod write;
mod yaml_text;
