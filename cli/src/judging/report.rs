//! What a check found, and whether it fails.

use super::outcome::{Condition, Outcome};
use super::request::Subject;
use crate::reading::problem::{PassedOver, Unreadable};

/// What a check found.
#[derive(Default)]
pub struct Report {
    /// The objects that the report shows, in the order of the files.
    pub objects: Vec<JudgedObject>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What was passed over, as far as the report shows it.
    pub passed_over: Vec<PassedOver>,
    /// What else the reader of the report should know.
    pub notes: Vec<String>,
    /// The `mode` of the policy that objects are judged by; `None` without a policy.
    pub policy_mode: Option<String>,
    /// The numbers of objects.
    pub summary: Summary,
    /// What makes the check fail.
    pub gate: Gate,
}

/// An object, and what becomes of it. "It" is the object.
pub struct JudgedObject {
    /// Its name, and where it stands.
    pub subject: Subject,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What became of it by the settings of before; `None` if there are no such settings.
    pub before: Option<Outcome>,
    /// Whether it names its namespace, or needs none. If not, it is judged in that of `--namespace`.
    pub names_namespace: bool,
}

/// How many objects there are, by what becomes of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// All objects and requests.
    pub checked: usize,
    /// Objects that are denied.
    pub denied: usize,
    /// Objects of which it depends on the requester whether they are admitted.
    pub depends_on_requester: usize,
    /// Objects that ask for HostProcess and that are not judged.
    pub not_judged: usize,
    /// Objects that are admitted with a warning.
    pub warned: usize,
    /// Objects of manifests that some requesters may create, and nothing says who asks.
    pub requester_unknown: usize,
    /// Objects that are denied, and that name no namespace.
    pub denied_without_namespace: usize,
    /// Objects that ask for HostProcess, whatever becomes of them.
    pub host_process: usize,
    /// Objects that make the check fail, by [`Gate::fails`].
    pub failing: usize,
    /// Documents and files of directories that were passed over.
    pub passed_over: usize,
    /// Files and directories that `--exclude` left out.
    pub excluded: usize,
    /// How verdicts changed; `None` if there are no settings to compare with.
    pub changes: Option<Changes>,
}

/// How many verdicts changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Objects that are admitted or not judged, and were denied to somebody at least.
    pub newly_admitted: usize,
    /// Objects that are denied to somebody at least, and were not.
    pub newly_denied: usize,
    /// Objects that were denied and still are.
    pub denied_as_before: usize,
}

/// When a check fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate {
    /// `--fail-on warned`
    pub fail_on_warned: bool,
    /// `--fail-on requester`
    pub fail_on_requester: bool,
    /// `--fail-on newly-admitted`
    pub fail_on_newly_admitted: bool,
    /// `--fail-on not-judged`
    pub fail_on_not_judged: bool,
    /// `--expect denied`: an object that asks for HostProcess and is not denied fails the check. So it
    /// does if there is no such object, and nothing else fails it.
    pub expect_denied: bool,
}

/// How a check ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Conclusion {
    /// Nothing failed.
    Passed,
    /// An object failed, or `--expect denied` found none that asks for HostProcess.
    Failed,
    /// Something could not be read, or there was nothing to check; no object failed.
    Unreadable,
}

/// How a verdict changed between two settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// The object is admitted for requesters for whom it was denied, or may have been. Or it was denied,
    /// and the policy is not sent it any more.
    NewlyAdmitted,
    /// The object is denied for requesters for whom it was not.
    NewlyDenied,
}

impl Conclusion {
    /// The exit status.
    pub fn status(self) -> u8 {
        match self {
            Conclusion::Passed => 0,
            Conclusion::Failed => 1,
            Conclusion::Unreadable => 2,
        }
    }
}

impl JudgedObject {
    /// How the verdict changed; `None` if it did not, or if there is nothing to compare with.
    pub fn change(&self) -> Option<Change> {
        let before = self.before.as_ref()?;
        match (before.is_denied(), self.outcome.is_denied()) {
            (true, false) => Some(Change::NewlyAdmitted),
            (false, true) => Some(Change::NewlyDenied),
            (true, true) => None,
            (false, false) => change_of_conditions(before.conditions(), self.outcome.conditions()),
        }
    }

    /// What becomes of the object, in words.
    pub fn words(&self) -> String {
        match self.change() {
            Some(Change::NewlyAdmitted) => format!("newly {}", self.outcome.words()),
            Some(Change::NewlyDenied) if self.outcome.is_denied() => String::from("newly denied"),
            Some(Change::NewlyDenied) => {
                format!("newly denied to others: {}", self.outcome.words())
            }
            None => self.outcome.words(),
        }
    }

