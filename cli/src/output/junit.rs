//! The report of `check` as JUnit XML.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::judging::report::Report;

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
