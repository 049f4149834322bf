//! What is made of metadata.yml and the form at a release: the package of
//! Artifact Hub, a policy resource, and the file that names the owners.

use annotate::{Metadata, hub, manifest};
use jiff::Timestamp;
use published::{files, judge, metadata};
use serde_json::{Map, Value};

/// Every key that Artifact Hub shows or Kubewarden's hub reads.
const KEYS: [&str; 14] = [
    "version",
    "name",
    "displayName",
    "createdAt",
    "description",
    "license",
    "homeURL",
    "keywords",
    "links",
    "install",
    "maintainers",
    "provider",
    "containersImages",
    "annotations",
];

fn read() -> Metadata {
    Metadata::from_yaml(&files::text("metadata.yml"), env!("CARGO_PKG_VERSION"))
        .unwrap_or_else(|problems| panic!("metadata.yml: {problems}"))
}

fn package() -> Value {
    let package = hub::package(
        &read(),
        &files::text("questions-ui.yml"),
        Timestamp::UNIX_EPOCH,
    );
    let package = package.unwrap_or_else(|problems| panic!("{problems}"));
    serde_saphyr::from_str(&package).expect("the package is YAML")
}

#[test]
fn the_package_has_every_key() {
    let package = package();
    for key in KEYS {
        let value = &package[key];
        let empty = value.is_null()
            || value.as_str() == Some("")
            || value.as_array().is_some_and(Vec::is_empty);
        assert!(!empty, "{key} of {package}");
    }
}

#[test]
fn the_package_says_what_the_metadata_says() {
    let package = package();
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(package["name"], metadata::annotation("title"));
    assert_eq!(package["homeURL"], metadata::annotation("url"));
    let image = metadata::module_reference();
    let image = image
        .strip_prefix("registry://")
        .expect("a reference to a registry");
    assert_eq!(package["containersImages"][0]["image"], image);
    let annotations = &package["annotations"];
    assert_eq!(annotations["kubewarden/mutation"], "false");
    assert_eq!(
        annotations["kubewarden/resources"],
        metadata::all()["annotations"]["io.artifacthub.resources"]
    );
    let rules: Value =
        serde_saphyr::from_str(annotations["kubewarden/rules"].as_str().expect("rules"))
            .expect("the rules are YAML");
    assert_eq!(rules, metadata::all()["rules"]);
    assert_eq!(
        annotations["kubewarden/questions-ui"],
        files::text("questions-ui.yml")
    );
}

#[test]
fn the_resources_that_the_hub_shows_are_the_kinds_of_the_rules() {
    let metadata = metadata::all();
    let shown = metadata["annotations"]["io.artifacthub.resources"]
        .as_str()
        .expect("a text");
    let shown: Vec<String> = shown
        .split(", ")
        .map(|kind| format!("{}s", kind.to_lowercase()))
        .collect();
    let rules = metadata["rules"].as_array().expect("rules").iter();
    let judged: Vec<&str> = rules
        .flat_map(|rule| rule["resources"].as_array().expect("resources"))
        .filter_map(Value::as_str)
        .filter(|resource| !resource.contains('/'))
        .collect();
    assert_eq!(shown, judged);
}

#[test]
fn a_manifest_made_of_the_metadata_is_a_policy_that_denies_everything() {
    let text = manifest::cluster_admission_policy(&read(), &Map::new(), false);
    let policy: Value = serde_saphyr::from_str(&text).expect("the manifest is YAML");
    assert_eq!(policy["spec"]["module"], metadata::module_reference());
    assert_eq!(policy["spec"]["rules"], metadata::all()["rules"]);
    assert!(judge::settings(&policy["spec"]["settings"]).valid);
}

#[test]
fn the_owner_of_the_repository_is_the_author() {
    let owner = &files::document("artifacthub-repo.yml")["owners"][0];
    let (name, email) = (owner["name"].as_str(), owner["email"].as_str());
    let author = format!("{} <{}>", name.expect("a name"), email.expect("an email"));
    assert_eq!(author, metadata::annotation("author"));
}
