//! Verdicts of the library, by its own entry points.

use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Host, validate};

/// A host that gives one answer, whatever it is asked.
struct Gives<'a>(&'a Value);

impl Host for Gives<'_> {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Ok(self.0.to_string().into_bytes())
    }
}

/// The policy's answer to `request` under `settings`, in words: `admitted by rule NAME`,
/// `accepted` or the denial, and a line for each warning.
pub fn answer(request: &Value, settings: &Value) -> String {
    answer_on(&Value::Null, request, settings)
}

/// The same on a host that gives `given` when it is asked.
pub fn answer_on(given: &Value, request: &Value, settings: &Value) -> String {
    let payload = json!({ "request": request, "settings": settings }).to_string();
    let answer = validate(payload.as_bytes(), &Gives(given));
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut said = match text(&answer["audit_annotations"]["allowed-by"]) {
        _ if answer["accepted"] != true => text(&answer["message"]).expect("a message") + "\n",
        Some(rule) => format!("admitted by rule {rule}\n"),
        None => "accepted\n".to_owned(),
    };
    for warning in answer["warnings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(text)
    {
        said += &format!("Warning: {warning}\n");
    }
    said
}

/// Whether `answer` lets the request pass.
pub fn passes(answer: &str) -> bool {
    answer.starts_with("accepted\n") || answer.starts_with("admitted by rule ")
}

/// Asserts that `settings`, which stand in `place`, are valid.
pub fn assert_valid(place: &str, settings: &Value) {
    if let Err(problems) = Settings::read(settings.clone()) {
        panic!("{place}: {problems}");
    }
}

/// The request to create the object of `manifest`, by somebody in no group of note.
pub fn creation(manifest: &Value) -> Value {
    let api_version = manifest["apiVersion"].as_str().expect("an apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let (kind, metadata) = (&manifest["kind"], &manifest["metadata"]);
    json!({
        "kind": { "group": group, "version": version, "kind": kind },
        "name": metadata["name"], "namespace": metadata["namespace"], "operation": "CREATE",
        "userInfo": { "username": "alice", "groups": ["system:authenticated"] },
        "object": manifest,
    })
}
