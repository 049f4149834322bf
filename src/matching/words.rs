//! The words of a command line, and how a rule names them: literally, or by a pattern.
//!
//! A word is one entry of a container's `command` or `args`, or of the command of a hook or probe.
//! A literal word matches itself and nothing else, whatever it holds: scripts hold `*`, `?`, `..`
//! and `$(…)`.
//!
//! The wildcards of a pattern stand for few characters, because two things read a word before the
//! process does. The kubelet replaces `$(NAME)` by a variable of the container's environment. On
//! nodes that mount the container's root (containerd 1.7 and newer) the runtime starts `cmd /c`
//! with all words in one line. So no wildcard stands for a space, a quote, `&`, `%` or a slash, and
//! no pattern lets a word leave its folder by `..`.

use std::fmt;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Serialize;

use crate::matching::pattern;
use crate::matching::pattern::Wildcards;

/// The longest command line of Windows, in characters. Windows cannot run a longer word. The
/// attributes for the schema below repeat this number.
const LONGEST_WORD: usize = 32_767;

/// No pattern matches a word that holds one of these: the parent folder, and the beginning of a
/// variable that the kubelet replaces.
const NEVER_MATCHED: [&str; 2] = ["..", "$("];

/// A word of a command in a rule: a string, which matches exactly this word, or a pattern.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum Word {
    /// The word itself. Wildcards are characters like any other here.
    Literal(#[cfg_attr(feature = "schema", schemars(length(max = 32_767)))] String),
    /// Any word that matches the pattern.
    Pattern(WordPattern),
}

/// A pattern of words. `*` stands for any run of ASCII letters, digits, `.`, `_` and `-`, and `?`
/// for one of them. A word that holds `..` or `$(` matches no pattern.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
pub struct WordPattern {
    /// For example `C:\scripts\firewall-*.ps1`.
    #[cfg_attr(feature = "schema", schemars(length(max = 32_767)))]
    pattern: String,
}

/// Why settings must not hold a word or a pattern. `Display` completes a sentence that begins with
/// the quoted word, and says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordError {
    /// The word has more characters than a command line of Windows.
    TooLong,
    /// The pattern has no wildcard.
    NoWildcard,
    /// The pattern holds this text of [`NEVER_MATCHED`].
    NeverMatches(&'static str),
}

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WordError::TooLong => f.write_str("is too long: write at most 32,767 characters"),
            WordError::NoWildcard => {
                f.write_str("has no wildcard: write the word itself instead of {pattern: ...}")
            }
            WordError::NeverMatches(part) => write!(
                f,
                "matches no word, because no pattern matches a word with {part}: write the word \
                 itself instead of {{pattern: ...}}"
            ),
        }
    }
}

impl Word {
    /// Returns the word that matches `text` alone.
    ///
    /// # Errors
    /// The text is longer than any word.
    pub fn parse_literal(text: &str) -> Result<Self, WordError> {
        if is_too_long(text) {
            return Err(WordError::TooLong);
        }

        Ok(Word::Literal(text.to_owned()))
    }

    /// Returns the word that matches what `pattern` matches.
    ///
    /// # Errors
    /// No word can match the pattern, or a literal word says the same.
    pub fn parse_pattern(pattern: &str) -> Result<Self, WordError> {
        if is_too_long(pattern) {
            return Err(WordError::TooLong);
        }
        if let Some(part) = find_never_matched(pattern) {
            return Err(WordError::NeverMatches(part));
        }
        if !pattern::has_wildcard(pattern) {
            return Err(WordError::NoWildcard);
        }

        Ok(Word::Pattern(WordPattern {
            pattern: pattern.to_owned(),
        }))
    }

    /// Returns whether `word`, a word of a container, is the literal word or matches the pattern.
    /// A word that is too long matches nothing.
    pub fn matches(&self, word: &str) -> bool {
        if is_too_long(word) {
            return false;
        }

        match self {
            Word::Literal(literal) => literal == word,
            Word::Pattern(WordPattern { pattern }) => {
                // A wildcard may stand for a dot, so that `.*` could match `..`.
                pattern::matches_with(pattern, word, Wildcards::NameCharacters)
                    && find_never_matched(word).is_none()
            }
        }
    }
}

impl WordPattern {
    /// Returns the pattern as it is written in settings.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }
}

fn is_too_long(word: &str) -> bool {
    // A character has at least one byte, so that short words need not be counted.
    word.len() > LONGEST_WORD && word.chars().count() > LONGEST_WORD
}

