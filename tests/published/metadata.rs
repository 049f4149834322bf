//! metadata.yml says what kwctl, policy servers, the audit scanner and Artifact Hub read.

use serde_json::{Value, json};

use crate::files;

/// metadata.yml.
pub fn all() -> Value {
    files::document("metadata.yml")
}

/// The annotation `key` of metadata.yml.
fn annotated(key: &str) -> String {
    let value = all()["annotations"][key].clone();
    let text = value.as_str().filter(|text| !text.is_empty());
    text.unwrap_or_else(|| panic!("metadata.yml has no {key}"))
        .to_owned()
}

/// The annotation `io.kubewarden.policy.NAME`.
pub fn annotation(name: &str) -> String {
    annotated(&format!("io.kubewarden.policy.{name}"))
}

/// The module of this version, as policies refer to it.
pub fn module_reference() -> String {
    format!(
        "registry://{}:v{}",
        annotation("ociUrl"),
        annotation("version")
    )
}

#[test]
fn the_hub_and_kwctl_find_all_that_they_show() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(annotation("version"), version);
    assert_eq!(annotated("com.github.release.tag"), format!("v{version}"));
    // Kubewarden's release workflow reads it from a line of its own.
    let line = format!("\nversion = \"{version}\"\n");
    assert_eq!(files::text("Cargo.toml").matches(&line).count(), 1);
    assert_eq!(annotation("title"), env!("CARGO_PKG_NAME"));
    assert_eq!(annotation("license"), env!("CARGO_PKG_LICENSE"));
    assert_eq!(annotation("severity"), "high");
    ["description", "url", "source", "category"]
        .iter()
        .for_each(|name| drop(annotation(name)));
    ["displayName", "keywords"]
        .iter()
        .for_each(|key| drop(annotated(&format!("io.artifacthub.{key}"))));
    let owner = files::document("artifacthub-repo.yml")["owners"][0].clone();
    let [name, mail] = ["name", "email"].map(|key| owner[key].as_str().unwrap_or_default());
    assert_eq!(annotation("author"), format!("{name} <{mail}>"));
}

/// The audit scanner drops rules without CREATE, and fails on a subresource in one with it.
#[test]
fn what_it_judges_and_asks_for_is_declared() {
    let metadata = all();
    let (last, rules) = metadata["rules"]
        .as_array()
        .and_then(|all| all.split_last())
        .expect("rules");
    assert_eq!(last["resources"], json!(["pods/ephemeralcontainers"]));
    assert_eq!(last["operations"], json!(["UPDATE"]));
    let mut kinds = Vec::new();
    for rule in rules {
        assert_eq!(rule["operations"], json!(["CREATE", "UPDATE"]));
        kinds.extend(rule["resources"].as_array().expect("resources").clone());
    }
    let shown = annotated("io.artifacthub.resources")
        .to_lowercase()
        .replace(", ", "s ")
        + "s";
    assert_eq!(json!(kinds), json!(shown.split(' ').collect::<Vec<_>>()));
    assert_eq!(metadata["mutating"], false);
    assert_eq!(metadata["backgroundAudit"], true);
    let capabilities = ["list_resources_all", "get_resource", "can_i"];
    let capabilities = capabilities.map(|operation| format!("kubernetes/{operation}"));
    assert_eq!(metadata["hostCapabilities"], json!(capabilities));
    let resources = ["Node", "Pod"].map(|kind| json!({ "apiVersion": "v1", "kind": kind }));
    assert_eq!(metadata["contextAwareResources"], json!(resources));
}
