//! `hostprocess validate`: what is wrong with policies and settings.

use std::path::Path;

use windows_hostprocess_policy::settings::Settings;

use super::arguments::Validate;
use crate::judging::findings;
use crate::judging::policy::PolicySettings;
use crate::judging::report::Conclusion;
use crate::judging::settings;
use crate::output::text::counted;
use crate::reading::files::Source;
use crate::reading::position::Position;
use crate::reading::printable::printable;
use crate::reading::problem::{Problem, Unreadable};

/// What is wrong with policies and settings.
#[derive(Default)]
pub struct Validation {
    /// What to tell of each file.
    pub lines: Vec<String>,
    /// What could not be read.
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
    /// How the validation ends.
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
            Ok(all) => {
                for one in &all {
                    self.add_settings(&source, one, allow_variables);
                }
            }
            Err(unreadable) => self.unreadable.push(unreadable),
        }
    }

    fn add_settings(&mut self, source: &Source, read: &PolicySettings, allow_variables: bool) {
        match settings::read_settings(&source.name, read) {
            Err(errors) => {
                self.has_findings = true;
                for error in errors {
                    self.lines.push(format!("{error}\n"));
                }
            }
            Ok(settings) => self.add_findings(source, read, &settings, allow_variables),
        }
    }

    fn add_findings(
        &mut self,
        source: &Source,
        read: &PolicySettings,
        settings: &Settings,
        allow_variables: bool,
    ) {
        let findings = findings::find(read, settings, allow_variables);
        if findings.is_empty() {
            let what = match &read.policy {
                Some(policy) => format!("policy {} is valid", policy.name),
                None => String::from("the settings are valid"),
            };
            let rules = counted(settings.allow.len(), "rule");
            self.lines
                .push(format!("{}: {what}: {rules}\n", source.name));
        }
        for finding in findings {
            self.has_findings = true;
            let text = printable(&format!("{}: {}", finding.path, finding.problem));
            let unreadable = Unreadable {
                file: source.name.clone(),
                position: Some(Position::of_line(read.line)),
                problem: Problem::Other(text),
            };
            self.lines.push(format!("{unreadable}\n"));
        }
    }
}
