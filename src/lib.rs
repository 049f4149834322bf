//! A Kubewarden policy that admits Windows HostProcess containers only by the
//! administrator's rules.

pub mod account;
pub mod fields;
pub mod finding;
mod host;
pub mod image;
mod message;
pub mod names;
pub mod nodes;
pub mod pattern;
pub mod pod;
pub mod requester;
pub mod requirements;
pub mod settings;
pub mod version;
pub mod words;

pub use host::{Host, NoHost};

/// Judges.
pub fn validate(_: &[u8], _: &dyn Host) -> Vec<u8> {
    Vec::new()
}
/// Checks.
pub fn validate_settings(_: &[u8]) -> Vec<u8> {
    Vec::new()
}
