//! What an entry expects of a response, and the comparison.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::builds::Judgement;

/// Longest message, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// Longest warning, in characters: what reads well in a terminal.
const LONGEST_WARNING: usize = 120;

/// What a response must hold; by default that it is accepted, and nothing else. The table's
/// README explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expected {
    allowed_by: Option<String>,
    containers: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    denied: Option<Message>,
    unreadable: Option<Message>,
    #[serde(default)]
    lacks: Vec<String>,
    suggested_rule: Option<Value>,
    #[serde(default)]
    host_calls: usize,
    asks: Option<Value>,
}

/// A whole message, or fragments of one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Message {
    Whole(String),
    Fragments(Vec<String>),
}

/// The policy's response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub accepted: bool,
    pub message: Option<String>,
    code: Option<u16>,
    mutated_object: Option<Value>,
    pub audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl Response {
    /// Reads what a build answers.
    ///
    /// # Panics
    /// It is no response.
    pub fn read(answer: &str) -> Self {
        serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error} in {answer}"))
    }

    /// The rule that it suggests; null where it does not.
    ///
    /// # Panics
    /// It is no JSON.
    pub fn suggested_rule(&self) -> Value {
        let suggested = self.audit_annotations.iter().flatten();
        let mut suggested = suggested.filter(|(key, _)| *key == "suggested-rule");
        let rule = suggested
            .next()
            .map(|(_, rule)| serde_json::from_str(rule).expect(rule));
        rule.unwrap_or_default()
    }
}

impl Expected {
    /// Compares a judgement.
    ///
    /// # Panics
    /// Something in it is not as expected.
    pub fn assert(&self, (response, questions): &Judgement) {
        let response = Response::read(response);
        assert_eq!(questions.len(), self.host_calls, "host calls");
        if let Some(asks) = &self.asks {
            assert_eq!(questions.last().map(|(_, question)| question), Some(asks));
        }
        assert_eq!(response.mutated_object, None, "changed object");
        let mut annotations = response.audit_annotations.clone().unwrap_or_default();
        match (&self.unreadable, &self.denied) {
            (Some(message), _) => self.assert_refused(&response, 400, message),
            (None, Some(message)) => self.assert_refused(&response, 403, message),
            (None, None) => {
                self.assert_accepted(&response);
                assert_eq!(annotations.remove("allowed-by"), self.allowed_by);
                let containers = annotations.remove("host-process-containers");
                if self.containers.is_some() {
                    assert_eq!(containers, self.containers);
                }
            }
        }
        let rule = response.suggested_rule();
        match &self.suggested_rule {
            None if response.code == Some(403) => {}
            None | Some(Value::Bool(_)) => assert_eq!(rule, Value::Null, "suggested rule"),
            Some(expected) => assert_eq!(rule, *expected, "suggested rule"),
        }
        annotations.remove("suggested-rule");
        assert!(annotations.is_empty(), "more annotations: {annotations:?}");
    }

    fn assert_accepted(&self, response: &Response) {
        assert!(response.accepted, "not accepted");
        assert_eq!((&response.message, response.code), (&None, None));
        let warnings = response.warnings.as_deref().unwrap_or_default();
        assert_eq!(warnings.len(), self.warnings.len(), "warnings");
        for (warning, fragment) in warnings.iter().zip(&self.warnings) {
            assert!(warning.contains(&**fragment), "no {fragment} in {warning}");
            assert!(
                warning.chars().count() <= LONGEST_WARNING,
                "too long: {warning}"
            );
        }
    }

    fn assert_refused(&self, response: &Response, code: u16, expected: &Message) {
        let message = response.message.as_deref().unwrap_or_default();
        assert_eq!((response.accepted, response.code), (false, Some(code)));
        assert_eq!(response.warnings, None);
        let printable = message.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        assert!(printable, "the message holds more than printable ASCII");
        assert!(message.len() <= LONGEST_MESSAGE, "the message is too long");
        let beginnings: &[&str] = match code {
            400 => &["the request cannot be read: "],
            _ => &["HostProcess denied: ", "exec denied: ", "attach denied: "],
        };
        let begins = beginnings
            .iter()
            .any(|beginning| message.starts_with(beginning));
        assert!(begins, "the message begins otherwise");
        // A case whose settings are broken by mistake tests nothing.
        let invalid = "settings are not valid";
        let wanted = format!("{expected:?}").contains(invalid);
        assert!(wanted || !message.contains(invalid), "{invalid}");
        match expected {
            Message::Whole(whole) => assert_eq!(message, whole),
            Message::Fragments(fragments) => {
                for fragment in fragments {
                    assert!(message.contains(&**fragment), "no {fragment}");
                }
            }
        }
        for fragment in &self.lacks {
            assert!(!message.contains(&**fragment), "holds {fragment}");
        }
    }
}
