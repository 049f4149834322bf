//! The report of `check` as GitHub's workflow commands, which become annotations of the lines.

use crate::judging::outcome::Outcome;
use crate::judging::report::{JudgedObject, Report};
use crate::reading::position::{Position, Region};
use crate::reading::problem::Unreadable;

use super::{path_in_repository, text};

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
        lines.push(object_annotation(object, report));
    }
    for unreadable in &report.unreadable {
        lines.push(unreadable_annotation(unreadable));
    }
    if let Some(problem) = report.missing_denial() {
        lines.push(format!("::error::{}", escape_text(problem)));
    }
    for note in &report.notes {
        lines.push(format!("::notice::{}", escape_text(note)));
    }
    lines.push(text::summary(report));
    lines.join("\n") + "\n"
}

/// An annotation of a place in a file.
struct Annotation<'a> {
    level: Level,
    file: &'a str,
    place: Region,
    title: &'a str,
    message: &'a str,
}

impl Annotation<'_> {
    /// Returns the workflow command that makes the annotation.
    fn command(&self) -> String {
        let Region { start, end } = self.place;
        format!(
            "::{} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            self.level.command(),
            escape_property(&path_in_repository(self.file)),
            start.line,
            start.column,
            end.line,
            end.column,
            escape_property(self.title),
            escape_text(self.message)
        )
    }
}

fn object_annotation(object: &JudgedObject, report: &Report) -> String {
    let level = match &object.outcome {
        _ if report.gate.fails(object) => Level::Error,
        Outcome::AdmittedIf(..) => Level::Warning,
        outcome if !outcome.warnings().is_empty() => Level::Warning,
        _ => Level::Notice,
    };
    let subject = &object.subject;
    let beginning = Region::of_character(Position::of_line(subject.line));
    let title = format!("{} {}", subject.title(), object.words());
    let message = report.findings(object).join("\n");
    let annotation = Annotation {
        level,
        file: &subject.file,
        place: subject.main_field.unwrap_or(beginning),
        title: &title,
        // GitHub does not show an annotation without a message.
        message: if message.is_empty() { &title } else { &message },
    };
    annotation.command()
}

fn unreadable_annotation(unreadable: &Unreadable) -> String {
    let annotation = Annotation {
        level: Level::Error,
        file: &unreadable.file,
        place: Region::of_character(unreadable.position.unwrap_or(Position::START)),
        title: "cannot be read",
        message: &unreadable.problem.to_string(),
    };
    annotation.command()
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
        let annotation = Annotation {
            level: Level::Error,
            file: "a,b.yaml",
            place: Region::of_character(Position::START),
            title: "x::y",
            message: "100%\n::stop",
        };
        assert_eq!(
            annotation.command(),
            "::error file=a%2Cb.yaml,line=1,col=1,endLine=1,endColumn=2,title=x%3A%3Ay::100%25%0A::stop"
        );
    }
}
