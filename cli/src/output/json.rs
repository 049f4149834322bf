//! Objects, errors and a summary, for machines.

use serde_json::json;

use crate::check::Report;

/// The report as JSON.
pub fn write(report: &Report) -> String {
    let errors = report.unreadable.iter().map(|it| {
        let mut error = json!({"file": it.file, "reason": it.reason});
        if it.line > 0 {
            error["line"] = it.line.into();
        }
        error
    });
    let mut summary = json!({
        "checked": report.checked,
        "denied": report.denied,
        "passed": report.checked - report.denied,
        "warned": report.warned,
        "passedOver": report.passed_over,
        "unreadable": report.unreadable.len(),
        "anyRequester": report.anyone,
    });
    if let Some((admitted, denied)) = report.changed {
        summary["newlyAdmitted"] = admitted.into();
        summary["newlyDenied"] = denied.into();
    }
    let report = json!({
        "objects": report.judged,
        "errors": errors.collect::<Vec<_>>(),
        "summary": summary,
    });
    format!("{report:#}\n")
}
