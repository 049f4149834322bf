//! The policy at work without a cluster.
//!
//! | command | takes | says |
//! |---|---|---|
//! | [`run`] | an admission request | the admission response, as `kwctl run` |
//! | [`check`] | manifests | a verdict for each object |
//! | [`suggest`] | manifests | settings under which all of them pass |
//! | [`demo`] | the README | that its example is denied, and admitted by its rule |
//!
//! Manifests go one way: [`source`] (files) → [`documents`] (YAML and JSON) →
//! [`objects`] (Kubernetes objects) → [`judge`] (requests, verdicts) → [`table`].

pub mod check;
pub mod circumstances;
pub mod cli;
pub mod demo;
pub mod documents;
pub mod judge;
pub mod objects;
pub mod run;
pub mod source;
pub mod suggest;
pub mod table;
pub mod text;
pub mod yaml;

/// Why a command could not do its work, for the user; escaped for a terminal
/// where it quotes what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error with that text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The error `reason`, found in what is called `name`.
    pub fn at(name: &str, reason: impl std::fmt::Display) -> Self {
        Self(format!(
            "{}: {}",
            text::one_line(name),
            text::one_line(&reason.to_string())
        ))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
