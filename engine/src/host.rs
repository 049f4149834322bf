//! What the host answers when the policy asks for something of the cluster.

/// Answers the policy's calls to its host.
///
/// A closure with the same arguments is one too.
pub trait HostAnswers: Send + Sync {
    /// The answer to one call, as bytes, or the host's error.
    ///
    /// A policy calls binding `kubewarden`, namespace `kubernetes`, and an
    /// operation such as `list_resources_all` with a JSON payload.
    ///
    /// # Errors
    /// What the policy is told when there is no answer.
    fn answer(
        &self,
        binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>, String>;
}

impl<F> HostAnswers for F
where
    F: Fn(&str, &str, &str, &[u8]) -> Result<Vec<u8>, String> + Send + Sync,
{
    fn answer(
        &self,
        binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>, String> {
        self(binding, namespace, operation, payload)
    }
}

/// A host that grants nothing: the policy server's answer to a policy whose
/// resource names no `contextAwareResources`.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGrant;

impl HostAnswers for NoGrant {
    fn answer(
        &self,
        _binding: &str,
        namespace: &str,
        operation: &str,
        _payload: &[u8],
    ) -> Result<Vec<u8>, String> {
        Err(format!(
            "the policy has not been granted access to {namespace}/{operation}"
        ))
    }
}
