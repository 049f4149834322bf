//! The cases of `tests/data/decisions`: whole payloads with what is expected of the answer.

use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::builds;
use crate::expectation::{Expected, Response};
use crate::host::{Answer, RecordedAnswers};
use crate::request::RequestKeys;
use crate::rule::changed_rule;
use crate::table::{self, Entry, Fixtures, read_as};
use crate::workload::{self, Changes};

/// A case, ready to be judged.
pub struct Case {
    /// `FILE: SENTENCE`. If the entry stands for several cases, the mode or the kind follows in
    /// parentheses.
    pub name: String,
    payload: String,
    settings: Value,
    /// The request in the payload; `None` if the payload is given as text.
    request: Option<Value>,
    host: RecordedAnswers,
    expected: Expected,
}

/// An entry of a table that stands for one case.
struct NamedEntry {
    name: String,
    entry: Entry,
}

/// The keys of a case that describe settings, host and answer: all that belong neither to
/// [`Changes`] nor to [`RequestKeys`]. The README of the tables explains them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherKeys {
    rule: Option<Entry>,
    #[serde(default)]
    rules: Vec<Entry>,
    requirements: Option<Value>,
    #[serde(rename = "hyperVRuntimeClassNames")]
    hyper_v_runtime_class_names: Option<Value>,
    #[serde(rename = "minimumVersions")]
    minimum_versions: Option<Value>,
    #[serde(default, deserialize_with = "table::deserialize_nullable")]
    settings: Option<Value>,
    payload: Option<String>,
    nodes: Option<Value>,
    running: Option<Value>,
    #[serde(rename = "can-i")]
    can_i: Option<Value>,
    expect: Value,
}

/// Reads the cases of all files.
pub fn read_all() -> Vec<Case> {
    let fixtures = Fixtures::read();
    let mut cases = Vec::new();
    for file in table::decision_files() {
        for mut entry in table::read_cases(&format!("decisions/{file}.yaml")) {
            let name: String = read_as(&file, entry.remove("name").unwrap_or_default());
            let name = format!("{file}: {name}");
            for NamedEntry { name, entry } in expand(name, entry) {
                cases.push(Case::new(name, entry, &fixtures));
            }
        }
    }
    cases
}

/// Returns an entry for each mode or kind that `entry` stands for.
fn expand(name: String, mut entry: Entry) -> Vec<NamedEntry> {
    if let Some(requirement) = entry.remove("requirement") {
        let finding = entry.remove("finding").unwrap_or_default();
        let requirement: String = read_as(&name, requirement);
        return expand_modes(&name, &entry, &requirement, &finding);
    }
    if let Some(kinds) = entry.remove("kinds") {
        let kinds: Vec<String> = read_as(&name, kinds);
        return expand_kinds(&name, &entry, &kinds);
    }
    vec![NamedEntry { name, entry }]
}

/// Returns an entry for each mode of `requirement`. In mode deny, the case expects a denial with the
/// `finding`. In mode warn, it expects one warning that names the requirement. In mode ignore, it
/// expects that the request is admitted without a warning.
fn expand_modes(name: &str, entry: &Entry, requirement: &str, finding: &Value) -> Vec<NamedEntry> {
    let denied = json!({ "denied": finding, "lacks": ["rule"], "suggested-rule": false });
    let warned = json!({ "allowed-by": "node-agent", "warnings": [requirement] });
    let modes = [
        ("deny", denied),
        ("warn", warned),
        ("ignore", json!("admitted")),
    ];
    let mut expanded = Vec::new();
    for (mode, expect) in modes {
        let mut entry = entry.clone();
        let requirements = entry.entry("requirements").or_insert(json!({}));
        requirements[requirement] = mode.into();
        entry.insert("expect".into(), expect);
        expanded.push(NamedEntry {
            name: format!("{name} ({mode})"),
            entry,
        });
    }
    expanded
}

/// Returns an entry for each of `kinds`; `built-in` stands for all built-in kinds.
fn expand_kinds(name: &str, entry: &Entry, kinds: &[String]) -> Vec<NamedEntry> {
    let with_kind = |kind: &str| {
        let mut entry = entry.clone();
        entry.insert("kind".into(), kind.into());
        let short_kind = kind.rsplit('/').next().unwrap_or_default();
        NamedEntry {
            name: format!("{name} ({short_kind})"),
            entry,
        }
    };
    if kinds == ["built-in"] {
        return workload::BUILT_IN
            .iter()
            .map(|kind| with_kind(kind.name))
            .collect();
    }
    kinds.iter().map(|kind| with_kind(kind)).collect()
}

