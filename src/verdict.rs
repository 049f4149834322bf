//! The verdict on a request, and the response that tells the policy server.

mod denial;
mod exec;
pub mod judge;
pub mod response;
pub mod suggestion;

pub use denial::{Denial, DeniedAction, Suggestion};

/// What the policy says to a request.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// The request does not ask for HostProcess, or changes nothing about it.
    Accepted,
    /// The request asks for HostProcess, and rules admit it.
    Admitted(Admission),
    /// The request asks for HostProcess and is refused.
    Denied(Denial),
}

/// Which rules admit a request, what they admit, and what the user should know.
#[derive(Debug, Default, PartialEq)]
pub struct Admission {
    /// The names of the rules that admit the request.
    pub allowed_by: Vec<String>,
    /// Those of `allowed_by` that the requester may use because RBAC says so.
    pub granted_by_rbac: Vec<String>,
    /// The names of the HostProcess containers, escaped. Empty for exec and attach.
    pub host_process_containers: Vec<String>,
    /// Warnings for the user, of at most 120 characters each.
    pub warnings: Vec<String>,
}
