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

mod account;
mod ask;
mod container;
mod denial;
mod exec;
mod fields;
mod finding;
mod host;
mod image;
mod judge;
mod message;
mod names;
mod nodes;
mod pattern;
mod pod;
pub mod request;
pub mod requester;
mod requirements;
mod rules;
pub mod settings;
mod split;
mod suggestion;
mod unread;
mod update;
mod verdict;
mod version;
mod words;
mod workload;

use kubewarden_policy_sdk::settings::SettingsValidationResponse;
use serde_json::Value;

use ask::Ask;
use request::Request;
use settings::{Rule, Settings};

pub use denial::Denial;
pub use fields::Unreadable;
pub use host::{Host, NoHost};
pub use verdict::Verdict;

/// Judges an admission request: the waPC operation `validate`.
///
/// `payload` is `{"request": <AdmissionRequest>, "settings": <object>}` as JSON, the answer a
/// `ValidationResponse` as JSON. What cannot be read is refused with code 400, what is denied with
/// 403. `host` is asked for nodes where settings want that, and for the pod somebody connects to.
pub fn validate(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    if unread::asks_for_nothing(payload) {
        return verdict::response(Ok(Verdict::Accepted));
    }
    validate_in_full(payload, host)
}

/// The same without the short cut for payloads in which nothing can ask.
#[doc(hidden)]
pub fn validate_in_full(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    verdict::response(read_and_judge(payload, host))
}

fn read_and_judge(payload: &[u8], host: &dyn Host) -> Result<Verdict, Unreadable> {
    let mut payload = fields::json(payload)?;
    let settings = payload.get_mut("settings").map(Value::take).unwrap_or_default();
    let request = Request::read(&payload["request"])?;
    Ok(match Ask::of(&request)? {
        Ask::Nothing => Verdict::Accepted,
        ask => match Settings::read(settings) {
            Ok(settings) => judge::judge(ask, &request, &settings, host),
            // Settings that cannot be relied on admit nothing.
            Err(problems) => Verdict::Denied(Denial::because(format!(
                "the policy's settings are not valid: {problems}"
            ))),
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
) -> Result<Verdict, Unreadable> {
    Ok(judge::judge(Ask::of(request)?, request, settings, host))
}

/// The least rule that admits what `request` asks for; none where it asks for nothing.
///
/// # Errors
/// Why no rule can name it, or why it cannot be read.
pub fn suggest(request: &Request<'_>) -> Result<Option<Rule>, Vec<String>> {
    match Ask::of(request) {
        Ok(Ask::Pods(pods)) => suggestion::rule(request, &Vec::from_iter(&pods), &[]).map(Some),
        Ok(Ask::Nothing | Ask::Connect(_)) => Ok(None),
        Ok(Ask::Inadmissible(reason)) => Err(vec![reason]),
        Err(unreadable) => Err(vec![unreadable.to_string()]),
    }
}

/// Checks settings: the waPC operation `validate_settings`.
///
/// `settings` is the settings object as JSON, or null; the answer a [`SettingsValidationResponse`]
/// as JSON, whose message names everything that is wrong and what to write instead.
pub fn validate_settings(settings: &[u8]) -> Vec<u8> {
    let problem = match fields::json(settings).map(Settings::read) {
        Ok(Ok(_)) => None,
        Ok(Err(problems)) => Some(problems.to_string()),
        Err(unreadable) => Some(unreadable.to_string()),
    };
    verdict::to_json(&SettingsValidationResponse {
        valid: problem.is_none(),
        message: problem.map(|problem| format!("settings are not valid: {problem}")),
    })
}
