//! The report as JUnit XML: a suite for each file, a test case for each object.
//!
//! What is written is valid by the schema that Jenkins checks (junit-10.xsd of its xUnit plugin). It
//! knows fewer attributes than other readers: a test case has no `file` and no `line`, so that the
//! position stands in the text.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::judging::outcome::Outcome;
use crate::judging::report::{JudgedObject, Report};
use crate::reading::problem::Unreadable;

/// The test cases of a file.
#[derive(Default)]
struct Suite {
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

/// Returns the report as JUnit XML.
pub fn junit(report: &Report) -> String {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for object in &report.objects {
        let suite = suites.entry(&object.subject.file).or_default();
        suite.add_object(object, report);
    }
    for unreadable in &report.unreadable {
        suites
            .entry(&unreadable.file)
            .or_default()
            .add_unreadable(unreadable);
    }
    if let Some(problem) = report.missing_denial() {
        suites
            .entry("--expect denied")
            .or_default()
            .add_missing_denial(problem);
    }

    let tests: usize = suites.values().map(|suite| suite.tests).sum();
    let failures: usize = suites.values().map(|suite| suite.failures).sum();
    let errors: usize = suites.values().map(|suite| suite.errors).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites name=\"hostprocess\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\">",
    );
    for (file, suite) in &suites {
        let file = escape(file);
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" \
             skipped=\"{}\" file=\"{file}\">\n{}  </testsuite>",
            suite.tests, suite.failures, suite.errors, suite.skipped, suite.cases
        );
    }
    xml + "</testsuites>\n"
}

impl Suite {
    fn add_object(&mut self, object: &JudgedObject, report: &Report) {
        let words = object.words();
        let findings = report.findings(object);
        let message = findings.first().unwrap_or(&words);
        let mut lines = vec![format!("{} {words}", object.subject.place())];
        lines.extend(findings.iter().cloned());
        let text = lines.join("\n");

        let id = object.outcome.id();
        let content = if report.gate.fails(object) {
            self.failures += 1;
            problem_element("failure", id, message, &text)
        } else if matches!(object.outcome, Outcome::NotJudged(_)) {
            self.skipped += 1;
            problem_element("skipped", id, message, &text)
        } else if object.outcome.asks_for_host_process() {
            format!("      <system-out>{}</system-out>\n", escape(&text))
        } else {
            String::new()
        };
        self.add_case(&object.subject.file, &object.subject.title(), &content);
    }

    fn add_unreadable(&mut self, unreadable: &Unreadable) {
        self.errors += 1;
        let content = problem_element(
            "error",
            "unreadable",
            &unreadable.problem.to_string(),
            &unreadable.to_string(),
        );
        self.add_case(&unreadable.file, "readable", &content);
    }

    fn add_missing_denial(&mut self, problem: &str) {
        self.failures += 1;
        let content = problem_element("failure", "nothing-denied", problem, problem);
        self.add_case("--expect denied", "denials", &content);
    }

    fn add_case(&mut self, file: &str, name: &str, content: &str) {
        self.tests += 1;
        let (name, class) = (escape(name), escape(file));
        let attributes = format!("name=\"{name}\" classname=\"{class}\"");
        self.cases += &if content.is_empty() {
            format!("    <testcase {attributes}/>\n")
        } else {
            format!("    <testcase {attributes}>\n{content}    </testcase>\n")
        };
    }
}

/// Returns the element `name` (`failure`, `error` or `skipped`) of a test case.
fn problem_element(name: &str, type_name: &str, message: &str, text: &str) -> String {
    let (type_name, message, text) = (escape(type_name), escape(message), escape(text));
    format!("      <{name} type=\"{type_name}\" message=\"{message}\">{text}</{name}>\n")
}

/// Returns `text` as XML. Everything in a report is printable, so there are no control
/// characters in it but the line breaks of this file.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            // XML has no place for these, in no spelling.
            '\u{fffe}' | '\u{ffff}' => escaped += "\u{fffd}",
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(
            escape("<a b=\"&\">\u{ffff}"),
            "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}"
        );
    }
}
