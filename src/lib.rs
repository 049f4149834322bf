//! A Kubewarden policy that admits Windows HostProcess containers only by the
//! administrator's rules.

pub mod fields;
pub mod finding;
mod host;
mod message;
pub mod pod;

pub use host::{Host, NoHost};

/// Judges.
pub fn validate(_: &[u8], _: &dyn Host) -> Vec<u8> {
    Vec::new()
}
/// Checks.
pub fn validate_settings(_: &[u8]) -> Vec<u8> {
    Vec::new()
}
