//! The README: its examples are read and run, and what it shows is what happens.

use std::collections::BTreeMap;

use published::{files, judge, markdown, metadata};
use serde_json::{Value, json};

fn examples() -> BTreeMap<String, String> {
    markdown::examples(&files::text("README.md"))
}

/// The YAML of the example `name`.
fn yaml(name: &str) -> Value {
    let examples = examples();
    let text = examples
        .get(name)
        .unwrap_or_else(|| panic!("the README has no example {name}"));
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text of the example `name`, with every run of white space as one space.
fn folded(name: &str) -> String {
    examples()[name]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_settings_block_is_valid() {
    let mut found = 0;
    for name in examples()
        .keys()
        .filter(|name| name.ends_with("settings.yaml"))
    {
        let verdict = judge::settings(&yaml(name));
        assert_eq!(
            (verdict.valid, verdict.message.as_str()),
            (true, ""),
            "{name}"
        );
        found += 1;
    }
    assert!(found >= 4, "only {found} examples of settings");
}

#[test]
fn the_daemonset_is_denied_with_the_message_shown() {
    let verdict = judge::request(&judge::creation(&yaml("daemonset.yaml")), &json!({}));
    assert_eq!(verdict.message, folded("denial.txt"));
    let shown: Value =
        serde_json::from_str(&folded("suggested-rule.json")).expect("the rule is JSON");
    let suggested: Value = serde_json::from_str(&verdict.audit_annotations["suggested-rule"])
        .expect("the rule is JSON");
    assert_eq!(suggested, shown);
}

#[test]
fn the_daemonset_is_admitted_by_the_rule_shown() {
    let verdict = judge::request(
        &judge::creation(&yaml("daemonset.yaml")),
        &yaml("settings.yaml"),
    );
    assert!(verdict.accepted, "{}", verdict.message);
    assert_eq!(verdict.warnings, [] as [&str; 0]);
}

/// Whether the README's settings `name` admit `example` of artefacts/examples.
fn admits(name: &str, example: &str) -> bool {
    let document = files::document(&format!("artefacts/examples/{example}"));
    let request = if example.ends_with(".json") {
        document
    } else {
        judge::creation(&document)
    };
    judge::request(&request, &yaml(name)).accepted
}

#[test]
fn the_example_without_rules_admits_nothing() {
    assert!(!admits(
        "nothing.settings.yaml",
        "admitted/a_network_plugin_in_its_own_namespace.yaml"
    ));
}

#[test]
fn the_network_plugin_is_admitted_in_its_namespace_under_its_service_account() {
    let settings = "calico.settings.yaml";
    assert!(admits(
        settings,
        "admitted/a_network_plugin_in_its_own_namespace.yaml"
    ));
    assert!(!admits(
        settings,
        "denied/a_network_plugin_in_another_namespace.yaml"
    ));
    assert!(!admits(
        settings,
        "denied/a_network_plugin_under_another_service_account.yaml"
    ));
}

#[test]
fn the_break_glass_rule_admits_the_one_group() {
    let settings = "break-glass.settings.yaml";
    assert!(admits(
        settings,
        "admitted/a_debug_pod_of_the_group_that_may.json"
    ));
    assert!(!admits(
        settings,
        "denied/a_debug_pod_of_somebody_outside_the_group.json"
    ));
}

#[test]
fn the_policy_is_made_of_the_metadata() {
    let policy = yaml("policy.yaml");
    let spec = &policy["spec"];
    let metadata = metadata::all();
    assert_eq!(spec["module"], metadata::module_reference());
    assert_eq!(spec["rules"], metadata["rules"]);
    let verdict = judge::settings(&spec["settings"]);
    assert_eq!((verdict.valid, verdict.message.as_str()), (true, ""));
}

/// The first cells of the rows of the table of settings.
fn settings_in_the_table() -> Vec<String> {
    let readme = files::text("README.md");
    let rows = readme
        .lines()
        .skip_while(|line| !line.starts_with("| setting |"))
        .skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap_or_default().trim().to_owned());
    cells.collect()
}

#[test]
fn every_requirement_stands_in_the_table_with_its_default() {
    let table = settings_in_the_table();
    let readme = files::text("README.md");
    for known in &windows_hostprocess_policy::REQUIREMENTS {
        let name = format!("`requirements.{}`", known.name);
        assert!(table.contains(&name), "{name}");
        let row = format!(
            "| {name} | `{}` |",
            format!("{:?}", known.default).to_lowercase()
        );
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn every_question_of_the_form_stands_in_the_table() {
    let table = settings_in_the_table()
        .join("\n")
        .replace("`, `.", "`\n`allow[].requestedBy.");
    let form = files::document("questions-ui.yml");
    for question in form["questions"].as_array().expect("questions") {
        let name = question["variable"].as_str().expect("a variable");
        let row = if name == "allow" {
            "`allow[]`".to_owned()
        } else {
            format!("`{name}`")
        };
        assert!(table.contains(&row), "{row}");
        for inner in question["sequence_questions"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let row = format!(
                "`{name}[].{}`",
                inner["variable"].as_str().expect("a variable")
            );
            assert!(table.contains(&row), "{row}");
        }
    }
}
