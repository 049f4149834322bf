//! The report of `check` in the Static Analysis Results Interchange Format 2.1.0, with all that
//! GitHub's code scanning requires or recommends.
//!
//! The JSON is written by hand: the crate serde-sarif would build a schema compiler to make its types.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{fingerprint, path_in_repository};
use crate::judging::outcome::Outcome;
use crate::judging::report::{JudgedObject, Report};
use crate::reading::position::{Position, Region};
use crate::reading::problem::Unreadable;

const HOME: &str = "https://github.com/kubewarden/windows-hostprocess-policy";

/// A rule of code scanning: a kind of result.
#[derive(Clone, Copy, PartialEq)]
enum ResultKind {
    Denied,
    DependsOnRequester,
    Warned,
    NotJudged,
    Admitted,
    NoHostProcess,
    Unreadable,
}

/// How code scanning presents a kind of result.
struct Presentation {
    id: &'static str,
    /// `error`, `warning` or `note`.
    level: &'static str,
    /// From 0.1 to 10; 7 and more is high.
    security_severity: &'static str,
    title: &'static str,
    description: &'static str,
    help: &'static str,
}

const ALL_KINDS: [ResultKind; 7] = [
    ResultKind::Denied,
    ResultKind::DependsOnRequester,
    ResultKind::Warned,
    ResultKind::NotJudged,
    ResultKind::Admitted,
    ResultKind::NoHostProcess,
    ResultKind::Unreadable,
];

impl ResultKind {
    fn presentation(self) -> Presentation {
        match self {
            ResultKind::Denied => Presentation {
                id: "hostprocess/denied",
                level: "error",
                security_severity: "8.8",
                title: "HostProcess workload is denied",
                description: "The workload asks for Windows HostProcess containers, which run as \
                              processes of the node, and the policy denies it.",
                help: "Remove hostProcess from the workload, fix what the message names, or add a \
                       rule that admits exactly this workload: `hostprocess suggest FILE` writes it.",
            },
            ResultKind::DependsOnRequester => Presentation {
                id: "hostprocess/depends-on-requester",
                level: "warning",
                security_severity: "5.0",
                title: "HostProcess workload is admitted for some requesters only",
                description: "A rule admits the workload if the right user, group or service \
                              account asks, and nothing says who will ask, or RBAC decides.",
                help: "If nothing says who asks, say it with --as and --as-group. What RBAC grants is \
                       known only in the cluster.",
            },
            ResultKind::Warned => Presentation {
                id: "hostprocess/warned",
                level: "warning",
                security_severity: "4.0",
                title: "HostProcess workload is admitted with a warning",
                description: "A rule admits the workload, and a requirement in mode warn is not met.",
                help: "Fix what the message names.",
            },
            ResultKind::NotJudged => Presentation {
                id: "hostprocess/not-judged",
                level: "note",
                security_severity: "3.0",
                title: "The policy is not sent an object that asks for HostProcess",
                description: "The object asks for Windows HostProcess containers, and the policy is \
                              not sent it, or it is no pod to exec into. If a controller makes pods \
                              of it, those are judged.",
                help: "Check the manifests or pods that reach the cluster.",
            },
            ResultKind::Admitted => Presentation {
                id: "hostprocess/admitted",
                level: "note",
                security_severity: "1.0",
                title: "HostProcess workload is admitted",
                description: "The workload asks for Windows HostProcess containers, and a rule \
                              admits it.",
                help: "Nothing is to be done, unless the rules should deny the workload.",
            },
            ResultKind::NoHostProcess => Presentation {
                id: "hostprocess/no-hostprocess",
                level: "error",
                security_severity: "3.0",
                title: "No example asks for HostProcess",
                description: "The check expects that examples are denied, and none of them asks for \
                              Windows HostProcess containers.",
                help: "Add an object that asks for HostProcess and that the rules have to deny.",
            },
            ResultKind::Unreadable => Presentation {
                id: "hostprocess/unreadable",
                level: "error",
                security_severity: "5.0",
                title: "Input is not valid or cannot be read",
                description: "A file that may ask for HostProcess cannot be read, so that nothing \
                              in it is checked. Without valid settings and arguments, nothing at all \
                              is checked.",
                help: "Fix the file as the message says. A file that is not to be checked can be \
                       left out with --exclude.",
            },
        }
    }

