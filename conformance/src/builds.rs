//! The policy's two builds, asked the same.

use std::fs;
use std::sync::{Arc, Mutex};

use engine::Module;
use windows_hostprocess_policy as policy;

use crate::data;
use crate::nodes::Answer;

/// The native build and the built module.
pub struct Builds {
    module: Module,
}

/// What both builds answer, byte for byte.
pub struct Judgement {
    /// The response.
    pub response: Vec<u8>,
    /// How often the host was asked for nodes.
    pub host_calls: usize,
}

/// Gives the recorded answer to whoever asks, and keeps the questions.
#[derive(Clone)]
struct RecordedHost {
    answer: Option<Answer>,
    questions: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl RecordedHost {
    fn new(answer: Option<&Answer>) -> Self {
        Self {
            answer: answer.cloned(),
            questions: Arc::default(),
        }
    }

    fn ask(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        self.questions
            .lock()
            .expect("nobody panics with the lock")
            .push(question.to_vec());
        self.answer
            .as_ref()
            .map_or_else(|| Err("no answer is recorded".into()), Answer::give)
    }

    fn questions(&self) -> Vec<Vec<u8>> {
        self.questions
            .lock()
            .expect("nobody panics with the lock")
            .clone()
    }
}

impl policy::Host for RecordedHost {
    fn list_all_resources(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        self.ask(request)
    }
}

impl engine::HostAnswers for RecordedHost {
    fn answer(
        &self,
        binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>, String> {
        match (binding, namespace, operation) {
            ("kubewarden", "kubernetes", "list_resources_all") => self.ask(payload),
            _ => Err(format!("{binding} has no {namespace}/{operation}")),
        }
    }
}

impl Builds {
    /// Loads the built module.
    ///
    /// # Panics
    /// Where it is not built.
    #[must_use]
    pub fn load() -> Self {
        let path = data::root().join("policy.wasm");
        let bytes = fs::read(&path).unwrap_or_else(|error| {
            panic!("policy.wasm: {error}; build it with `make policy.wasm`")
        });
        Self {
            module: Module::load(&bytes).expect("the built module can be loaded"),
        }
    }

    /// Judges a payload.
    ///
    /// # Errors
    /// Where the two builds answer differently or ask the host for something else,
    /// and where the module fails.
    pub fn validate(&self, payload: &[u8], nodes: Option<&Answer>) -> Result<Judgement, String> {
        let native = RecordedHost::new(nodes);
        let response = policy::validate(payload, &native);

        let module = RecordedHost::new(nodes);
        let instance = self
            .module
            .instance_with(module.clone())
            .map_err(|error| error.to_string())?;
        let from_module = instance
            .validate(payload)
            .map_err(|error| format!("the module fails: {error}"))?;

        same(&response, &from_module)?;
        for (native, module) in native.questions().iter().zip(&module.questions()) {
            same(native, module)?;
        }
        let host_calls = native.questions().len();
        if instance.host_calls() != host_calls {
            return Err(format!(
                "the native build asks the host {host_calls} times, the module {}",
                instance.host_calls()
            ));
        }
        Ok(Judgement {
            response,
            host_calls,
        })
    }

    /// Checks settings.
    ///
    /// # Errors
    /// Where the two builds answer differently, and where the module fails.
    pub fn validate_settings(&self, settings: &[u8]) -> Result<Vec<u8>, String> {
        let native = policy::validate_settings(settings);
        let instance = self.module.instance().map_err(|error| error.to_string())?;
        let from_module = instance
            .validate_settings(settings)
            .map_err(|error| format!("the module fails: {error}"))?;
        same(&native, &from_module)?;
        Ok(native)
    }
}

fn same(native: &[u8], module: &[u8]) -> Result<(), String> {
    if native == module {
        return Ok(());
    }
    Err(format!(
        "the two builds differ\nnative: {}\nmodule: {}",
        String::from_utf8_lossy(native),
        String::from_utf8_lossy(module)
    ))
}
