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
        let mut complaints = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                complaints.push(what);
            }
        };
        let calls = judgement.questions.len();
        expect(calls == self.host_calls, format!("the host is asked {calls} times"));
        if let Some(question) = &self.asks {
            let last = judgement.questions.last().map(|(_, question)| question);
            expect(last == Some(question), format!("the host is asked for {last:?}"));
        }
        expect(response.mutated_object.is_none(), "the object is changed".into());
        match (&self.unreadable, &self.denied) {
            (Some(message), _) => refuse(&response, 400, message, &mut expect),
            (None, Some(message)) => {
                refuse(&response, 403, message, &mut expect);
                self.compare_suggestion(&response, &mut expect);
            }
            (None, None) => self.compare_acceptance(&response, &mut expect),
        }
        let message = response.message.as_deref().unwrap_or_default();
        for fragment in &self.lacks {
            expect(!message.contains(&**fragment), format!("the message holds {fragment:?}"));
        }
        complaints
    }

    fn compare_acceptance(&self, response: &Response, expect: &mut impl FnMut(bool, String)) {
        expect(response.accepted, "it is not accepted".into());
        expect(response.message.is_none() && response.code.is_none(), "more is said".into());
        let allowed_by = response.annotation("allowed-by");
        expect(allowed_by == self.allowed_by.as_deref(), format!("allowed-by is {allowed_by:?}"));
        let containers = response.annotation("host-process-containers");
        if self.containers.is_some() {
            let what = format!("host-process-containers is {containers:?}");
            expect(containers == self.containers.as_deref(), what);
        }
        let known = usize::from(allowed_by.is_some()) + usize::from(containers.is_some());
        expect(response.annotations() == known, "there are other audit annotations".into());
        let warnings = response.warnings.as_deref().unwrap_or_default();
        let found = warnings.len();
        expect(found == self.warnings.len(), format!("there are {found} warnings"));
        for (warning, fragment) in warnings.iter().zip(&self.warnings) {
            expect(warning.contains(&**fragment), format!("the warning lacks {fragment:?}"));
            let length = warning.chars().count();
            expect(length <= LONGEST_WARNING, format!("a warning of {length} characters"));
        }
    }

    fn compare_suggestion(&self, response: &Response, expect: &mut impl FnMut(bool, String)) {
        let text = response.annotation("suggested-rule");
        let other = response.annotations() > usize::from(text.is_some());
        expect(!other, "a denial has other audit annotations".into());
        let found = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        match &self.suggested_rule {
            None => {}
            Some(Value::Bool(false)) => expect(text.is_none(), "a rule is suggested".into()),
            expected => expect(found == *expected, format!("suggested is {found:?}")),
        }
    }
}

fn refuse(
    response: &Response,
    code: u16,
    expected: &Message,
    expect: &mut impl FnMut(bool, String),
) {
    let message = response.message.as_deref().unwrap_or_default();
    expect(!response.accepted, "it is accepted".into());
    expect(response.code == Some(code), format!("the code is {:?}", response.code));
    expect(response.warnings.is_none(), "a denial has warnings".into());
    let printable = message.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    expect(printable, "the message holds more than printable ASCII".into());
    expect(message.len() <= LONGEST_MESSAGE, "the message is too long".into());
    let beginnings: &[&str] = match code {
        400 => &["the request cannot be read: "],
        _ => &["HostProcess denied: ", "exec denied: ", "attach denied: "],
    };
    let begins = beginnings.iter().any(|beginning| message.starts_with(beginning));
    expect(begins, "the message begins otherwise".into());
    match expected {
        Message::Whole(whole) => expect(message == whole, format!("expected is {whole:?}")),
        Message::Fragments(fragments) => {
            for fragment in fragments {
                expect(message.contains(&**fragment), format!("the message lacks {fragment:?}"));
            }
        }
    }
    if code == 400 {
        expect(response.annotations() == 0, "audit annotations on a refusal".into());
    }
}
