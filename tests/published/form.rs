//! Rancher's form, questions-ui.yml. The tests fill it in and submit it as Rancher's source does,
//! and the policy must read what is submitted.
//!
//! Rancher submits a value for each question: its default, if the user does not answer or does not
//! even see it. It makes nested objects of a variable with dots (`requirements.hostNetwork`), but
//! not of the variables in the entries of a list.

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::{MinimumVersions, Requirement, Rule, Settings};

use crate::judging::{admitted_by, answer, assert_valid, creation};
use crate::{files, rules};

const FORM: &str = "questions-ui.yml";

/// The questions of the form.
struct Questions {
    /// The questions for the keys of the settings.
    settings: Vec<Value>,
    /// The questions for the keys of each rule.
    rule: Vec<Value>,
}

impl Questions {
    /// Reads the questions without the banner: Rancher shows it, and removes its variable before it
    /// submits the form.
    fn read() -> Self {
        let form = files::document(FORM);
        let mut settings = form["questions"].as_array().expect("a list").clone();
        settings.retain(|question| question["hide_input"] != true);

        let question_for_rules = settings
            .iter()
            .find(|question| variable(question) == "allow")
            .expect("a question for rules");
        let rule = question_for_rules["sequence_questions"].as_array();
        let rule = rule.expect("a list").clone();
        Self { settings, rule }
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        self.settings.iter().chain(&self.rule)
    }
}

/// The name of the variable that `question` sets.
fn variable(question: &Value) -> &str {
    question["variable"].as_str().expect("a variable")
}

fn variables(questions: &[Value]) -> BTreeSet<String> {
    let names = questions.iter().map(variable);
    names.map(str::to_owned).collect()
}

/// Returns what Rancher submits. `entered` returns what the user enters for a variable; `None` if the
/// user leaves the default.
fn submitted(entered: impl Fn(&str) -> Option<Value>) -> Value {
    let mut form = json!({});
    for question in Questions::read().settings {
        let name = variable(&question);
        let mut field = &mut form;
        for key in name.split('.') {
            field = &mut field[key];
        }
        *field = entered(name).unwrap_or(question["default"].clone());
    }
    form
}

#[test]
fn every_setting_but_containers_and_connect_by_has_a_question() {
    let questions = Questions::read();

    let mut keys_of_a_rule: BTreeSet<String> = Rule::KEYS.map(str::to_owned).into();
    keys_of_a_rule.remove("containers");
    keys_of_a_rule.remove("connectBy");
    assert_eq!(variables(&questions.rule), keys_of_a_rule);

    // The form has a question for each key of these objects.
    let mut keys: BTreeSet<String> = Settings::KEYS.map(str::to_owned).into();
    keys.remove("requirements");
    keys.extend(Requirement::KEYS.map(|key| format!("requirements.{key}")));
    keys.remove("minimumVersions");
    keys.extend(MinimumVersions::KEYS.map(|key| format!("minimumVersions.{key}")));
    assert_eq!(variables(&questions.settings), keys);
}

#[test]
fn the_banner_is_shown_and_not_submitted() {
    let form = files::document(FORM);
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
fn a_rule_of_the_form_admits_its_workload_and_no_other() {
    let mut rule = json!({});
    for question in Questions::read().rule {
        rule[variable(&question)] = question["default"].clone();
    }
    rule["name"] = json!("csi-proxy");
    rule["namespaces"] = json!(["kube-system"]);
    rule["images"] = json!(["ghcr.io/kubernetes-sigs/sig-windows/csi-proxy"]);
    let form = submitted(|name| match name {
        "allow" => Some(json!([rule])),
        _ => None,
    });
    assert_valid("the form", &form);

    for workload in rules::workloads() {
        let answer = answer(&creation(&workload), &form);
        let is_admitted = admitted_by(&answer).is_some();
        let is_expected = workload["metadata"]["name"] == "csi-proxy";
        assert_eq!(is_admitted, is_expected, "{workload}");
    }
}

#[rstest]
#[case::deny("deny")]
#[case::warn("warn")]
#[case::ignore("ignore")]
fn every_requirement_can_have_every_mode(#[case] mode: &str) {
    let form = submitted(|name| name.starts_with("requirements.").then(|| json!(mode)));
    assert_valid(mode, &form);

    let mut expected = json!({});
    for key in Requirement::KEYS {
        expected[key] = json!(mode);
    }
    assert_eq!(form["requirements"], expected);
}

#[test]
fn every_default_is_a_possible_answer() {
    for question in Questions::read().all() {
        let default = &question["default"];
        let is_possible = match question["type"].as_str() {
            Some("string") => default.is_string(),
            Some("boolean") => default.is_boolean(),
            // The names of these types end with the bracket.
            Some("array[" | "sequence[") => default.is_array(),
            Some("enum") => {
                let options = question["options"].as_array().expect("options");
                options.contains(default)
            }
            _ => panic!("Rancher has no such type: {question}"),
        };
        assert!(is_possible, "{question}");
    }
}

#[test]
fn every_question_is_labelled_grouped_and_described() {
    for question in Questions::read().all() {
        for key in ["label", "group", "description"] {
            assert!(question[key].is_string(), "{key} of {question}");
        }
    }
}

/// Rancher knows `=`, `&&` and `||` in `show_if`. It misreads `!=`, and shows the question always.
#[test]
fn no_question_is_shown_if_something_differs() {
    for question in Questions::read().all() {
        let condition = question["show_if"].to_string();
        assert!(!condition.contains("!="), "{question}");
    }
}

/// Rancher would submit such a variable as a key with a dot.
#[test]
fn no_variable_of_a_rule_has_a_dot() {
    for question in Questions::read().rule {
        assert!(!variable(&question).contains('.'), "{question}");
    }
}
