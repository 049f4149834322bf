//! The words of a command line, and patterns of them.
//!
//! On hosts with file binding the runtime starts `cmd /c` and the joined words, and the
//! kubelet replaces `$(NAME)` from the environment. So wildcards stand for nothing that a
//! shell reads or that leads to another folder.

use crate::pattern::{self, Case, Wildcards};

/// How long a command line of Windows may be, in characters.
const LONGEST: usize = 32_767;
/// What no wildcard stands for, nor anything beside a wildcard.
const NEVER_BESIDE_WILDCARDS: [&str; 2] = ["..", "$("];

/// Whether `words` match `patterns` one by one, none over.
pub fn matches(patterns: &[String], words: &[&str]) -> bool {
    patterns.len() == words.len()
        && patterns
            .iter()
            .zip(words)
            .all(|(pattern, word)| matches_word(pattern, word))
}

fn matches_word(pattern: &str, word: &str) -> bool {
    if is_too_long(word) {
        return false;
    }
    if !pattern::has_wildcard(pattern) {
        return pattern == word;
    }
    pattern::matches_with(pattern, word, Wildcards::Word, Case::Counts)
        && !NEVER_BESIDE_WILDCARDS.iter().any(|no| word.contains(no))
}

fn is_too_long(word: &str) -> bool {
    word.len() > LONGEST && word.chars().count() > LONGEST
}

/// Why no word can match `pattern`, and what to write; none where one can.
pub fn problem(pattern: &str) -> Option<String> {
    let never = NEVER_BESIDE_WILDCARDS
        .iter()
        .find(|no| pattern::has_wildcard(pattern) && pattern.contains(**no));
    if let Some(never) = never {
        return Some(format!(
            "matches no word: wildcards and {never} don't go together: write the word in full"
        ));
    }
    is_too_long(&pattern.replace('*', ""))
        .then(|| "matches no word: write at most 32,767 characters".to_owned())
}
