//! Suggests settings that admit the HostProcess workloads found.

pub mod suggest;
mod write;
