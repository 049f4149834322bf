//! The settings as they stand in the page's field: on their own, or in a policy.

use hostprocess::counted::counted;
use hostprocess::judging::judge::Guard;
use hostprocess::judging::policy::{self, PolicySettings};
use hostprocess::judging::{findings, settings};
use hostprocess::reading::problem::Unreadable;
use hostprocess::suggesting::policy_frame::{Frame, policy_with};
use hostprocess::suggesting::write::NOBODY_CONNECTS;
use hostprocess::yaml;
use serde::Serialize;
use serde_json::Value;
use windows_hostprocess_policy::settings::Settings;

/// What errors call the text. The page leaves it out, because there is only one.
const NAME: &str = "settings";

/// Valid settings.
pub struct WrittenSettings<'t> {
    /// The text in the field.
    text: &'t str,
    /// The settings as they are written, with the policy around them. `None` if there is no text.
    source: Option<PolicySettings>,
    /// What the policy reads in them.
    settings: Settings,
}

/// Something to tell about the settings.
#[derive(Debug, PartialEq, Serialize)]
pub struct Remark {
    /// The line of the settings. `None` if the remark is about all of them.
    pub line: Option<usize>,
    /// What is wrong, or what to know; plain text.
    pub text: String,
}

impl<'t> WrittenSettings<'t> {
    /// Reads `text`. Without any text there are no rules.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn read(text: &'t str) -> Result<Self, Vec<Remark>> {
        if text.trim().is_empty() {
            return Ok(WrittenSettings {
                text,
                source: None,
                settings: Settings::default(),
            });
        }

        let source = read_source(text).map_err(|remark| vec![remark])?;
        let settings = settings::read_settings(NAME, &source)
            .map_err(|errors| errors.iter().map(problem).collect::<Vec<_>>())?;
        Ok(WrittenSettings {
            text,
            source: Some(source),
            settings,
        })
    }

    /// Returns one sentence about the settings: `The settings are valid: 1 rule.`
    pub fn summary(&self) -> String {
        let rules = counted(self.settings.allow.len(), "rule");
        format!("The settings are valid: {rules}.")
    }

    /// Returns what `hostprocess validate` tells about valid settings. Variables in commands are left out
    /// here, because a suggested rule has a comment on each.
    pub fn remarks(&self) -> Vec<Remark> {
        let Some(source) = &self.source else {
            return Vec::new();
        };
        let allow_variables = true;
        let mut remarks = Vec::new();
        for finding in findings::find(source, &self.settings, allow_variables) {
            remarks.push(Remark {
                line: Some(source.places.find(&finding.path).line),
                text: finding.to_string(),
            });
        }
        for note in source.notes() {
            remarks.push(Remark {
                line: None,
                text: note,
            });
        }
        remarks
    }

    /// Returns a policy with the settings, ready to apply: the text itself if it is a policy, else
    /// the complete policy around it.
    pub fn policy(&self) -> String {
        match &self.source {
            None => self.policy_around("allow: []\n"),
            Some(source) if source.policy.is_some() => self.text.to_owned(),
            Some(source) => {
                let policy = self.policy_around(self.text);
                if settings_of_policy(&policy).as_ref() == Some(&source.settings) {
                    return policy;
                }
                // Some texts do not mean the same inside of another one, such as a text with `---`.
                self.policy_around(&format!("{:#}", source.settings))
            }
        }
    }

    fn policy_around(&self, settings: &str) -> String {
        let rules = &self.settings.allow;
        let mut title = match rules.len() {
            0 => String::from("No rule: every HostProcess container is denied."),
            number => format!("{}: read each before you use it.", counted(number, "rule")),
        };
        if rules.iter().all(|rule| rule.connect_by.is_none()) {
            title += &format!("\n# {NOBODY_CONNECTS}");
        }
        let frame = Frame {
            title: &title,
            monitors: true,
        };
        policy_with(settings, rules, &frame)
    }

    /// Returns what manifests are judged by.
    pub fn into_guard(self) -> Guard {
        match self.source {
            None => settings::deny_all().guard,
            Some(source) => Guard {
                settings: self.settings,
                scope: source.into_scope(),
            },
        }
    }
}

