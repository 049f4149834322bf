//! The policy's two builds, asked the same; and the host's recorded answers.

use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use windows_hostprocess_policy as policy;

/// What a build answers, and what it asked the host: operations and parameters.
pub type Judgement = (String, Vec<(String, Value)>);

/// Gives the recorded answer to whoever asks, and keeps the questions.
#[derive(Clone)]
struct Recorded {
    answer: Value,
    questions: Arc<Mutex<Vec<(String, Value)>>>,
}

impl policy::Host for Recorded {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let question = serde_json::from_slice(request).expect("the policy asks in JSON");
        let mut questions = self.questions.lock().expect("nobody panics with the lock");
        questions.push((operation.to_owned(), question));
        match (&self.answer, &self.answer["error"], &self.answer["answer"]) {
            (Value::Array(nodes), ..) => {
                let items: Vec<Value> = nodes.iter().map(node).collect();
                let list = json!({ "apiVersion": "v1", "kind": "NodeList", "items": items });
                Ok(list.to_string().into_bytes())
            }
            (_, Value::String(error), _) => Err(error.clone()),
            (_, _, Value::String(text)) => Ok(text.clone().into_bytes()),
            _ => Err("no answer is recorded".into()),
        }
    }
}

/// A Windows node as the API has it, of `name`, `labels`, `kubelet` and `runtime`.
fn node(short: &Value) -> Value {
    let mut labels = short["labels"].clone();
    labels["kubernetes.io/os"] = "windows".into();
    json!({ "metadata": { "name": short["name"], "labels": labels }, "status": { "nodeInfo": {
        "containerRuntimeVersion": short["runtime"],
        "kubeletVersion": short["kubelet"],
        "operatingSystem": "windows",
    } } })
}

/// Judges a payload where the host gives `answer`: a list of nodes, an `error`, or the text of
/// an `answer`.
///
/// # Errors
/// The two builds answer differently or ask the host for something else, or the module fails.
pub fn judge(payload: &str, answer: &Value) -> Result<Judgement, String> {
    let host = || Recorded {
        answer: answer.clone(),
        questions: Arc::default(),
    };
    let (of_native, of_module) = (host(), host());
    let native = text(Ok::<_, String>(policy::validate(
        payload.as_bytes(),
        &of_native,
    )))?;
    let instance = harness::policy().instance_with(of_module.clone());
    let module = text(instance.and_then(|instance| instance.validate(payload.as_bytes())))?;
    let asked = |of: Recorded| {
        of.questions
            .lock()
            .expect("nobody panics with the lock")
            .clone()
    };
    same((native, asked(of_native)), (module, asked(of_module)))
}

/// Checks settings.
///
/// # Errors
/// The two builds answer differently, or the module fails.
pub fn check_settings(settings: &str) -> Result<String, String> {
    let native = Ok::<_, String>(policy::validate_settings(settings.as_bytes()));
    same(
        text(native)?,
        text(harness::policy().validate_settings(settings.as_bytes()))?,
    )
}

fn text<E: Display>(answer: Result<Vec<u8>, E>) -> Result<String, String> {
    String::from_utf8(answer.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
}

fn same<T: PartialEq + Debug>(native: T, module: T) -> Result<T, String> {
    if native == module {
        return Ok(native);
    }
    Err(format!(
        "the two builds differ\nnative: {native:?}\nmodule: {module:?}"
    ))
}
