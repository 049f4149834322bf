//! README and docs/reference.md: every block of settings, every manifest and every answer in
//! them is what the policy takes and gives.

use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;

use crate::judging::{answer, assert_valid, creation};
use crate::{files, markdown, metadata, settings_schema};

const README: &str = "README.md";
const REFERENCE: &str = "docs/reference.md";

/// The block of the README under the comment `<!-- mark -->`.
fn block(mark: &str) -> String {
    let mut blocks = markdown::blocks(&files::text(README)).into_iter();
    let block = blocks.find(|block| block.mark == mark);
    block.unwrap_or_else(|| panic!("no block {mark}")).text
}

/// Whether one needs the policy has to be clear before one reads anything else.
#[test]
fn the_readme_says_soon_whether_one_needs_the_policy() {
    let readme = files::text(README);
    let (beginning, _) = readme
        .split_once("\n## How it decides")
        .expect("the section behind the answer");
    let words = markdown::prose(beginning).split_whitespace().count();
    assert!(words <= 320, "{words} words");
}

#[test]
fn the_example_is_the_one_in_artefacts_with_its_denial() {
    let [manifest, rule] = ["daemonset.yaml", "settings.yaml"]
        .map(|name| format!("artefacts/examples/windows-exporter/{name}"));
    for path in [&manifest, &rule] {
        assert_eq!(block(&format!("file: {path}")), files::text(path), "{path}");
    }
    // As kubectl prints what a webhook denies.
    let denial = answer(&creation(&files::document(&manifest)), &Value::Null);
    let policy = files::document("artefacts/policy.yaml");
    let policy = policy["metadata"]["name"].as_str().expect("a name");
    let printed = format!(
        "Error from server: error when creating \"daemonset.yaml\": admission webhook \
         \"clusterwide-{policy}.kubewarden.admission\" denied the request: {denial}"
    );
    assert!(
        block("denial")
            .split_whitespace()
            .eq(printed.split_whitespace()),
        "{printed}"
    );
}

#[rstest]
#[case::readme(README)]
#[case::reference(REFERENCE)]
fn every_other_yaml_is_settings_or_rules_for_a_policy(#[case] path: &str) {
    for block in markdown::blocks(&files::text(path)) {
        if block.language != "yaml" || block.text.contains("\nkind: ") {
            continue;
        }
        let document = files::yaml(path, &block.text).remove(0);
        match (
            document[0].as_object(),
            metadata::all()["rules"][0].as_object(),
        ) {
            (Some(rule), Some(known)) => assert!(rule.keys().eq(known.keys()), "{path}"),
            _ => assert_valid(path, &document),
        }
    }
}

#[test]
fn the_readme_has_every_setting_in_its_table() {
    let readme = files::text(README);
    let rows: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .collect();
    let names: String = rows
        .iter()
        .filter_map(|row| row.split('|').next())
        .collect();
    let names: Vec<&str> = names.split(|c: char| !c.is_alphanumeric()).collect();
    let schema = settings_schema::schema();
    let types = schema["$defs"]
        .as_object()
        .expect("types")
        .values()
        .chain([&schema]);
    for setting in types
        .filter_map(|of| of["properties"].as_object())
        .flat_map(|all| all.keys())
    {
        assert!(names.contains(&&**setting), "{setting}");
    }
}

#[rstest]
#[case::readme(README, "requirements.")]
#[case::reference(REFERENCE, "")]
fn the_tables_have_every_default(#[case] path: &str, #[case] prefix: &str) {
    let (text, defaults) = (files::text(path), json!(Settings::default()));
    for (name, mode) in defaults["requirements"].as_object().expect("requirements") {
        let row = format!("| `{prefix}{name}` | {mode} |").replace('"', "`");
        assert!(text.contains(&row), "{path}: {row}");
    }
}
