//! Rancher's form: whatever it submits, the policy reads.

use published::{files, judge};
use rstest::rstest;
use serde_json::{Map, Value, json};

/// The types of questions that Rancher knows and the form uses.
const TYPES: [&str; 5] = ["string", "boolean", "enum", "array[", "sequence["];

fn questions() -> Vec<Value> {
    list(&files::document("questions-ui.yml")["questions"])
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().expect("a list").clone()
}

fn variable(question: &Value) -> &str {
    question["variable"]
        .as_str()
        .expect("a question has a variable")
}

/// What Rancher submits for `questions`: the answer for each variable, else its default.
/// A dot in a variable leads into an object.
fn submitted(questions: &[Value], answer: impl Fn(&str) -> Option<Value>) -> Value {
    let mut values = json!({});
    for question in questions {
        let variable = variable(question);
        let value = answer(variable).unwrap_or_else(|| question["default"].clone());
        let mut at = &mut values;
        for part in variable.split('.') {
            at = at
                .as_object_mut()
                .expect("an object")
                .entry(part)
                .or_insert_with(|| Map::new().into());
        }
        *at = value;
    }
    values
}

/// The form's rule with the required fields filled in.
fn filled_in_rule() -> Value {
    let rules = questions()
        .into_iter()
        .find(|question| variable(question) == "allow")
        .expect("rules");
    submitted(
        &list(&rules["sequence_questions"]),
        |variable| match variable {
            "name" => Some("csi-proxy".into()),
            "namespaces" => Some(json!(["kube-system"])),
            "images" => Some(json!(["ghcr.io/kubernetes-sigs/sig-windows/csi-proxy"])),
            _ => None,
        },
    )
}

fn assert_valid(settings: &Value) {
    let verdict = judge::settings(settings);
    assert_eq!(
        (verdict.valid, verdict.message.as_str()),
        (true, ""),
        "{settings}"
    );
}

#[test]
fn the_untouched_form_is_valid() {
    assert_valid(&submitted(&questions(), |_| None));
}

#[test]
fn the_untouched_form_says_the_same_as_no_settings() {
    let form = submitted(&questions(), |_| None);
    for file in files::below("artefacts/examples/denied") {
        let beside = file.ends_with(".settings.yaml") || file.ends_with(".nodes.yaml");
        if !file.ends_with(".yaml") || beside {
            continue;
        }
        let request = judge::creation(&files::document(&file));
        assert_eq!(
            judge::request(&request, &form),
            judge::request(&request, &json!({})),
            "{file}"
        );
    }
}

#[test]
fn a_form_with_a_rule_admits_what_the_rule_says() {
    let form = submitted(&questions(), |variable| {
        (variable == "allow").then(|| json!([filled_in_rule()]))
    });
    assert_valid(&form);
    let manifest = files::document("tests/data/workloads/csi-proxy/manifest.yaml");
    let verdict = judge::request(&judge::creation(&manifest), &form);
    assert!(verdict.accepted, "{}", verdict.message);
    assert_eq!(verdict.warnings, [] as [&str; 0]);
}

#[rstest]
#[case::deny("deny")]
#[case::warn("warn")]
#[case::off("off")]
fn every_mode_of_every_requirement_is_valid(#[case] mode: &str) {
    let form = submitted(&questions(), |variable| {
        variable.starts_with("requirements.").then(|| mode.into())
    });
    assert_valid(&form);
}

#[test]
fn every_requirement_has_a_question_with_its_default() {
    let asked: Vec<(String, String)> = questions()
        .iter()
        .filter_map(|question| {
            let name = variable(question).strip_prefix("requirements.")?;
            assert_eq!(
                question["options"],
                json!(["deny", "warn", "off"]),
                "{name}"
            );
            Some((
                name.to_owned(),
                question["default"].as_str().expect("a mode").to_owned(),
            ))
        })
        .collect();
    let known: Vec<(String, String)> = windows_hostprocess_policy::REQUIREMENTS
        .iter()
        .map(|known| {
            (
                known.name.to_owned(),
                format!("{:?}", known.default).to_lowercase(),
            )
        })
        .collect();
    assert_eq!(asked, known);
}

#[test]
fn every_question_can_be_shown() {
    let rules = questions().into_iter().flat_map(|question| {
        question["sequence_questions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    for question in questions().into_iter().chain(rules) {
        let name = variable(&question);
        let kind = question["type"].as_str().expect("a question has a type");
        assert!(TYPES.contains(&kind), "{name} is of type {kind}");
        for key in ["label", "group", "description"] {
            assert!(
                question[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key} of {name}"
            );
        }
        assert!(question["required"].is_boolean(), "required of {name}");
        let fits = match kind {
            "boolean" => question["default"].is_boolean(),
            "array[" | "sequence[" => question["default"].is_array(),
            "enum" => question["options"]
                .as_array()
                .is_some_and(|all| all.contains(&question["default"])),
            _ => question["default"].is_string(),
        };
        assert!(fits, "default of {name}");
        if let Some(condition) = question["show_if"].as_str() {
            let shown_by = condition.split(['=', '!']).next().unwrap_or_default();
            assert!(
                questions().iter().any(|other| variable(other) == shown_by),
                "show_if of {name}"
            );
        }
    }
}
