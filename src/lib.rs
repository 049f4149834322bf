//! A Kubewarden policy that admits Windows HostProcess containers only by the administrator's rules.
//!
//! Without settings it admits no HostProcess container, as the Baseline Pod Security Standard asks.
//! With settings it admits the workloads that a rule matches as a whole, if they are well formed.
//!
//! Data flows one way:
//!
//! | step | module |
//! |---|---|
//! | payloads that cannot ask for HostProcess, which are nearly all, are accepted without being read | `unread` |
//! | payload → admission request | `request` |
//! | request → the pods that it creates or changes | `workload` |
//! | settings → rules and requirements | `settings`, whose values `matching` checks and compares |
//! | pods and rules → the rule that matches, or what does not match | `rules` |
//! | pods and requirements → what is not met | `requirements` |
//! | what matches and what is met → verdict → response | `verdict` |
//!
//! Every step may use `text`, which escapes and bounds what is printed, `field_path`, which writes the
//! path of a value, `budget`, which bounds the work that one request may cause, and `host`, which asks
//! the cluster. `hidden_characters` finds characters that deceive a reader. The command uses it, too.

mod budget;
mod field_path;
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
use request::{Request, fields, parsed_size};
use settings::{Rule, Settings};

pub use host::{Host, NoHost};
/// Public for the command, which compares requesters of two settings.
#[doc(hidden)]
pub use matching::pattern::matches as matches_pattern;
pub use request::fields::ReadError;
/// Writes a key as a step of a path. Public for the command, which finds the places of such paths in
/// files.
#[doc(hidden)]
pub use text::format_step;
pub use verdict::{Admission, Denial, DeniedAction, Suggestion, Verdict};
use verdict::{response, suggestion};
pub use workload::OwningWorkload;
pub use workload::pod_kind::{POD_KINDS, PodKind};
use workload::requested_action::RequestedAction;

/// Judges an admission request: the waPC operation `validate`.
///
/// `payload` is `{"request": <AdmissionRequest>, "settings": <object>}` as JSON, and the answer is a
/// `ValidationResponse` as JSON. Its code is 400 if a request that may ask for HostProcess cannot be
/// read, and 403 if the request is denied. The policy asks `host` for the nodes if a requirement needs
/// them, for the pod to which somebody connects, and for the answers of RBAC.
pub fn validate(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    if unread::asks_for_nothing(payload) {
        return response::validation_response(Ok(Verdict::Accepted));
    }
    validate_in_full(payload, host)
}

/// Judges an admission request as [`validate`] does, but reads every payload.
#[doc(hidden)]
pub fn validate_in_full(payload: &[u8], host: &dyn Host) -> Vec<u8> {
    response::validation_response(read_and_judge(payload, host))
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
    let action = match RequestedAction::read(&request, &mut budget)? {
        // Such a request is accepted even if the settings are not valid.
        RequestedAction::Nothing => return Ok(Verdict::Accepted),
        action => action,
    };
    let settings = match Settings::read(settings) {
        Ok(settings) => settings,
        // Settings that are not valid admit nothing.
        Err(problems) => {
            return Ok(Verdict::Denied(Denial::new(
                DeniedAction::HostProcess,
                format!("the policy's settings are not valid: {problems}"),
            )));
        }
    };
    Ok(verdict::judge::judge(
        action,
        &request,
        &settings,
        host,
        &mut budget,
    ))
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
    let mut budget = Budget::for_request();
    let action = RequestedAction::read(request, &mut budget)?;
    Ok(verdict::judge::judge(
        action,
        request,
        settings,
        host,
        &mut budget,
    ))
}

