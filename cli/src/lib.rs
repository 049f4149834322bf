//! The parts of `hostprocess`, the command that judges manifests by the policy's rules.

pub mod object;
pub mod printable;
pub mod replay;
pub mod request;
pub mod source;
pub mod walk;
pub mod yaml;
