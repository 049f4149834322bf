//! Runs the policy's module as a policy server does: in the tests, and if kwctl is not installed.
//!
//! The engine is Kubewarden's own, waPC on wasmtime. A [`Module`] is compiled once, and each
//! request gets an [`Instance`] of its own. [`policy()`] is this repository's module, built
//! on the spot. A [`windows_hostprocess_policy::Host`], such as [`hostprocess::replay::Replay`],
//! answers what the module asks of the cluster.

pub mod annotate;
mod cost;
mod module;
mod policy;
pub mod run;

pub use cost::{Cost, cost, cost_with_host};
pub use module::{Instance, Module};
pub use policy::{build, policy, policy_bytes, root};
pub use run::AdmissionResponse;
