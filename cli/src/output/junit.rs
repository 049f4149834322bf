//! Test results as CI systems read them: a suite for each file, a test case for each object.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::findings;
use crate::check::Report;

/// The report as JUnit XML.
///
/// # Errors
/// It cannot be written as XML.
pub fn write(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut add = |file: &str, line: usize, case: TestCase| {
        let mut case = case;
        case.set_classname(file);
        case.extra.insert("file".into(), file.into());
        if line > 0 {
            case.extra.insert("line".into(), line.to_string().into());
        }
        match suites.iter_mut().rev().find(|it| it.name.as_str() == file) {
            Some(suite) => suite.add_test_case(case),
            None => {
                let mut suite = TestSuite::new(file);
                suite.add_test_case(case);
                suites.push(suite);
                suites.last_mut().expect("one was added")
            }
        };
    };
    let failed = |kind, what: &str, message: &str, findings: &str| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(what).set_message(message);
        status.set_description(findings);
        status
    };
    for judged in &report.judged {
        let findings = findings(judged);
        let status = match (judged.told.denied, findings.first()) {
            (true, Some(first)) => {
                failed(NonSuccessKind::Failure, "denied", first, &findings.join("\n"))
            }
            _ => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(judged.title(), status);
        if !judged.told.denied && !findings.is_empty() {
            case.set_system_out(findings.join("\n"));
        }
        add(&judged.file, judged.line, case);
    }
    for it in &report.unreadable {
        let status = failed(NonSuccessKind::Error, "unreadable", &it.reason, &it.to_string());
        add(&it.file, it.line, TestCase::new("readable", status));
    }
    let mut junit = Junit::new("hostprocess");
    junit.add_test_suites(suites);
    junit.to_string()
}
