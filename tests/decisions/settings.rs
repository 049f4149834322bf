//! The cases of `tests/data/settings.yaml`: valid and invalid settings.

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::builds;
use crate::rule::changed_rule;
use crate::table::{self, Entry, Fixtures, read_as};

/// What the message about invalid settings begins with.
const INVALID: &str = "settings are not valid: ";

/// The published schema.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefacts/settings.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema is there");
    jsonschema::validator_for(&text.parse().expect("JSON")).expect("a schema")
});

/// A case, ready to be judged.
pub struct Case {
    pub name: String,
    /// The settings as JSON, or as another text.
    settings: String,
    problems: Vec<String>,
    schema_accepts: bool,
}

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
    /// The keys that are taken away from every rule.
    #[serde(default)]
    without: Vec<String>,
    /// The whole settings, instead of rules.
    #[serde(default, deserialize_with = "table::deserialize_nullable")]
    document: Option<Value>,
    /// The text of the settings, instead of all of the above.
    text: Option<String>,
    /// The problems in their order. Without any, the settings are valid.
    #[serde(default)]
    problems: Vec<String>,
    /// What the JSON Schema says, if it differs from the policy.
    schema: Option<BySchema>,
}

/// What the JSON Schema says about invalid settings.
#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum BySchema {
    Accepts,
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
            schema_accepts: entry.problems.is_empty() || entry.schema == Some(BySchema::Accepts),
            problems: entry.problems,
        }
    }

    /// Checks the settings with both builds and the schema.
    ///
    /// # Errors
    /// The builds differ.
    ///
    /// # Panics
    /// Something is not as expected.
    pub fn check(&self) -> Result<(), Failed> {
        let answer = builds::check_settings(&self.settings)?;
        let response: Response = serde_json::from_str(&answer)?;
        if self.problems.is_empty() {
            assert_eq!(response.message, None);
            assert!(response.valid);
        } else {
            let message = format!("{INVALID}{}", self.problems.join("; "));
            assert_eq!(response.message, Some(message));
            assert!(!response.valid);
        }

        // The schema describes files. Null is not in a file: the policy server sends it if a policy
        // has no settings. A text that is not JSON cannot be compared with the schema at all.
        let settings = self.settings.parse().unwrap_or(Value::Null);
        if !settings.is_null() {
            assert_eq!(
                SCHEMA.is_valid(&settings),
                self.schema_accepts,
                "by the schema: {settings}"
            );
        }
        Ok(())
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