/// Returns the first of [`NEVER_MATCHED`] that `text` holds: `..` or `$(`.
pub fn find_never_matched(text: &str) -> Option<&'static str> {
    NEVER_MATCHED.into_iter().find(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn literal(text: &str) -> Word {
        Word::parse_literal(text).expect("a literal word")
    }

    fn pattern(text: &str) -> Word {
        Word::parse_pattern(text).expect("a pattern of words")
    }

    #[rstest]
    #[case::a_word_matches_itself(r"C:\k\start.ps1", r"C:\k\start.ps1", true)]
    #[case::case_counts("-File", "-file", false)]
    #[case::a_star_is_a_star("*.log", "*.log", true)]
    #[case::a_star_is_no_wildcard("*.log", "a.log", false)]
    #[case::a_question_mark_is_no_wildcard("-v?", "-v2", false)]
    #[case::a_parent_folder(r"..\x", r"..\x", true)]
    #[case::a_variable("--csi-address=$(CSI)", "--csi-address=$(CSI)", true)]
    #[case::a_script("del *.tmp & \"$($_.Name)\"\n", "del *.tmp & \"$($_.Name)\"\n", true)]
    #[case::an_empty_word("", "", true)]
    #[case::an_empty_word_is_not_any("", "a", false)]
    fn literal_words(#[case] text: &str, #[case] word: &str, #[case] expected: bool) {
        assert_eq!(literal(text).matches(word), expected);
    }

    #[rstest]
    #[case::a_star_stands_for_a_run_of_a_name(r"C:\k\*.ps1", r"C:\k\a-b_2.x.ps1", true)]
    #[case::a_star_stands_for_nothing_too("*", "", true)]
    #[case::a_question_mark_stands_for_one_character("-v?", "-v2", true)]
    #[case::case_counts("-F*", "-file", false)]
    #[case::a_wildcard_is_no_wildcard("x?", "x*", false)]
    #[case::a_star_crosses_no_backslash(r"C:\k\*.ps1", r"C:\k\a\x.ps1", false)]
    #[case::a_star_crosses_no_slash(r"C:\k\*.ps1", r"C:\k\a/x.ps1", false)]
    #[case::a_second_command(r"C:\k\*.ps1", r"C:\k\a&evil.exe&x.ps1", false)]
    #[case::a_variable_of_cmd("*", "%VAR%", false)]
    #[case::a_semicolon("*", "a;b", false)]
    #[case::a_backtick("*", "a`b", false)]
    #[case::a_quote("?", "'", false)]
    #[case::a_line_feed("?", "\n", false)]
    #[case::a_space("*", "a b", false)]
    #[case::a_redirection("*", ">x", false)]
    #[case::a_letter_that_is_not_ascii("*", "\u{e4}", false)]
    #[case::a_parent_folder(r"*\*", r"..\x", false)]
    #[case::two_dots_in_a_name("a*", "a..b", false)]
    #[case::two_dots_half_by_a_wildcard(r"C:\k\.*", r"C:\k\..", false)]
    #[case::a_variable_half_in_the_pattern("$?", "$(", false)]
    fn patterns(#[case] text: &str, #[case] word: &str, #[case] expected: bool) {
        assert_eq!(pattern(text).matches(word), expected);
    }

    #[test]
    fn words_are_as_long_as_a_command_line() {
        let longest = "\u{e4}".repeat(LONGEST_WORD);
        assert!(literal(&longest).matches(&longest));
        assert!(pattern("*").matches(&"a".repeat(LONGEST_WORD)));

        let longer = longest + "a";
        assert!(!Word::Literal(longer.clone()).matches(&longer));
        assert!(!pattern("*").matches(&"a".repeat(LONGEST_WORD + 1)));
        assert_eq!(Word::parse_literal(&longer), Err(WordError::TooLong));
        assert_eq!(Word::parse_pattern(&longer), Err(WordError::TooLong));
    }

    #[rstest]
    #[case::no_wildcard(
        "a.ps1",
        "has no wildcard: write the word itself instead of {pattern: ...}"
    )]
    #[case::empty("", "has no wildcard: write the word itself instead of {pattern: ...}")]
    #[case::two_dots(
        r"..\*.ps1",
        "matches no word, because no pattern matches a word with ..: write the word itself \
         instead of {pattern: ...}"
    )]
    #[case::a_variable(
        "$(A?)",
        "matches no word, because no pattern matches a word with $(: write the word itself \
         instead of {pattern: ...}"
    )]
    fn patterns_that_match_nothing(#[case] pattern: &str, #[case] expected: &str) {
        let error = Word::parse_pattern(pattern).expect_err("it is no pattern");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_literal_word_that_is_too_long_says_so() {
        let expected = "is too long: write at most 32,767 characters";
        assert_eq!(WordError::TooLong.to_string(), expected);
    }

    #[test]
    fn words_are_written_as_settings_hold_them() {
        let words = json!([literal("*.log"), pattern("*.ps1")]);
        assert_eq!(words, json!(["*.log", {"pattern": "*.ps1"}]));
    }

    proptest! {
        #[test]
        fn a_literal_word_matches_itself_and_nothing_else(
            word in r"[ab*?.$(]{0,6}",
            other in r"[ab*?.$(]{0,6}",
        ) {
            prop_assert!(literal(&word).matches(&word));
            prop_assert_eq!(literal(&word).matches(&other), word == other);
        }
    }
}
