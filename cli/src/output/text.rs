//! The report of `check` as lines for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::judging::judge::Judged;
use crate::judging::report::Report;

/// The report as lines: each object, its findings below it, and a summary. Findings are wrapped
/// at `width` columns, where there are any. Colours are always there: whoever prints it takes
/// them out where they don't belong.
pub fn text(report: &Report, width: Option<usize>) -> String {
    let mut text = String::new();
    for judged in &report.judged {
        let (word, color) = verdict(judged);
        let style = Style::new().bold().fg_color(Some(color.into()));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {style}{word}{style:#}", judged.subject);
        for finding in judged.findings() {
            text += &wrapped(&finding, width);
            text.push('\n');
        }
    }
    text + &summary(report) + "\n"
}

fn verdict(judged: &Judged) -> (&'static str, AnsiColor) {
    match (judged.is_changed(), judged.is_denied()) {
        (true, true) => ("newly denied", AnsiColor::Red),
        (true, false) => ("newly admitted", AnsiColor::Yellow),
        (false, true) => ("denied", AnsiColor::Red),
        (false, false) if judged.is_warned() => ("warned", AnsiColor::Yellow),
        (false, false) => ("passed", AnsiColor::Green),
    }
}

fn wrapped(finding: &str, width: Option<usize>) -> String {
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

/// `102 checked: 7 denied, 95 passed; 207 documents passed over`
fn summary(report: &Report) -> String {
    if let Some(rules) = report.rules {
        return format!("the settings are good: {}", counted(rules, "rule"));
    }
    let Report {
        checked, denied, ..
    } = report;
    let passed = checked - denied;
    let mut line = match report.changed {
        None => format!("{checked} checked: {denied} denied, {passed} passed"),
        Some((more, fewer)) => format!(
            "{checked} checked: {more} newly admitted, {fewer} newly denied, {} denied as before, \
             {} passed as before",
            denied - fewer,
            passed - more
        ),
    };
    if report.warned > 0 && report.changed.is_none() {
        line += &format!(", {} of them with warnings", report.warned);
    }
    if report.passed_over > 0 {
        line += &format!("; {} passed over", counted(report.passed_over, "document"));
    }
    if !report.unreadable.is_empty() {
        line += &format!("; {} could not be read", report.unreadable.len());
    }
    if report.anyone {
        line += "; whoever asks counted as in requestedBy: say who by --as";
    }
    line
}

/// `1 rule`, `2 rules`
pub fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn findings_are_wrapped_between_words() {
        let lines = super::wrapped("aaa bbb ccc-ddd/eee:fff", Some(14));
        assert_eq!(lines, "    aaa bbb\n      ccc-ddd/eee:fff");
    }
}
