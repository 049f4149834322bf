//! `hostprocess validate`: what is wrong with policies and settings.

use std::path::Path;

use windows_hostprocess_policy::settings::Settings;

use super::arguments::Validate;
use crate::counted::counted;
use crate::judging::findings;
use crate::judging::policy::PolicySettings;
use crate::judging::policy_problem::{PolicyFinding, Severity};
use crate::judging::report::Conclusion;
use crate::judging::settings;
use crate::reading::files::Source;
use crate::reading::position::Position;
use crate::reading::problem::{Problem, Unreadable};

/// What is wrong with policies and settings.
#[derive(Default)]
pub struct Validation {
    /// The lines for standard output: what is valid, and what is not.
    pub lines: Vec<String>,
    /// The files that could not be read. They are errors, and belong on standard error.
    pub unreadable: Vec<Unreadable>,
    has_failures: bool,
}

/// Settings in a file.
struct SettingsInFile<'a> {
    file: &'a str,
    /// The settings as they stand in the file, with the policy around them.
    settings: &'a PolicySettings,
    /// Whether messages name the policy, because the file has several.
    is_one_of_several: bool,
}

/// Validates the files that the arguments name.
pub fn validate(arguments: &Validate) -> Validation {
    let mut validation = Validation::default();
    for path in &arguments.files {
        validation.add_file(path, arguments.allow_variables);
    }
    validation
}

impl Validation {
    /// Returns how the validation ends.
    pub fn conclusion(&self) -> Conclusion {
        if !self.unreadable.is_empty() {
            Conclusion::Unreadable
        } else if self.has_failures {
            Conclusion::Failed
        } else {
            Conclusion::Passed
        }
    }

    fn add_file(&mut self, path: &Path, allow_variables: bool) {
        let source = Source::named(path);
        let all_settings = match settings::read_file(&source) {
            Ok(all_settings) => all_settings,
            Err(unreadable) => {
                self.unreadable.push(unreadable);
                return;
            }
        };
        for settings in &all_settings {
            let written = SettingsInFile {
                file: &source.name,
                settings,
                is_one_of_several: all_settings.len() > 1,
            };
            self.add_settings(&written, allow_variables);
        }
    }

    fn add_settings(&mut self, written: &SettingsInFile<'_>, allow_variables: bool) {
        match settings::read_settings(written.file, written.settings) {
            Err(errors) => {
                self.has_failures = true;
                for error in errors {
                    self.add_line(written, error.position, "", &error.problem.to_string());
                }
            }
            Ok(settings) => self.add_findings(written, &settings, allow_variables),
        }
    }

    /// Adds the problems and notes about valid settings.
    fn add_findings(
        &mut self,
        written: &SettingsInFile<'_>,
        settings: &Settings,
        allow_variables: bool,
    ) {
        let (failures, notes): (Vec<_>, Vec<_>) =
            findings::find(written.settings, settings, allow_variables)
                .into_iter()
                .partition(|finding| finding.problem.severity() == Severity::Failure);
        if failures.is_empty() {
            let what = match &written.settings.policy {
                Some(policy) => format!("policy {} is valid", policy.name),
                None => String::from("the settings are valid"),
            };
            let rules = counted(settings.allow.len(), "rule");
            let effect = if settings.allow.is_empty() {
                ", so every HostProcess pod is denied"
            } else {
                ""
            };
            self.lines
                .push(format!("{}: {what}: {rules}{effect}\n", written.file));
        }
        self.has_failures |= !failures.is_empty();
        for failure in failures {
            self.add_finding(written, "", &failure);
        }
        for note in notes {
            self.add_finding(written, "note: ", &note);
        }
    }

    /// Adds a line about `finding`, which begins with its place and `label`.
    fn add_finding(&mut self, written: &SettingsInFile<'_>, label: &str, finding: &PolicyFinding) {
        let position = written.settings.places.find(&finding.path);
        self.add_line(written, Some(position), label, &finding.to_string());
    }

    /// Adds a line that is written like an error: the file, the line in it, `label` and `text`. If the
    /// file has several policies, the line names the policy too.
    fn add_line(
        &mut self,
        written: &SettingsInFile<'_>,
        position: Option<Position>,
        label: &str,
        text: &str,
    ) {
        let policy = match &written.settings.policy {
            Some(policy) if written.is_one_of_several => format!("policy {}: ", policy.name),
            _ => String::new(),
        };
        let line = Unreadable {
            file: written.file.to_owned(),
            position,
            problem: Problem::Other(format!("{label}{policy}{text}")),
        };
        self.lines.push(format!("{line}\n"));
    }
}
