//! metadata.yml says what kwctl, policy servers, the audit scanner and Artifact Hub read.

use serde_json::{Value, json};

use crate::files;

/// The content of metadata.yml.
pub fn document() -> Value {
    files::document("metadata.yml")
}

/// The webhook rules of metadata.yml.
pub fn webhook_rules() -> Vec<Value> {
    let rules = document()["rules"].clone();
    rules.as_array().expect("a list").clone()
}

/// The value of the annotation `io.kubewarden.policy.NAME`.
///
/// # Panics
/// The annotation is missing or empty.
pub fn annotation(name: &str) -> String {
    annotation_with_key(&format!("io.kubewarden.policy.{name}"))
}

/// The value of the annotation `key`.
///
/// # Panics
/// The annotation is missing or empty.
fn annotation_with_key(key: &str) -> String {
    let value = document()["annotations"][key].clone();
    match value.as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => panic!("metadata.yml has no {key}"),
    }
}

/// The module of this version, as policies refer to it.
pub fn module_reference() -> String {
    let repository = annotation("ociUrl");
    let version = annotation("version");
    format!("registry://{repository}:v{version}")
}

#[test]
fn version_name_and_license_are_those_of_cargo() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(annotation("version"), version);
    let tag = annotation_with_key("com.github.release.tag");
    assert_eq!(tag, format!("v{version}"));
    assert_eq!(annotation("title"), env!("CARGO_PKG_NAME"));
    assert_eq!(annotation("license"), env!("CARGO_PKG_LICENSE"));
}

/// Kubewarden's release workflow looks for the version in such a line.
#[test]
fn cargo_toml_has_one_line_with_the_version() {
    let line = format!("\nversion = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(files::text("Cargo.toml").matches(&line).count(), 1);
}

#[test]
fn artifact_hub_and_kwctl_find_everything_that_they_show() {
    assert_eq!(annotation("severity"), "high");
    for name in ["description", "url", "source", "category"] {
        annotation(name);
    }
    for name in ["displayName", "keywords"] {
        annotation_with_key(&format!("io.artifacthub.{name}"));
    }
}

#[test]
fn the_author_is_the_owner_on_artifact_hub() {
    let owner = files::document("artifacthub-repo.yml")["owners"][0].clone();
    let name = owner["name"].as_str().expect("a name");
    let mail = owner["email"].as_str().expect("an address");
    assert_eq!(annotation("author"), format!("{name} <{mail}>"));
}

/// A webhook rule with CREATE and a subresource is an error for the audit scanner, which skips
/// webhook rules without CREATE. So the ephemeral containers have a webhook rule of their own.
#[test]
fn the_last_webhook_rule_is_for_ephemeral_containers() {
    let mut webhook_rules = webhook_rules();
    let last = webhook_rules.pop().expect("a webhook rule");
    assert_eq!(last["resources"], json!(["pods/ephemeralcontainers"]));
    assert_eq!(last["operations"], json!(["UPDATE"]));
    for webhook_rule in webhook_rules {
        assert_eq!(webhook_rule["operations"], json!(["CREATE", "UPDATE"]));
    }
}

#[test]
fn artifact_hub_shows_the_kinds_that_the_webhook_rules_name() {
    let mut resources = Vec::new();
    for webhook_rule in webhook_rules() {
        let names = webhook_rule["resources"].as_array().expect("resources");
        resources.extend(names.clone());
    }
    resources.retain(|resource| resource != "pods/ephemeralcontainers");

    let kinds = annotation_with_key("io.artifacthub.resources");
    let plurals = kinds
        .split(", ")
        .map(|kind| format!("{}s", kind.to_lowercase()));
    assert_eq!(resources, plurals.collect::<Vec<_>>());
}

#[test]
fn it_declares_what_the_policy_asks_of_the_host() {
    let metadata = document();
    assert_eq!(metadata["mutating"], false);
    assert_eq!(metadata["backgroundAudit"], true);
    let capabilities = [
        "kubernetes/list_resources_all",
        "kubernetes/get_resource",
        "kubernetes/can_i",
    ];
    assert_eq!(metadata["hostCapabilities"], json!(capabilities));
    let resources = json!([
        { "apiVersion": "v1", "kind": "Node" },
        { "apiVersion": "v1", "kind": "Pod" },
    ]);
    assert_eq!(metadata["contextAwareResources"], resources);
}
