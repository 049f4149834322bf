//! Reads the settings to judge by: those in a file, of a policy, or in an argument.

#[cfg(feature = "cli")]
use std::path::Path;

use windows_hostprocess_policy::settings::Settings;

use super::judge::Guard;
use super::policy::{self, PolicySettings};
use super::scope::Scope;
use crate::reading::documents;
#[cfg(feature = "cli")]
use crate::reading::files::Source;
use crate::reading::position::Position;
use crate::reading::problem::{Problem, Unreadable};
use crate::reading::yaml::Node;

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
#[cfg(feature = "cli")]
pub fn load(path: &Path, policy_name: Option<&str>) -> Result<Loaded, Vec<Unreadable>> {
    let source = Source::named(path);
    let chosen = read_file(&source)
        .and_then(|all| {
            policy::choose(all, policy_name)
                .map_err(|error| source.unreadable(Problem::Other(error.to_string())))
        })
        .map_err(|unreadable| vec![unreadable])?;
    let settings = read_settings(&source.name, &chosen)?;

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
        position: None,
        problem: Problem::Other(reason),
    };
    let value = serde_json::from_str(json)
        .map_err(|error| vec![unreadable(format!("is not JSON: {error}"))])?;
    let settings = Settings::read(value).map_err(|problems| {
        let problems = problems.iter();
        problems
            .map(|problem| unreadable(problem.to_string()))
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
#[cfg(feature = "cli")]
pub fn read_file(source: &Source) -> Result<Vec<PolicySettings>, Unreadable> {
    choose_settings(&source.name, documents::of_source(source)?)
}

/// Reads all settings in `text`, as [`read_file`] does. `name` stands for the name of a file.
///
/// # Errors
/// As in [`read_file`].
pub fn read_text(name: &str, text: &str) -> Result<Vec<PolicySettings>, Unreadable> {
    choose_settings(name, documents::of_text(name, text)?)
}

fn choose_settings(file: &str, nodes: Vec<Node>) -> Result<Vec<PolicySettings>, Unreadable> {
    let documents = nodes
        .into_iter()
        .map(|node| (node.position.line, node.value))
        .collect();
    policy::read(documents).map_err(|error| Unreadable {
        file: file.to_owned(),
        position: None,
        problem: Problem::Other(error.to_string()),
    })
}

/// Reads the settings of `chosen`, which stands in `file`.
///
/// # Errors
/// All errors of the settings.
pub fn read_settings(file: &str, chosen: &PolicySettings) -> Result<Settings, Vec<Unreadable>> {
    Settings::read(chosen.settings.clone()).map_err(|problems| {
        let problems = problems.iter();
        problems
            .map(|problem| {
                let path = chosen.path_of(&problem.path);
                Unreadable {
                    file: file.to_owned(),
                    position: Some(Position::of_line(chosen.line)),
                    problem: Problem::Other(format!("{path}: {}", problem.text)),
                }
            })
            .collect()
    })
}
