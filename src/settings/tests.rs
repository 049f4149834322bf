//! How settings are read and written. `tests/data/settings.yaml` says what is wrong with settings.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn rule(name: &str) -> Value {
    json!({"name": name, "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]})
}

/// Reads settings that are invalid, and returns what is wrong with them.
fn problems(settings: Value) -> String {
    Settings::read(settings)
        .expect_err("invalid settings")
        .to_string()
}

#[test]
fn a_setting_that_is_left_out_has_its_default() {
    let read = |settings| Settings::read(settings).expect("valid settings");
    let given = read(json!({
        "allow": [rule("r")],
        "requirements": {"hostNetwork": "warn", "runAsNonRoot": "ignore"},
        "hyperVRuntimeClassNames": ["h*"],
    }));
    let any = vec!["*".to_owned()];
    let expected = Settings {
        allow: vec![Rule {
            name: "r".to_owned(),
            namespaces: any.clone(),
            images: Some(any.clone()),
            run_as_user_names: Some(any),
            ..Rule::default()
        }],
        requirements: Requirements::new(|requirement| match requirement {
            Requirement::HostNetwork => Mode::Warn,
            Requirement::RunAsNonRoot => Mode::Ignore,
            other => other.default_mode(),
        }),
        hyper_v_runtime_class_names: vec!["h*".to_owned()],
        minimum_versions: Settings::default().minimum_versions,
    };
    assert_eq!(given, expected);
    assert_eq!(read(json!({})), Settings::default());
    assert_eq!(read(Value::Null), Settings::default());
}

/// A rule is written without the keys that it leaves out, and in the order of the documents.
#[rstest]
#[case::short(
    r#"{
        "name": "r",
        "namespaces": ["a"],
        "serviceAccountNames": ["b"],
        "requestedBy": ["*"],
        "connectBy": ["*"],
        "images": ["*"],
        "runAsUserNames": ["*"],
        "ephemeralContainers": false
    }"#
)]
#[case::containers(
    r#"{
        "name": "r",
        "namespaces": ["a"],
        "containers": [
            {"images": ["*"], "runAsUserNames": ["*"]},
            {
                "images": ["*"],
                "runAsUserNames": ["*"],
                "command": [],
                "args": ["x"],
                "exec": [["y"]],
                "ephemeral": true
            }
        ]
    }"#
)]
fn a_rule_is_written_as_it_was_read(#[case] rule: &str) {
    // The values hold no spaces, so this is the same JSON without the spaces around them.
    let rule: String = rule.split_whitespace().collect();
    let settings = serde_json::from_str(&format!(r#"{{"allow":[{rule}]}}"#)).expect("JSON");
    let settings = Settings::read(settings).expect("valid settings");
    let written = serde_json::to_string(&settings.allow[0]).expect("JSON");
    assert_eq!(written, rule);
}

#[rstest]
#[case::wrong_type(json!({"allow": "\"\n".repeat(1_000_000)}))]
#[case::unknown_key(json!({"\"\n".repeat(1_000_000): 1}))]
#[case::malformed(json!({"hyperVRuntimeClassNames": ["\"\n".repeat(1_000_000)]}))]
fn a_long_value_is_escaped_and_cut(#[case] settings: Value) {
    let text = problems(settings);
    assert!(text.len() < 400 && !text.contains('\n'), "{text}");
    assert!(text.contains(r#"\u{22}\u{a}"#), "{text}");
    assert!(text.contains("..."), "{text}");
}

#[test]
fn problems_beyond_8000_characters_are_counted() {
    let rules: Vec<Value> = (0..10_000)
        .map(|index| rule(&format!("A\u{1}\"{index}")))
        .collect();
    let text = problems(json!({ "allow": rules }));
    let (listed, more) = text.rsplit_once("; and ").expect("a count");
    let count = listed.split("; ").count();
    assert_eq!(more, format!("{} more", 10_000 - count));
    assert!((7_700..8_000).contains(&listed.len()), "{}", listed.len());
}

#[test]
fn a_path_names_the_problem() {
    let problems = Settings::read(json!({"allow": [rule("a"), {"name": 1}]})).expect_err("invalid");
    let first = problems.iter().next().expect("a problem");
    assert_eq!(first.path, "allow[1].name");
    assert_eq!(first.text, "found 1 without quotes: write \"1\"");
}

#[test]
fn rules_with_the_same_name_are_named_by_their_index_in_the_list() {
    let text = problems(json!({"allow": ["x", rule("a"), rule("a")]}));
    let expected = "allow[2].name: \"a\" is also the name of allow[1]: write another name";
    assert!(text.ends_with(expected), "{text}");
}

#[rstest]
#[case::anyone(&["*"], false)]
#[case::anyone_beside_others(&["controllers", "*"], false)]
#[case::nobody(&["nobody"], false)]
#[case::controllers(&["controllers"], true)]
#[case::rbac(&["rbac"], true)]
#[case::user_named_nobody(&["user:nobody"], true)]
fn rules_that_depend_on_the_requester(#[case] requested_by: &[&str], #[case] expected: bool) {
    let rule = Rule {
        requested_by: Some(requested_by.iter().map(ToString::to_string).collect()),
        ..Rule::default()
    };
    assert_eq!(rule.depends_on_requester(), expected);
}

#[test]
fn a_rule_without_requested_by_does_not_depend_on_the_requester() {
    assert!(!Rule::default().depends_on_requester());
}