    /// The reasons for the outcome and for that of before, a sentence a line; printable.
    pub fn findings(&self) -> Vec<String> {
        let mut findings = self.outcome.findings();
        if let Some(before) = &self.before {
            let reasons = match before {
                Outcome::Denied(_) => before.findings(),
                _ => vec![before.words()],
            };
            findings.extend(reasons.iter().map(|reason| format!("before: {reason}")));
        }
        findings
    }
}

/// Returns how what is admitted changes if its conditions were `before` and are `now`.
fn change_of_conditions(before: &[Condition], now: &[Condition]) -> Option<Change> {
    if !all_imply(now, before) {
        Some(Change::NewlyAdmitted)
    } else if !all_imply(before, now) {
        Some(Change::NewlyDenied)
    } else {
        None
    }
}

/// Returns whether `others` hold wherever all of `conditions` do.
fn all_imply(conditions: &[Condition], others: &[Condition]) -> bool {
    others
        .iter()
        .all(|other| conditions.iter().any(|condition| condition.implies(other)))
}

impl Summary {
    /// Counts an object. `gate` says whether it makes the check fail.
    pub fn count(&mut self, object: &JudgedObject, gate: &Gate) {
        self.checked += 1;
        match &object.outcome {
            Outcome::Accepted | Outcome::Admitted(_) => {}
            Outcome::AdmittedIf(..) => self.depends_on_requester += 1,
            Outcome::Denied(_) => self.denied += 1,
            Outcome::NotJudged(_) => self.not_judged += 1,
        }
        if object.outcome.depends_on_unknown_requester() {
            self.requester_unknown += 1;
        }
        if object.outcome.is_denied() && !object.names_namespace {
            self.denied_without_namespace += 1;
        }
        if object.outcome.asks_for_host_process() {
            self.host_process += 1;
        }
        if !object.outcome.warnings().is_empty() {
            self.warned += 1;
        }
        if gate.fails(object) {
            self.failing += 1;
        }
        if let Some(changes) = &mut self.changes {
            match object.change() {
                Some(Change::NewlyAdmitted) => changes.newly_admitted += 1,
                Some(Change::NewlyDenied) => changes.newly_denied += 1,
                None if object.outcome.is_denied() => changes.denied_as_before += 1,
                None => {}
            }
        }
    }

    /// Objects that are admitted without a condition, or that do not ask for HostProcess.
    pub fn passed(&self) -> usize {
        self.checked - self.denied - self.depends_on_requester - self.not_judged
    }
}

impl Gate {
    /// Returns whether `object` makes the check fail.
    pub fn fails(&self, object: &JudgedObject) -> bool {
        if self.expect_denied {
            return self.unmet_expectation(object).is_some();
        }
        let depends_on_requester = matches!(object.outcome, Outcome::AdmittedIf(..));
        object.outcome.is_denied()
            || self.fail_on_warned && !object.outcome.warnings().is_empty()
            || self.fail_on_requester && depends_on_requester
            || self.fail_on_not_judged && matches!(object.outcome, Outcome::NotJudged(_))
            || self.fail_on_newly_admitted && object.change() == Some(Change::NewlyAdmitted)
    }

    /// Returns what `--expect denied` has to say against `object`. `None` if the option is not given,
    /// if the object is denied, or if it does not ask for HostProcess.
    pub fn unmet_expectation(&self, object: &JudgedObject) -> Option<String> {
        let outcome = &object.outcome;
        let should_be_denied = self.expect_denied && outcome.asks_for_host_process();
        if !should_be_denied || outcome.is_denied() {
            return None;
        }
        Some(format!("expected to be denied, but is {}", outcome.words()))
    }
}

impl Report {
    /// Returns what the report says about `object`, a sentence a line: first what makes
    /// `--expect denied` fail, then the findings of the object.
    pub fn findings(&self, object: &JudgedObject) -> Vec<String> {
        let mut findings = Vec::from_iter(self.gate.unmet_expectation(object));
        findings.extend(object.findings());
        findings
    }

    /// Returns the sentence that `--expect denied` fails because no object asks for HostProcess. A
    /// folder of bad examples without one guards nothing. `None` if the check does not fail by this.
    pub fn missing_denial(&self) -> Option<&'static str> {
        if self.gate.expect_denied && self.summary.host_process == 0 {
            Some("no object asks for HostProcess, and --expect denied expects one")
        } else {
            None
        }
    }

    /// How the check ends. An object that fails weighs more than a file that cannot be read.
    pub fn conclusion(&self) -> Conclusion {
        if self.summary.failing > 0 {
            Conclusion::Failed
        } else if !self.unreadable.is_empty() || self.summary.checked == 0 {
            Conclusion::Unreadable
        } else if self.missing_denial().is_some() {
            Conclusion::Failed
        } else {
            Conclusion::Passed
        }
    }
}
