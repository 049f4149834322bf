//! From `metadata.yml` to everything that is made of it.
//!
//! A policy server reads what a policy judges from a custom section of the
//! module, ArtifactHub from a package file, and a cluster from a policy
//! resource. All three come from one file, [`Metadata`] reads it, and a file
//! that one of them could not be made from is refused with every reason at once.
//! `kwctl` does the same work but is not needed here, and it drops misspelt keys
//! without a word.
//!
//! - [`metadata`]: reads and checks `metadata.yml`.
//! - [`module`]: what a policy server demands of the module; adds the section.
//! - [`hub`]: the package file of ArtifactHub.
//! - [`manifest`]: a ClusterAdmissionPolicy to start from.

pub mod hub;
pub mod manifest;
pub mod metadata;
pub mod module;
mod problem;
mod yaml;

pub use metadata::Metadata;
pub use problem::{Problem, Problems};
