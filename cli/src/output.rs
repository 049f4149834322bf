//! The forms in which `check` tells what it found.

use std::collections::BTreeMap;
use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Style};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Map, Value, json};
use windows_hostprocess_policy::Verdict;

use crate::check::Report;
use crate::judge::Judged;

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
        Verdict::Admitted {
            allowed_by,
            host_process_containers,
            warnings,
        } => json!({
            "denied": false,
            "allowedBy": allowed_by,
            "hostProcessContainers": host_process_containers,
            "warnings": warnings,
        }),
        Verdict::Denied(denial) => json!({
            "denied": true,
            "reasons": denial.reasons,
            "processes": denial.processes,
            "toMend": denial.to_mend,
            "suggestedRule": denial.suggested_rule.as_ref().and_then(|it| it.as_ref().ok()),
            "noRule": denial.suggested_rule.as_ref().and_then(|it| it.as_ref().err()),
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

/// The report as JUnit XML: a suite for each file, a test case for each object.
///
/// # Errors
/// It cannot be written as XML.
pub fn junit<'r>(report: &'r Report) -> Result<String, quick_junit::SerializeError> {
    let mut suites: BTreeMap<&'r str, TestSuite> = BTreeMap::new();
    let mut add = |file: &'r str, line: usize, mut case: TestCase| {
        case.set_classname(file);
        case.extra.insert("file".into(), file.into());
        case.extra.insert("line".into(), line.to_string().into());
        let suite = suites.entry(file).or_insert_with(|| TestSuite::new(file));
        suite.add_test_case(case);
    };
    for judged in &report.judged {
        let findings = judged.findings();
        let mut case = TestCase::new(judged.subject.title(), TestCaseStatus::success());
        if judged.is_denied() {
            case.status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            case.status
                .set_type("denied")
                .set_description(findings.join("\n"));
            case.status
                .set_message(findings.first().map_or("", String::as_str));
        } else if !findings.is_empty() {
            case.set_system_out(findings.join("\n"));
        }
        add(&judged.subject.file, judged.subject.line, case);
    }
    for error in &report.unreadable {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("unreadable").set_message(&*error.reason);
        add(&error.file, error.line, TestCase::new("readable", status));
    }
    let mut junit = quick_junit::Report::new("hostprocess");
    junit.add_test_suites(suites.into_values());
    junit.to_string()
}

const RULES: [(&str, &str, &str); 3] = [
    (
        "denied",
        "error",
        "The policy denies a HostProcess workload",
    ),
    (
        "warned",
        "warning",
        "The policy admits a HostProcess workload with a warning",
    ),
    ("unreadable", "error", "A file cannot be read"),
];

/// The report in the Static Analysis Results Interchange Format 2.1.0, as code scanning takes
/// it. (The crate for it, serde-sarif, builds a schema compiler to make its types.)
pub fn sarif(report: &Report) -> String {
    let told = report
        .judged
        .iter()
        .filter(|it| it.is_denied() || it.is_warned());
    let of_objects = told.map(|it| {
        let text = format!("{}: {}", it.subject.title(), it.findings().join(". "));
        result(
            usize::from(!it.is_denied()),
            &text,
            &it.subject.file,
            it.subject.line,
        )
    });
    let of_files = report
        .unreadable
        .iter()
        .map(|it| result(2, &it.reason, &it.file, it.line));
    let rules = RULES.map(|(id, level, text)| {
        json!({
            "id": format!("hostprocess/{id}"),
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": level},
            "properties": {"tags": ["security"], "problem.severity": level},
        })
    });
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "hostprocess", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "invocations": [{"executionSuccessful": report.unreadable.is_empty()}],
            "results": of_objects.chain(of_files).collect::<Vec<_>>(),
        }],
    });
    format!("{sarif:#}\n")
}

fn result(rule: usize, text: &str, file: &str, line: usize) -> Value {
    let (id, level, _) = RULES[rule];
    json!({
        "ruleId": format!("hostprocess/{id}"),
        "ruleIndex": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": line.max(1)},
        }}],
    })
}

/// The path of a file as a relative reference, or as a URI where it is absolute.
fn uri(file: &str) -> String {
    let file = file.replace('\\', "/");
    let path = file.strip_prefix("./").unwrap_or(&file);
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(byte.into());
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[test]
    fn findings_are_wrapped_between_words() {
        let lines = super::wrapped("aaa bbb ccc-ddd/eee:fff", Some(14));
        assert_eq!(lines, "    aaa bbb\n      ccc-ddd/eee:fff");
    }

    #[rstest]
    #[case::relative("./a b/c.yaml", "a%20b/c.yaml")]
    #[case::absolute("/a/é.yaml", "file:///a/%C3%A9.yaml")]
    #[case::windows(r"a\b.yaml", "a/b.yaml")]
    #[case::stdin("<stdin>", "%3Cstdin%3E")]
    fn files_are_uris(#[case] file: &str, #[case] expected: &str) {
        assert_eq!(super::uri(file), expected);
    }
}
