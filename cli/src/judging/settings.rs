//! The settings to judge by: a file's, a policy resource's, or an argument's.

use std::path::Path;

use serde_json::Value;
use windows_hostprocess_policy::settings::Settings;

use crate::reading::source::{Source, Unreadable};
use crate::reading::yaml;

/// The settings in the file at `path`: its only document, or those of the only policy resource
/// in it.
///
/// # Errors
/// What keeps them from being read, or all that is wrong with them.
pub fn load(path: &Path) -> Result<Settings, Vec<Unreadable>> {
    let source = Source::named(path);
    let documents = documents(&source).map_err(|unreadable| vec![unreadable])?;
    let problem = |reason| Err(vec![source.unreadable(0, reason)]);
    let policies: Vec<_> = documents.iter().filter(|(_, it)| is_policy(it)).collect();
    match (&policies[..], &documents[..]) {
        ([(line, policy)], _) => read(policy["spec"]["settings"].clone(), &|problem| {
            source.unreadable(*line, format!("spec.settings: {problem}"))
        }),
        ([], [(_, settings)]) => read(settings.clone(), &|problem| source.unreadable(0, problem)),
        ([], []) => problem("there are no settings in it: write allow: [] for no rules"),
        ([], _) => problem("one document of settings, or one with a policy, is expected"),
        _ => problem("has several policies: give a file with one of them"),
    }
}

/// The settings in `json`, which was given as the argument `--settings-json`.
///
/// # Errors
/// As in [`load`].
pub fn parse(json: &str) -> Result<Settings, Vec<Unreadable>> {
    let unreadable = |reason: String| Unreadable {
        file: String::from("--settings-json"),
        line: 0,
        reason,
    };
    let value = serde_json::from_str(json)
        .map_err(|error| vec![unreadable(format!("is not JSON: {error}"))])?;
    read(value, &unreadable)
}

fn read(
    settings: Value,
    unreadable: &dyn Fn(String) -> Unreadable,
) -> Result<Settings, Vec<Unreadable>> {
    Settings::read(settings).map_err(|problems| {
        problems
            .iter()
            .map(|(path, problem)| unreadable(format!("{path}: {problem}")))
            .collect()
    })
}

/// The documents in a file that hold something, each with its line.
fn documents(source: &Source) -> Result<Vec<(usize, Value)>, Unreadable> {
    let (mut texts, mut documents) = (Vec::new(), Vec::new());
    source.texts(&mut |text| texts.push(text.map(|(first, text)| (first, text.to_owned()))))?;
    for text in texts {
        let (first, text) = text?;
        let read = yaml::documents(&text, &mut |_, item| Some(item));
        let read = read.map_err(|(line, reason)| source.unreadable(first - 1 + line, reason))?;
        documents.extend(
            read.into_iter()
                .map(|(line, value)| (first - 1 + line, value)),
        );
    }
    documents.retain(|(_, value)| !value.is_null());
    Ok(documents)
}

/// Whether `document` is a policy resource of Kubewarden.
fn is_policy(document: &Value) -> bool {
    let of_kubewarden = |it: &str| it.starts_with("policies.kubewarden.io/");
    document["apiVersion"].as_str().is_some_and(of_kubewarden)
        && (document["kind"] == "ClusterAdmissionPolicy" || document["kind"] == "AdmissionPolicy")
}
