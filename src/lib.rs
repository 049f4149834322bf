//! A Kubewarden policy: Windows HostProcess containers only by the administrator's rules.
//!
//! With no settings nothing passes, as the Baseline Pod Security Standard wants it; with
//! settings exactly the workloads that a rule names, and only well formed.
//!
//! Data flows one way:
//!
//! | step | modules |
//! |---|---|
//! | payload → request | `unread`, `fields`, `request` |
//! | → what it asks for: pod specs and their effective facts | `ask`, `workload`, `update`, `pod` |
//! | → rules and requirements | `settings`, `rules`, `requirements`, `nodes`, `exec` |
//! | → verdict → response | `judge`, `denial`, `suggestion`, `verdict` |

mod budget;
pub mod hidden_characters;
mod host;
mod matching;
pub mod request;
mod requirements;
mod rules;
pub mod settings;
mod text;
mod unread;
mod verdict;
mod workload;

use serde_json::Value;

use budget::Budget;
use request::Request;
use request::{fields, parsed_size};
use settings::{Rule, Settings};

pub use host::{Host, NoHost};
pub use request::fields::ReadError;
pub use verdict::{Admission, Denial, DeniedAction, Suggestion, Verdict};
use verdict::{judge, response, suggestion};
use workload::requested_action::RequestedAction;

/// Judges an admission request: the waPC operation `validate`.
///
/// `payload` is `{"request": <AdmissionRequest>, "settings": <object>}` as JSON, the answer a
/// `ValidationResponse` as JSON. What cannot be read is refused with code 400, what is denied with
/// 403. `host` is asked for nodes where settings want that, and for the pod somebody connects to.
pub fn validate(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    if unread::asks_for_nothing(payload) {
        return response::response(Ok(Verdict::Accepted));
    }
    validate_in_full(payload, host)
}

/// The same without the short cut for payloads in which nothing can ask.
#[doc(hidden)]
pub fn validate_in_full(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    response::response(read_and_judge(payload, host))
}

fn read_and_judge(payload: &[u8], host: &dyn Host) -> Result<Verdict, ReadError> {
    if !parsed_size::fits_into_memory(payload) {
        return Ok(Verdict::Denied(Denial::new(
            DeniedAction::HostProcess,
            "the request holds too many objects and lists to be read: use smaller objects",
        )));
    }
    let mut payload = fields::parse_json(payload)?;
    let settings = payload
        .get_mut("settings")
        .map(Value::take)
        .unwrap_or_default();
    let request = Request::read(&payload["request"])?;
    let mut budget = Budget::for_request();
    Ok(match RequestedAction::read(&request, &mut budget)? {
        RequestedAction::Nothing => Verdict::Accepted,
        ask => match Settings::read(settings) {
            Ok(settings) => judge::judge(ask, &request, &settings, host, &mut budget),
            // Settings that cannot be relied on admit nothing.
            Err(problems) => Verdict::Denied(Denial::new(
                DeniedAction::HostProcess,
                format!("the policy's settings are not valid: {problems}"),
            )),
        },
    })
}

/// Judges `request` by `settings`, as [`validate`] does.
///
/// # Errors
/// A field that the policy reads is missing or of another type than the API gives it.
pub fn judge(
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, ReadError> {
    Ok(judge::judge(
        RequestedAction::read(request, &mut Budget::for_request())?,
        request,
        settings,
        host,
        &mut Budget::for_request(),
    ))
}

/// The least rule that admits what `request` asks for; none where it asks for nothing.
///
/// # Errors
/// Why no rule can name it, or why it cannot be read.
pub fn suggest(request: &Request<'_>) -> Result<Option<Rule>, Vec<String>> {
    let mut budget = Budget::for_request();
    match RequestedAction::read(request, &mut budget) {
        Ok(RequestedAction::CreatePods(pods)) => {
            let pods: Vec<_> = pods.iter().collect();
            suggestion::suggest_rule(request, &pods, &[], &mut budget).map(Some)
        }
        Ok(RequestedAction::Nothing | RequestedAction::Connect(_)) => Ok(None),
        Ok(RequestedAction::Inadmissible(reason)) => Err(vec![reason.to_string()]),
        Err(unreadable) => Err(vec![unreadable.to_string()]),
    }
}

/// Checks settings: the waPC operation `validate_settings`.
///
/// `settings` is the settings object as JSON, or null; the answer the SDK's
/// `SettingsValidationResponse` as JSON, whose message names everything that is wrong and what to write instead.
pub fn validate_settings(settings: &[u8]) -> Vec<u8> {
    if !parsed_size::fits_into_memory(settings) {
        let problem = "too many objects and lists to be read: write fewer rules";
        return response::settings_response(Some(problem.to_owned()));
    }

    let problem = match fields::parse_json(settings).map(Settings::read) {
        Ok(Ok(_)) => None,
        Ok(Err(problems)) => Some(problems.to_string()),
        Err(unreadable) => Some(unreadable.to_string()),
    };
    response::settings_response(problem)
}
