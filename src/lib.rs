//! A Kubewarden policy that admits Windows HostProcess containers only by the
//! administrator's rules.
//!
//! A HostProcess container runs as a process on the Windows host: whoever may
//! create one owns the node. With no settings nothing passes, as the Baseline
//! Pod Security Standard wants it; with settings exactly the workloads pass that
//! a rule names, and only well formed.
//!
//! Data goes one way:
//!
//! | step | modules |
//! |---|---|
//! | bytes, entry points | `guest` (in the module only), this file |
//! | borrowed view of the request | `json`, `tape`, `kind`, `request` |
//! | facts of each pod and container | `find`, `pod`, `nodes` |
//! | rules and requirements | `settings`, `rules`, `requirements` |
//! | verdict and response | `judge`, `findings`, `suggest`, `verdict` |
#![no_std]

extern crate alloc;

mod account;
mod asking;
mod blocks;
mod find;
mod findings;
#[cfg(target_arch = "wasm32")]
mod guest;
#[cfg(target_arch = "wasm32")]
mod heap;
mod host;
mod image;
mod json;
mod judge;
mod kind;
mod nearest;
mod nodes;
mod path;
mod pattern;
mod pod;
mod request;
mod requirements;
mod rules;
pub mod settings;
mod suggest;
mod table;
mod tape;
mod text;
mod unreadable;
mod verdict;
mod version;

use alloc::vec::Vec;

pub use host::{Host, NoHost};
pub use requirements::{REQUIREMENTS, Requirement};

use verdict::Verdict;

/// Judges an admission request: the waPC operation `validate`.
///
/// `payload` is `{"request": <AdmissionRequest>, "settings": <object>}` as JSON,
/// the answer Kubewarden's `ValidationResponse` as JSON. What cannot be read is
/// refused with code 400, what is denied with 403. `host` is asked for nodes
/// only where the settings want them looked at.
pub fn validate(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    judge::judge(payload, host)
        .unwrap_or_else(Verdict::Unreadable)
        .into_response()
}

/// Checks settings: the waPC operation `validate_settings`.
///
/// `settings` is the settings object as JSON, or null; the answer Kubewarden's
/// `SettingsValidationResponse` as JSON, whose message names everything that is
/// wrong and what to write instead.
pub fn validate_settings(settings: &[u8]) -> Vec<u8> {
    verdict::settings_response(judge::settings_problems(settings).as_deref())
}
