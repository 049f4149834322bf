//! The report of `check` in SARIF.

use serde_json::{Value, json};

use crate::judging::report::Report;

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

    #[rstest]
    #[case::relative("./a b/c.yaml", "a%20b/c.yaml")]
    #[case::absolute("/a/é.yaml", "file:///a/%C3%A9.yaml")]
    #[case::windows(r"a\b.yaml", "a/b.yaml")]
    #[case::stdin("<stdin>", "%3Cstdin%3E")]
    fn files_are_uris(#[case] file: &str, #[case] expected: &str) {
        assert_eq!(super::uri(file), expected);
    }
}
