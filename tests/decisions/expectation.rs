//! What a case expects of a response, and the comparison.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde_json::Value;

use crate::builds::Judgement;

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// The longest warning, in characters: what Kubernetes recommends.
const LONGEST_WARNING: usize = 120;
/// What a denial begins with.
const DENIALS: [&str; 3] = ["HostProcess denied: ", "exec denied: ", "attach denied: "];
/// What the message begins with if the request cannot be read.
const UNREADABLE: &str = "the request cannot be read: ";
/// What a denial for invalid settings says. A case has to expect it: a case whose settings are invalid
/// by mistake would test nothing.
const INVALID_SETTINGS: &str = "settings are not valid";

/// What a response must say. Without any key, the request must be accepted without warnings and
/// annotations. The README of the tables explains the keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expected {
    allowed_by: Option<String>,
    containers: Option<String>,
    warnings: Vec<String>,
    denied: Option<Message>,
    unreadable: Option<Message>,
    lacks: Vec<String>,
    suggested_rule: Option<Value>,
    host_calls: usize,
    asks: Option<Value>,
}

/// What a message must say: the whole message, or fragments of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Whole(String),
    Fragments(Vec<String>),
}

/// The policy's response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    accepted: bool,
    #[serde(default)]
    message: String,
    code: Option<u16>,
    mutated_object: Option<Value>,
    #[serde(default)]
    audit_annotations: BTreeMap<String, String>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl Response {
    /// Reads what a build answers.
    ///
    /// # Errors
    /// The answer is not a response.
    pub fn read(answer: &str) -> Result<Self, String> {
        serde_json::from_str(answer).map_err(|error| error.to_string())
    }

    /// Returns the rule that the response suggests; `None` if it suggests none.
    ///
    /// # Errors
    /// The suggestion is not JSON.
    pub fn suggested_rule(&self) -> Result<Option<Value>, String> {
        match self.audit_annotations.get("suggested-rule") {
            Some(rule) => serde_json::from_str(rule)
                .map(Some)
                .map_err(|error| error.to_string()),
            None => Ok(None),
        }
    }

    /// Returns whether `rule` admits the request, or would admit it if the workload met the
    /// requirements.
    ///
    /// # Errors
    /// The response suggests a rule that is not JSON.
    pub fn is_admitted_but_for_requirements(&self, rule: &Value) -> Result<bool, String> {
        if !self.accepted {
            // A denial speaks of rules if, and only if, no rule matches.
            let is_denied_by_rules = self.message.contains("rule");
            let has_invalid_settings = self.message.contains(INVALID_SETTINGS);
            let is_denied_by_requirements =
                self.code == Some(403) && !is_denied_by_rules && !has_invalid_settings;
            return Ok(self.suggested_rule()?.is_none() && is_denied_by_requirements);
        }
        let Some(allowed_by) = self.audit_annotations.get("allowed-by") else {
            return Ok(false);
        };
        // An object with several pod specs may need a rule for each.
        Ok(allowed_by.split(',').any(|name| rule["name"] == name))
    }
}