/// Reads the settings in `text` as they are written, with the policy around them.
///
/// # Errors
/// `text` is not YAML, or it holds neither the settings alone nor exactly one policy.
pub fn read_source(text: &str) -> Result<PolicySettings, Remark> {
    let all = settings::read_text(NAME, text).map_err(|error| problem(&error))?;
    policy::choose(all, None).map_err(|error| Remark {
        line: None,
        text: error.to_string(),
    })
}

fn problem(error: &Unreadable) -> Remark {
    Remark {
        line: error.position.map(|position| position.line),
        text: error.problem.to_string(),
    }
}

/// Returns the settings in a policy; `None` if it is not YAML.
fn settings_of_policy(policy: &str) -> Option<Value> {
    let mut policy: Value = yaml::read_single(policy).ok()?;
    Some(policy["spec"]["settings"].take())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULE: &str = "allow:\n  - name: a\n    namespaces: [x]\n    images: [docker.io/a/b]\n    \
                        runAsUserNames: ['NT AUTHORITY\\SYSTEM']\n";

    fn problems(text: &str) -> Vec<Remark> {
        WrittenSettings::read(text).err().unwrap_or_default()
    }

    fn policy(text: &str) -> String {
        WrittenSettings::read(text)
            .expect("valid settings")
            .policy()
    }

    #[test]
    fn a_problem_has_the_line_of_its_field() {
        let settings = "# mine\nallow:\n  - name: a\n    namespaces: [x]\n    image: [y]\n";
        let problems = problems(settings);
        assert_eq!(problems[0].line, Some(5));
        assert!(
            problems[0].text.starts_with("allow[0].image: "),
            "{problems:?}"
        );
    }

    #[test]
    fn text_that_is_no_yaml_has_a_line() {
        let problems = problems("allow:\n  - name: [a\n");
        assert!(problems[0].line.is_some(), "{problems:?}");
    }

    #[test]
    fn settings_of_a_policy_have_the_lines_of_the_policy() {
        let text = policy(RULE).replace("namespaces: [x]", "namespace: [x]");
        let line = text
            .lines()
            .position(|line| line.contains("namespace: [x]"));
        let problems = problems(&text);
        assert_eq!(problems[0].line, line.map(|line| line + 1), "{problems:?}");
    }

    #[test]
    fn a_policy_may_be_questionable_though_its_settings_are_valid() {
        let text = policy(RULE).replace("mode: monitor", "mode: watch");
        let settings = WrittenSettings::read(&text).expect("valid settings");
        let remarks = settings.remarks();
        assert!(remarks[0].text.starts_with("spec.mode: "), "{remarks:?}");
    }

    #[test]
    fn a_policy_has_the_settings_with_their_comments() {
        let settings = format!("# mine\n{RULE}");
        let policy = policy(&settings);
        assert!(policy.contains("    # mine\n    allow:\n"), "{policy}");
        assert_eq!(
            settings_of_policy(&policy),
            yaml::read_single(&settings).ok()
        );
    }

    #[test]
    fn a_policy_without_text_has_no_rules() {
        assert_eq!(settings_of_policy(&policy("")), Some(json!({"allow": []})));
    }

    #[test]
    fn settings_that_mean_something_else_in_a_policy_are_written_as_json() {
        let settings = format!("---\n{RULE}...\n");
        assert_eq!(
            settings_of_policy(&policy(&settings)),
            yaml::read_single(RULE).ok()
        );
    }

    #[test]
    fn the_audit_scanner_is_switched_off_where_it_depends_on_the_requester() {
        let audits = |settings: &str| policy(settings).contains("backgroundAudit: true");
        assert!(audits(RULE));
        assert!(!audits(&format!("{RULE}    requestedBy: [group:a]\n")));
        assert!(audits(&format!("{RULE}    requestedBy: [nobody]\n")));
    }

    #[test]
    fn a_policy_stays_as_it_is() {
        let text = policy(RULE);
        assert_eq!(policy(&text), text);
    }
}
