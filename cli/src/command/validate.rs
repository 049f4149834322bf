//! `hostprocess validate`: what is wrong with policies and settings.

use std::path::Path;

use windows_hostprocess_policy::settings::Settings;

use super::arguments::Validate;
use crate::judging::findings::{self, PolicyFinding, Severity};
use crate::judging::policy::PolicySettings;
use crate::judging::report::Conclusion;
use crate::judging::settings;
use crate::output::text::counted;
use crate::reading::files::Source;
use crate::reading::printable::printable;
use crate::reading::problem::{Problem, Unreadable};

/// What is wrong with policies and settings.
#[derive(Default)]
pub struct Validation {
    /// The lines for standard output: what is valid, and what is not.
    pub lines: Vec<String>,
    /// The files that could not be read. They are errors, and belong on standard error.
    pub unreadable: Vec<Unreadable>,
    has_findings: bool,
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
        } else if self.has_findings {
            Conclusion::Failed
        } else {
            Conclusion::Passed
        }
    }

    fn add_file(&mut self, path: &Path, allow_variables: bool) {
        let source = Source::named(path);
        match settings::read_file(&source) {
            Ok(all_settings) => {
                for settings in &all_settings {
                    self.add_settings(&source, settings, allow_variables);
                }
            }
            Err(unreadable) => self.unreadable.push(unreadable),
        }
    }

    fn add_settings(&mut self, source: &Source, written: &PolicySettings, allow_variables: bool) {
        match settings::read_settings(&source.name, written) {
            Err(errors) => {
                self.has_findings = true;
                for error in errors {
                    self.lines.push(format!("{error}\n"));
                }
            }
            Ok(settings) => self.add_findings(source, written, &settings, allow_variables),
        }
    }

    /// Adds what is questionable about valid settings. `written` are the settings as they stand in the
    /// file, with the policy around them.
    fn add_findings(
        &mut self,
        source: &Source,
        written: &PolicySettings,
        settings: &Settings,
        allow_variables: bool,
    ) {
        let (notes, findings): (Vec<_>, Vec<_>) =
            findings::find(written, settings, allow_variables)
                .into_iter()
                .partition(|finding| finding.problem.severity() == Severity::Note);
        if findings.is_empty() {
            let what = match &written.policy {
                Some(policy) => format!("policy {} is valid", policy.name),
                None => String::from("the settings are valid"),
            };
            let rules = counted(settings.allow.len(), "rule");
            self.lines
                .push(format!("{}: {what}: {rules}\n", source.name));
        }
        self.has_findings |= !findings.is_empty();
        for finding in findings {
            self.add_line(source, written, "", &finding);
        }
        for note in notes {
            self.add_line(source, written, "note: ", &note);
        }
    }

    /// Adds a line about `finding`, which begins with its place and `label`.
    fn add_line(
        &mut self,
        source: &Source,
        written: &PolicySettings,
        label: &str,
        finding: &PolicyFinding,
    ) {
        let text = printable(&format!("{label}{}: {}", finding.path, finding.problem));
        // A finding is written like an error: the file, the line and the text.
        let line = Unreadable {
            file: source.name.clone(),
            position: Some(written.places.find(&finding.path)),
            problem: Problem::Other(text),
        };
        self.lines.push(format!("{line}\n"));
    }
}
