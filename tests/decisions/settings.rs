//! Settings documents: those of the decision table's rules, and the table of valid and
//! invalid ones in `tests/data/settings.yaml`.

use libtest_mimic::Failed;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::builds::Builds;
use crate::table::{self, Fixtures};

/// A rule as the tables write it: what differs from the fixture's.
pub type RuleChanges = Map<String, Value>;

/// The fixture's rule with the keys of `changes` replaced. `entry` is one entry of
/// `containers` written in the same way, `entries` several; `containers` in any form takes
/// the place of `images` and `runAsUserNames`.
pub fn rule(fixture: &RuleChanges, changes: &RuleChanges) -> Value {
    let mut rule = fixture.clone();
    let mut changes = changes.clone();
    let entry = changes.remove("entry").map(|entry| json!([entry]));
    if let Some(entries) = changes.remove("entries").or(entry) {
        let entries = entries.as_array().expect("entries is a list");
        let entries = entries.iter().map(|changes| {
            let mut entry = Map::new();
            for key in ["images", "runAsUserNames"] {
                entry.insert(key.into(), fixture[key].clone());
            }
            entry.extend(changes.as_object().expect("an entry is an object").clone());
            Value::Object(entry)
        });
        changes.insert("containers".into(), entries.collect());
    }
    if changes.contains_key("containers") {
        rule.remove("images");
        rule.remove("runAsUserNames");
    }
    rule.extend(changes);
    Value::Object(rule)
}

/// Tells a null that is written from a key that is absent.
pub fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Case>,
}

/// One case of the table of settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The settings as JSON text.
    text: Option<String>,
    /// The settings.
    #[serde(default, deserialize_with = "even_null")]
    document: Option<Value>,
    rule: Option<RuleChanges>,
    rules: Option<Vec<RuleChanges>>,
    #[serde(default)]
    without: Vec<String>,
    /// All that is wrong in its order, each by how it begins and what else it holds; nothing
    /// where the settings are valid.
    #[serde(default)]
    problems: Vec<Vec<String>>,
    #[serde(skip)]
    settings: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

/// Reads the table of settings.
pub fn read() -> Vec<Case> {
    let fixtures: Fixtures = table::yaml("fixtures.yaml");
    let file: File = table::yaml("settings.yaml");
    let named = file.cases.into_iter().map(|mut case| {
        case.settings = case.text(&fixtures);
        case.name = format!("settings: {}", case.name);
        case
    });
    named.collect()
}

impl Case {
    fn text(&self, fixtures: &Fixtures) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        if let Some(document) = &self.document {
            return document.to_string();
        }
        let of = |changes: &RuleChanges| {
            let mut rule = rule(&fixtures.rule, changes);
            for key in &self.without {
                rule.as_object_mut().and_then(|rule| rule.remove(key));
            }
            rule
        };
        let rules: Vec<Value> = match &self.rules {
            Some(rules) => rules.iter().map(of).collect(),
            None => vec![of(&self.rule.clone().unwrap_or_default())],
        };
        json!({ "allow": rules }).to_string()
    }

    /// Judges the settings with both builds.
    ///
    /// # Errors
    /// What is not as expected.
    pub fn check(&self, builds: &Builds) -> Result<(), Failed> {
        let bytes = builds.validate_settings(self.settings.as_bytes())?;
        let answer: Answer = serde_json::from_slice(&bytes)?;
        let message = answer.message.as_deref().unwrap_or_default();
        let list = message.strip_prefix("settings are not valid: ");
        let mut found: Vec<String> = Vec::new();
        for part in list.iter().flat_map(|list| list.split("; ")) {
            match found.last_mut() {
                // A semicolon of its own.
                Some(last) if !begins_with_a_path(part) => last.push_str(&format!("; {part}")),
                _ => found.push(part.to_owned()),
            }
        }
        let is = |(found, problem): (&String, &Vec<String>)| {
            found.starts_with(&*problem[0]) && problem.iter().all(|part| found.contains(&**part))
        };
        let as_expected = answer.valid == self.problems.is_empty()
            && answer.valid == list.is_none()
            && found.len() == self.problems.len()
            && found.iter().zip(&self.problems).all(is);
        if as_expected {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(&bytes);
        Err(format!("response: {shown}\nsettings: {}", self.settings).into())
    }
}

fn begins_with_a_path(text: &str) -> bool {
    let path = text.split(": ").next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
    path.len() < text.len() && path.chars().all(plain)
}
