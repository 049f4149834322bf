//! What the policy may ask of the policy server that hosts it.

use alloc::string::String;
use alloc::vec::Vec;

/// The host's capabilities.
pub trait Host {
    /// Lists the resources of one kind in the whole cluster: the capability
    /// `kubernetes/list_resources_all`. `request` is its parameters as JSON, the
    /// answer a Kubernetes list as JSON.
    ///
    /// # Errors
    /// The host's words, where the policy has no grant or the host fails.
    fn list_all_resources(&self, request: &[u8]) -> Result<Vec<u8>, String>;
}

/// A host without capabilities.
pub struct NoHost;

impl Host for NoHost {
    fn list_all_resources(&self, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from("the host lists no resources"))
    }
}
