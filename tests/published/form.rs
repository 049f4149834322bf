//! Rancher's form, as its own source submits it: whatever comes of it, the policy reads.
//!
//! Only variables of the top level are split at dots; the keys of a sequence's entries are
//! literal. Every variable that is undefined is submitted with its default, shown or not.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Map, Value, json};
use windows_hostprocess_policy::settings::{MinimumVersions, Requirement, Rule, Settings};

use crate::judging::{admitted_by, answer, assert_valid, creation};
use crate::{files, rules};

/// The questions of the form, and those of a rule. The banner is left out: Rancher shows it, and
/// removes its variable before it submits the form.
fn questions() -> [Vec<Value>; 2] {
    let mut questions = files::document("questions-ui.yml")["questions"]
        .as_array()
        .expect("a list")
        .clone();
    questions.retain(|question| question["hide_input"] != true);
    let rules = questions
        .iter()
        .find(|question| question["variable"] == "allow")
        .expect("rules");
    let of_a_rule = rules["sequence_questions"]
        .as_array()
        .expect("a list")
        .clone();
    [questions, of_a_rule]
}

/// Variable and default of `question`.
fn variable(question: &Value) -> (&str, Value) {
    (
        question["variable"].as_str().expect("a variable"),
        question["default"].clone(),
    )
}

/// What the form submits where `answer` answers some of its questions.
fn submitted(answer: impl Fn(&str) -> Option<Value>) -> Value {
    let mut form = Value::Object(Map::new());
    for question in &questions()[0] {
        let (name, default) = variable(question);
        let field = name
            .split('.')
            .fold(&mut form, |object, key| &mut object[key]);
        *field = answer(name).unwrap_or(default);
    }
    form
}

/// The names of the questions' variables, in any order.
fn variables(questions: &[Value]) -> BTreeSet<String> {
    let names = questions.iter().map(|question| variable(question).0);
    names.map(str::to_owned).collect()
}

#[test]
fn every_setting_but_containers_and_connect_by_has_a_question() {
    let [questions, of_a_rule] = questions();
    let keys_of_a_rule = Rule::KEYS
        .iter()
        .filter(|key| !["containers", "connectBy"].contains(key));
    assert_eq!(
        variables(&of_a_rule),
        keys_of_a_rule.map(|key| key.to_string()).collect()
    );

    let mut expected: BTreeSet<String> = Settings::KEYS.map(str::to_owned).into();
    for (object, keys) in [
        ("requirements", &Requirement::KEYS as &[&str]),
        ("minimumVersions", &MinimumVersions::KEYS),
    ] {
        expected.remove(object);
        expected.extend(keys.iter().map(|key| format!("{object}.{key}")));
    }
    assert_eq!(variables(&questions), expected);
}

#[test]
fn the_banner_is_shown_and_not_submitted() {
    let form = files::document("questions-ui.yml");
    let banner = &form["questions"][0];
    assert_eq!(banner["hide_input"], true);
    assert_eq!(banner["default"], Value::Null);
}

#[test]
fn the_untouched_form_says_the_same_as_no_settings() {
    let form = submitted(|_| None);
    assert_valid("the form", &form);
    assert_eq!(Settings::read(form).ok(), Some(Settings::default()));
}

#[test]
fn a_rule_can_be_made_in_it() {
    let mut rule = Value::Object(Map::new());
    for question in &questions()[1] {
        let (name, default) = variable(question);
        rule[name] = default;
    }
    rule["name"] = json!("csi-proxy");
    rule["namespaces"] = json!(["kube-system"]);
    rule["images"] = json!(["ghcr.io/kubernetes-sigs/sig-windows/csi-proxy"]);
    let form = submitted(|name| (name == "allow").then(|| json!([rule])));
    assert_valid("the form", &form);
    for workload in rules::workloads() {
        let admitted = workload["metadata"]["name"] == "csi-proxy";
        assert_eq!(
            admitted_by(&answer(&creation(&workload), &form)).is_some(),
            admitted,
            "{workload}"
        );
    }
}

#[rstest]
#[case::deny("deny")]
#[case::warn("warn")]
#[case::ignore("ignore")]
fn every_requirement_can_have_every_mode(#[case] mode: &str) {
    let form = submitted(|name| name.starts_with("requirements.").then(|| json!(mode)));
    assert_valid(mode, &form);
    let known = json!(Settings::default().requirements);
    let keys = |modes: &Value| {
        modes
            .as_object()
            .map(|modes| modes.keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(keys(&form["requirements"]), keys(&known));
}

/// `show_if` knows `=`, `&&` and `||` alone: it takes `!=` apart wrongly, and shows.
#[test]
fn every_question_is_one_that_rancher_knows() {
    for question in questions().concat() {
        let (_, default) = variable(&question);
        let fits = match question["type"].as_str() {
            Some("string") => default.is_string(),
            Some("boolean") => default.is_boolean(),
            Some("array[" | "sequence[") => default.is_array(),
            Some("enum") => question["options"]
                .as_array()
                .is_some_and(|all| all.contains(&default)),
            _ => false,
        };
        let is_told = ["label", "group", "description"]
            .iter()
            .all(|key| question[key].is_string());
        let is_shown_rightly = !question["show_if"].to_string().contains("!=");
        assert!(fits && is_told && is_shown_rightly, "{question}");
    }
    assert!(
        questions()[1]
            .iter()
            .all(|question| !variable(question).0.contains('.'))
    );
}