/// Removes `keys` from `entry`, and returns them with their values as an object.
fn take_keys(entry: &mut Entry, keys: &[&str]) -> Value {
    let mut taken = Entry::new();
    for key in keys {
        if let Some(value) = entry.remove(*key) {
            taken.insert((*key).to_owned(), value);
        }
    }
    taken.into()
}

/// Returns what the host answers to the question for a pod. `running` is `{error: text}`,
/// `{answer: text}`, or the changes that make the pod.
fn pod_answer(running: &Value, fixtures: &Fixtures) -> Answer {
    if let Some(text) = Answer::read_text(running) {
        return text;
    }
    let changes: Changes = read_as("running", running.clone());
    let mut pod = changes.starting_pod(None, fixtures);
    changes.apply(&mut pod);
    Answer::Text(pod.to_string())
}

impl OtherKeys {
    fn settings(&self, fixtures: &Fixtures) -> Value {
        let mut settings = self.settings.clone().unwrap_or(json!({}));
        let rules = self.rules.iter().chain(&self.rule);
        let rules: Vec<Value> = rules
            .map(|changes| changed_rule(&fixtures.rule, changes))
            .collect();
        if !rules.is_empty() {
            settings["allow"] = rules.into();
        }
        for (key, value) in [
            ("requirements", &self.requirements),
            ("hyperVRuntimeClassNames", &self.hyper_v_runtime_class_names),
            ("minimumVersions", &self.minimum_versions),
        ] {
            if let Some(value) = value {
                settings[key] = value.clone();
            }
        }
        settings
    }

    fn host(&self, fixtures: &Fixtures) -> RecordedAnswers {
        let mut answers = RecordedAnswers::default();
        if let Some(nodes) = &self.nodes {
            answers.record_nodes(nodes);
        }
        if let Some(running) = &self.running {
            answers.record_pod(pod_answer(running, fixtures));
        }
        if let Some(can_i) = &self.can_i {
            answers.record_access_reviews(can_i);
        }
        answers
    }
}

impl Case {
    fn new(name: String, mut entry: Entry, fixtures: &Fixtures) -> Self {
        let changes: Changes = read_as(&name, take_keys(&mut entry, &Changes::KEYS));
        let request: RequestKeys = read_as(&name, take_keys(&mut entry, &RequestKeys::KEYS));
        let other: OtherKeys = read_as(&name, entry.into());

        let settings = other.settings(fixtures);
        // `expect` writes paths with `$spec` and `$metadata`.
        let expect = request.kind().replace_paths(&other.expect.to_string());
        let (request, payload) = match &other.payload {
            Some(payload) => (None, payload.clone()),
            None => {
                let request = request.request(&changes, fixtures);
                let payload = payload(&request, &settings);
                (Some(request), payload)
            }
        };
        Case {
            host: other.host(fixtures),
            expected: Expected::read(&name, &expect),
            name,
            payload,
            settings,
            request,
        }
    }

    /// Judges the case with both builds.
    ///
    /// # Errors
    /// The builds differ, or something is not as expected.
    pub fn check(&self) -> Result<(), Failed> {
        let judgement = builds::judge(&self.payload, &self.host)?;
        let result = self
            .expected
            .compare(&judgement)
            .and_then(|()| self.check_suggestion(&judgement.response));
        result.map_err(|problem| {
            let response = &judgement.response;
            let payload = &self.payload;
            Failed::from(format!(
                "{problem}\nresponse: {response}\npayload:  {payload}"
            ))
        })
    }

    /// Checks the rule that a denial suggests. If it is added to `allow`, the same request must be
    /// admitted, or be denied only because of requirements.
    fn check_suggestion(&self, response: &str) -> Result<(), String> {
        let suggested = Response::read(response)?.suggested_rule()?;
        let (Some(rule), Some(request)) = (suggested, &self.request) else {
            return Ok(());
        };

        let mut settings = self.settings.clone();
        match &mut settings["allow"] {
            Value::Array(rules) => rules.push(rule.clone()),
            absent => *absent = json!([rule]),
        }
        let answer = builds::judge(&payload(request, &settings), &self.host)?.response;
        if Response::read(&answer)?.is_admitted_but_for_requirements(&rule)? {
            return Ok(());
        }
        Err(format!(
            "the suggested rule {rule}, pasted, does not admit: {answer}"
        ))
    }
}

/// Returns the payload of `validate` as a policy server writes it.
fn payload(request: &Value, settings: &Value) -> String {
    json!({ "request": request, "settings": settings }).to_string()
}
