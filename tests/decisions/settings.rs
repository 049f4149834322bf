//! The cases of `tests/data/settings.yaml`: valid and invalid settings.

use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::builds;
use crate::rule::changed_rule;
use crate::table::{self, Entry, Fixtures, read_as};

/// What the message about invalid settings begins with.
const INVALID: &str = "settings are not valid: ";

/// A case, ready to be judged.
pub struct Case {
    pub name: String,
    /// The settings as JSON, or as another text.
    settings: String,
    problems: Vec<Problem>,
}

/// What a problem's text begins with, and what else it holds.
type Problem = Vec<String>;

/// An entry of the table. Its opening comment explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseEntry {
    name: String,
    /// One rule: the fixture's with these changes.
    #[serde(default)]
    rule: Entry,
    /// Several rules, instead of one.
    rules: Option<Vec<Entry>>,
    /// The keys that no rule has.
    #[serde(default)]
    without: Vec<String>,
    /// The whole settings, instead of rules.
    #[serde(default, deserialize_with = "table::even_null")]
    document: Option<Value>,
    /// The text of the settings, instead of all of the above.
    text: Option<String>,
    /// The problems in their order. Without any, the settings are valid.
    #[serde(default)]
    problems: Vec<Problem>,
}

/// The policy's response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    valid: bool,
    message: Option<String>,
}

/// Reads the cases.
pub fn read_all() -> Vec<Case> {
    let fixture = Fixtures::read().rule;
    table::read_cases("settings.yaml")
        .into_iter()
        .map(|entry| Case::new(read_as("settings.yaml", entry.into()), &fixture))
        .collect()
}

impl Case {
    fn new(entry: CaseEntry, fixture: &Entry) -> Self {
        Case {
            name: format!("settings: {}", entry.name),
            settings: entry.settings(fixture),
            problems: entry.problems,
        }
    }

    /// Checks the settings with both builds.
    ///
    /// # Errors
    /// The builds differ, or a problem is not as expected.
    pub fn check(&self) -> Result<(), Failed> {
        let answer = builds::check_settings(&self.settings)?;
        let response: Response = serde_json::from_str(&answer)?;
        if self.is_as_expected(&response) {
            return Ok(());
        }
        let (expected, settings) = (&self.problems, &self.settings);
        Err(format!("expected: {expected:?}\nresponse: {answer}\nsettings: {settings}").into())
    }

    fn is_as_expected(&self, response: &Response) -> bool {
        let Some(message) = &response.message else {
            return response.valid && self.problems.is_empty();
        };
        let Some(list) = message.strip_prefix(INVALID) else {
            return false;
        };
        let found = split_problems(list);
        !response.valid
            && found.len() == self.problems.len()
            && found
                .iter()
                .zip(&self.problems)
                .all(|(found, problem)| matches(found, problem))
    }
}

impl CaseEntry {
    fn settings(&self, fixture: &Entry) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        if let Some(document) = &self.document {
            return document.to_string();
        }
        let one_rule = [self.rule.clone()];
        let rules = self.rules.as_deref().unwrap_or(&one_rule);
        let rules: Vec<Value> = rules
            .iter()
            .map(|changes| self.rule_without(changed_rule(fixture, changes)))
            .collect();
        json!({ "allow": rules }).to_string()
    }

    fn rule_without(&self, mut rule: Value) -> Value {
        let fields = rule.as_object_mut().expect("a rule is an object");
        fields.retain(|key, _| !self.without.contains(key));
        rule
    }
}

/// Splits a list of problems at the semicolons behind which a path follows; other semicolons are
/// part of a problem.
fn split_problems(list: &str) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    for part in list.split("; ") {
        match problems.last_mut() {
            Some(problem) if !begins_with_a_path(part) => {
                problem.push_str("; ");
                problem.push_str(part);
            }
            _ => problems.push(part.to_owned()),
        }
    }
    problems
}

fn begins_with_a_path(text: &str) -> bool {
    let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
    match text.split_once(": ") {
        Some((path, _)) => path.chars().all(is_of_a_path),
        None => false,
    }
}

fn matches(found: &str, problem: &Problem) -> bool {
    found.starts_with(&problem[0]) && problem.iter().all(|part| found.contains(part))
}
