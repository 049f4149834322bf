//! What becomes of an object: the policy's verdict, or that it is not judged.

use std::fmt;

use windows_hostprocess_policy::settings::{Rule, Settings};
use windows_hostprocess_policy::{Admission, Denial, Suggestion, Verdict, matches_pattern};

use super::scope::NotSent;
use crate::reading::printable::printable;

/// What becomes of an object. "It" is the object.
pub enum Outcome {
    /// It does not ask for HostProcess.
    Accepted,
    /// Rules admit it.
    Admitted(Admission),
    /// Rules admit it if these conditions hold. Whether they do is not known here.
    AdmittedIf(Admission, Vec<Condition>),
    /// It asks for HostProcess and is denied.
    Denied(Denial),
    /// It asks for HostProcess, and the policy would not judge it.
    NotJudged(NotJudged),
}

/// Why an object that asks for HostProcess is not judged. `Display` is printable.
#[derive(Clone, Debug, PartialEq)]
pub enum NotJudged {
    /// The policy is not sent the object, or exec into it.
    NotSent(NotSent),
    /// `--connect` is given, and the object is no pod.
    NoPodToExecInto {
        /// The object's kind; printable.
        kind: String,
    },
}

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotJudged::NotSent(not_sent) => write!(f, "{not_sent}"),
            NotJudged::NoPodToExecInto { kind } => write!(
                f,
                "kubectl exec opens a shell in a pod: give the pods of this {kind}"
            ),
        }
    }
}

/// What has to be true of the requester for a rule to admit an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The requester is one of those that the rule names.
    RequestedBy {
        /// The rule's name.
        rule: String,
        /// The entries of its `requestedBy`.
        requesters: Vec<String>,
    },
    /// RBAC lets the given requester use the rule.
    GrantedByRbac {
        /// The rule's name.
        rule: String,
    },
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::RequestedBy { rule, requesters } => {
                let mut who: Vec<&str> = Vec::new();
                let mut asks_rbac = false;
                for requester in requesters {
                    match &**requester {
                        "rbac" => asks_rbac = true,
                        "controllers" => who.push("a controller"),
                        requester => who.push(requester),
                    }
                }

                let mut alternatives: Vec<String> = Vec::new();
                if !who.is_empty() {
                    alternatives.push(format!("{} asks", who.join(" or ")));
                }
                if asks_rbac {
                    alternatives.push(granted_by_rbac(rule));
                }
                f.write_str(&printable(&alternatives.join(" or ")))
            }
            Condition::GrantedByRbac { rule } => f.write_str(&granted_by_rbac(rule)),
        }
    }
}

/// One of the alternatives of a condition, of which one has to cover the requester.
#[derive(PartialEq)]
enum Alternative<'c> {
    /// This entry of `requestedBy` covers the requester.
    Entry(&'c str),
    /// RBAC lets the requester use this rule.
    GrantedByRbac { rule: &'c str },
}

impl Condition {
    /// Returns whether this condition holds only where `other` does, as far as the entries tell.
    pub fn implies(&self, other: &Condition) -> bool {
        let others = other.alternatives();
        self.alternatives()
            .iter()
            .all(|alternative| others.iter().any(|other| alternative.implies(other)))
    }

    fn alternatives(&self) -> Vec<Alternative<'_>> {
        match self {
            Condition::RequestedBy { rule, requesters } => requesters
                .iter()
                .map(|requester| match requester.as_str() {
                    "rbac" => Alternative::GrantedByRbac { rule },
                    requester => Alternative::Entry(requester),
                })
                .collect(),
            Condition::GrantedByRbac { rule } => vec![Alternative::GrantedByRbac { rule }],
        }
    }
}

impl Alternative<'_> {
    /// Returns whether `other` covers all whom this alternative covers: it is the same, or a pattern that
    /// matches an entry without wildcards.
    fn implies(&self, other: &Alternative<'_>) -> bool {
        let is_one_of_pattern = match (self, other) {
            (Alternative::Entry(entry), Alternative::Entry(pattern)) => {
                !entry.contains(['*', '?']) && matches_pattern(pattern, entry)
            }
            _ => false,
        };
        self == other || is_one_of_pattern
    }
}

fn granted_by_rbac(rule: &str) -> String {
    format!("RBAC lets the requester use rule {rule}")
}

impl Outcome {
    /// Returns what becomes of a manifest whose requester is not known. `verdict` is the verdict on a
    /// request without a requester: such a request matches rules with any `requestedBy` but `nobody`.
    pub fn of_any_requester(verdict: Verdict, settings: &Settings) -> Self {
        let Verdict::Admitted(admission) = verdict else {
            return Outcome::from(verdict);
        };
        let conditions: Vec<Condition> = settings
            .allow
            .iter()
            .filter(|rule| admission.allowed_by.contains(&rule.name))
            .filter_map(condition_of)
            .collect();
        if conditions.is_empty() {
            Outcome::Admitted(admission)
        } else {
            Outcome::AdmittedIf(admission, conditions)
        }
    }

