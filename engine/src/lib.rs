//! Runs the built policy module as Kubewarden's policy server does.
//!
//! The engine is Kubewarden's own, waPC on wasmtime: [`Module`] is compiled once,
//! each request gets an [`Instance`] of its own, and the answer is turned into
//! the [`AdmissionResponse`] that the API server would see. What the policy asks
//! of the cluster is answered by a [`HostAnswers`]: by nothing ([`NoGrant`]), by
//! a file of recorded answers ([`Replay`]), or by the caller.

mod host;
mod module;
mod replay;
mod response;

pub use host::{HostAnswers, NoGrant};
pub use module::{Failure, Instance, Limits, Module};
pub use replay::{Replay, UnreadableReplay};
pub use response::{AdmissionResponse, SettingsResponse, Status};
