//! The words of a command line, and patterns of them.
//!
//! On hosts with file binding the runtime starts `cmd /c` and the joined words; the kubelet replaces
//! `$(NAME)`. So wildcards stand for nothing that a shell reads or that leads to another folder.

use memchr::memmem;

use crate::matching::pattern;
use crate::matching::pattern::Wildcards;

/// How long a command line of Windows may be, in characters.
const LONGEST: usize = 32_767;

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
    pattern::matches_with(pattern, word, Wildcards::Word) && never_beside_wildcards(word).is_none()
}

fn is_too_long(word: &str) -> bool {
    word.len() > LONGEST && word.chars().nth(LONGEST).is_some()
}

/// What `word` holds that no wildcard stands for, nor for anything beside it.
fn never_beside_wildcards(word: &str) -> Option<&'static str> {
    let holds = |part: &&str| memmem::find(word.as_bytes(), part.as_bytes()).is_some();
    ["..", "$("].into_iter().find(holds)
}

/// Why no word can match `pattern`, and what to write; none where one can.
pub fn problem(pattern: &str) -> Option<String> {
    let has_wildcard = pattern::has_wildcard(pattern);
    if let Some(part) = never_beside_wildcards(pattern).filter(|_| has_wildcard) {
        return Some(format!(
            "matches no word: wildcards and {part} don't go together: write the word in full"
        ));
    }
    is_too_long(&pattern.replace('*', ""))
        .then(|| "matches no word: write at most 32,767 characters".to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same(r"C:\k\start.ps1", r"C:\k\start.ps1", true)]
    #[case::case_counts("-File", "-file", false)]
    #[case::name(r"C:\k\*.ps1", r"C:\k\a-b_2.x.ps1", true)]
    #[case::wildcards_for_wildcards("x?", "x*", true)]
    #[case::folder(r"C:\k\*.ps1", r"C:\k\a\x.ps1", false)]
    #[case::slash(r"C:\k\*.ps1", r"C:\k\a/x.ps1", false)]
    #[case::second_command(r"C:\k\*.ps1", r"C:\k\a&evil.exe&x.ps1", false)]
    #[case::variable("*", "%VAR%", false)]
    #[case::semicolon("*", "a;b", false)]
    #[case::backtick("*", "a`b", false)]
    #[case::quote("?", "'", false)]
    #[case::newline("?", "\n", false)]
    #[case::blank("*", "a b", false)]
    #[case::redirection("*", ">x", false)]
    #[case::letter_that_is_not_ascii("*", "\u{e4}", false)]
    #[case::parent(r"*\*", r"..\x", false)]
    #[case::dots_by_a_wildcard(r"C:\k\.*", r"C:\k\..", false)]
    #[case::parent_in_full(r"..\x", r"..\x", true)]
    #[case::kubelet_variable("$(A*", "$(A", false)]
    #[case::kubelet_variable_in_full("--csi-address=$(CSI)", "--csi-address=$(CSI)", true)]
    #[case::nothing("*", "", true)]
    fn single(#[case] pattern: &str, #[case] word: &str, #[case] expected: bool) {
        assert_eq!(matches(&[pattern.to_owned()], &[word]), expected);
    }

    #[rstest]
    #[case::all("a b*", "a bc", true)]
    #[case::one_over("a b*", "a b c", false)]
    #[case::one_less("a b*", "a", false)]
    #[case::other_order("a b*", "b a", false)]
    fn several(#[case] patterns: &str, #[case] words: &str, #[case] expected: bool) {
        let patterns: Vec<String> = patterns.split(' ').map(str::to_owned).collect();
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(matches(&patterns, &words), expected);
    }

    #[test]
    fn long_words() {
        let longest = "\u{e4}".repeat(LONGEST);
        assert!(matches(std::slice::from_ref(&longest), &[&longest]));
        let longer = longest + "a";
        assert!(!matches(std::slice::from_ref(&longer), &[&longer]));
        assert!(!matches(&["*".to_owned()], &[&"a".repeat(LONGEST + 1)]));
        let expected = "matches no word: write at most 32,767 characters";
        assert_eq!(problem(&longer).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::wildcards("a*?", None)]
    #[case::empty("", None)]
    #[case::dots("..", None)]
    #[case::dots_and_a_wildcard(
        "*..",
        Some("matches no word: wildcards and .. don't go together: write the word in full")
    )]
    #[case::variable_and_a_wildcard(
        "$(A?)",
        Some("matches no word: wildcards and $( don't go together: write the word in full")
    )]
    fn problems(#[case] pattern: &str, #[case] expected: Option<&str>) {
        assert_eq!(problem(pattern).as_deref(), expected);
    }
}
