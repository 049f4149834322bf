//! The host of the tables: it gives recorded answers and keeps the questions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use windows_hostprocess_policy as policy;

/// What the host answers to one question.
#[derive(Clone)]
pub enum Answer {
    /// The answer's text, which may be no JSON at all.
    Text(String),
    /// The error that the host gives instead of an answer.
    Error(String),
}

/// The answers to the questions for one operation.
#[derive(Clone)]
enum Answers {
    /// The same answer to every question.
    Always(Answer),
    /// The answer to the first question, to the second, and so on. Further questions fail.
    InOrder(Vec<Answer>),
}

/// The answers of a host, by the operation that the policy asks for. All other questions fail.
#[derive(Clone, Default)]
pub struct RecordedAnswers {
    by_operation: HashMap<&'static str, Answers>,
}

/// What the policy asked the host.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub operation: String,
    pub parameters: Value,
}

/// Gives recorded answers and keeps the questions. Clones share the questions.
#[derive(Clone)]
pub struct RecordedHost {
    answers: RecordedAnswers,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Answer {
    /// Reads `{error: text}` or `{answer: text}`; `None` if `entry` is something else.
    pub fn read_text(entry: &Value) -> Option<Self> {
        if let Some(error) = entry["error"].as_str() {
            return Some(Answer::Error(error.to_owned()));
        }
        let text = entry["answer"].as_str()?;
        Some(Answer::Text(text.to_owned()))
    }

    /// Reads an answer to a SubjectAccessReview: true, false, `{error: text}` or
    /// `{answer: text}`.
    fn read_access_review(entry: &Value) -> Self {
        if let Some(allowed) = entry.as_bool() {
            return Answer::Text(json!({ "allowed": allowed }).to_string());
        }
        Answer::read_text(entry).unwrap_or_else(|| panic!("{entry} is no answer to can-i"))
    }
}

impl RecordedAnswers {
    /// Records the Windows nodes of the cluster: a list of nodes in short form, `{error: text}` or
    /// `{answer: text}`.
    pub fn record_nodes(&mut self, entry: &Value) {
        let answer = match entry.as_array() {
            Some(nodes) => {
                let items: Vec<Value> = nodes.iter().map(windows_node).collect();
                let list = json!({ "apiVersion": "v1", "kind": "NodeList", "items": items });
                Answer::Text(list.to_string())
            }
            None => Answer::read_text(entry).unwrap_or_else(|| panic!("{entry} is no answer")),
        };
        self.record("list_resources_all", Answers::Always(answer));
    }

    /// Records the answer to the question for a pod.
    pub fn record_pod(&mut self, answer: Answer) {
        self.record("get_resource", Answers::Always(answer));
    }

    /// Records what the cluster's authorizers say: one answer to every question, or a list of
    /// answers in the order of the questions.
    pub fn record_access_reviews(&mut self, entry: &Value) {
        let answers = match entry.as_array() {
            Some(answers) => {
                Answers::InOrder(answers.iter().map(Answer::read_access_review).collect())
            }
            None => Answers::Always(Answer::read_access_review(entry)),
        };
        self.record("can_i", answers);
    }

    fn record(&mut self, operation: &'static str, answers: Answers) {
        self.by_operation.insert(operation, answers);
    }
}

impl RecordedHost {
    pub fn new(answers: &RecordedAnswers) -> Self {
        RecordedHost {
            answers: answers.clone(),
            questions: Arc::default(),
        }
    }

    /// Returns the questions so far.
    pub fn questions(&self) -> Vec<Question> {
        self.questions
            .lock()
            .expect("nothing panics while it holds the lock")
            .clone()
    }
}

impl policy::Host for RecordedHost {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let mut questions = self
            .questions
            .lock()
            .expect("nothing panics while it holds the lock");
        let asked_before = questions
            .iter()
            .filter(|question| question.operation == operation)
            .count();
        questions.push(Question {
            operation: operation.to_owned(),
            parameters: serde_json::from_slice(request).expect("the policy asks in JSON"),
        });

        let answer = match self.answers.by_operation.get(operation) {
            Some(Answers::Always(answer)) => Some(answer),
            Some(Answers::InOrder(answers)) => answers.get(asked_before),
            None => None,
        };
        match answer {
            Some(Answer::Text(text)) => Ok(text.clone().into_bytes()),
            Some(Answer::Error(error)) => Err(error.clone()),
            None => Err("no answer is recorded".into()),
        }
    }
}

/// Returns a Windows node as the API has it. `short` has its `name`, `labels`, `kubelet` and `runtime`.
fn windows_node(short: &Value) -> Value {
    let mut labels = short["labels"].clone();
    labels["kubernetes.io/os"] = "windows".into();
    json!({
        "metadata": { "name": short["name"], "labels": labels },
        "status": {
            "nodeInfo": {
                "containerRuntimeVersion": short["runtime"],
                "kubeletVersion": short["kubelet"],
                "operatingSystem": "windows",
            },
        },
    })
}
