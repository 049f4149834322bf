//! The examples: each gets the verdict that its folder says, word for word as
//! artefacts/examples/VERDICTS.md has it.

use std::fmt::Write;
use std::fs;

use engine::Replay;
use published::judge::Verdict;
use published::{files, judge};
use serde_json::{Value, json};

const FOLDER: &str = "artefacts/examples";
const VERDICTS: &str = "artefacts/examples/VERDICTS.md";
/// Set in the environment, it has the file of verdicts written anew.
const UPDATE: &str = "UPDATE_PUBLISHED";

struct Example {
    /// Its path, without the extension.
    path: String,
    request: Value,
    settings: Value,
    /// What the cluster answers, where nodes are looked at.
    nodes: Option<Replay>,
}

impl Example {
    /// The example in `file`, unless that holds what belongs to another one.
    fn read(file: &str) -> Option<Self> {
        let (path, request) = if let Some(path) = file.strip_suffix(".json") {
            (path, files::document(file))
        } else if !beside(file) {
            let path = file
                .strip_suffix(".yaml")
                .expect("an example is YAML or JSON");
            (path, judge::creation(&files::document(file)))
        } else {
            return None;
        };
        let there = |file: &String| files::root().join(file).exists();
        let settings = Some(format!("{path}.settings.yaml")).filter(there);
        let nodes = Some(format!("{path}.nodes.yaml")).filter(there);
        Some(Self {
            path: path.to_owned(),
            request,
            settings: settings.map_or_else(|| json!({}), |file| files::document(&file)),
            nodes: nodes.map(|file| {
                Replay::from_yaml(&files::text(&file))
                    .unwrap_or_else(|error| panic!("{file}: {error}"))
            }),
        })
    }

    fn verdict(&self) -> Verdict {
        self.verdict_under(&self.settings)
    }

    fn verdict_under(&self, settings: &Value) -> Verdict {
        match &self.nodes {
            Some(nodes) => judge::request_on(nodes.clone(), &self.request, settings),
            None => judge::request(&self.request, settings),
        }
    }
}

/// Whether `file` is no example but belongs to one.
fn beside(file: &str) -> bool {
    [".settings.yaml", ".nodes.yaml"]
        .iter()
        .any(|extension| file.ends_with(extension))
}

fn examples(folder: &str) -> Vec<Example> {
    let examples: Vec<Example> = files::below(&format!("{FOLDER}/{folder}"))
        .iter()
        .filter_map(|file| Example::read(file))
        .collect();
    assert!(!examples.is_empty(), "no examples in {folder}");
    examples
}

#[test]
fn every_admitted_example_is_admitted() {
    for example in examples("admitted") {
        let verdict = example.verdict();
        assert!(verdict.accepted, "{}: {}", example.path, verdict.message);
    }
}

#[test]
fn every_denied_example_is_denied() {
    for example in examples("denied") {
        let verdict = example.verdict();
        let unreadable = example.path.ends_with("a_request_that_cannot_be_read");
        assert!(!verdict.accepted, "{} was admitted", example.path);
        assert_eq!(
            verdict.code,
            if unreadable { 400 } else { 403 },
            "{}",
            example.path
        );
    }
}

#[test]
fn every_settings_file_belongs_to_an_example_and_is_valid() {
    for folder in ["admitted", "denied"] {
        let known: Vec<String> = examples(folder)
            .into_iter()
            .map(|example| example.path)
            .collect();
        for file in files::below(&format!("{FOLDER}/{folder}")) {
            let Some(path) = file.strip_suffix(".settings.yaml") else {
                continue;
            };
            assert!(
                known.iter().any(|known| known == path),
                "{file} stands beside no example"
            );
            let verdict = judge::settings(&files::document(&file));
            assert_eq!(
                (verdict.valid, verdict.message.as_str()),
                (true, ""),
                "{file}"
            );
        }
    }
}

#[test]
fn a_suggested_rule_admits_its_example_where_no_requirement_failed() {
    for example in examples("denied") {
        let verdict = example.verdict();
        let Some(rule) = verdict.audit_annotations.get("suggested-rule") else {
            continue;
        };
        let rule: Value = serde_json::from_str(rule).expect("the rule is JSON");
        let mut settings = example.settings.clone();
        let rules = settings["allow"].as_array().cloned().unwrap_or_default();
        settings["allow"] = [rules, vec![rule]].concat().into();
        let again = example.verdict_under(&settings);
        let by_rules = again.message.contains("no rule") || again.message.contains("rule \"");
        assert!(!by_rules, "{}: {}", example.path, again.message);
        assert!(
            !again.audit_annotations.contains_key("suggested-rule"),
            "{}",
            example.path
        );
    }
}

#[test]
fn the_verdicts_are_written_down() {
    let mut page = String::from(
        "# What the policy says to the examples\n\n\
         Written by the tests. A change of wording shows here; \
         `UPDATE_PUBLISHED=1 cargo test -p published` takes it over.\n",
    );
    for folder in ["admitted", "denied"] {
        let mut title = folder.to_owned();
        title[..1].make_ascii_uppercase();
        let _ = writeln!(page, "\n## {title}");
        for example in examples(folder) {
            let name = example.path.rsplit('/').next().expect("a path has a name");
            let _ = writeln!(page, "\n### {}\n\n```text", name.replace('_', " "));
            page.push_str(&told(&example.verdict()));
            page.push_str("```\n");
        }
    }
    if std::env::var_os(UPDATE).is_some() {
        fs::write(files::root().join(VERDICTS), &page).expect("the file can be written");
    }
    let written = files::text(VERDICTS);
    for (line, (written, page)) in written.lines().zip(page.lines()).enumerate() {
        assert_eq!(
            written,
            page,
            "{VERDICTS}:{}: {UPDATE}=1 writes it anew",
            line + 1
        );
    }
    assert_eq!(
        written.len(),
        page.len(),
        "{VERDICTS}: {UPDATE}=1 writes it anew"
    );
}

/// Everything that `verdict` says, one thing to a line.
fn told(verdict: &Verdict) -> String {
    let mut lines = String::new();
    match verdict.code {
        0 => lines.push_str("admitted\n"),
        code => {
            let _ = writeln!(lines, "{code} {}", verdict.message);
        }
    }
    for warning in &verdict.warnings {
        let _ = writeln!(lines, "warning: {warning}");
    }
    for (key, value) in &verdict.audit_annotations {
        let _ = writeln!(lines, "{key}: {value}");
    }
    lines
}
