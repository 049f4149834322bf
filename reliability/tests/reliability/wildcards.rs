//! Oracle: a matcher that tries everything, against each field that takes patterns.

use std::fmt;

use reliability::choices::Choices;
use reliability::wildcard;
use serde_json::{Value, json};

use crate::cases::for_all;
use crate::payload::{pod, sound_spec};
use crate::policy::{judge, rule_for_all, rules_alone};

/// The fields that take patterns.
const FIELDS: [&str; 6] = [
    "namespaces",
    "serviceAccountNames",
    "commands",
    "users",
    "groups",
    "runAsUserNames",
];

struct Case {
    field: &'static str,
    pattern: String,
    text: String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {:?} against {:?}",
            self.field, self.pattern, self.text
        )
    }
}

fn text(choices: &mut Choices<'_>, letters: &[char], longest: usize) -> String {
    (0..choices.below(longest + 1))
        .map(|_| *choices.pick(letters))
        .collect()
}

fn case(choices: &mut Choices<'_>) -> Case {
    let letters = ['a', 'b', 'A', '\u{e8}', '\u{1f600}'];
    let field = *choices.pick(&FIELDS);
    // Patterns of names have only what names have.
    let of_patterns: &[char] = match field {
        "namespaces" | "serviceAccountNames" => &['a', 'b', '*', '?', '-'],
        _ => &['a', 'b', '*', '?', 'A', '\u{e8}', '\u{1f600}'],
    };
    let pattern = text(choices, of_patterns, 8);
    let text = if choices.once_in(2) {
        text(choices, &letters, 12)
    } else {
        // One that the pattern stands for, now and then but for one character.
        let mut likely: String = pattern
            .chars()
            .map(|c| match c {
                '*' => text(choices, &letters, 4),
                '?' => choices.pick(&letters).to_string(),
                _ => c.to_string(),
            })
            .collect();
        if choices.once_in(4) {
            likely.pop();
        }
        likely
    };
    Case {
        field,
        pattern,
        text,
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn expected(case: &Case) -> bool {
    let (mut pattern, mut text) = (case.pattern.clone(), case.text.clone());
    if case.field == "runAsUserNames" {
        // Without regard to case, in ASCII as Windows' account names are here.
        (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    }
    wildcard::matches(&chars(&pattern), &chars(&text))
}

fn check(case: &Case) -> Result<&'static str, String> {
    let may_be_empty = case.field == "commands";
    let of_stars = case.pattern.len() > 1 && case.pattern.chars().all(|c| c == '*');
    // An absent service account is `default`, an empty pattern is none, and settings
    // refuse what no name begins or ends with, and stars for an account's name.
    if case.pattern.is_empty() && !may_be_empty
        || case.pattern.starts_with('-')
        || case.pattern.ends_with('-')
        || of_stars && case.field == "runAsUserNames"
        || case.text.is_empty() && case.field == "serviceAccountNames"
    {
        return Ok("out of place");
    }
    let mut spec = sound_spec();
    let mut rule = rule_for_all();
    let patterns = json!([case.pattern]);
    match case.field {
        "users" | "groups" => rule["requestedBy"] = json!({ case.field: patterns }),
        field => rule[field] = patterns,
    }
    match case.field {
        "serviceAccountNames" => spec["serviceAccountName"] = json!(case.text),
        "commands" => spec["containers"][0]["command"] = json!([case.text]),
        "runAsUserNames" => {
            spec["securityContext"]["windowsOptions"]["runAsUserName"] = json!(case.text);
        }
        _ => {}
    }
    let mut request = pod(spec);
    match case.field {
        "namespaces" => request["namespace"] = json!(case.text),
        "users" => request["userInfo"]["username"] = json!(case.text),
        "groups" => request["userInfo"]["groups"] = json!(["other", case.text]),
        _ => {}
    }
    if case.field == "groups" && wildcard::matches(&chars(&case.pattern), &chars("other")) {
        return Ok("out of place");
    }
    judged(&request, &rules_alone(&[rule]), expected(case))
}

fn judged(request: &Value, settings: &Value, expected: bool) -> Result<&'static str, String> {
    let answer = judge(request, settings)?;
    match (answer.verdict(), expected) {
        ("admitted", true) => Ok("matches"),
        ("denied", false) if !answer.message.contains("settings are not valid") => Ok("differs"),
        (verdict, _) => Err(format!(
            "{verdict}, but it matches is {expected}: {answer:?}"
        )),
    }
}

#[test]
fn patterns_match_what_a_naive_matcher_matches() {
    for_all(48, &["matches", "differs"], case, check);
}
