//! What an entry expects of a response, and the comparison.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::builds::Judgement;
use crate::workload::Kind;

/// Longest message, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// Longest warning, in characters: what reads well in a terminal.
const LONGEST_WARNING: usize = 120;

/// As the table writes it.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Expectation {
    /// `accepted`: accepted, and nothing else said; `admitted`: by the fixture's rule, without
    /// a warning; `denied`: whatever the reason.
    Word(String),
    /// Anything more.
    Map(Box<Expected>),
}

impl Expectation {
    /// What it means.
    ///
    /// # Panics
    /// The word is none of the three.
    pub fn expected(&self) -> Expected {
        let mut expected = Expected::default();
        match self {
            Expectation::Map(map) => return map.as_ref().clone(),
            Expectation::Word(word) => match &**word {
                "accepted" => {}
                "admitted" => expected.allowed_by = Some("node-agent".into()),
                "denied" => expected.denied = Some(Message::Fragments(Vec::new())),
                word => panic!("`{word}` is no expectation"),
            },
        }
        expected
    }
}

/// What a response must hold; by default that it is accepted, and nothing else. The table's
/// README explains the keys.
#[derive(Clone, Debug, Default, Deserialize)]
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
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Message {
    Whole(String),
    Fragments(Vec<String>),
}

/// The policy's response.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    pub accepted: bool,
    pub message: Option<String>,
    code: Option<u16>,
    mutated_object: Option<Value>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl Response {
    /// An audit annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        Some(self.audit_annotations.as_ref()?.get(key)?)
    }

    fn annotations(&self) -> usize {
        self.audit_annotations.as_ref().map_or(0, BTreeMap::len)
    }
}

impl Expected {
    /// What a workload that fails one requirement alone must meet in a mode of that requirement.
    pub fn of_requirement(requirement: &str, mode: &str, finding: &[String]) -> Self {
        let admitted = Expected { allowed_by: Some("node-agent".into()), ..Expected::default() };
        match mode {
            "deny" => Expected {
                denied: Some(Message::Fragments(finding.to_vec())),
                lacks: vec!["rule".into()],
                suggested_rule: Some(Value::Bool(false)),
                ..Expected::default()
            },
            "warn" => Expected { warnings: vec![requirement.into()], ..admitted },
            _ => admitted,
        }
    }

    /// The same with `$spec` and `$metadata` replaced by a kind's paths.
    pub fn at(mut self, kind: &Kind) -> Self {
        let place = |text: &mut String| *text = kind.place(text);
        self.warnings.iter_mut().for_each(place);
        self.lacks.iter_mut().for_each(place);
        for message in [&mut self.denied, &mut self.unreadable] {
            match message {
                Some(Message::Whole(text)) => place(text),
                Some(Message::Fragments(fragments)) => fragments.iter_mut().for_each(place),
                None => {}
            }
        }
        self
    }

    /// Everything in the response that is not as expected; empty where all is.
    pub fn complaints(&self, judgement: &Judgement) -> Vec<String> {
        let response: Response = match serde_json::from_slice(&judgement.response) {
            Ok(response) => response,
            Err(error) => return vec![format!("the response is none: {error}")],
        };
        let mut complaints = Complaints::default();
        let asked = judgement.questions.last().map(|(_, question)| question);
        complaints.unless_equal("host calls", judgement.questions.len(), self.host_calls);
        if self.asks.is_some() {
            complaints.unless_equal("question", asked, self.asks.as_ref());
        }
        complaints.unless_equal("changed object", &response.mutated_object, &None);
        match (&self.unreadable, &self.denied) {
            (Some(message), _) => self.compare_refusal(&response, 400, message, &mut complaints),
            (None, Some(message)) => self.compare_refusal(&response, 403, message, &mut complaints),
            (None, None) => self.compare_acceptance(&response, &mut complaints),
        }
        complaints.0
    }

    fn compare_acceptance(&self, response: &Response, complaints: &mut Complaints) {
        let allowed_by = response.annotation("allowed-by");
        let containers = response.annotation("host-process-containers");
        complaints.unless_equal("accepted", response.accepted, true);
        complaints.unless_equal("message", &response.message, &None);
        complaints.unless_equal("code", response.code, None);
        complaints.unless_equal("allowed-by", allowed_by, self.allowed_by.as_deref());
        if self.containers.is_some() {
            complaints.unless_equal("containers", containers, self.containers.as_deref());
        }
        let known = allowed_by.iter().chain(&containers).count();
        complaints.unless_equal("audit annotations", response.annotations(), known);
        let warnings = response.warnings.as_deref().unwrap_or_default();
        complaints.unless_equal("warnings", warnings.len(), self.warnings.len());
        for (warning, fragment) in warnings.iter().zip(&self.warnings) {
            complaints.unless(warning.contains(&**fragment), format!("no {fragment} in {warning}"));
            let fits = warning.chars().count() <= LONGEST_WARNING;
            complaints.unless(fits, format!("too long: {warning}"));
        }
    }

    fn compare_refusal(
        &self,
        response: &Response,
        code: u16,
        expected: &Message,
        complaints: &mut Complaints,
    ) {
        let message = response.message.as_deref().unwrap_or_default();
        complaints.unless_equal("accepted", response.accepted, false);
        complaints.unless_equal("code", response.code, Some(code));
        complaints.unless_equal("warnings", &response.warnings, &None);
        let printable = message.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        complaints.unless(printable, "the message holds more than printable ASCII".into());
        complaints.unless(message.len() <= LONGEST_MESSAGE, "the message is too long".into());
        let beginnings: &[&str] = match code {
            400 => &["the request cannot be read: "],
            _ => &["HostProcess denied: ", "exec denied: ", "attach denied: "],
        };
        let begins = beginnings.iter().any(|beginning| message.starts_with(beginning));
        complaints.unless(begins, "the message begins otherwise".into());
        // A case whose settings are broken by mistake tests nothing.
        let invalid = "settings are not valid";
        let wanted = format!("{expected:?}").contains(invalid);
        complaints.unless(wanted || !message.contains(invalid), invalid.into());
        match expected {
            Message::Whole(whole) => complaints.unless_equal("message", message, whole),
            Message::Fragments(fragments) => {
                for fragment in fragments {
                    complaints.unless(message.contains(&**fragment), format!("no {fragment}"));
                }
            }
        }
        for fragment in &self.lacks {
            complaints.unless(!message.contains(&**fragment), format!("holds {fragment}"));
        }
        let text = response.annotation("suggested-rule");
        let found = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        match &self.suggested_rule {
            None if code == 403 => {}
            None | Some(Value::Bool(_)) => complaints.unless_equal("suggestion", text, None),
            expected => complaints.unless_equal("suggestion", &found, expected),
        }
        let known = text.iter().count();
        complaints.unless_equal("audit annotations", response.annotations(), known);
    }
}

/// What is not as expected.
#[derive(Default)]
struct Complaints(Vec<String>);

impl Complaints {
    fn unless(&mut self, holds: bool, complaint: String) {
        if !holds {
            self.0.push(complaint);
        }
    }

    fn unless_equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        let holds = found == expected;
        self.unless(holds, format!("{what}: {found:?}, not {expected:?}"));
    }
}
