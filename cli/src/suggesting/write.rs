//! Suggested settings as YAML, with the reason for each part as a comment.

use std::collections::BTreeSet;

use serde_json::Value;
use windows_hostprocess_policy::settings::{ContainerEntry, Word};

use super::suggest::Merged;
use crate::output::text::counted;
use crate::reading::yaml;

/// How many objects a rule or an entry is said to come from; it may be thousands of pods.
const ORIGINS_LISTED: usize = 10;

/// The rules as settings.
pub fn settings(rules: &[Merged]) -> String {
    let number = counted(rules.len(), "suggested rule");
    format!(
        "# {number}: read each before you use it.\n{}",
        allow(rules, "")
    )
}

/// The rules as a policy that only reports.
///
/// # Errors
/// The policy's own metadata cannot be read.
pub fn policy(rules: &[Merged]) -> Result<String, String> {
    let metadata: Value = yaml::one(include_str!("../../../metadata.yml"))?;
    let annotation = |name: &str| {
        let text = &metadata["annotations"][format!("io.kubewarden.policy.{name}")];
        text.as_str().unwrap_or_default().to_owned()
    };
    let mut requests = String::new();
    for rule in metadata["rules"].as_array().into_iter().flatten() {
        let mut lead = "- ";
        for key in ["apiGroups", "apiVersions", "resources", "operations"] {
            let words = rule[key].as_array().into_iter().flatten();
            let words: Vec<&str> = words.filter_map(Value::as_str).collect();
            requests += &format!("\n    {lead}{key}: {}", list(&words));
            lead = "  ";
        }
    }
    Ok(format!(
        "# A policy with {}: read each before you use it.
apiVersion: policies.kubewarden.io/v1
kind: ClusterAdmissionPolicy
metadata:
  name: windows-hostprocess
spec:
  module: registry://{}:v{}
  # monitor only reports what would be denied; protect denies it.
  mode: monitor
  mutating: {}
  backgroundAudit: {}
  rules:{requests}
  settings:
{}",
        counted(rules.len(), "suggested rule"),
        annotation("ociUrl"),
        annotation("version"),
        metadata["mutating"],
        metadata["backgroundAudit"],
        allow(rules, "    "),
    ))
}

/// The lines of `allow`, each with `indent` before it.
fn allow(rules: &[Merged], indent: &str) -> String {
    let mut lines = vec![String::from(if rules.is_empty() {
        "allow: []"
    } else {
        "allow:"
    })];
    for Merged {
        rule,
        origins,
        entries,
        warnings,
    } in rules
    {
        let all = (0..origins.len()).collect();
        lines.extend(from("  # from", &all, origins));
        lines.extend(
            warnings
                .iter()
                .map(|warning| format!("  # warning: {warning}")),
        );
        lines.push(format!("  - name: {}", scalar(&rule.name)));
        lines.push(format!("    namespaces: {}", list(&rule.namespaces)));
        let accounts = ("serviceAccountNames", &rule.service_account_names);
        for (key, words) in [accounts, ("requestedBy", &rule.requested_by)] {
            lines.extend(
                words
                    .iter()
                    .map(|words| format!("    {key}: {}", list(words))),
            );
        }
        lines.push(String::from(
            "    # connectBy: nobody may exec or attach; name who may",
        ));
        lines.push(String::from("    containers:"));
        for (entry, numbers) in rule.containers.iter().flatten().zip(entries) {
            if *numbers != all {
                lines.extend(from("      # only in", numbers, origins));
            }
            lines.extend(container(entry));
        }
    }
    lines
        .iter()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}

/// A comment for each origin of these numbers, the first of them.
fn from(comment: &str, numbers: &BTreeSet<usize>, origins: &[String]) -> Vec<String> {
    let listed = numbers.iter().take(ORIGINS_LISTED);
    let mut lines: Vec<_> = listed
        .map(|number| format!("{comment} {}", origins[*number]))
        .collect();
    if numbers.len() > ORIGINS_LISTED {
        lines.push(format!("{comment} {} more", numbers.len() - ORIGINS_LISTED));
    }
    lines
}

fn container(entry: &ContainerEntry) -> Vec<String> {
    let mut lines = vec![
        format!("      - images: {}", list(&entry.images)),
        format!("        runAsUserNames: {}", list(&entry.run_as_user_names)),
    ];
    for (key, words) in [("command", &entry.command), ("args", &entry.args)] {
        lines.extend(words.iter().map(|words| {
            let none = if words.is_empty() {
                " # the image's own, without arguments"
            } else {
                ""
            };
            format!("        {key}: {}{none}", word_list(words))
        }));
    }
    if !entry.exec.is_empty() {
        lines.push(String::from("        exec: # what hooks and probes run"));
        lines.extend(
            entry
                .exec
                .iter()
                .map(|words| format!("          - {}", word_list(words))),
        );
    }
    if entry.ephemeral {
        lines.push(String::from("        ephemeral: true"));
    }
    lines
}

fn list(words: &[impl AsRef<str>]) -> String {
    let words: Vec<String> = words.iter().map(|word| scalar(word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

fn word_list(words: &[Word]) -> String {
    let words: Vec<String> = words.iter().map(word_in_yaml).collect();
    format!("[{}]", words.join(", "))
}

fn word_in_yaml(word: &Word) -> String {
    match word {
        Word::Literal(text) => scalar(text),
        Word::Pattern(pattern) => format!("{{pattern: {}}}", scalar(pattern.as_str())),
    }
}

/// A text in YAML: bare where every reader takes it for this very text, else in single quotes,
/// which take the backslash of an account as it is, else in double quotes.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-./".contains(c))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if bare {
        text.to_owned()
    } else if text.chars().all(|c| matches!(c, ' '..='~')) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        quoted(text)
    }
}

/// A text in double quotes and ASCII, so that nothing of it acts on a terminal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match (c, u32::from(c)) {
            ('"' | '\\', _) => out.extend(['\\', c]),
            (' '..='~', _) => out.push(c),
            (_, code @ ..=0xffff) => out += &format!("\\u{code:04x}"),
            (_, code) => out += &format!("\\U{code:08x}"),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::bare("calico-node", "calico-node")]
    #[case::tag("docker.io/a/b:v1", "'docker.io/a/b:v1'")]
    #[case::account(r"NT AUTHORITY\SYSTEM", r"'NT AUTHORITY\SYSTEM'")]
    #[case::star("*", "'*'")]
    #[case::boolean("off", "'off'")]
    #[case::nothing("", "''")]
    #[case::quotes("it's \"so\"", "'it''s \"so\"'")]
    #[case::control_characters("a\n\u{1b}é\u{1f600}\\\"", r#""a\u000a\u001b\u00e9\U0001f600\\\"""#)]
    fn scalars_are_read_back(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(scalar(text), expected);
        assert_eq!(yaml::read(&scalar(text)).unwrap(), [json!(text)]);
    }
}
