//! Settings under which a set of manifests passes, one rule for each workload.
//!
//! The policy itself names the least rule that admits a workload, in the audit
//! annotation `suggested-rule` of a denial. Here those rules are collected:
//! equal ones are merged, each gets a name of its own, and the whole is judged
//! once more, since no rule helps a workload that fails a requirement.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use engine::{AdmissionResponse, Module};
use serde_json::{Map, Value, json};

use crate::judge::{self, Input, Judge, Progress};
use crate::objects::Object;
use crate::text::{counted, one_line};
use crate::{Error, yaml};

/// The audit annotation of a denial that holds the least rule as JSON.
const SUGGESTED_RULE: &str = "suggested-rule";

/// The longest name of a rule: an RFC 1123 label.
const LONGEST_NAME: usize = 63;

/// How many origins of a rule are listed; a rule can come from thousands of pods.
const ORIGINS_LISTED: usize = 10;

/// The arguments of `suggest`.
#[derive(Debug, Args)]
pub struct Suggest {
    /// The policy's module
    #[arg(long, value_name = "FILE", default_value = "policy.wasm")]
    module: PathBuf,
    /// The namespace of objects that name none [default: default]
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Manifests: files, directories, `-` for standard input
    #[arg(required = true, value_name = "MANIFEST")]
    manifests: Vec<PathBuf>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Suggestion {
    /// The settings, with comments.
    pub yaml: String,
    /// How many rules they have.
    pub rules: usize,
    /// How many objects were looked at.
    pub objects: usize,
    /// What is denied even under these settings.
    pub failing: Vec<Failing>,
    /// What could not be read.
    pub unreadable: Vec<Error>,
}

/// An object that no rule makes pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Kind, namespace, name and place; printable.
    pub title: String,
    /// The policy's reason; printable.
    pub reason: String,
}

/// A rule and the objects it was made from.
struct Rule<'o> {
    /// The rule without its name: rules that are equal in this are one.
    terms: Map<String, Value>,
    /// The policy's name for it.
    name: String,
    /// Whether that name comes from something else than a controller's pod.
    named_by_template: bool,
    origins: Vec<&'o Object>,
}

/// Reads the manifests and suggests settings for them.
///
/// # Errors
/// When the module cannot be used.
pub fn suggest(arguments: &Suggest) -> Result<Suggestion, Error> {
    let module = judge::load_module(&arguments.module)?;
    let input = Input::read(&arguments.manifests, arguments.namespace.as_deref());
    suggest_for(&module, input)
}

/// Suggests settings for what was read.
///
/// # Errors
/// When the policy does not accept its own suggestions.
pub fn suggest_for(module: &Module, input: Input) -> Result<Suggestion, Error> {
    // Each object is judged twice.
    let progress = Progress::new("judged", 2 * input.objects.len());
    let without_rules = Judge::new(module.clone(), json!({}))?;
    let verdicts = without_rules.create_all(&input.objects, &progress);
    let (objects, verdicts): (Vec<Object>, Vec<_>) = input
        .objects
        .into_iter()
        .zip(verdicts)
        .filter(|(object, it)| !it.allowed || object.carries_pod_spec())
        .unzip();
    let rules = named(collect(&objects, &verdicts));
    let settings = json!({
        "allow": rules.iter().map(|(_, rule, _)| rule).collect::<Vec<_>>(),
    });
    let judge = Judge::new(module.clone(), settings)?;
    let failing: Vec<Failing> = objects
        .iter()
        .zip(judge.create_all(&objects, &progress))
        .filter(|(_, verdict)| !verdict.allowed)
        .map(|(object, verdict)| Failing {
            title: format!("{} ({})", object.title(), object.place()),
            reason: one_line(verdict.message()),
        })
        .collect();
    Ok(Suggestion {
        yaml: write(&rules, &failing, objects.len()),
        rules: rules.len(),
        objects: objects.len(),
        failing,
        unreadable: input.unreadable,
    })
}

/// The rules that the policy suggests, equal ones merged.
fn collect<'o>(objects: &'o [Object], verdicts: &[AdmissionResponse]) -> Vec<Rule<'o>> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    for (object, verdict) in objects.iter().zip(verdicts) {
        let suggested = verdict
            .audit_annotations
            .as_ref()
            .and_then(|annotations| annotations.get(SUGGESTED_RULE))
            .and_then(|json| serde_json::from_str::<Map<String, Value>>(json).ok());
        let Some(mut terms) = suggested else {
            continue;
        };
        let name = match terms.remove("name") {
            Some(Value::String(name)) => name,
            _ => String::from("rule"),
        };
        let from_template = !object.is_controlled();
        let rule = rules
            .entry(Value::Object(terms.clone()).to_string())
            .or_insert_with(|| Rule {
                terms,
                name: name.clone(),
                named_by_template: from_template,
                origins: Vec::new(),
            });
        // A controller's pods have generated names: the template's is better.
        if from_template && !rule.named_by_template {
            rule.name = name;
            rule.named_by_template = true;
        }
        rule.origins.push(object);
    }
    rules.into_values().collect()
}