    /// The name of the outcome for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Admitted(_) => "admitted",
            Outcome::AdmittedIf(..) => "dependsOnRequester",
            Outcome::Denied(_) => "denied",
            Outcome::NotJudged(_) => "notJudged",
        }
    }

    /// The outcome in words: `admitted by rule a if group:admins asks`.
    pub fn words(&self) -> String {
        match self {
            Outcome::Accepted => String::from("passed"),
            Outcome::Admitted(admission) => admitted_by(admission),
            Outcome::AdmittedIf(admission, conditions) => {
                let conditions: Vec<String> = conditions.iter().map(Condition::to_string).collect();
                format!(
                    "{} if {}",
                    admitted_by(admission),
                    conditions.join(", and ")
                )
            }
            Outcome::Denied(_) => String::from("denied"),
            Outcome::NotJudged(_) => String::from("not judged"),
        }
    }

    /// Returns whether the object is denied.
    pub fn is_denied(&self) -> bool {
        matches!(self, Outcome::Denied(_))
    }

    /// Returns whether the object asks for HostProcess.
    pub fn asks_for_host_process(&self) -> bool {
        !matches!(self, Outcome::Accepted)
    }

    /// The path in the object of the HostProcess field that the first reason for a denial is about.
    /// `None` if the object is not denied, or if the field is not known.
    pub fn asking_path(&self) -> Option<&str> {
        match self {
            Outcome::Denied(denial) => denial.asking_path.as_deref(),
            _ => None,
        }
    }

    /// Returns the conditions that have to hold for the object to be admitted; none if it is admitted
    /// without a condition, or not admitted.
    pub fn conditions(&self) -> &[Condition] {
        match self {
            Outcome::AdmittedIf(_, conditions) => conditions,
            _ => &[],
        }
    }

    /// Returns whether it depends on a requester whom nobody has named whether the object is admitted. A
    /// requester who is known can depend only on what RBAC grants.
    pub fn depends_on_unknown_requester(&self) -> bool {
        let mut conditions = self.conditions().iter();
        conditions.any(|condition| matches!(condition, Condition::RequestedBy { .. }))
    }

    /// The warnings with which the object is admitted.
    pub fn warnings(&self) -> &[String] {
        match self {
            Outcome::Admitted(admission) | Outcome::AdmittedIf(admission, _) => &admission.warnings,
            _ => &[],
        }
    }

    /// The reasons for the outcome, a sentence a line; printable.
    pub fn findings(&self) -> Vec<String> {
        match self {
            Outcome::Accepted | Outcome::Admitted(_) | Outcome::AdmittedIf(..) => {
                let warnings = self.warnings().iter();
                warnings
                    .map(|warning| format!("warning: {warning}"))
                    .collect()
            }
            Outcome::Denied(denial) => findings_of_denial(denial),
            Outcome::NotJudged(reason) => vec![reason.to_string()],
        }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => Outcome::Accepted,
            Verdict::Admitted(admission) => Outcome::Admitted(admission),
            Verdict::Denied(denial) => Outcome::Denied(denial),
        }
    }
}

/// Returns the condition under which `rule` admits; `None` if anyone may ask.
fn condition_of(rule: &Rule) -> Option<Condition> {
    rule.depends_on_requester().then(|| Condition::RequestedBy {
        rule: rule.name.clone(),
        requesters: rule.requested_by.clone().unwrap_or_default(),
    })
}

fn admitted_by(admission: &Admission) -> String {
    match &admission.allowed_by[..] {
        [] => String::from("admitted"),
        [rule] => format!("admitted by rule {rule}"),
        rules => format!("admitted by rules {}", rules.join(", ")),
    }
}

fn findings_of_denial(denial: &Denial) -> Vec<String> {
    let mut findings = denial.reasons.clone();
    findings.extend(denial.processes.iter().cloned());
    for requirement in &denial.also_fix {
        findings.push(format!("also fix: {requirement}"));
    }
    if let Suggestion::Impossible(reason) = &denial.suggestion {
        findings.push(format!("no rule can be suggested: {reason}"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::user(&["user:alice"], "user:alice asks")]
    #[case::several(&["group:on-call", "controllers"], "group:on-call or a controller asks")]
    #[case::rbac(&["rbac"], "RBAC lets the requester use rule r")]
    #[case::rbac_too(&["rbac", "controllers"], "a controller asks or RBAC lets the requester use rule r")]
    fn conditions_are_told(#[case] requesters: &[&str], #[case] expected: &str) {
        assert_eq!(requested_by(requesters).to_string(), expected);
    }
    fn requested_by(requesters: &[&str]) -> Condition {
        Condition::RequestedBy {
            rule: String::from("r"),
            requesters: requesters.iter().map(ToString::to_string).collect(),
        }
    }

    #[rstest]
    #[case::the_same(&["group:a", "rbac"], &["rbac", "group:a"], true)]
    #[case::fewer(&["group:a"], &["group:a", "group:b"], true)]
    #[case::more(&["group:a", "group:b"], &["group:a"], false)]
    #[case::one_that_a_pattern_matches(&["serviceaccount:flux/sync"], &["serviceaccount:flux/*"], true)]
    #[case::one_that_no_pattern_matches(&["serviceaccount:x/sync"], &["serviceaccount:flux/*"], false)]
    #[case::the_pattern(&["serviceaccount:flux/*"], &["serviceaccount:flux/sync"], false)]
    #[case::two_patterns(&["group:a*"], &["group:*"], false)]
    fn a_condition_implies_another(
        #[case] condition: &[&str],
        #[case] other: &[&str],
        #[case] expected: bool,
    ) {
        assert_eq!(
            requested_by(condition).implies(&requested_by(other)),
            expected
        );
    }
}