    /// The index of the kind among the rules of the tool.
    fn index(self) -> usize {
        ALL_KINDS
            .iter()
            .position(|kind| *kind == self)
            .unwrap_or_default()
    }
}

/// Returns the report in SARIF. `read_file` returns the text of a file, for the fingerprints.
pub fn sarif(report: &Report, read_file: &dyn Fn(&str) -> Option<String>) -> String {
    let mut fingerprints = Fingerprints {
        read_file,
        known: HashMap::new(),
    };
    let mut results = Vec::new();
    for object in &report.objects {
        results.extend(results_of_object(object, report, &mut fingerprints));
    }
    if let Some(problem) = report.missing_denial() {
        results.push(result_of_missing_denial(problem, &mut fingerprints));
    }
    for unreadable in &report.unreadable {
        results.push(result_of_unreadable(unreadable, &mut fingerprints));
    }

    // `rules` is in the order of `ResultKind::index`.
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "hostprocess",
                "informationUri": HOME,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ALL_KINDS.map(rule),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": report.unreadable.is_empty()}],
            "results": results,
        }],
    });
    format!("{sarif:#}\n")
}

fn rule(kind: ResultKind) -> Value {
    let presentation = kind.presentation();
    json!({
        "id": presentation.id,
        "name": presentation.id.trim_start_matches("hostprocess/"),
        "shortDescription": {"text": presentation.title},
        "fullDescription": {"text": presentation.description},
        "help": {"text": presentation.help, "markdown": presentation.help},
        "helpUri": HOME,
        "defaultConfiguration": {"level": presentation.level},
        "properties": {
            "tags": ["security", "kubernetes", "windows"],
            "precision": "very-high",
            "problem.severity": match presentation.level {
                "note" => "recommendation",
                level => level,
            },
            "security-severity": presentation.security_severity,
        },
    })
}

/// Returns the results of an object, one for each place where it asks for HostProcess: code scanning
/// shows a result in a pull request only if the pull request changes the line. Returns no result if
/// there is nothing to tell code scanning.
fn results_of_object(
    object: &JudgedObject,
    report: &Report,
    fingerprints: &mut Fingerprints<'_>,
) -> Vec<Value> {
    let fails = report.gate.fails(object);
    let should_be_denied = report.gate.unmet_expectation(object).is_some();
    let kind = match &object.outcome {
        // `--expect denied` is given, and is met.
        Outcome::Denied(_) if !fails => return Vec::new(),
        Outcome::Denied(_) => ResultKind::Denied,
        Outcome::AdmittedIf(..) => ResultKind::DependsOnRequester,
        Outcome::NotJudged(_) => ResultKind::NotJudged,
        Outcome::Admitted(_) if should_be_denied => ResultKind::Admitted,
        outcome if !outcome.warnings().is_empty() => ResultKind::Warned,
        // `--fail-on newly-admitted` is given.
        Outcome::Admitted(_) if fails => ResultKind::Admitted,
        Outcome::Admitted(_) | Outcome::Accepted => return Vec::new(),
    };
    let subject = &object.subject;
    let mut sentences = vec![format!("{} {}", subject.title(), object.words())];
    sentences.extend(report.findings(object));
    let text = sentences.join(". ");
    let level = if fails {
        "error"
    } else {
        kind.presentation().level
    };

    let mut places = subject.fields.clone();
    if places.is_empty() {
        places.push(Region::of_character(Position::of_line(subject.line)));
    }
    let finding_at = |place| Finding {
        kind,
        level,
        text: &text,
        file: &subject.file,
        place,
    };
    places
        .into_iter()
        .map(|place| finding_at(place).to_json(fingerprints))
        .collect()
}

