//! The policy's two builds, native and module, which must always say the same.

use std::fmt::Debug;

use windows_hostprocess_policy as policy;

use crate::host::{Question, RecordedAnswers, RecordedHost};

/// What a build answers to a request, and what it asked the host before.
#[derive(Debug, PartialEq)]
pub struct Judgement {
    /// The response as JSON.
    pub response: String,
    pub questions: Vec<Question>,
}

/// Judges a payload with both builds.
///
/// # Errors
/// The two builds answer differently or ask the host for something else, or the module fails.
pub fn judge(payload: &str, answers: &RecordedAnswers) -> Result<Judgement, String> {
    let native_host = RecordedHost::new(answers);
    let native = policy::validate(payload.as_bytes(), &native_host);

    let module_host = RecordedHost::new(answers);
    let module = harness::policy()
        .instance_with(module_host.clone())
        .and_then(|instance| instance.validate(payload.as_bytes()))
        .map_err(|error| error.to_string())?;

    let native = Judgement {
        response: text(native)?,
        questions: native_host.questions(),
    };
    let module = Judgement {
        response: text(module)?,
        questions: module_host.questions(),
    };
    expect_same(native, module)
}

/// Checks settings with both builds, and returns the response as JSON.
///
/// # Errors
/// The two builds answer differently, or the module fails.
pub fn check_settings(settings: &str) -> Result<String, String> {
    let native = policy::validate_settings(settings.as_bytes());
    let module = harness::policy()
        .validate_settings(settings.as_bytes())
        .map_err(|error| error.to_string())?;
    expect_same(text(native)?, text(module)?)
}

fn text(answer: Vec<u8>) -> Result<String, String> {
    String::from_utf8(answer).map_err(|error| error.to_string())
}

/// Returns what both builds say.
///
/// # Errors
/// The two builds say different things.
fn expect_same<T: PartialEq + Debug>(native: T, module: T) -> Result<T, String> {
    if native == module {
        return Ok(native);
    }
    Err(format!(
        "the two builds differ\nnative: {native:?}\nmodule: {module:?}"
    ))
}
