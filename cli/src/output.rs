//! The forms in which `check` writes its report.

pub mod fingerprint;
pub mod github;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;
