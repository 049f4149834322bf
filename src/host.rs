//! What the policy may ask of the policy server that hosts it.

/// The host's capabilities.
pub trait Host {
    /// Asks for a Kubernetes capability: `list_resources_all` or `get_resource`. `request` is
    /// its parameters as JSON; the answer is the resource, or a list of them, as JSON.
    ///
    /// # Errors
    /// The host's words, where the policy has no grant or the host fails.
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String>;
}

/// A host without capabilities.
pub struct NoHost;

impl Host for NoHost {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from("no cluster can be asked here"))
    }
}
