//! The policy's verdicts on what manifests hold.

use serde_json::Value;
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Denial, DeniedAction, Host, Suggestion, Verdict};

use super::request::{self, Subject};
use crate::reading::object::Content;

/// A host where no answers are recorded.
pub struct NoCluster;

impl Host for NoCluster {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from(
            "no cluster is asked here: give its answers by --replay-host-capabilities-interactions",
        ))
    }
}

/// What objects are judged by.
pub struct Judge {
    /// The settings to judge by.
    pub settings: Settings,
    /// The settings to compare with.
    pub old: Option<Settings>,
    /// Answers what the policy asks the cluster.
    pub host: Box<dyn Host>,
    /// That of objects that name none.
    pub namespace: String,
    /// The `userInfo` of manifests, and of requests that have none; without, whoever asks for a
    /// manifest counts as fitting.
    pub user_info: Option<Value>,
}

/// An object with its verdict, and that by the settings to compare with.
pub struct Judged {
    /// What the object is called, and where it stands.
    pub subject: Subject,
    /// The verdict by the settings.
    pub verdict: Verdict,
    /// The verdict by the settings to compare with.
    pub before: Option<Verdict>,
    /// Whether whoever asks counted as fitting.
    pub anyone: bool,
}

impl Judge {
    /// The verdict on `content`, which stands at `line` of `file`; none on what is no object.
    pub fn judge(&self, file: &str, line: usize, content: Content) -> Option<Judged> {
        let anyone = matches!(content, Content::Object(_)) && self.user_info.is_none();
        let mut request = request::of(content, &self.namespace)?;
        let names_nobody = request["userInfo"].is_null() && request["user_info"].is_null();
        if let (true, Some(user_info)) = (names_nobody, &self.user_info) {
            request["userInfo"] = user_info.clone();
        }
        let verdict = |settings| {
            let verdict = Request::read(&request).and_then(|mut request| {
                request.requester = request.requester.filter(|_| !anyone);
                windows_hostprocess_policy::judge(&request, settings, &*self.host)
            });
            verdict.unwrap_or_else(|unreadable| {
                let reason = format!("the request cannot be read: {unreadable}");
                Verdict::Denied(Denial::new(DeniedAction::HostProcess, reason))
            })
        };
        Some(Judged {
            verdict: verdict(&self.settings),
            before: self.old.as_ref().map(verdict),
            subject: Subject::of(&request, file, line),
            anyone,
        })
    }
}

impl Judged {
    /// Whether it is denied.
    pub fn is_denied(&self) -> bool {
        matches!(self.verdict, Verdict::Denied(_))
    }

    /// Whether it is admitted with a warning.
    pub fn is_warned(&self) -> bool {
        matches!(&self.verdict, Verdict::Admitted(admission) if !admission.warnings.is_empty())
    }

    /// Whether the settings to compare with deny what these admit, or the other way round.
    pub fn is_changed(&self) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|it| matches!(it, Verdict::Denied(_)) != self.is_denied())
    }

    /// What is to be told of it, a sentence a line; all is printable.
    pub fn findings(&self) -> Vec<String> {
        let before = self
            .before
            .iter()
            .flat_map(lines)
            .map(|line| format!("before: {line}"));
        lines(&self.verdict).into_iter().chain(before).collect()
    }
}

fn lines(verdict: &Verdict) -> Vec<String> {
    let mut lines = Vec::new();
    match verdict {
        Verdict::Accepted => {}
        Verdict::Admitted(admission) => {
            if !admission.allowed_by.is_empty() {
                let rules = admission.allowed_by.join(", ");
                lines.push(format!("admitted by rule {rules}"));
            }
            lines.extend(admission.warnings.iter().map(|it| format!("warning: {it}")));
        }
        Verdict::Denied(denial) => {
            lines.extend(denial.reasons.iter().chain(&denial.processes).cloned());
            lines.extend(
                denial
                    .also_fix
                    .iter()
                    .map(|it| format!("to mend as well: {it}")),
            );
            if let Suggestion::Impossible(reason) = &denial.suggestion {
                lines.push(format!("no rule can be suggested: {reason}"));
            }
        }
    }
    lines
}
