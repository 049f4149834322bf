//! README and docs/reference.md: the policy takes every block of settings in them, denies the example
//! as they say, and has the keys and defaults in their tables.

use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;

use crate::judging::{answer, assert_valid, creation};
use crate::{files, markdown, metadata, settings_schema};

const README: &str = "README.md";
const REFERENCE: &str = "docs/reference.md";

/// The most words before the README explains how the policy decides.
const LONGEST_BEGINNING: usize = 320;

/// The text of the README's code block behind the comment `<!-- MARK -->`.
fn marked_block(mark: &str) -> String {
    let mut blocks = markdown::blocks(&files::text(README)).into_iter();
    let block = blocks.find(|block| block.mark.as_deref() == Some(mark));
    block.unwrap_or_else(|| panic!("no block {mark}")).text
}

/// The words of `text`, without its line breaks.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// The beginning tells readers whether they need the policy at all.
#[test]
fn the_beginning_of_the_readme_is_short() {
    let readme = files::text(README);
    let (beginning, _) = readme
        .split_once("\n## How it decides")
        .expect("the section after the beginning");
    let count = words(&markdown::prose(beginning)).len();
    assert!(count <= LONGEST_BEGINNING, "{count} words");
}

#[test]
fn the_example_is_the_one_in_artefacts() {
    for name in ["daemonset.yaml", "settings.yaml"] {
        let path = format!("artefacts/examples/windows-exporter/{name}");
        let shown = marked_block(&format!("file: {path}"));
        assert_eq!(shown, files::text(&path), "{path}");
    }
}

/// The README shows what kubectl prints if the webhook of the complete policy denies the example.
#[test]
fn the_denial_of_the_example_is_what_kubectl_prints() {
    let manifest = files::document("artefacts/examples/windows-exporter/daemonset.yaml");
    let denial = answer(&creation(&manifest), &Value::Null);
    let policy = files::document("artefacts/policy.yaml");
    let policy = policy["metadata"]["name"].as_str().expect("a name");
    let printed = format!(
        "Error from server: error when creating \"daemonset.yaml\": admission webhook \
         \"clusterwide-{policy}.kubewarden.admission\" denied the request: {denial}"
    );
    assert_eq!(words(&marked_block("denial")), words(&printed));
}

#[rstest]
#[case::readme(README)]
#[case::reference(REFERENCE)]
fn every_yaml_block_is_a_manifest_or_settings_or_webhook_rules(#[case] path: &str) {
    for block in markdown::blocks(&files::text(path)) {
        // The policy takes no manifests. Another test compares the one of the example.
        let is_manifest = block.text.contains("\nkind: ");
        if block.language != "yaml" || is_manifest {
            continue;
        }
        let document = files::yaml(path, &block.text).remove(0);
        match document.as_array() {
            Some(webhook_rules) => assert_have_the_usual_keys(path, webhook_rules),
            None => assert_valid(path, &document),
        }
    }
}

/// Asserts that the webhook rules have the same keys as those of metadata.yml.
fn assert_have_the_usual_keys(path: &str, webhook_rules: &[Value]) {
    let keys = |webhook_rule: &Value| -> Vec<String> {
        let fields = webhook_rule.as_object().expect("a webhook rule");
        fields.keys().cloned().collect()
    };
    let usual_keys = keys(&metadata::webhook_rules()[0]);
    for webhook_rule in webhook_rules {
        assert_eq!(keys(webhook_rule), usual_keys, "{path}");
    }
}

/// The keys that the first column of a table names in code. `allow[].name` names `allow` and `name`.
fn keys_in_first_columns(markdown: &str) -> Vec<&str> {
    let rows = markdown.lines().filter(|line| line.starts_with("| `"));
    let first_cells = rows.filter_map(|row| row.split('|').nth(1));
    let keys = first_cells.flat_map(|cell| cell.split(|c: char| !c.is_alphanumeric()));
    keys.collect()
}

/// The keys of all objects in the settings.
fn keys_of_the_settings() -> Vec<String> {
    let schema = settings_schema::schema();
    let definitions = schema["$defs"].as_object().expect("definitions");
    let mut keys = Vec::new();
    for definition in definitions.values().chain([&schema]) {
        if let Some(properties) = definition["properties"].as_object() {
            keys.extend(properties.keys().cloned());
        }
    }
    keys
}

#[test]
fn the_readme_has_every_setting_in_its_table() {
    let readme = files::text(README);
    let keys = keys_in_first_columns(&readme);
    for key in keys_of_the_settings() {
        assert!(keys.contains(&key.as_str()), "{key}");
    }
}

/// The README writes the whole path of a requirement, the reference only its name.
#[rstest]
#[case::readme(README, "requirements.")]
#[case::reference(REFERENCE, "")]
fn the_tables_have_the_default_of_every_requirement(#[case] path: &str, #[case] prefix: &str) {
    let text = files::text(path);
    let defaults = json!(Settings::default().requirements);
    for (name, mode) in defaults.as_object().expect("requirements") {
        let mode = mode.as_str().expect("a mode");
        let row = format!("| `{prefix}{name}` | `{mode}` |");
        assert!(text.contains(&row), "{path}: {row}");
    }
}
