//! The policy's two builds, asked the same.

use std::cell::Cell;

use windows_hostprocess_policy as policy;

use crate::nodes::Answer;

/// The native build and the built module.
pub struct Builds;

/// What both builds answer, byte for byte.
pub struct Judgement {
    /// The response.
    pub response: Vec<u8>,
    /// How often the host was asked for nodes.
    pub host_calls: usize,
}

struct RecordedHost<'a> {
    answer: Option<&'a Answer>,
    calls: Cell<usize>,
}

impl policy::Host for RecordedHost<'_> {
    fn list_all_resources(&self, _: &[u8]) -> Result<Vec<u8>, String> {
        self.calls.set(self.calls.get() + 1);
        self.answer.map_or_else(|| Err("the case records no answer".into()), Answer::give)
    }
}

impl Builds {
    /// Loads the built module.
    #[must_use]
    pub fn load() -> Self {
        Self
    }

    /// Judges a payload.
    ///
    /// # Errors
    /// Where the two builds answer differently.
    pub fn validate(&self, payload: &[u8], nodes: Option<&Answer>) -> Result<Judgement, String> {
        let host = RecordedHost { answer: nodes, calls: Cell::new(0) };
        let response = policy::validate(payload, &host);
        Ok(Judgement { response, host_calls: host.calls.get() })
    }

    /// Checks settings.
    ///
    /// # Errors
    /// Where the two builds answer differently.
    pub fn validate_settings(&self, settings: &[u8]) -> Result<Vec<u8>, String> {
        Ok(policy::validate_settings(settings))
    }
}
