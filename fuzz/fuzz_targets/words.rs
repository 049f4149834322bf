//! Literal words and patterns: which commands a rule admits, beside an obvious comparison.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

/// A word of a rule.
#[derive(Arbitrary, Debug)]
enum RuleWord {
    /// The word stands in the rule as the container has it.
    Same,
    Literal(String),
    Pattern(String),
}

#[derive(Arbitrary, Debug)]
struct Case {
    /// Each word of the container's command, with the word of the rule in the same place.
    words: Vec<(String, RuleWord)>,
}

/// The parts of words that no pattern matches.
const NEVER_IN_PATTERNS: [&str; 2] = ["..", "$("];

impl RuleWord {
    fn to_json(&self, container_word: &str) -> Value {
        match self {
            RuleWord::Same => json!(container_word),
            RuleWord::Literal(literal) => json!(literal),
            RuleWord::Pattern(pattern) => json!({ "pattern": pattern }),
        }
    }

    fn matches(&self, word: &str) -> bool {
        match self {
            RuleWord::Same => true,
            RuleWord::Literal(literal) => literal == word,
            RuleWord::Pattern(pattern) => {
                let pattern: Vec<char> = pattern.chars().collect();
                let characters: Vec<char> = word.chars().collect();
                let may_match = !NEVER_IN_PATTERNS.iter().any(|part| word.contains(part));
                may_match && matches_pattern(&pattern, &characters)
            }
        }
    }
}

/// Returns true if `word` matches `pattern`, by trying every length that a star may stand for.
fn matches_pattern(pattern: &[char], word: &[char]) -> bool {
    let stands_for_wildcard = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    match pattern {
        [] => word.is_empty(),
        ['*', rest @ ..] => (0..=word.len()).any(|length| {
            let (run, remaining) = word.split_at(length);
            run.iter().all(stands_for_wildcard) && matches_pattern(rest, remaining)
        }),
        ['?', rest @ ..] => match word {
            [first, remaining @ ..] => {
                stands_for_wildcard(first) && matches_pattern(rest, remaining)
            }
            [] => false,
        },
        [expected, rest @ ..] => match word {
            [first, remaining @ ..] => first == expected && matches_pattern(rest, remaining),
            [] => false,
        },
    }
}

/// Returns true if the slow comparison takes a moment at most.
fn is_quickly_compared(case: &Case) -> bool {
    case.words.len() <= 4
        && case.words.iter().all(|(word, rule_word)| {
            let stars = match rule_word {
                RuleWord::Pattern(pattern) => pattern.matches('*').count(),
                RuleWord::Same | RuleWord::Literal(_) => 0,
            };
            stars <= 3 && word.len() <= 100
        })
}

fuzz_target!(init: fuzz::write_seeds("words"), |case: Case| {
    if case.words.is_empty() || !is_quickly_compared(&case) {
        return;
    }
    let command: Vec<&str> = case.words.iter().map(|(word, _)| word.as_str()).collect();
    let rule_words: Vec<Value> =
        case.words.iter().map(|(word, rule_word)| rule_word.to_json(word)).collect();
    let settings = json!({
        "requirements": { "windowsNode": "ignore" },
        "allow": [{
            "name": "r",
            "namespaces": ["*"],
            "containers": [
                { "images": ["*"], "runAsUserNames": ["*"], "command": rule_words },
            ],
        }],
    });
    if !fuzz::are_valid_settings(settings.to_string().as_bytes()) {
        return;
    }
    let request = json!({
        "kind": { "group": "", "version": "v1", "kind": "Pod" },
        "operation": "CREATE",
        "namespace": "n",
        "userInfo": { "username": "u" },
        "object": {
            "spec": {
                "hostNetwork": true,
                "securityContext": { "windowsOptions": {
                    "hostProcess": true,
                    "runAsUserName": "NT AUTHORITY\\SYSTEM",
                } },
                "containers": [{ "name": "c", "image": "r.example/a", "command": command }],
            },
        },
    });
    let payload = json!({ "request": request, "settings": settings }).to_string();
    let answer = fuzz::validate_and_check(payload.as_bytes());
    let is_expected = case.words.iter().all(|(word, rule_word)| rule_word.matches(word));
    assert_eq!(answer["accepted"] == true, is_expected, "{case:?}: {answer}");
});