/// Returns the result for `--expect denied` without an object that asks for HostProcess. Code scanning
/// refuses a result without a location, and no file is at fault, so the option stands in its place.
fn result_of_missing_denial(problem: &str, fingerprints: &mut Fingerprints<'_>) -> Value {
    let kind = ResultKind::NoHostProcess;
    let finding = Finding {
        kind,
        level: kind.presentation().level,
        text: problem,
        file: "--expect denied",
        place: Region::of_character(Position::START),
    };
    finding.to_json(fingerprints)
}

fn result_of_unreadable(unreadable: &Unreadable, fingerprints: &mut Fingerprints<'_>) -> Value {
    let kind = ResultKind::Unreadable;
    let finding = Finding {
        kind,
        level: kind.presentation().level,
        text: &unreadable.problem.to_string(),
        file: &unreadable.file,
        place: Region::of_character(unreadable.position.unwrap_or(Position::START)),
    };
    finding.to_json(fingerprints)
}

/// What a result says.
struct Finding<'a> {
    kind: ResultKind,
    /// `error`, `warning` or `note`.
    level: &'static str,
    text: &'a str,
    file: &'a str,
    place: Region,
}

impl Finding<'_> {
    /// Returns the result.
    fn to_json(&self, fingerprints: &mut Fingerprints<'_>) -> Value {
        let Region { start, end } = self.place;
        let partial_fingerprints = match fingerprints.of_line(self.file, start.line) {
            Some(fingerprint) => json!({"primaryLocationLineHash": fingerprint}),
            None => json!({}),
        };
        json!({
            "ruleId": self.kind.presentation().id,
            "ruleIndex": self.kind.index(),
            "level": self.level,
            "message": {"text": self.text},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": uri(self.file)},
                "region": {
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                },
            }}],
            "partialFingerprints": partial_fingerprints,
        })
    }
}

/// The fingerprints of the lines of files, computed once for each file.
struct Fingerprints<'r> {
    read_file: &'r dyn Fn(&str) -> Option<String>,
    known: HashMap<String, Vec<String>>,
}

impl Fingerprints<'_> {
    /// Returns the fingerprint of a line, counted from 1; `None` if the file cannot be read.
    fn of_line(&mut self, file: &str, line: usize) -> Option<String> {
        let read_file = self.read_file;
        let of_file = self.known.entry(file.to_owned()).or_insert_with(|| {
            let text = read_file(file);
            text.map_or_else(Vec::new, |text| fingerprint::of_lines(&text))
        });
        of_file.get(line.checked_sub(1)?).cloned()
    }
}

/// Returns the path of a file as a relative reference, or as a URI if it is absolute.
fn uri(file: &str) -> String {
    let path = path_in_repository(file);
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

    #[rstest]
    #[case::relative("./a b/c.yaml", "a%20b/c.yaml")]
    #[case::absolute("/a/é.yaml", "file:///a/%C3%A9.yaml")]
    #[case::repeated_slashes("a//b/.///c.yaml", "a/b/c.yaml")]
    #[case::from_here(".//base.yaml", "base.yaml")]
    #[case::absolute_with_repeated_slashes("//a//b.yaml", "file:///a/b.yaml")]
    #[case::above("../a.yaml", "../a.yaml")]
    #[cfg_attr(windows, case::windows(r"a\b.yaml", "a/b.yaml"))]
    #[cfg_attr(not(windows), case::backslash_in_a_name(r"a\b.yaml", "a%5Cb.yaml"))]
    #[case::stdin("<stdin>", "%3Cstdin%3E")]
    fn files_are_uris(#[case] file: &str, #[case] expected: &str) {
        assert_eq!(super::uri(file), expected);
    }
}
