//! The parts of `hostprocess`, the command that judges manifests by the policy's rules.

pub mod printable;
pub mod replay;
pub mod yaml;
