//! The report of `check` as GitHub's workflow commands, which become annotations of the lines.

use crate::judging::outcome::Outcome;
use crate::judging::report::{JudgedObject, Report};
use crate::reading::problem::Unreadable;

use super::text;

/// How GitHub shows an annotation.
#[derive(Clone, Copy)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }
}

/// Returns an annotation for each object and each file that could not be read, and the summary.
pub fn github(report: &Report) -> String {
    let mut lines = Vec::new();
    for object in &report.objects {
        lines.push(object_annotation(object, report.gate.fails(object)));
    }
    for unreadable in &report.unreadable {
        lines.push(unreadable_annotation(unreadable));
    }
    for note in &report.notes {
        lines.push(format!("::notice::{}", escape_text(note)));
    }
    lines.push(text::summary(report));
    lines.join("\n") + "\n"
}

fn object_annotation(object: &JudgedObject, fails: bool) -> String {
    let level = match &object.outcome {
        _ if fails => Level::Error,
        Outcome::AdmittedIf(..) => Level::Warning,
        outcome if !outcome.warnings().is_empty() => Level::Warning,
        _ => Level::Notice,
    };
    let subject = &object.subject;
    let title = format!("{} {}", subject.title(), object.words());
    let message = object.findings().join("\n");
    // An annotation without a message is not shown.
    let message = if message.is_empty() { &title } else { &message };
    annotation(level, &subject.file, subject.field_line(), &title, message)
}

fn unreadable_annotation(unreadable: &Unreadable) -> String {
    let title = "cannot be read";
    annotation(
        Level::Error,
        &unreadable.file,
        unreadable.position.map_or(0, |position| position.line),
        title,
        &unreadable.problem.to_string(),
    )
}

fn annotation(level: Level, file: &str, line: usize, title: &str, message: &str) -> String {
    format!(
        "::{} file={},line={},title={}::{}",
        level.command(),
        escape_property(file.strip_prefix("./").unwrap_or(file)),
        line.max(1),
        escape_property(title),
        escape_text(message)
    )
}

/// Returns `text` so that it cannot end the line.
fn escape_text(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Returns `text` so that it cannot end the property either.
fn escape_property(text: &str) -> String {
    escape_text(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_its_place() {
        let line = annotation(Level::Error, "a,b.yaml", 0, "x::y", "100%\n::stop");
        assert_eq!(
            line,
            "::error file=a%2Cb.yaml,line=1,title=x%3A%3Ay::100%25%0A::stop"
        );
    }
}
