//! The forms in which `check` writes its report.

pub mod json;
#[cfg(feature = "cli")]
pub mod junit;
pub mod sarif;
pub mod text;
