//! Judges what stands in the page's fields.

use hostprocess::judging::cluster::Cluster;
use hostprocess::judging::judge::{Guard, Judge};
use hostprocess::judging::outcome::Outcome;
use hostprocess::judging::report::JudgedObject;
use hostprocess::judging::{policy, requester, settings};
use hostprocess::reading::walk::Walk;
use hostprocess::suggesting::write;
use serde::Serialize;
use windows_hostprocess_policy::Suggestion;

/// What the page shows. All of it is plain text.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// What is wrong with the settings or the requester, a sentence each.
    pub problems: Vec<String>,
    /// What came of it, in one sentence.
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

/// Judges `manifests` by `settings`.
pub fn review(manifests: &str, settings: &str, namespace: &str, requester: &str) -> Review {
    let mut problems = Vec::new();
    let guard = read_guard(settings).unwrap_or_else(|errors| {
        problems.extend(errors);
        settings::none().guard
    });
    let user_info = match requester.trim() {
        "" => None,
        named => requester::user_info(Some(named), &[])
            .map_err(|error| problems.push(format!("requester: {}", error.reason)))
            .ok(),
    };
    if manifests.trim().is_empty() {
        return Review {
            problems,
            summary: String::from("Paste a manifest to see its verdict."),
            objects: Vec::new(),
        };
    }

    let judge = Judge {
        guard,
        before: None,
        cluster: Cluster::default(),
        namespace: namespace.trim().to_owned(),
        user_info,
        connects: false,
    };
    let walk = Walk::through_text("manifests", manifests, &mut |manifest| {
        Some(reviewed(&judge.judge(manifest)))
    });

    let mut objects = walk.found;
    objects.extend(walk.unreadable.iter().map(|unreadable| ReviewedObject {
        line: unreadable.position.map_or(1, |position| position.line),
        title: String::from("Not readable"),
        class: Class::Unreadable,
        verdict: String::from("error"),
        messages: vec![unreadable.problem.to_string()],
        suggested_rule: None,
    }));
    objects.sort_by_key(|object| object.line);
    Review {
        problems,
        summary: summarize(&objects),
        objects,
    }
}

/// Reads the settings, which may be those of a policy.
fn read_guard(text: &str) -> Result<Guard, Vec<String>> {
    if text.trim().is_empty() {
        return Ok(settings::none().guard);
    }
    let all = settings::read_text("settings", text)
        .map_err(|unreadable| vec![unreadable.problem.to_string()])?;
    let chosen = policy::choose(all, None).map_err(|error| vec![error.to_string()])?;
    let read = settings::read_settings("settings", &chosen).map_err(|errors| {
        let errors = errors.iter();
        errors
            .map(|error| error.problem.to_string())
            .collect::<Vec<_>>()
    })?;
    Ok(Guard {
        settings: read,
        scope: chosen.into_scope(),
    })
}

fn reviewed(judged: &JudgedObject) -> ReviewedObject {
    ReviewedObject {
        line: judged.subject.main_line(),
        title: judged.subject.title(),
        class: classify(&judged.outcome),
        verdict: judged.words(),
        messages: judged.findings(),
        suggested_rule: suggested_rule(&judged.outcome),
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

/// Returns one sentence about all objects: `3 objects: 1 denied, 2 pass.`
fn summarize(objects: &[ReviewedObject]) -> String {
    let count = |classes: &[Class]| {
        let counted = objects
            .iter()
            .filter(|object| classes.contains(&object.class));
        counted.count()
    };
    let counts = [
        (count(&[Class::Denied]), "denied"),
        (count(&[Class::Unreadable]), "not readable"),
        (count(&[Class::Depends]), "depend on who asks"),
        (count(&[Class::NotJudged]), "not judged"),
        (
            count(&[Class::Accepted, Class::Admitted, Class::Warned]),
            "pass",
        ),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    let noun = if objects.len() == 1 {
        "object"
    } else {
        "objects"
    };
    format!("{} {noun}: {}.", objects.len(), parts.join(", "))
}
