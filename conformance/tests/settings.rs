//! Which settings are valid, and what is said of those that are not.

use std::process::ExitCode;
use std::sync::Arc;

use conformance::entry::Fixtures;
use conformance::{Builds, data, settings};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default, deserialize_with = "even_null")]
    document: Option<Value>,
    rule: Option<Map<String, Value>>,
    rules: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    errors: Vec<Error>,
}

/// One error: its path, empty for the document itself, and a fragment of its text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Error {
    #[serde(default)]
    at: String,
    #[serde(default)]
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let builds = Arc::new(Builds::load());
    let fixtures: Fixtures = data::yaml(&data::path("fixtures.yaml"));
    let file: File = data::yaml(&data::path("settings.yaml"));
    let trials = file
        .cases
        .into_iter()
        .map(|entry| {
            let builds = Arc::clone(&builds);
            let document = document(&fixtures, &entry);
            Trial::test(entry.name.clone(), move || {
                judge(&builds, &entry, &document)
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn document(fixtures: &Fixtures, entry: &Entry) -> Value {
    if let Some(document) = &entry.document {
        return document.clone();
    }
    let mut fixture = fixtures.rule.clone();
    for key in &entry.without {
        fixture.remove(key);
    }
    let none = Map::new();
    let rules: Vec<Value> = match &entry.rules {
        Some(rules) => rules
            .iter()
            .map(|changes| settings::rule(&fixture, changes))
            .collect(),
        None => vec![settings::rule(
            &fixture,
            entry.rule.as_ref().unwrap_or(&none),
        )],
    };
    json!({ "allow": rules })
}

fn judge(builds: &Builds, entry: &Entry, document: &Value) -> Result<(), Failed> {
    let bytes = builds.validate_settings(document.to_string().as_bytes())?;
    let answer: Answer = serde_json::from_slice(&bytes)?;
    let complaints = complaints(entry, &answer);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nresponse: {}\nsettings: {document}",
        complaints.join("\n"),
        String::from_utf8_lossy(&bytes)
    )
    .into())
}

fn complaints(entry: &Entry, answer: &Answer) -> Vec<String> {
    if entry.errors.is_empty() {
        let holds = answer.valid && answer.message.is_none();
        return if holds {
            Vec::new()
        } else {
            vec!["the settings are valid".into()]
        };
    }
    if answer.valid {
        return vec!["the settings are not valid".into()];
    }
    let message = answer.message.as_deref().unwrap_or_default();
    let Some(list) = message.strip_prefix("settings are not valid: ") else {
        return vec!["the message does not begin with `settings are not valid: `".into()];
    };
    let found: Vec<&str> = list.split("; ").collect();
    let mut complaints = Vec::new();
    // An error may hold the separator in its explanation; only a path begins another one.
    let count = 1 + found[1..]
        .iter()
        .filter(|text| begins_with_a_path(text))
        .count();
    if count != entry.errors.len() {
        complaints.push(format!(
            "{} errors are expected, there are {count}",
            entry.errors.len()
        ));
    }
    for error in &entry.errors {
        let beginning = if error.at.is_empty() {
            String::new()
        } else {
            format!("{}: ", error.at)
        };
        if !found
            .iter()
            .any(|text| text.starts_with(&beginning) && text.contains(&error.says))
        {
            complaints.push(format!(
                "no error begins with {beginning:?} and says {:?}",
                error.says
            ));
        }
    }
    complaints
}

fn begins_with_a_path(text: &str) -> bool {
    let path = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
    text.split_once(": ")
        .is_some_and(|(beginning, _)| !beginning.is_empty() && beginning.chars().all(path))
}

fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
