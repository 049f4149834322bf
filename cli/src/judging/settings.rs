//! Reads the settings to judge by: those in a file, of a policy, or in an argument.

use std::path::Path;

use serde_json::Value;
use windows_hostprocess_policy::settings::Settings;

use super::judge::Guard;
use super::policy::{self, PolicySettings};
use super::scope::Scope;
use crate::reading::source::{Source, Unreadable};
use crate::reading::yaml;

/// What objects are judged by, and what the reader of the verdicts should know.
pub struct Loaded {
    /// What objects are judged by.
    pub guard: Guard,
    /// What decides in a cluster and is not known here.
    pub notes: Vec<String>,
}

/// Reads the settings in the file at `path`. `policy_name` chooses one of several policies.
///
/// # Errors
/// The file cannot be read or holds no settings, or the settings are not valid: all errors.
pub fn load(path: &Path, policy_name: Option<&str>) -> Result<Loaded, Vec<Unreadable>> {
    let source = Source::named(path);
    let chosen = read_file(&source)
        .and_then(|all| {
            policy::choose(all, policy_name).map_err(|error| source.unreadable(0, error))
        })
        .map_err(|unreadable| vec![unreadable])?;
    let settings = read_settings(&source, &chosen)?;

    Ok(Loaded {
        notes: chosen.notes(),
        guard: Guard {
            settings,
            scope: chosen.into_scope(),
        },
    })
}

/// Reads the settings in `json`, the value of `--settings-json`.
///
/// # Errors
/// As in [`load`].
pub fn parse(json: &str) -> Result<Loaded, Vec<Unreadable>> {
    let unreadable = |reason: String| Unreadable {
        file: String::from("--settings-json"),
        line: 0,
        reason,
    };
    let value = serde_json::from_str(json)
        .map_err(|error| vec![unreadable(format!("is not JSON: {error}"))])?;
    let settings = Settings::read(value).map_err(|problems| {
        let problems = problems.iter();
        problems
            .map(|(path, problem)| unreadable(format!("{path}: {problem}")))
            .collect::<Vec<_>>()
    })?;

    Ok(Loaded {
        notes: Vec::new(),
        guard: Guard {
            settings,
            scope: Scope::NineKinds,
        },
    })
}

/// Returns what to judge by if no settings are given: nothing may use HostProcess.
pub fn none() -> Loaded {
    Loaded {
        notes: Vec::new(),
        guard: Guard {
            settings: Settings::default(),
            scope: Scope::NineKinds,
        },
    }
}

/// Reads all settings in a file: one of each policy, or the settings on their own.
///
/// # Errors
/// The file cannot be read, or holds no settings.
pub fn read_file(source: &Source) -> Result<Vec<PolicySettings>, Unreadable> {
    let documents = documents(source)?;
    policy::read(documents).map_err(|error| source.unreadable(0, error))
}

/// Reads the settings of `chosen`, which stands in the file `source`.
///
/// # Errors
/// All errors of the settings.
pub fn read_settings(
    source: &Source,
    chosen: &PolicySettings,
) -> Result<Settings, Vec<Unreadable>> {
    Settings::read(chosen.settings.clone()).map_err(|problems| {
        let problems = problems.iter();
        problems
            .map(|(path, problem)| {
                let path = chosen.path_of(path);
                source.unreadable(chosen.line, format!("{path}: {problem}"))
            })
            .collect()
    })
}

/// Returns the documents in a file that hold something, each with its line.
///
/// # Errors
/// The file cannot be read.
pub fn documents(source: &Source) -> Result<Vec<(usize, Value)>, Unreadable> {
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
