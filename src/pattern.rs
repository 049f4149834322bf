//! Patterns: `*` stands for any run of characters, `?` for one; both ends are
//! anchored.
//!
//! Matching is greedy from left to right and never goes back over a star:
//! between two stars the leftmost place is as good as any later one. So a
//! pattern of many stars takes no longer than one of few, and the time is at
//! worst the pattern's length times the text's.

use alloc::borrow::Cow;

use crate::text;

/// Whether case counts.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Case {
    Counts,
    /// In ASCII, as for Windows accounts.
    Ignored,
}

/// Whether `text` matches `pattern`; case counts.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    matches_with(Case::Counts, pattern, text)
}

/// Whether `text` matches `pattern`.
#[inline(never)]
pub(crate) fn matches_with(case: Case, pattern: &str, text: &str) -> bool {
    let Some((first, mut rest)) = text::split_once(pattern, b'*') else {
        return prefix(case, pattern, text) == Some("");
    };
    let Some(mut text) = prefix(case, first, text) else {
        return false;
    };
    while let Some((part, behind)) = text::split_once(rest, b'*') {
        match find(case, part, text) {
            Some(after) => text = after,
            None => return false,
        }
        rest = behind;
    }
    suffix(case, rest, text)
}

/// Whether `wanted`, of a pattern, stands for `found`.
fn same(case: Case, wanted: char, found: char) -> bool {
    wanted == '?' || wanted == found || case == Case::Ignored && wanted.eq_ignore_ascii_case(&found)
}

/// What is left of `text` behind the star-free `part`, if it begins with it.
fn prefix<'a>(case: Case, part: &str, text: &'a str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in part.chars() {
        if !same(case, wanted, rest.next()?) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Whether `text` ends with the star-free `part`.
fn suffix(case: Case, part: &str, text: &str) -> bool {
    let mut rest = text.chars().rev();
    part.chars()
        .rev()
        .all(|wanted| rest.next().is_some_and(|found| same(case, wanted, found)))
}

/// What is left of `text` behind the leftmost place that holds the star-free
/// `part`.
fn find<'a>(case: Case, part: &str, text: &'a str) -> Option<&'a str> {
    let mut rest = text.chars();
    loop {
        if let Some(after) = prefix(case, part, rest.as_str()) {
            return Some(after);
        }
        rest.next()?;
    }
}

/// `pattern` with a letter in place of each wildcard: something that it matches,
/// if anything can be of its form.
pub(crate) fn with_letters(pattern: &str) -> Cow<'_, str> {
    with_each_as(pattern, "a")
}

/// `text` with a `?` in place of each wildcard: a pattern that matches it, and else
/// only what has other characters there.
pub(crate) fn narrow(text: &str) -> Cow<'_, str> {
    with_each_as(text, "?")
}

#[inline(never)]
fn with_each_as<'p>(pattern: &'p str, other: &str) -> Cow<'p, str> {
    if !has_wildcard(pattern) {
        return Cow::Borrowed(pattern);
    }
    Cow::Owned(pattern.replace(['*', '?'], other))
}

/// Whether `text` holds a wildcard.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text::has_any(text, b"*?")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::exact("calico-system", "calico-system", true)]
    #[case::anchored_at_the_end("calico", "calico-system", false)]
    #[case::anchored_at_the_start("system", "calico-system", false)]
    #[case::case_counts("Calico", "calico", false)]
    #[case::star_is_any_run("calico-*", "calico-system", true)]
    #[case::star_is_an_empty_run("calico*", "calico", true)]
    #[case::star_alone("*", "", true)]
    #[case::empty("", "", true)]
    #[case::empty_is_not_any("", "a", false)]
    #[case::question_mark_is_one("v?", "v1", true)]
    #[case::question_mark_is_not_none("v?", "v", false)]
    #[case::question_mark_is_not_two("v?", "v12", false)]
    #[case::question_mark_is_one_character("?", "\u{e8}", true)]
    #[case::middle("a*b*c", "a--b--c", true)]
    #[case::parts_do_not_overlap("ab*ba", "aba", false)]
    #[case::middle_parts_do_not_overlap("*ab*ba*", "aba", false)]
    #[case::leftmost_is_enough("*a?c*c", "abcac", true)]
    #[case::suffix_with_question_mark("*.?", "1.2", true)]
    #[case::two_stars("**", "", true)]
    #[case::backslashes_are_plain(r"a\*", r"a\b", true)]
    fn patterns(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches(pattern, text), expected);
    }

    #[rstest]
    #[case("NT A*", "nt authority", true)]
    #[case("*HyperV*", "my-hyperv-class", true)]
    #[case("\u{c8}", "\u{e8}", false)]
    fn patterns_without_case(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches_with(Case::Ignored, pattern, text), expected);
    }
}