/// The rules sorted by name, each name made unique, and complete.
fn named<'o>(mut rules: Vec<Rule<'o>>) -> Vec<(String, Value, Vec<&'o Object>)> {
    // By the terms as well, so that equal names get the same numbers each time.
    rules.sort_by_cached_key(|rule| {
        (
            rule.name.clone(),
            Value::Object(rule.terms.clone()).to_string(),
        )
    });
    let mut taken = BTreeSet::new();
    rules
        .into_iter()
        .map(|rule| {
            let name = unique(&rule.name, &mut taken);
            let mut complete = rule.terms;
            complete.insert("name".to_owned(), name.clone().into());
            (name, Value::Object(complete), rule.origins)
        })
        .collect()
}

/// `name`, or the first of `name-2`, `name-3` … that is not taken.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        let suffix = format!("-{number}");
        let kept = name.len().min(LONGEST_NAME - suffix.len());
        candidate = format!("{}{suffix}", name[..kept].trim_end_matches('-'));
        number += 1;
    }
    candidate
}

/// The order in which the keys of a rule are written; others follow.
const KEY_ORDER: [&str; 5] = [
    "name",
    "namespaces",
    "images",
    "runAsUserNames",
    "serviceAccountNames",
];

fn write(rules: &[(String, Value, Vec<&Object>)], failing: &[Failing], objects: usize) -> String {
    let mut text = format!(
        "# Settings suggested for {}: review each rule before you use it.\n",
        counted(objects, "object")
    );
    if rules.is_empty() {
        text += "allow: []\n";
    } else {
        text += "allow:\n";
    }
    for (_, rule, origins) in rules {
        for origin in origins.iter().take(ORIGINS_LISTED) {
            text += &format!("  # {} ({})\n", origin.title(), origin.place());
        }
        if let Some(more) = origins.len().checked_sub(ORIGINS_LISTED).filter(|n| *n > 0) {
            text += &format!("  # and {more} more\n");
        }
        let mut lead = "- ";
        for key in ordered_keys(rule) {
            text += &format!("  {lead}{key}:{}\n", flow(&rule[key]));
            lead = "  ";
        }
    }
    if !failing.is_empty() {
        text += "# Still denied under these settings, for what no rule can allow:\n";
        for Failing { title, reason } in failing {
            text += &format!("#   {title}: {reason}\n");
        }
    }
    text
}

fn ordered_keys(rule: &Value) -> Vec<&str> {
    let map = rule.as_object().into_iter().flatten();
    let mut keys: Vec<&str> = map.map(|(key, _)| key.as_str()).collect();
    keys.sort_by_key(|key| {
        let place = KEY_ORDER.iter().position(|known| known == key);
        place.unwrap_or(KEY_ORDER.len())
    });
    keys
}

/// A value of a rule as YAML, as it follows the colon: on the same line, or as a block
/// list where it is long.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(list) if list.len() > 1 => list
            .iter()
            .map(|entry| format!("\n      - {}", scalar(entry)))
            .collect(),
        Value::Array(list) => {
            let entries: Vec<String> = list.iter().map(scalar).collect();
            format!(" [{}]", entries.join(", "))
        }
        other => format!(" {}", scalar(other)),
    }
}

/// Plain where every reader of YAML takes it for this very string, else quoted.
fn scalar(value: &Value) -> String {
    let plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-./".contains(c))
            && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text)
    };
    match value {
        Value::String(text) if plain(text) => text.clone(),
        // Single quotes take the backslash of an account as it is.
        Value::String(text) if text == &one_line(text) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        other => yaml::write(other).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain(json!("calico-node"), "calico-node")]
    #[case::image(json!("mcr.microsoft.com/a/b"), "mcr.microsoft.com/a/b")]
    #[case::image_with_tag(json!("docker.io/a/b:v1"), "'docker.io/a/b:v1'")]
    #[case::account(json!(r"NT AUTHORITY\SYSTEM"), r"'NT AUTHORITY\SYSTEM'")]
    #[case::star(json!("*"), "'*'")]
    #[case::boolean_of_yaml_1_1(json!("off"), "'off'")]
    #[case::number(json!("1e3"), "'1e3'")]
    #[case::quotes(json!("it's"), "'it''s'")]
    #[case::control_character(json!("a\u{1b}\n"), r#""a\e\n""#)]
    #[case::flag(json!(true), "true")]
    fn scalars(#[case] value: Value, #[case] expected: &str) {
        assert_eq!(scalar(&value), expected);
    }

    #[test]
    fn names_become_unique_and_stay_labels() {
        let mut taken = BTreeSet::new();
        let long = "a".repeat(63);
        assert_eq!(unique("a", &mut taken), "a");
        assert_eq!(unique("a", &mut taken), "a-2");
        assert_eq!(unique("a", &mut taken), "a-3");
        assert_eq!(unique("a-2", &mut taken), "a-2-2");
        assert_eq!(unique(&long, &mut taken), long);
        assert_eq!(unique(&long, &mut taken), format!("{}-2", "a".repeat(61)));
    }
}
