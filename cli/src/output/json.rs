//! The report of `check` as JSON, which cli/README.md documents.

use serde_json::{Map, Value, json};
use windows_hostprocess_policy::hidden_characters::escape_hidden_in_json;
use windows_hostprocess_policy::{Admission, Denial, Suggestion};

use crate::judging::outcome::{Condition, Outcome};
use crate::judging::report::{Change, JudgedObject, Report, Summary};
use crate::reading::problem::{PassedOver, Unreadable};

/// Returns the report as JSON.
pub fn json(report: &Report) -> String {
    let objects = report.objects.iter();
    let objects: Vec<_> = objects.map(|listed| object(listed, report)).collect();
    let errors: Vec<_> = report.unreadable.iter().map(error).collect();
    let passed_over: Vec<_> = report.passed_over.iter().map(passed_over).collect();
    let notes = report.notes.iter().map(String::as_str);
    let notes: Vec<_> = notes.chain(report.missing_denial()).collect();
    let mut fields = json!({
        "objects": objects,
        "errors": errors,
        "passedOver": passed_over,
        "notes": notes,
        "summary": summary(&report.summary, errors.len()),
    });
    if let Some(mode) = &report.policy_mode {
        fields["policyMode"] = json!(mode);
    }
    escape_hidden_in_json(&format!("{fields:#}\n"))
}

fn object(object: &JudgedObject, report: &Report) -> Map<String, Value> {
    let subject = &object.subject;
    let field = subject.main_field;
    let change = object.change().map(|change| match change {
        Change::NewlyAdmitted => "newlyAdmitted",
        Change::NewlyDenied => "newlyDenied",
    });
    let mut fields = without_empty(json!({
        "file": subject.file,
        "line": subject.main_line(),
        "column": field.map(|field| field.start.column),
        "endLine": field.map(|field| field.end.line),
        "endColumn": field.map(|field| field.end.column),
        "apiVersion": subject.api_version,
        "kind": subject.kind,
        "namespace": subject.namespace,
        "name": subject.name,
        "unmetExpectation": report.gate.unmet_expectation(object),
        "change": change,
        "before": object.before.as_ref().map(outcome),
    }));
    fields.extend(outcome(&object.outcome));
    fields
}

fn outcome(outcome: &Outcome) -> Map<String, Value> {
    let mut fields = match outcome {
        Outcome::Accepted => Map::new(),
        Outcome::Admitted(admission) => admission_fields(admission),
        Outcome::AdmittedIf(admission, conditions) => {
            let mut fields = admission_fields(admission);
            fields.insert(
                "conditions".into(),
                conditions.iter().map(condition).collect(),
            );
            fields
        }
        Outcome::Denied(denial) => denial_fields(denial),
        Outcome::NotJudged(reason) => without_empty(json!({"reasons": [reason.to_string()]})),
    };
    fields.insert("verdict".into(), outcome.id().into());
    fields
}

fn admission_fields(admission: &Admission) -> Map<String, Value> {
    without_empty(json!({
        "allowedBy": admission.allowed_by,
        "hostProcessContainers": admission.host_process_containers,
        "warnings": admission.warnings,
    }))
}

fn condition(condition: &Condition) -> Value {
    match condition {
        Condition::RequestedBy { rule, requesters } => {
            json!({"rule": rule, "requestedBy": requesters})
        }
        Condition::GrantedByRbac { rule } => json!({"rule": rule, "requestedBy": ["rbac"]}),
    }
}

fn denial_fields(denial: &Denial) -> Map<String, Value> {
    let (rule, reason) = match &denial.suggestion {
        Suggestion::NotOffered => (None, None),
        Suggestion::Rule(rule) => (Some(rule), None),
        Suggestion::Impossible(reason) => (None, Some(reason)),
    };
    without_empty(json!({
        "reasons": denial.reasons,
        "processes": denial.processes,
        "alsoFix": denial.also_fix,
        "suggestedRule": rule,
        "noRuleBecause": reason,
    }))
}

fn error(unreadable: &Unreadable) -> Map<String, Value> {
    without_empty(json!({
        "file": unreadable.file,
        "line": unreadable.position.map(|position| position.line),
        "column": unreadable.position.map(|position| position.column),
        "reason": unreadable.problem.to_string(),
    }))
}

fn passed_over(passed_over: &PassedOver) -> Map<String, Value> {
    without_empty(json!({
        "file": passed_over.file,
        "line": passed_over.position.map(|position| position.line),
        "reason": passed_over.reason.to_string(),
    }))
}

/// Returns the numbers. `errors` is how many files and documents could not be read.
fn summary(summary: &Summary, errors: usize) -> Map<String, Value> {
    let changes = summary.changes.as_ref();
    let excluded = match summary.excluded {
        0 => None,
        number => Some(number),
    };
    without_empty(json!({
        "checked": summary.checked,
        "denied": summary.denied,
        "dependsOnRequester": summary.depends_on_requester,
        "notJudged": summary.not_judged,
        "passed": summary.passed(),
        "warned": summary.warned,
        "passedOver": summary.passed_over,
        "excluded": excluded,
        "errors": errors,
        "newlyAdmitted": changes.map(|changes| changes.newly_admitted),
        "newlyDenied": changes.map(|changes| changes.newly_denied),
    }))
}

/// Returns the fields of `object` that hold something.
fn without_empty(object: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = object else {
        return Map::new();
    };
    fields.retain(|_, value| !value.is_null() && *value != json!([]) && *value != json!(""));
    fields
}
