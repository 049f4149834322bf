//! Settings documents: of the decision table's rules, and of the table of valid
//! and invalid settings in `tests/data/settings.yaml`.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::data;
use crate::entry::Fixtures;

/// One case of the table of settings.
#[derive(Clone, Debug)]
pub struct Case {
    /// A sentence or less.
    pub name: String,
    /// The settings as JSON text.
    pub text: String,
    /// What is wrong with them; nothing where they are valid.
    pub errors: Vec<Error>,
}

/// One error in settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// Its path, empty for the document itself.
    #[serde(default)]
    pub at: String,
    /// A fragment of what it says.
    #[serde(default)]
    pub says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    text: Option<String>,
    #[serde(default, deserialize_with = "even_null")]
    document: Option<Value>,
    rule: Option<Map<String, Value>>,
    rules: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    errors: Vec<Error>,
}

/// Reads the table of settings.
///
/// # Panics
/// Where the data has another shape than its head says.
#[must_use]
pub fn read() -> Vec<Case> {
    let fixtures: Fixtures = data::yaml(&data::path("fixtures.yaml"));
    let file: File = data::yaml(&data::path("settings.yaml"));
    file.cases
        .into_iter()
        .map(|entry| Case {
            text: entry.text(&fixtures),
            name: entry.name,
            errors: entry.errors,
        })
        .collect()
}

impl Entry {
    fn text(&self, fixtures: &Fixtures) -> String {
        if let Some(text) = &self.text {
            return text.clone();
        }
        if let Some(document) = &self.document {
            return document.to_string();
        }
        let mut fixture = fixtures.rule.clone();
        for key in &self.without {
            fixture.remove(key);
        }
        let rules: Vec<Value> = match &self.rules {
            Some(rules) => rules
                .iter()
                .map(|changes| rule(&fixture, changes))
                .collect(),
            None => vec![rule(&fixture, &self.rule.clone().unwrap_or_default())],
        };
        json!({ "allow": rules }).to_string()
    }
}

/// The fixture's rule with the keys of `changes` replaced.
#[must_use]
pub fn rule(fixture: &Map<String, Value>, changes: &Map<String, Value>) -> Value {
    let mut rule = fixture.clone();
    rule.extend(changes.clone());
    Value::Object(rule)
}

/// The settings with one more rule at the end of `allow`; `None` where they are no
/// object or `allow` is no list.
#[must_use]
pub fn with_rule(settings: &Value, rule: Value) -> Option<Value> {
    let mut settings = match settings {
        Value::Null => Map::new(),
        Value::Object(settings) => settings.clone(),
        _ => return None,
    };
    let allow = settings.entry("allow").or_insert(Value::Null);
    match allow {
        Value::Null => *allow = Value::Array(vec![rule]),
        Value::Array(rules) => rules.push(rule),
        _ => return None,
    }
    Some(Value::Object(settings))
}

/// Tells a null that is written from a key that is absent.
pub(crate) fn even_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
