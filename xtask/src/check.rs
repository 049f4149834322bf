//! A verdict for each object of a set of manifests.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use engine::AdmissionResponse;
use serde::Serialize;

use crate::Error;
use crate::circumstances::Circumstances;
use crate::judge::{self, Input, Judge, Progress};
use crate::objects::Object;
use crate::table::{self, Row, Style};
use crate::text::{counted, one_line};

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// File with the settings, or with a policy that has some [default: no settings]
    #[arg(short, long, value_name = "FILE")]
    settings_path: Option<PathBuf>,
    /// The policy's module
    #[arg(long, value_name = "FILE", default_value = "policy.wasm")]
    module: PathBuf,
    #[command(flatten)]
    circumstances: Circumstances,
    /// How to write the verdicts
    #[arg(short, long, value_enum, default_value_t)]
    output: Output,
    /// Manifests: files, directories, `-` for standard input
    #[arg(required = true, value_name = "MANIFEST")]
    manifests: Vec<PathBuf>,
}

/// A form of output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for people
    #[default]
    Table,
    /// A list for machines
    Json,
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct Report {
    /// What goes to standard output.
    pub text: String,
    /// Whether any object was denied.
    pub denied: bool,
    /// What could not be read.
    pub unreadable: Vec<Error>,
    /// One line that sums it up.
    pub summary: String,
}

/// The verdict on one object, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'a> {
    file: &'a str,
    document: usize,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
    api_version: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<&'a [String]>,
}

/// Checks the manifests.
///
/// # Errors
/// When the module or the settings cannot be used, or there is nothing to check.
pub fn check(arguments: &Check, style: Style) -> Result<Report, Error> {
    let module = judge::load_module(&arguments.module)?;
    let settings = judge::load_settings(arguments.settings_path.as_deref())?;
    let judge = Judge::new(module, settings)?.under(&arguments.circumstances)?;
    let namespace = arguments.circumstances.namespace.as_deref();
    let input = Input::read(&arguments.manifests, namespace);
    // A pipe whose other end has failed is no success.
    if input.objects.is_empty() && input.unreadable.is_empty() {
        return Err(Error::new("nothing to judge: no object was found"));
    }
    Ok(report(&judge, input, arguments.output, style))
}

/// Judges what was read and writes it up.
pub fn report(judge: &Judge, input: Input, output: Output, style: Style) -> Report {
    let progress = Progress::new("judged", input.objects.len());
    let verdicts = judge.create_all(&input.objects, &progress);
    let mut judged: Vec<(&Object, AdmissionResponse)> =
        input.objects.iter().zip(verdicts).collect();
    judged.retain(|(object, it)| !it.allowed || object.carries_pod_spec());
    let passed_over = input.objects.len() - judged.len();
    let denied = judged.iter().filter(|(_, it)| !it.allowed).count();
    let text = match output {
        Output::Table => {
            let rows: Vec<Row> = judged.iter().map(|(object, it)| row(object, it)).collect();
            table::render(&rows, style)
        }
        Output::Json => {
            let verdicts: Vec<Verdict> = judged
                .iter()
                .map(|(object, response)| verdict(object, response))
                .collect();
            let mut text =
                serde_json::to_string_pretty(&verdicts).expect("strings and lists are JSON");
            text.push('\n');
            text
        }
    };
    Report {
        text,
        denied: denied > 0,
        summary: format!(
            "{} judged, {denied} denied; {} without a pod spec passed over{}",
            counted(judged.len(), "object"),
            counted(passed_over, "object"),
            match input.unreadable.len() {
                0 => String::new(),
                n => format!("; {n} could not be read"),
            }
        ),
        unreadable: input.unreadable,
    }
}

fn row(object: &Object, response: &AdmissionResponse) -> Row {
    Row {
        object: format!("{}\n{}", object.title(), object.place()),
        allowed: response.allowed,
        reason: finding_per_line(&one_line(&reason(response))),
    }
}

/// The findings of a message are parted by semicolons; here each begins a line.
/// A semicolon in quotes belongs to what was read.
fn finding_per_line(message: &str) -> String {
    let mut lines = String::with_capacity(message.len());
    let mut quoted = false;
    let mut rest = message;
    while let Some(at) = rest.find(['"', '\\', ';']) {
        let end = match rest.as_bytes()[at] {
            b'"' => {
                quoted = !quoted;
                at + 1
            }
            // The character after a backslash, a quote perhaps, is escaped.
            b'\\' if quoted => (at + 2).min(rest.len()),
            _ => at + 1,
        };
        lines.push_str(&rest[..end]);
        rest = &rest[end..];
        if !quoted && lines.ends_with(';') && rest.starts_with(' ') {
            lines.push('\n');
            rest = &rest[1..];
        }
    }
    lines + rest
}

/// The policy's own words where it has some, else what the annotations say.
fn reason(response: &AdmissionResponse) -> String {
    let annotation = |key| {
        response
            .audit_annotations
            .as_ref()
            .and_then(|annotations| annotations.get(key))
    };
    let mut reason = match (response.message(), annotation("allowed-by")) {
        ("", Some(rule)) => format!("by rule {rule}"),
        ("", None) => "no HostProcess".to_owned(),
        (message, _) => message.to_owned(),
    };
    for warning in response.warnings.iter().flatten() {
        reason = format!("{reason}; warning: {warning}");
    }
    reason
}

fn verdict<'a>(object: &'a Object, response: &'a AdmissionResponse) -> Verdict<'a> {
    Verdict {
        file: &object.origin.file,
        document: object.origin.document,
        line: object.origin.line,
        item: object.item,
        api_version: object.value["apiVersion"].as_str().unwrap_or_default(),
        kind: object.kind(),
        namespace: object.namespace(),
        name: object.name(),
        allowed: response.allowed,
        code: response.code(),
        message: Some(response.message()).filter(|message| !message.is_empty()),
        audit_annotations: response.audit_annotations.as_ref(),
        warnings: response.warnings.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::finding_per_line;

    #[rstest]
    #[case::one("a: b", "a: b")]
    #[case::two("a: b; c: d", "a: b;\nc: d")]
    #[case::quoted(r#"a "b; c"; d"#, "a \"b; c\";\nd")]
    #[case::quote_in_quotes(r#"a "b\"; c"; d"#, "a \"b\\\"; c\";\nd")]
    #[case::backslash_in_quotes(r#"a "b\\"; d"#, "a \"b\\\\\";\nd")]
    #[case::no_blank("a;b", "a;b")]
    #[case::at_the_end(r#"a; "b\"#, "a;\n\"b\\")]
    fn each_finding_begins_a_line(#[case] message: &str, #[case] expected: &str) {
        assert_eq!(finding_per_line(message), expected);
    }
}
