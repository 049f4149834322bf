//! One request, as `kwctl run` judges it: the same flags, output and status.

use std::path::PathBuf;

use clap::Args;
use engine::{AdmissionResponse, HostAnswers, Module, NoGrant, SettingsResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::circumstances::read_replay;
use crate::{Error, judge, source, text};

/// The arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// File with the settings, YAML or JSON
    #[arg(short, long, value_name = "FILE", conflicts_with = "settings_json")]
    settings_path: Option<PathBuf>,
    /// The settings themselves
    #[arg(long, value_name = "JSON")]
    settings_json: Option<String>,
    /// File with an AdmissionRequest or AdmissionReview, `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    request_path: PathBuf,
    /// File with recorded answers of the cluster
    #[arg(long, value_name = "FILE", requires = "allow_context_aware")]
    replay_host_capabilities_interactions: Option<PathBuf>,
    /// Let the policy ask for objects of the cluster
    #[arg(long)]
    allow_context_aware: bool,
    /// The policy's module
    module: PathBuf,
}

#[derive(Serialize)]
struct Payload<'a> {
    request: &'a RawValue,
    settings: &'a Value,
}

/// The parts of a request file that matter before the policy sees it.
#[derive(Deserialize)]
struct Review<'a> {
    #[serde(borrow)]
    request: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Identified {
    uid: Option<String>,
}

/// Judges the request; returns the admission response as a line of JSON.
///
/// # Errors
/// When a file cannot be read or the settings are not valid.
pub fn run(arguments: &Run) -> Result<String, Error> {
    let module = judge::load_module(&arguments.module)?;
    let settings = match &arguments.settings_json {
        Some(json) => judge::parse_settings("--settings-json", json)?,
        None => judge::load_settings(arguments.settings_path.as_deref())?,
    };
    let request = source::read(&arguments.request_path)?;
    let host = host(arguments)?;
    respond(&module, &settings, &request, host)
        .map(|response| serde_json::to_string(&response).expect("strings and lists are JSON"))
}

/// Without a cluster there are only recorded answers, and as with a policy
/// resource none at all unless access is granted.
fn host(arguments: &Run) -> Result<Box<dyn HostAnswers>, Error> {
    match &arguments.replay_host_capabilities_interactions {
        Some(path) => read_replay(path).map(|replay| Box::new(replay) as Box<dyn HostAnswers>),
        None if arguments.allow_context_aware => Ok(Box::new(no_cluster)),
        None => Ok(Box::new(NoGrant)),
    }
}

fn no_cluster(
    _binding: &str,
    namespace: &str,
    operation: &str,
    _payload: &[u8],
) -> Result<Vec<u8>, String> {
    Err(format!(
        "there is no cluster to ask for {namespace}/{operation} and no answer is recorded"
    ))
}

fn respond(
    module: &Module,
    settings: &Value,
    source: &source::Source,
    host: Box<dyn HostAnswers>,
) -> Result<AdmissionResponse, Error> {
    let not_json = |error: serde_json::Error| Error::at(&source.name, format!("not JSON: {error}"));
    let whole: &RawValue = serde_json::from_str(&source.text).map_err(not_json)?;
    let review: Option<Review> = serde_json::from_str(&source.text).ok();
    let request = review.and_then(|review| review.request).unwrap_or(whole);
    let uid = serde_json::from_str(request.get())
        .ok()
        .and_then(|it: Identified| it.uid)
        .unwrap_or_default();

    let failed = |error: engine::Failure| Error::new(text::one_line(&error.to_string()));
    let checked = SettingsResponse::from_policy(
        module
            .instance()
            .map_err(failed)?
            .validate_settings(settings.to_string().as_bytes()),
    );
    if !checked.valid {
        let reason = checked.message.unwrap_or_default();
        return Err(Error::new(text::one_line(&reason)));
    }
    let payload =
        serde_json::to_vec(&Payload { request, settings }).expect("what was read as JSON is JSON");
    let answer = module
        .instance_with(
            move |binding: &str, namespace: &str, operation: &str, payload: &[u8]| {
                host.answer(binding, namespace, operation, payload)
            },
        )
        .and_then(|instance| instance.validate(&payload));
    Ok(AdmissionResponse::from_policy(&uid, answer))
}
