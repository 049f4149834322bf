//! Reads manifests: files and directories, YAML and JSON documents, Kubernetes objects in them.

pub mod object;
pub mod printable;
pub mod source;
pub mod walk;
pub mod yaml;
