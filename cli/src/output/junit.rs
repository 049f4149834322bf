//! The report as JUnit XML: a suite for each file, a test case for each object.
//!
//! What is written is valid by the schema that Jenkins checks (junit-10.xsd of its xUnit plugin),
//! which knows fewer attributes than other readers: there is no `line`, so that the position
//! stands in the text.

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
        suite.add_object(object, report.gate.fails(object));
    }
    for unreadable in &report.unreadable {
        suites
            .entry(&unreadable.file)
            .or_default()
            .add_unreadable(unreadable);
    }

    let total = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites name=\"hostprocess\" tests=\"{}\" failures=\"{}\" errors=\"{}\">",
        total(|suite| suite.tests),
        total(|suite| suite.failures),
        total(|suite| suite.errors),
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
    fn add_object(&mut self, object: &JudgedObject, fails: bool) {
        let words = object.words();
        let findings = object.findings();
        let message = findings.first().unwrap_or(&words);
        let mut lines = vec![format!("{} {words}", object.subject.place())];
        lines.extend(findings.iter().cloned());
        let text = lines.join("\n");

        let content = if fails {
            self.failures += 1;
            element("failure", Some((object.outcome.id(), message)), &text)
        } else if matches!(object.outcome, Outcome::NotJudged(_)) {
            self.skipped += 1;
            element("skipped", Some((object.outcome.id(), message)), &text)
        } else if object.outcome.asks_for_host_process() {
            element("system-out", None, &text)
        } else {
            String::new()
        };
        self.add_case(&object.subject.file, &object.subject.title(), &content);
    }

    fn add_unreadable(&mut self, unreadable: &Unreadable) {
        self.errors += 1;
        let content = element(
            "error",
            Some(("unreadable", &unreadable.problem.to_string())),
            &unreadable.to_string(),
        );
        self.add_case(&unreadable.file, "readable", &content);
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

/// Returns an element with `text`, and with a type and a message if there are any.
fn element(name: &str, type_and_message: Option<(&str, &str)>, text: &str) -> String {
    let attributes = type_and_message.map_or_else(String::new, |(kind, message)| {
        format!(" type=\"{}\" message=\"{}\"", escape(kind), escape(message))
    });
    format!("      <{name}{attributes}>{}</{name}>\n", escape(text))
}

/// Returns `text`, which holds no control characters but line breaks, as XML.
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