impl Expected {
    /// Reads the `expect` of the case `name` as JSON: a word, or an object.
    ///
    /// # Panics
    /// `expect` is something else.
    pub fn read(name: &str, expect: &str) -> Self {
        match expect {
            r#""accepted""# => Expected::default(),
            r#""admitted""# => Expected {
                allowed_by: Some("node-agent".into()),
                ..Expected::default()
            },
            r#""denied""# => Expected {
                denied: Some(Message::Fragments(Vec::new())),
                ..Expected::default()
            },
            object => serde_json::from_str(object)
                .unwrap_or_else(|error| panic!("{name}: expect: {error}")),
        }
    }

    /// Compares a judgement with what is expected.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, judgement: &Judgement) -> Result<(), String> {
        let response = Response::read(&judgement.response)?;
        self.compare_questions(judgement)?;
        expect_equal("mutated object", &response.mutated_object, &None)?;
        match (&self.unreadable, &self.denied) {
            (Some(message), _) => self.compare_refusal(&response, 400, message, &[UNREADABLE])?,
            (None, Some(message)) => self.compare_refusal(&response, 403, message, &DENIALS)?,
            (None, None) => self.compare_acceptance(&response)?,
        }
        self.compare_suggestion(&response)?;
        expect_known_annotations(&response)
    }

    fn compare_questions(&self, judgement: &Judgement) -> Result<(), String> {
        let questions = &judgement.questions;
        expect_equal("host calls", &questions.len(), &self.host_calls)?;
        let asked: Vec<&Value> = questions
            .iter()
            .map(|question| &question.parameters)
            .collect();
        match &self.asks {
            None => Ok(()),
            // A list has all questions. Anything else is the last question.
            Some(Value::Array(all)) => expect_equal("questions", &asked, &all.iter().collect()),
            Some(last) => expect_equal("last question", &asked.last(), &Some(&last)),
        }
    }

    fn compare_acceptance(&self, response: &Response) -> Result<(), String> {
        expect("accepted", response.accepted)?;
        expect_equal("message", &response.message.as_str(), &"")?;
        expect_equal("code", &response.code, &None)?;

        let annotations = &response.audit_annotations;
        let allowed_by = annotations.get("allowed-by");
        expect_equal("allowed-by", &allowed_by, &self.allowed_by.as_ref())?;
        let containers = annotations.get("host-process-containers");
        if self.containers.is_some() {
            expect_equal("containers", &containers, &self.containers.as_ref())?;
        }

        let warnings = &response.warnings;
        expect_equal("number of warnings", &warnings.len(), &self.warnings.len())?;
        for (warning, fragment) in warnings.iter().zip(&self.warnings) {
            expect_fragment(warning, fragment)?;
            expect("short warning", warning.chars().count() <= LONGEST_WARNING)?;
        }
        Ok(())
    }

    fn compare_refusal(
        &self,
        response: &Response,
        code: u16,
        expected: &Message,
        beginnings: &[&str],
    ) -> Result<(), String> {
        let message = &response.message;
        expect("refused", !response.accepted)?;
        expect_equal("code", &response.code, &Some(code))?;
        expect("no warnings", response.warnings.is_empty())?;
        let is_printable = message.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        expect("message of printable ASCII", is_printable)?;
        expect("short message", message.len() <= LONGEST_MESSAGE)?;
        let begins_as_usual = beginnings.iter().any(|text| message.starts_with(text));
        expect("usual beginning of the message", begins_as_usual)?;

        let has_invalid_settings = message.contains(INVALID_SETTINGS);
        let mentions_settings = expected.mentions(INVALID_SETTINGS);
        expect("valid settings", !has_invalid_settings || mentions_settings)?;
        match expected {
            Message::Whole(whole) => expect_equal("message", message, whole)?,
            Message::Fragments(fragments) => {
                for fragment in fragments {
                    expect_fragment(message, fragment)?;
                }
            }
        }
        for fragment in &self.lacks {
            if message.contains(fragment) {
                return Err(format!("expected no `{fragment}` in: {message}"));
            }
        }
        Ok(())
    }

    fn compare_suggestion(&self, response: &Response) -> Result<(), String> {
        let suggested = response.suggested_rule()?;
        match &self.suggested_rule {
            // A case that expects a denial need not say which rule is suggested.
            None if response.code == Some(403) => Ok(()),
            None | Some(Value::Bool(false)) => expect_equal("suggested rule", &suggested, &None),
            Some(rule) => expect_equal("suggested rule", &suggested.as_ref(), &Some(rule)),
        }
    }
}

impl Message {
    fn mentions(&self, text: &str) -> bool {
        match self {
            Message::Whole(whole) => whole.contains(text),
            Message::Fragments(fragments) => fragments.iter().any(|part| part.contains(text)),
        }
    }
}

/// Checks that a response has only the annotations that belong to an accepted or a denied request.
fn expect_known_annotations(response: &Response) -> Result<(), String> {
    let known: &[&str] = if response.accepted {
        &["allowed-by", "host-process-containers"]
    } else {
        &["suggested-rule"]
    };
    for name in response.audit_annotations.keys() {
        if !known.contains(&name.as_str()) {
            return Err(format!("the annotation {name} is not expected"));
        }
    }
    Ok(())
}

fn expect(what: &str, condition: bool) -> Result<(), String> {
    if condition {
        return Ok(());
    }
    Err(format!("expected: {what}"))
}

fn expect_equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what}\n   found: {found:?}\nexpected: {expected:?}"
    ))
}

fn expect_fragment(text: &str, fragment: &str) -> Result<(), String> {
    if text.contains(fragment) {
        return Ok(());
    }
    Err(format!("expected `{fragment}` in: {text}"))
}
