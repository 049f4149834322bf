//! Reads manifests: files and directories, YAML and JSON documents, Kubernetes objects in them.
//!
//! | step | module |
//! |---|---|
//! | paths → files | `files` (only with the feature `cli`) |
//! | file → texts of documents | `source` |
//! | text → values, with the places of their fields | `yaml`, `json`, `field` |
//! | values → objects and admission requests | `object`, `rendering` |
//! | all of it, for a command or a page | `walk` |
//! | what is not read, and why | `problem` |

pub mod documents;
pub mod field;
#[cfg(feature = "cli")]
pub mod files;
mod json;
pub mod object;
pub mod position;
pub mod printable;
pub mod problem;
pub(crate) mod rendering;
mod source;
pub mod walk;
pub mod yaml;
