//! The policy's two builds, asked the same; and the host's recorded answers.

use std::sync::{Arc, Mutex};

use harness::Module;
use serde::Deserialize;
use serde_json::{Value, json};
use windows_hostprocess_policy as policy;

/// The native build and the built module.
pub struct Builds {
    module: &'static Module,
}

/// What both builds answer, and what they asked the host.
#[derive(PartialEq)]
pub struct Judgement {
    pub response: Vec<u8>,
    /// Operation and parameters of each question.
    pub questions: Vec<(String, Value)>,
}

/// What the host answers to any question: a refusal, a text as it stands, or an object.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    Refusal { error: String },
    Text { answer: String },
    Nodes(Vec<Node>),
}

/// A Windows node.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    name: String,
    #[serde(default)]
    labels: serde_json::Map<String, Value>,
    kubelet: String,
    runtime: String,
}

impl Answer {
    fn give(&self) -> Result<Vec<u8>, String> {
        match self {
            Answer::Refusal { error } => Err(error.clone()),
            Answer::Text { answer } => Ok(answer.clone().into_bytes()),
            Answer::Nodes(nodes) => {
                let items: Vec<Value> = nodes.iter().map(Node::object).collect();
                let list = json!({ "apiVersion": "v1", "kind": "NodeList", "items": items });
                Ok(list.to_string().into_bytes())
            }
        }
    }
}

impl Node {
    fn object(&self) -> Value {
        let mut labels = self.labels.clone();
        labels.insert("kubernetes.io/os".into(), "windows".into());
        json!({
            "metadata": { "name": self.name, "labels": labels },
            "status": { "nodeInfo": {
                "containerRuntimeVersion": self.runtime,
                "kubeletVersion": self.kubelet,
                "operatingSystem": "windows",
            } },
        })
    }
}

/// Gives the recorded answer to whoever asks, and keeps the questions.
#[derive(Clone)]
struct RecordedHost {
    answer: Option<Answer>,
    questions: Arc<Mutex<Vec<(String, Value)>>>,
}

impl policy::Host for RecordedHost {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let question = serde_json::from_slice(request).expect("the policy asks in JSON");
        let mut questions = self.questions.lock().expect("nobody panics with the lock");
        questions.push((operation.to_owned(), question));
        let answer = self.answer.as_ref();
        answer.map_or_else(|| Err("no answer is recorded".into()), Answer::give)
    }
}

impl Builds {
    /// Builds and compiles the module.
    pub fn load() -> Self {
        Builds { module: harness::policy() }
    }

    /// Judges a payload.
    ///
    /// # Errors
    /// The two builds answer differently or ask the host for something else, or the module fails.
    pub fn validate(&self, payload: &[u8], answer: &Option<Answer>) -> Result<Judgement, String> {
        let host = || RecordedHost { answer: answer.clone(), questions: Arc::default() };
        let judgement = |response, host: &RecordedHost| Judgement {
            response,
            questions: host.questions.lock().expect("nobody panics with the lock").clone(),
        };
        let host_of_native = host();
        let native = policy::validate(payload, &host_of_native);
        let native = judgement(native, &host_of_native);

        let host_of_module = host();
        let instance =
            self.module.instance_with(host_of_module.clone()).map_err(|error| error.to_string())?;
        let module = instance.validate(payload).map_err(|error| error.to_string())?;
        same(native, judgement(module, &host_of_module))
    }

    /// Checks settings.
    ///
    /// # Errors
    /// The two builds answer differently, or the module fails.
    pub fn validate_settings(&self, settings: &[u8]) -> Result<Vec<u8>, String> {
        let answered = |response| Judgement { response, questions: Vec::new() };
        let module = self.module.validate_settings(settings);
        let module = module.map_err(|error| error.to_string())?;
        let both = same(answered(policy::validate_settings(settings)), answered(module))?;
        Ok(both.response)
    }
}

fn same(native: Judgement, module: Judgement) -> Result<Judgement, String> {
    if native == module {
        return Ok(native);
    }
    let shown = |judgement: &Judgement| {
        let response = String::from_utf8_lossy(&judgement.response);
        format!("{response}, having asked for {:?}", judgement.questions)
    };
    Err(format!("the two builds differ\nnative: {}\nmodule: {}", shown(&native), shown(&module)))
}
