//! The forms in which `check` tells what it found.

pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;

use crate::judge::{Judged, Told};

/// What is to be told of an object, a sentence a line; all is printable.
fn findings(judged: &Judged) -> Vec<String> {
    let mut lines = of(&judged.told);
    if let Some(before) = &judged.before {
        lines.extend(of(before).into_iter().map(|line| format!("before: {line}")));
    }
    lines
}

fn of(told: &Told) -> Vec<String> {
    let admitted = match &told.allowed_by[..] {
        [] => None,
        rules => Some(format!("admitted by rule {}", rules.join(", "))),
    };
    let mend = told.to_mend.iter().map(|it| format!("to mend as well: {it}"));
    let warnings = told.warnings.iter().map(|it| format!("warning: {it}"));
    let lines = told.reasons.iter().chain(&told.processes).cloned();
    lines.chain(mend).chain(admitted).chain(warnings).collect()
}
