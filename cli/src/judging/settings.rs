//! Reads the settings to judge by: those in a file, of a policy, or in an argument. The page to try the
//! policy on has no files, and is built without the feature `cli`.

#[cfg(feature = "cli")]
use std::path::Path;

use windows_hostprocess_policy::settings::{Problems, Settings};

use super::judge::Guard;
use super::policy::{self, Policy, PolicySettings};
use super::scope::Scope;
use crate::reading::documents;
use crate::reading::field::Recording;
#[cfg(feature = "cli")]
use crate::reading::files::Source;
use crate::reading::printable::printable;
use crate::reading::problem::{Problem, Unreadable};
use crate::reading::yaml::Node;

/// Settings that were read: what objects are judged by, and what the reader of the verdicts should
/// know.
pub struct Loaded {
    /// What objects are judged by.
    pub guard: Guard,
    /// What else decides in a cluster.
    pub notes: Vec<String>,
    /// The policy's `mode`; `None` for settings on their own.
    pub policy_mode: Option<String>,
}

/// Reads the settings in the file at `path`. `policy_name` chooses one of several policies.
///
/// # Errors
/// The file cannot be read or holds no settings, or the settings are not valid: all errors.
#[cfg(feature = "cli")]
pub fn load(path: &Path, policy_name: Option<&str>) -> Result<Loaded, Vec<Unreadable>> {
    let source = Source::named(path);
    let all = read_file(&source).map_err(|unreadable| vec![unreadable])?;
    load_chosen(&source, all, policy_name)
}

/// Reads the settings to compare with, as [`load`] does. In a file of settings alone there is nothing
/// to choose: there, `policy_name` is only for the other file.
///
/// # Errors
/// As in [`load`].
#[cfg(feature = "cli")]
pub fn load_against(path: &Path, policy_name: Option<&str>) -> Result<Loaded, Vec<Unreadable>> {
    let source = Source::named(path);
    let all = read_file(&source).map_err(|unreadable| vec![unreadable])?;
    let has_policies = all.iter().any(|settings| settings.policy.is_some());
    load_chosen(&source, all, policy_name.filter(|_| has_policies))
}

/// Reads the settings in `all`, which stand in `source`, of the policy named `policy_name`.
#[cfg(feature = "cli")]
fn load_chosen(
    source: &Source,
    all: Vec<PolicySettings>,
    policy_name: Option<&str>,
) -> Result<Loaded, Vec<Unreadable>> {
    let chosen = policy::choose(all, policy_name)
        .map_err(|error| vec![source.unreadable(Problem::Other(error.to_string()))])?;
    let settings = read_settings(&source.name, &chosen)?;

    Ok(Loaded {
        notes: chosen.notes(),
        policy_mode: chosen
            .policy
            .as_ref()
            .map(|policy| policy.mode().to_owned()),
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
pub fn load_json(json: &str) -> Result<Loaded, Vec<Unreadable>> {
    const ARGUMENT: &str = "--settings-json";

    let value = documents::read_json_argument(ARGUMENT, json).map_err(|error| vec![error])?;
    let settings = Settings::read(value).map_err(|problems| {
        list_problems(&problems, |path, text| {
            Unreadable::other(ARGUMENT, format!("{path}: {text}"))
        })
    })?;

    Ok(without_policy(settings))
}

/// Returns what to judge by if no settings are given: nothing may use HostProcess.
pub fn deny_all() -> Loaded {
    without_policy(Settings::default())
}

/// Returns settings without a policy.
fn without_policy(settings: Settings) -> Loaded {
    Loaded {
        notes: Vec::new(),
        policy_mode: None,
        guard: Guard {
            settings,
            scope: Scope::PodKinds,
        },
    }
}

/// Reads all settings in a file: one of each policy, or the settings on their own.
///
/// # Errors
/// The file cannot be read, or holds no settings.
#[cfg(feature = "cli")]
pub fn read_file(source: &Source) -> Result<Vec<PolicySettings>, Unreadable> {
    read_documents(
        &source.name,
        documents::read_source(source, Recording::Everything)?,
    )
}

/// Reads all settings in `text`, as [`read_file`] does. `name` stands for the name of a file.
///
/// # Errors
/// As in [`read_file`].
pub fn read_text(name: &str, text: &str) -> Result<Vec<PolicySettings>, Unreadable> {
    read_documents(
        name,
        documents::read_text(name, text, Recording::Everything)?,
    )
}

fn read_documents(file: &str, documents: Vec<Node>) -> Result<Vec<PolicySettings>, Unreadable> {
    policy::read(documents).map_err(|error| Unreadable::other(file, error.to_string()))
}

/// Reads the settings of `chosen`, which stands in `file`.
///
/// # Errors
/// Everything that is wrong with the settings, and what Kubernetes does not accept in the webhook rules
/// and the selectors beside them.
pub fn read_settings(file: &str, chosen: &PolicySettings) -> Result<Settings, Vec<Unreadable>> {
    let error_at = |path: &str, text: &str| Unreadable {
        file: file.to_owned(),
        position: Some(chosen.places.find(path)),
        problem: Problem::Other(printable(&format!("{path}: {text}"))),
    };
    let policy = chosen.policy.as_ref();
    let malformed_fields = policy.map_or(&[][..], |policy| &policy.malformed_fields);
    let mut errors: Vec<Unreadable> = malformed_fields
        .iter()
        .map(|malformed| error_at(&malformed.path, &malformed.problem))
        .collect();

    match Settings::read(chosen.settings.clone()) {
        Ok(settings) if errors.is_empty() => Ok(settings),
        Ok(_) => Err(errors),
        Err(problems) => {
            // The settings of another policy have none of this policy's keys. So this explains the rest.
            if let Some(finding) = policy.and_then(Policy::find_module_of_another_policy) {
                errors.push(error_at(&finding.path, &finding.problem.to_string()));
            }
            errors.extend(list_problems(&problems, |path, text| {
                error_at(&chosen.path_of(path), text)
            }));
            Err(errors)
        }
    }
}

/// Returns an entry for each problem, which `write` makes of the problem's path and text. If `problems`
/// does not list all problems, the last entry says how many more there are.
fn list_problems(problems: &Problems, write: impl Fn(&str, &str) -> Unreadable) -> Vec<Unreadable> {
    let mut list: Vec<Unreadable> = problems
        .iter()
        .map(|problem| write(&problem.path, &problem.text))
        .collect();
    match problems.more() {
        0 => {}
        1 => list.push(write("settings", "have 1 more problem")),
        more => list.push(write("settings", &format!("have {more} more problems"))),
    }
    list
}
