//! The report of `check` as JSON.

use serde_json::{Map, Value, json};
use windows_hostprocess_policy::{Suggestion, Verdict};

use crate::judging::report::Report;

/// The report as JSON.
pub fn json(report: &Report) -> String {
    let objects = report.judged.iter().map(|it| {
        let subject = &it.subject;
        let mut object = filled(json!({
            "file": subject.file,
            "line": subject.line,
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            "namespace": Some(&subject.namespace).filter(|it| !it.is_empty()),
            "name": subject.name,
            "before": it.before.as_ref().map(verdict_fields),
        }));
        object.extend(verdict_fields(&it.verdict));
        object
    });
    let errors = report.unreadable.iter().map(|it| {
        let line = Some(it.line).filter(|line| *line > 0);
        filled(json!({"file": it.file, "line": line, "reason": it.reason}))
    });
    let summary = filled(json!({
        "checked": report.checked,
        "denied": report.denied,
        "passed": report.checked - report.denied,
        "warned": report.warned,
        "passedOver": report.passed_over,
        "unreadable": report.unreadable.len(),
        "anyRequester": report.anyone,
        "newlyAdmitted": report.changed.map(|(admitted, _)| admitted),
        "newlyDenied": report.changed.map(|(_, denied)| denied),
    }));
    let (objects, errors): (Vec<_>, Vec<_>) = (objects.collect(), errors.collect());
    format!(
        "{:#}\n",
        json!({"objects": objects, "errors": errors, "summary": summary})
    )
}

fn verdict_fields(verdict: &Verdict) -> Map<String, Value> {
    filled(match verdict {
        Verdict::Accepted => json!({"denied": false}),
        Verdict::Admitted(admission) => json!({
            "denied": false,
            "allowedBy": admission.allowed_by,
            "hostProcessContainers": admission.host_process_containers,
            "warnings": admission.warnings,
        }),
        Verdict::Denied(denial) => json!({
            "denied": true,
            "reasons": denial.reasons,
            "processes": denial.processes,
            "toMend": denial.also_fix,
            "suggestedRule": match &denial.suggestion {
                Suggestion::Rule(rule) => Some(rule),
                Suggestion::NotOffered | Suggestion::Impossible(_) => None,
            },
            "noRule": match &denial.suggestion {
                Suggestion::Impossible(reason) => Some(reason),
                Suggestion::NotOffered | Suggestion::Rule(_) => None,
            },
        }),
    })
}

/// The fields of `object` that hold something.
fn filled(mut object: Value) -> Map<String, Value> {
    let mut fields = object
        .as_object_mut()
        .map(std::mem::take)
        .unwrap_or_default();
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    fields
}
