//! `harness run` judges one request, as `kwctl run` does with the same flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Error, Result, ensure};
use hostprocess::replay::Replay;
use hostprocess::yaml;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Instance, Module};

/// The arguments of `run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// File with an AdmissionRequest or AdmissionReview in JSON, `-` for standard input
    #[arg(short, long, value_name = "FILE")]
    request_path: PathBuf,
    /// File with the settings, YAML or JSON
    #[arg(short, long, value_name = "FILE", conflicts_with = "settings_json")]
    settings_path: Option<PathBuf>,
    /// The settings themselves, in JSON
    #[arg(long, value_name = "JSON")]
    settings_json: Option<String>,
    /// Let the policy ask for objects of the cluster
    #[arg(long)]
    allow_context_aware: bool,
    /// File with recorded answers of the cluster
    #[arg(long, value_name = "FILE", requires = "allow_context_aware")]
    replay_host_capabilities_interactions: Option<PathBuf>,
    /// The module
    module: PathBuf,
}

/// What the API server is told about a request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    uid: String,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

/// What a policy answers to `validate`.
#[derive(Default, Deserialize)]
struct ValidationResponse {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl AdmissionResponse {
    /// Returns the response to the request `uid`, whose `validate` gave `answer`. As in a policy
    /// server, a trap, an error of the guest and an unreadable answer are a denial with code 500.
    pub fn new(uid: &str, answer: Result<Vec<u8>>) -> Self {
        let response = answer
            .and_then(|bytes| serde_json::from_slice(&bytes).context("the policy's answer"))
            .unwrap_or_else(|error| ValidationResponse {
                message: Some(format!("internal server error: {error:#}")),
                code: Some(500),
                ..ValidationResponse::default()
            });
        let ValidationResponse {
            accepted,
            message,
            code,
            audit_annotations,
            warnings,
        } = response;
        let status = (message.is_some() || code.is_some()).then_some(Status { message, code });
        Self {
            uid: uid.to_owned(),
            allowed: accepted,
            status,
            audit_annotations,
            warnings,
        }
    }
}

/// What a policy answers to `validate_settings`.
#[derive(Deserialize)]
struct SettingsValidationResponse {
    valid: bool,
    message: Option<String>,
}

/// Judges the request. As in kwctl, one instance reads the settings and judges the request. If the
/// guest traps or fails while it judges, the response is a denial.
///
/// # Errors
/// A file cannot be read, the module cannot start or fails before it judges, or the settings are not
/// valid.
pub fn run(arguments: &Arguments) -> Result<AdmissionResponse> {
    let settings = read_settings(arguments)?;
    let request = read_request(&arguments.request_path)?;
    let instance = start(arguments)?;

    let checked = instance.validate_settings(settings.to_string().as_bytes())?;
    let checked: SettingsValidationResponse = serde_json::from_slice(&checked)?;
    ensure!(
        checked.valid,
        "the settings are not valid: {}",
        checked.message.unwrap_or_default()
    );

    let payload = json!({"request": request, "settings": settings}).to_string();
    let answer = instance.validate(payload.as_bytes());
    let uid = request["uid"].as_str().unwrap_or_default();
    Ok(AdmissionResponse::new(uid, answer))
}

/// Returns an instance of the module, for which the recorded answers are the cluster.
fn start(arguments: &Arguments) -> Result<Instance> {
    let module = Module::from_file(&arguments.module)?;
    match &arguments.replay_host_capabilities_interactions {
        None => module.instance(),
        Some(path) => {
            let replay = Replay::read(&read(path)?).map_err(Error::msg);
            module.instance_with(replay.with_context(|| display(path))?)
        }
    }
}

/// Reads the request. An AdmissionReview has it inside.
fn read_request(path: &Path) -> Result<Value> {
    let mut request: Value = serde_json::from_str(&read(path)?).with_context(|| display(path))?;
    if let Some(reviewed) = request.get_mut("request") {
        request = reviewed.take();
    }
    Ok(request)
}

/// Reads the settings. As in kwctl, they are an empty object if none are given.
fn read_settings(arguments: &Arguments) -> Result<Value> {
    match (&arguments.settings_path, &arguments.settings_json) {
        (None, None) => Ok(json!({})),
        (None, Some(json)) => serde_json::from_str(json).context("--settings-json"),
        (Some(path), _) => yaml::read_single(&read(path)?)
            .map_err(Error::msg)
            .with_context(|| display(path)),
    }
}

fn read(path: &Path) -> Result<String> {
    let read = match path.to_str() {
        Some("-") => io::read_to_string(io::stdin()),
        _ => fs::read_to_string(path),
    };
    read.with_context(|| display(path))
}

fn display(path: &Path) -> String {
    path.display().to_string()
}
