//! Runs the policy's module as a policy server does, where kwctl is not installed and in
//! the tests.
//!
//! The engine is Kubewarden's own, waPC on wasmtime: a [`Module`] is compiled once and each
//! request gets an [`Instance`] of its own. [`policy()`] is this repository's module, built
//! on the spot. What the module asks of the cluster is answered by a [`windows_hostprocess_policy::Host`], such as
//! [`hostprocess::replay::Replay`].

pub mod annotate;
mod fuel;
mod module;
mod policy;
pub mod run;

pub use fuel::{Cost, cost, fuel};
pub use module::{Instance, Module};
pub use policy::{build, policy, policy_bytes, root};
pub use run::AdmissionResponse;
