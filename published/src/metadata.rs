//! What `metadata.yml` states. It is the one place of the policy's name, home,
//! version and rules.

use serde_json::Value;

use crate::files;

/// The metadata as a whole.
#[must_use]
pub fn all() -> Value {
    files::document("metadata.yml")
}

/// The annotation `io.kubewarden.policy.<name>`.
#[must_use]
pub fn annotation(name: &str) -> String {
    let metadata = all();
    let value = &metadata["annotations"][format!("io.kubewarden.policy.{name}")];
    value
        .as_str()
        .unwrap_or_else(|| panic!("metadata.yml has no {name}"))
        .to_owned()
}

/// The module of this version as policy resources refer to it.
#[must_use]
pub fn module_reference() -> String {
    format!(
        "registry://{}:v{}",
        annotation("ociUrl"),
        annotation("version")
    )
}
