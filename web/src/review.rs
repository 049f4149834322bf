//! Judges what stands in the page's fields.

use hostprocess::judging::cluster::Cluster;
use hostprocess::judging::judge::{Guard, Judge};
use hostprocess::judging::outcome::Outcome;
use hostprocess::judging::report::{Gate, JudgedObject, Report, Summary};
use hostprocess::judging::requester::Requester;
use hostprocess::output::text;
use hostprocess::reading::problem::Unreadable;
use hostprocess::reading::walk::Walk;
use hostprocess::suggesting::write;
use serde::Serialize;
use windows_hostprocess_policy::Suggestion;

use crate::written_settings::{Remark, WrittenSettings};

/// What stands in the page's fields.
pub struct Fields<'t> {
    /// The objects to judge.
    pub manifests: &'t str,
    /// The settings to judge by; may be empty.
    pub settings: &'t str,
    /// The namespace of objects that name none.
    pub namespace: &'t str,
    /// Who asks, as settings spell it (`group:admins`); empty for anybody.
    pub requester: &'t str,
}

/// What the page shows. All of it is plain text.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Whether the settings are valid.
    pub settings_are_valid: bool,
    /// What there is to say of the settings, in one sentence.
    pub settings_summary: String,
    /// What is wrong with the settings, or what to know about valid ones.
    pub remarks: Vec<Remark>,
    /// What is wrong with the requester; empty if nothing is.
    pub requester_problem: String,
    /// What came of the manifests, in one sentence.
    pub summary: String,
    /// What became of each object, in the order of the manifests.
    pub objects: Vec<ReviewedObject>,
}

/// What became of one object.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewedObject {
    /// The line of the field that asks for HostProcess, else that of the object.
    pub line: usize,
    /// `DaemonSet monitoring/windows-exporter`
    pub title: String,
    /// The class of the outcome, by which the page chooses a color.
    pub class: Class,
    /// The outcome in words.
    pub verdict: String,
    /// The reasons for it.
    pub messages: Vec<String>,
    /// Settings with the rule that would admit it.
    pub suggested_rule: Option<String>,
}

/// The class of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It does not ask for HostProcess.
    Accepted,
    /// A rule admits it.
    Admitted,
    /// A rule admits it, with a warning.
    Warned,
    /// It depends on who asks.
    Depends,
    /// It is denied.
    Denied,
    /// The policy is not sent it.
    NotJudged,
    /// It cannot be read.
    Unreadable,
}

/// Judges the manifests by the settings. If the settings or the requester are not valid, nothing is
/// judged, as `hostprocess check` does it.
pub fn judge_fields(fields: &Fields<'_>) -> Review {
    let mut review = Review::default();
    // Both fields are read before anything is judged, so that the page shows the problems of both.
    let guard = match WrittenSettings::read(fields.settings) {
        Ok(settings) => {
            review.settings_are_valid = true;
            review.settings_summary = settings.summary();
            review.remarks = settings.remarks();
            Some(settings.into_guard())
        }
        Err(problems) => {
            review.settings_summary = String::from("The settings are not valid.");
            review.remarks = problems;
            None
        }
    };
    let requester = match read_requester(fields.requester) {
        Ok(requester) => requester,
        Err(problem) => {
            review.requester_problem = problem;
            review.summary = String::from("Nothing is judged: correct the requester.");
            return review;
        }
    };

    match guard {
        None => review.summary = String::from("Nothing is judged: correct the settings."),
        Some(_) if fields.manifests.trim().is_empty() => {
            review.summary = String::from("There are no manifests yet.");
        }
        Some(guard) => {
            let judge = new_judge(guard, fields.namespace, requester);
            judge_manifests(&judge, fields.manifests, &mut review);
        }
    }
    review
}

/// Returns who asks; `None` for anybody.
fn read_requester(requester: &str) -> Result<Option<Requester>, String> {
    match requester.trim() {
        "" => Ok(None),
        named => Requester::parse(Some(named), &[])
            .map(Some)
            .map_err(|error| error.problem.to_string()),
    }
}

fn new_judge(guard: Guard, namespace: &str, requester: Option<Requester>) -> Judge {
    Judge {
        guard,
        before: None,
        cluster: Cluster::default(),
        namespace: namespace.trim().to_owned(),
        requester,
        connects: false,
    }
}

/// Judges `manifests`, and adds what became of them to `review`.
fn judge_manifests(judge: &Judge, manifests: &str, review: &mut Review) {
    let walk = Walk::through_text("manifests", manifests, &mut |manifest| {
        Some(judge.judge(manifest))
    });
    review.objects.extend(walk.found.iter().map(judged_object));
    review
        .objects
        .extend(walk.unreadable.iter().map(unreadable_object));
    review.objects.sort_by_key(|object| object.line);

    let mut summary = Summary::default();
    for judged in &walk.found {
        summary.count(judged, &Gate::default());
    }
    review.summary = text::summary(&Report {
        summary,
        unreadable: walk.unreadable,
        ..Report::default()
    });
}

fn judged_object(judged: &JudgedObject) -> ReviewedObject {
    ReviewedObject {
        line: judged.subject.main_line(),
        title: judged.subject.title(),
        class: classify(&judged.outcome),
        verdict: judged.words(),
        messages: judged.findings(),
        suggested_rule: suggested_rule(&judged.outcome),
    }
}

fn unreadable_object(unreadable: &Unreadable) -> ReviewedObject {
    ReviewedObject {
        line: unreadable.position.map_or(1, |position| position.line),
        title: String::from("Not readable"),
        class: Class::Unreadable,
        verdict: String::from("error"),
        messages: vec![unreadable.problem.to_string()],
        suggested_rule: None,
    }
}

fn classify(outcome: &Outcome) -> Class {
    match outcome {
        Outcome::Accepted => Class::Accepted,
        Outcome::Admitted(admission) if admission.warnings.is_empty() => Class::Admitted,
        Outcome::Admitted(_) => Class::Warned,
        Outcome::AdmittedIf(..) => Class::Depends,
        Outcome::Denied(_) => Class::Denied,
        Outcome::NotJudged(_) => Class::NotJudged,
    }
}

fn suggested_rule(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Denied(denial) => match &denial.suggestion {
            Suggestion::Rule(rule) => Some(write::settings_with_rule(rule)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = include_str!("../../artefacts/examples/mixed-pod/pod.yaml");

    fn review_of(manifests: &str, settings: &str, requester: &str) -> Review {
        judge_fields(&Fields {
            manifests,
            settings,
            namespace: "default",
            requester,
        })
    }

    #[test]
    fn settings_that_are_not_valid_judge_nothing() {
        let review = review_of(POD, "allow: {}\n", "");
        assert!(!review.settings_are_valid);
        assert_eq!(review.objects, []);
        assert_eq!(review.summary, "Nothing is judged: correct the settings.");
    }

    #[test]
    fn a_requester_that_is_not_valid_judges_nothing() {
        let review = review_of(POD, "", "serviceaccount:alone");
        assert_ne!(review.requester_problem, "");
        assert_eq!(review.objects, []);
    }

    #[test]
    fn the_summary_is_that_of_the_command() {
        let manifests = format!("{POD}---\nkind: [\n");
        let review = review_of(&manifests, "", "");
        assert_eq!(
            review.summary,
            "1 checked: 1 denied, 0 passed; 1 could not be read"
        );
        let classes = review.objects.iter().map(|object| object.class);
        assert_eq!(
            classes.collect::<Vec<_>>(),
            [Class::Denied, Class::Unreadable]
        );
    }
}
