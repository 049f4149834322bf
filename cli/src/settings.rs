//! The settings to judge by: a file's, a policy resource's, or an argument's.

use std::path::Path;

use serde_json::Value;
use windows_hostprocess_policy::settings::Settings;

use crate::source::{Source, Unreadable};
use crate::yaml;

/// The settings in the file at `path`: its only document, or those of the only policy resource
/// in it.
///
/// # Errors
/// What keeps them from being read, or all that is wrong with them.
pub fn load(path: &Path) -> Result<Settings, Vec<Unreadable>> {
    let source = Source::named(path);
    let (line, value) = find(&source).map_err(|error| vec![error])?;
    let prefix = if line == 0 { "" } else { "spec.settings: " };
    let unreadable = |problem: String| source.unreadable(line, format!("{prefix}{problem}"));
    read(&value).map_err(|problems| problems.into_iter().map(unreadable).collect())
}

/// The settings in `json`, which was given as the argument `--settings-json`.
///
/// # Errors
/// As in [`load`].
pub fn parse(json: &str) -> Result<Settings, Vec<Unreadable>> {
    let unreadable =
        |reason: String| Unreadable { file: String::from("--settings-json"), line: 0, reason };
    let value = serde_json::from_str(json)
        .map_err(|error| vec![unreadable(format!("is not JSON: {error}"))])?;
    read(&value).map_err(|problems| problems.into_iter().map(unreadable).collect())
}

fn read(value: &Value) -> Result<Settings, Vec<String>> {
    Settings::read(value).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The settings in a file, unread, and the line of the policy resource that has them, else 0.
fn find(source: &Source) -> Result<(usize, Value), Unreadable> {
    let mut documents = Vec::new();
    for text in source.texts()? {
        let text = text?;
        let above = text.line - 1;
        let read = yaml::documents(&text.text, None);
        let read = read.map_err(|error| source.unreadable(above + error.line, error.reason))?;
        let content = read.into_iter().filter(|document| !document.value.is_null());
        documents.extend(content.map(|document| (above + document.line, document.value)));
    }
    let policies: Vec<_> = documents.iter().filter(|(_, it)| is_policy(it)).collect();
    match (&policies[..], &documents[..]) {
        ([(line, policy)], _) => Ok((*line, policy["spec"]["settings"].clone())),
        ([], [(_, settings)]) => Ok((0, settings.clone())),
        ([], []) => {
            Err(source.unreadable(0, "there are no settings in it: write allow: [] for no rules"))
        }
        ([], _) => {
            Err(source.unreadable(0, "one document of settings, or one with a policy, is expected"))
        }
        _ => Err(source.unreadable(0, "has several policies: give a file with one of them")),
    }
}

/// Whether `document` is a policy resource of Kubewarden.
fn is_policy(document: &Value) -> bool {
    let of_kubewarden = |it: &str| it.starts_with("policies.kubewarden.io/");
    document["apiVersion"].as_str().is_some_and(of_kubewarden)
        && (document["kind"] == "ClusterAdmissionPolicy" || document["kind"] == "AdmissionPolicy")
}