/// Suggests the narrowest rule that admits the pods that `request` creates or changes. Returns `None`
/// if none of them asks for HostProcess, and for a request that connects to a pod.
///
/// # Errors
/// The reasons why no rule can name the pods, or why the request cannot be read.
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
/// `settings` is the settings object as JSON, or null. The answer is the SDK's
/// `SettingsValidationResponse` as JSON. Its message names everything that is wrong, and what to write
/// instead.
pub fn validate_settings(settings: &[u8]) -> Vec<u8> {
    if !parsed_size::fits_into_memory(settings) {
        let problem = "too many objects and lists to be read: write fewer rules";
        return response::settings_validation_response(Some(problem.to_owned()));
    }

    let settings = match fields::parse_json(settings) {
        Ok(settings) => settings,
        Err(unreadable) => {
            return response::settings_validation_response(Some(unreadable.to_string()));
        }
    };
    let problem = match Settings::read(settings) {
        Ok(_) => None,
        Err(problems) => Some(problems.to_string()),
    };
    response::settings_validation_response(problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns an update of an object with pod specs below a long key. It changes the first of them, by
    /// giving it the argument `word`.
    ///
    /// To find out which pod specs the update changes, the policy compares each of them with the key
    /// above it. For 900 pod specs, this costs about 20 million bytes of the budget (see
    /// workload/update.rs).
    fn update_of_pod_specs(count: usize, word: &str) -> Value {
        let pod = json!({
            "hostNetwork": true,
            "securityContext": {
                "windowsOptions": {"hostProcess": true, "runAsUserName": r"NT AUTHORITY\SYSTEM"},
            },
            "containers": [{"name": "c", "image": "r.example/a", "args": []}],
        });
        let long_key = "k".repeat(10_000);
        let old = json!({"spec": {long_key.clone(): vec![pod; count]}});
        let mut new = old.clone();
        new["spec"][&long_key][0]["containers"][0]["args"] = json!([word]);
        json!({
            "kind": {"group": "example.com", "version": "v1", "kind": "X"},
            "operation": "UPDATE",
            "namespace": "ns",
            "userInfo": {"username": "u"},
            "oldObject": old,
            "object": new,
        })
    }

    fn settings_with_pattern(pattern: &str) -> Value {
        json!({"allow": [{
            "name": "a",
            "namespaces": ["*"],
            "containers": [{
                "images": ["*"],
                "runAsUserNames": ["*"],
                "args": [{"pattern": pattern}],
            }],
        }]})
    }

    /// The comparison of a word that matches with its pattern.
    struct Comparison {
        word_length: usize,
        question_marks: usize,
    }

    const CHEAP: Comparison = Comparison {
        word_length: 1,
        question_marks: 1,
    };
    /// Costs about 190 million bytes of the budget of 200 million (see rules/cost.rs): nearly all of
    /// it, but more than the reading of 900 pod specs leaves.
    const EXPENSIVE: Comparison = Comparison {
        word_length: 19_800,
        question_marks: 600,
    };

    /// The first two cases show that neither the reading nor the judging spends the budget alone.
    #[rstest::rstest]
    #[case::expensive_to_read(900, CHEAP, true)]
    #[case::expensive_to_judge(1, EXPENSIVE, true)]
    #[case::expensive_to_read_and_to_judge(900, EXPENSIVE, false)]
    fn reading_and_judging_share_a_budget(
        #[case] pod_spec_count: usize,
        #[case] comparison: Comparison,
        #[case] is_admitted: bool,
    ) {
        let word = "a".repeat(comparison.word_length);
        let pattern = format!("*{}*", "?".repeat(comparison.question_marks));
        let request = update_of_pod_specs(pod_spec_count, &word);
        let settings = settings_with_pattern(&pattern);
        let payload = json!({"request": request, "settings": settings}).to_string();
        let answer = validate(payload.as_bytes(), &NoHost);
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(answer["accepted"], is_admitted, "{answer}");

        let request = Request::read(&request).expect("a request");
        let settings = Settings::read(settings).expect("settings");
        let verdict = judge(&request, &settings, &NoHost).expect("a verdict");
        let admits = matches!(verdict, Verdict::Admitted(_));
        assert_eq!(admits, is_admitted, "{verdict:?}");
    }
}
