//! The report of `check` as lines for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::counted::counted;
use crate::judging::outcome::Outcome;
use crate::judging::report::{Change, JudgedObject, Report};

/// Returns the report as lines: each object with its findings below it, notes, and a summary.
///
/// Findings are wrapped at `width` columns if there is a width. The text holds colours: whoever
/// prints it takes them out where they do not belong.
pub fn text(report: &Report, width: Option<usize>) -> String {
    let mut text = String::new();
    for object in &report.objects {
        let style = Style::new().bold().fg_color(Some(color(object).into()));
        let words = object.words();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {style}{words}{style:#}", object.subject);
        for finding in report.findings(object) {
            text += &wrap(&finding, width);
            text.push('\n');
        }
    }
    for passed_over in &report.passed_over {
        let _ = writeln!(text, "{passed_over}");
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if let Some(missing_denial) = report.missing_denial() {
        let _ = writeln!(text, "error: {missing_denial}");
    }
    text + &summary(report) + "\n"
}

fn color(object: &JudgedObject) -> AnsiColor {
    if object.change() == Some(Change::NewlyAdmitted) {
        return AnsiColor::Yellow;
    }
    match &object.outcome {
        Outcome::Denied(_) => AnsiColor::Red,
        Outcome::AdmittedIf(..) | Outcome::NotJudged(_) => AnsiColor::Yellow,
        outcome if !outcome.warnings().is_empty() => AnsiColor::Yellow,
        _ => AnsiColor::Green,
    }
}

fn wrap(finding: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return format!("    {finding}");
    };
    let options = textwrap::Options::new(width)
        .initial_indent("    ")
        .subsequent_indent("      ")
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    textwrap::fill(finding, options)
}

/// Returns the last line: `102 checked: 7 denied, 95 passed; 207 documents passed over`.
pub fn summary(report: &Report) -> String {
    let summary = &report.summary;
    let mut groups = Vec::new();
    if let Some(changes) = &summary.changes {
        groups.push(format!("{} newly admitted", changes.newly_admitted));
        groups.push(format!("{} newly denied", changes.newly_denied));
        groups.push(format!("{} denied as before", changes.denied_as_before));
    } else {
        groups.push(format!("{} denied", summary.denied));
    }
    if summary.depends_on_requester > 0 {
        groups.push(format!(
            "{} depending on who asks",
            summary.depends_on_requester
        ));
    }
    if summary.not_judged > 0 {
        groups.push(format!("{} not judged", summary.not_judged));
    }
    groups.push(format!("{} passed", summary.passed()));

    let mut line = format!("{} checked: {}", summary.checked, groups.join(", "));
    if summary.warned > 0 {
        line += &format!("; {} with warnings", summary.warned);
    }
    if summary.passed_over > 0 {
        line += &format!("; {} passed over", counted(summary.passed_over, "document"));
    }
    if summary.excluded > 0 {
        line += &format!("; {} excluded", counted(summary.excluded, "path"));
    }
    if !report.unreadable.is_empty() {
        line += &format!("; {} could not be read", report.unreadable.len());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_wrapped_between_words() {
        let lines = wrap("aaa bbb ccc-ddd/eee:fff", Some(14));
        assert_eq!(lines, "    aaa bbb\n      ccc-ddd/eee:fff");
    }
}
