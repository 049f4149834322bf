//! What an entry expects of a response, and the comparison.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::kinds::Kind;

/// As the table writes it.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Expectation {
    /// `accepted`: accepted, and nothing else said.
    Word(String),
    /// Anything more.
    Map(Box<Expected>),
}

/// What a response must hold. The default is "accepted, and nothing else said".
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "tests/data/decisions/README.md explains the keys"
)]
pub struct Expected {
    pub allowed_by: Option<String>,
    pub containers: Option<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    pub denied: Option<Message>,
    pub code: Option<u16>,
    #[serde(default)]
    pub lacks: Vec<String>,
    pub suggested_rule: Option<Value>,
    pub unreadable: Option<String>,
    #[serde(default)]
    pub host_calls: usize,
}

/// A whole message, or fragments of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Message {
    /// The whole message.
    Whole(String),
    /// Fragments.
    Fragments(Vec<String>),
}

/// The policy's response; a key that is not listed here is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are Kubewarden's")]
pub struct Response {
    pub accepted: bool,
    pub message: Option<String>,
    pub code: Option<u16>,
    #[serde(default)]
    pub audit_annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Longest message, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// Longest warning, in characters: what reads well in a terminal.
const LONGEST_WARNING: usize = 120;

impl Expected {
    /// What a workload that fails one requirement alone must meet in a mode of that requirement.
    #[must_use]
    pub fn of_requirement(requirement: &str, mode: &str, rule: &str, finding: &[String]) -> Self {
        match mode {
            "deny" => Self {
                denied: Some(Message::Fragments(finding.to_vec())),
                lacks: vec!["rule \"".into(), "no rule ".into()],
                suggested_rule: Some(Value::Bool(false)),
                ..Self::default()
            },
            "warn" => Self {
                allowed_by: Some(rule.into()),
                warnings: vec![format!("{requirement}: ")],
                ..Self::default()
            },
            _ => Self {
                allowed_by: Some(rule.into()),
                ..Self::default()
            },
        }
    }

    /// The same with `$spec` and `$metadata` replaced by a kind's paths.
    #[must_use]
    pub fn at(mut self, kind: &Kind) -> Self {
        let (spec, metadata) = (kind.path_of("spec"), kind.path_of("metadata"));
        let place = |text: &mut String| {
            *text = text.replace("$spec", &spec).replace("$metadata", &metadata)
        };
        self.warnings.iter_mut().for_each(place);
        self.lacks.iter_mut().for_each(place);
        self.unreadable.iter_mut().for_each(place);
        match &mut self.denied {
            Some(Message::Whole(text)) => place(text),
            Some(Message::Fragments(fragments)) => fragments.iter_mut().for_each(place),
            None => {}
        }
        self
    }

    /// Everything in `response` that is not as expected; empty where all is.
    #[must_use]
    pub fn complaints(&self, bytes: &[u8]) -> Vec<String> {
        let response: Response = match serde_json::from_slice(bytes) {
            Ok(response) => response,
            Err(error) => return vec![format!("the response is none: {error}")],
        };
        let mut complaints = Vec::new();
        if self.is_denial() {
            self.compare_denial(&response, &mut complaints);
        } else {
            self.compare_acceptance(&response, bytes, &mut complaints);
        }
        complaints
    }

    fn is_denial(&self) -> bool {
        self.denied.is_some() || self.unreadable.is_some()
    }

    fn compare_acceptance(&self, response: &Response, bytes: &[u8], complaints: &mut Vec<String>) {
        let annotation = |key: &str| response.audit_annotations.get(key);
        let mut expect = |holds: bool, what: String| {
            if !holds {
                complaints.push(what);
            }
        };
        expect(response.accepted, "it is not accepted".into());
        match &self.allowed_by {
            None => expect(
                bytes == br#"{"accepted":true}"#,
                "more is said than that it is accepted".into(),
            ),
            Some(rule) => {
                expect(
                    annotation("allowed-by") == Some(rule),
                    format!("allowed-by is not {rule}"),
                );
                expect(
                    annotation("host-process-containers").is_some(),
                    "host-process-containers is absent".into(),
                );
                expect(
                    response.audit_annotations.len() == 2,
                    "there are other audit annotations".into(),
                );
            }
        }
        if let Some(containers) = &self.containers {
            expect(
                annotation("host-process-containers") == Some(containers),
                format!("host-process-containers is not {containers}"),
            );
        }
        expect(
            response.warnings.len() == self.warnings.len(),
            format!(
                "{} warnings are expected, there are {}",
                self.warnings.len(),
                response.warnings.len()
            ),
        );
        for (warning, fragment) in response.warnings.iter().zip(&self.warnings) {
            expect(
                warning.contains(fragment.as_str()),
                format!("the warning lacks {fragment:?}"),
            );
            expect(
                warning.chars().count() <= LONGEST_WARNING,
                "the warning is too long".into(),
            );
        }
    }

    fn compare_denial(&self, response: &Response, complaints: &mut Vec<String>) {
        let mut expect = |holds: bool, what: String| {
            if !holds {
                complaints.push(what);
            }
        };
        let code = self
            .code
            .unwrap_or(if self.unreadable.is_some() { 400 } else { 403 });
        let message = response.message.as_deref().unwrap_or_default();
        expect(!response.accepted, "it is accepted".into());
        expect(
            response.code == Some(code),
            format!("the code is not {code}"),
        );
        expect(response.warnings.is_empty(), "a denial has warnings".into());
        expect(
            message.len() <= LONGEST_MESSAGE
                && message.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "the message is too long or holds more than printable ASCII".into(),
        );
        let beginning = if code == 400 {
            "the request cannot be read: "
        } else {
            "HostProcess denied: "
        };
        expect(
            message.starts_with(beginning),
            format!("the message does not begin with {beginning:?}"),
        );
        if let Some(reason) = &self.unreadable {
            expect(
                message == format!("{beginning}{reason}"),
                format!("the message is not {:?}", format!("{beginning}{reason}")),
            );
        }
        match &self.denied {
            Some(Message::Whole(whole)) => {
                expect(message == whole, format!("the message is not {whole:?}"))
            }
            Some(Message::Fragments(fragments)) => {
                for fragment in fragments {
                    expect(
                        message.contains(fragment.as_str()),
                        format!("the message lacks {fragment:?}"),
                    );
                }
            }
            None => {}
        }
        for fragment in &self.lacks {
            expect(
                !message.contains(fragment.as_str()),
                format!("the message holds {fragment:?}"),
            );
        }
        self.compare_suggestion(response, code, complaints);
    }

    fn compare_suggestion(&self, response: &Response, code: u16, complaints: &mut Vec<String>) {
        let suggestion = response.audit_annotations.get("suggested-rule");
        if response.audit_annotations.len() > usize::from(suggestion.is_some()) {
            complaints.push("a denial has other audit annotations than suggested-rule".into());
        }
        match (&self.suggested_rule, suggestion) {
            (Some(Value::Bool(false)), Some(_)) => complaints.push("a rule is suggested".into()),
            (None, Some(_)) if code == 400 => {
                complaints.push("a rule is suggested for what cannot be read".into())
            }
            (Some(Value::Bool(false)) | None, _) => {}
            (Some(expected), None) => {
                complaints.push(format!("no rule is suggested, expected is {expected}"))
            }
            (Some(expected), Some(found)) => {
                if serde_json::from_str::<Value>(found).ok().as_ref() != Some(expected) {
                    complaints.push(format!("suggested is {found}, expected is {expected}"));
                }
            }
        }
    }
}
