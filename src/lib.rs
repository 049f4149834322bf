//! A Kubewarden policy that admits Windows HostProcess containers only by the administrator's rules.
//!
//! Without settings it admits no HostProcess container, as the Baseline Pod Security Standard asks.
//! With settings it admits the workloads that a rule matches as a whole, if they are well formed.
//!
//! Data flows one way:
//!
//! | step | module |
//! |---|---|
//! | nearly every payload cannot ask for HostProcess, and is accepted without being read | `unread` |
//! | payload → admission request | `request` |
//! | request → the pods that it creates or changes | `workload` |
//! | settings → rules and requirements | `settings`, with what `matching` says about values |
//! | pods and rules → the rule that matches, or what does not match | `rules` |
//! | pods and requirements → what is not met | `requirements` |
//! | all of it → verdict → response | `verdict` |
//!
//! Every step may use `text`, which escapes and bounds what is printed, `budget`, which bounds the
//! work that one request may cause, and `host`, which asks the cluster.

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
/// `payload` is `{"request": <AdmissionRequest>, "settings": <object>}` as JSON, and the answer is a
/// `ValidationResponse` as JSON. Its code is 400 if a HostProcess request cannot be read, and 403 if
/// the request is denied. `host` is asked for nodes if a node check is on, for the pod to which
/// somebody connects, and for the answers of RBAC.
pub fn validate(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    if unread::asks_for_nothing(payload) {
        return response::response(Ok(Verdict::Accepted));
    }
    validate_in_full(payload, host)
}

/// Judges an admission request as [`validate`] does, but reads every payload.
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
