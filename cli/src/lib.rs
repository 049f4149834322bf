//! The parts of `hostprocess`, the command that judges manifests by the policy's rules.

pub mod arguments;
pub mod check;
pub mod judge;
pub mod object;
pub mod output;
pub mod printable;
pub mod replay;
pub mod request;
pub mod settings;
pub mod source;
pub mod suggest;
pub mod walk;
pub mod yaml;
