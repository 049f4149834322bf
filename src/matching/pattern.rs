//! Patterns: `*` stands for any run of characters, also an empty one, and `?` for one character. A
//! pattern has to match a text from beginning to end.
//!
//! No library matches them: globset knows classes (`[a-z]`), alternatives (`{a,b}`) and escapes
//! with a backslash, which stands between domain and user in accounts, and in every path.
//!
//! A pattern is split at its stars. The text has to begin with the first part and to end with the
//! last part. The parts between them are searched one after another, each at the leftmost place.
//!
//! A later place is never better: the star after the part can stand for the characters in between.
//! This holds even if stars must not stand for some characters, for example a slash. A part with a
//! slash has only one possible place, because the star before it cannot pass that slash. If the part
//! has none, the star before a later place would stand for all characters in between, so the star
//! after the leftmost place may, too.
//!
//! The time to find a part without `?` grows with the length of the text. A part with `?` is
//! compared at each place, which takes up to the length of the text times that of the part.

/// What a wildcard may stand for.
#[derive(Clone, Copy, Debug)]
pub enum Wildcards {
    /// Any character.
    Any,
    /// Any character but this one.
    Except(char),
    /// ASCII letters and digits, `.`, `_` and `-`.
    NameCharacters,
}

impl Wildcards {
    fn may_stand_for(self, c: char) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(excluded) => c != excluded,
            Wildcards::NameCharacters => c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
        }
    }

    /// Returns whether a star may stand for `run`, because a wildcard may stand for each of its
    /// characters.
    fn may_stand_for_all(self, run: &str) -> bool {
        matches!(self, Wildcards::Any) || run.chars().all(|c| self.may_stand_for(c))
    }
}

/// Returns whether `text` matches one of `patterns`, whose wildcards stand for any character.
pub fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Returns whether `text` matches `pattern`, whose wildcards stand for any character.
pub fn matches(pattern: &str, text: &str) -> bool {
    // `*` alone is usual, and need not be taken apart.
    pattern == "*" || matches_with(pattern, text, Wildcards::Any)
}

/// Returns whether `text` matches `pattern`, whose wildcards stand for what `wildcards` says.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards) -> bool {
    if !has_wildcard(pattern) {
        return pattern == text;
    }
    let Some((first, after_first_star)) = pattern.split_once('*') else {
        return is_part(text, pattern, wildcards);
    };
    let (middle, last) = match after_first_star.rsplit_once('*') {
        Some((middle, last)) => (middle, last),
        // There is one star. `a*b` is the same as `a**b`, which has an empty part in the middle.
        None => ("", after_first_star),
    };

    let Some(rest) = strip_part(text, first, wildcards) else {
        return false;
    };
    let Some((rest, end)) = split_at_last_chars(rest, last.chars().count()) else {
        return false;
    };
    if !is_part(end, last, wildcards) {
        return false;
    }

    match strip_parts(rest, middle.split('*'), wildcards) {
        // The last star stands for what is left.
        Some(rest) => wildcards.may_stand_for_all(rest),
        None => false,
    }
}

/// Returns whether `text` as a whole matches `part`, which has no star.
fn is_part(text: &str, part: &str, wildcards: Wildcards) -> bool {
    strip_part(text, part, wildcards).is_some_and(str::is_empty)
}

/// Strips `part`, which has no star, from the beginning of `text`, and returns the rest. `None` if
/// `text` does not begin with the part.
fn strip_part<'t>(text: &'t str, part: &str, wildcards: Wildcards) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in part.chars() {
        let found = rest.next()?;
        let matches = match wanted {
            '?' => wildcards.may_stand_for(found),
            _ => wanted == found,
        };
        if !matches {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Splits `text` before its last `count` characters. `None` if it has fewer.
fn split_at_last_chars(text: &str, count: usize) -> Option<(&str, &str)> {
    let mut before = text.chars();
    for _ in 0..count {
        before.next_back()?;
    }
    Some(text.split_at(before.as_str().len()))
}

/// Strips a star and a part from the beginning of `text`, for each of `parts`, and returns the rest.
/// `None` if one of the parts is not there, or if a star must not stand for what lies before it.
fn strip_parts<'t, 'p>(
    text: &'t str,
    parts: impl Iterator<Item = &'p str>,
    wildcards: Wildcards,
) -> Option<&'t str> {
    let mut rest = text;
    for part in parts {
        let position = find_part(rest, part, wildcards)?;
        let (run, from_part) = rest.split_at(position);
        if !wildcards.may_stand_for_all(run) {
            return None;
        }
        rest = strip_part(from_part, part, wildcards)?;
    }
    Some(rest)
}

/// Returns the leftmost position of `part`, which has no star, in `text`.
fn find_part(text: &str, part: &str, wildcards: Wildcards) -> Option<usize> {
    if !part.contains('?') {
        return text.find(part);
    }
    let mut positions = text.char_indices().map(|(position, _)| position);
    positions.find(|position| strip_part(&text[*position..], part, wildcards).is_some())
}

/// Returns whether `text` holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'*' | b'?'))
}

/// Returns whether whoever wrote `pattern` is likely to mean `*`: the pattern has only wildcards,
/// among them a star, for example `**` or `?*`. `*` itself is not in disguise.
pub fn is_any_in_disguise(pattern: &str) -> bool {
    pattern != "*"
        && pattern.bytes().all(|byte| matches!(byte, b'*' | b'?'))
        && pattern.bytes().any(|byte| byte == b'*')
}

/// Returns the length in bytes of the shortest text that matches `pattern`. A star may stand for
/// nothing, `?` for a character of one byte, and every other character stands for itself.
pub fn shortest_length(pattern: &str) -> usize {
    pattern.bytes().filter(|byte| *byte != b'*').count()
}

/// Returns whether `pattern` is short enough for a text of at most `longest` bytes to match it.
pub fn may_fit(pattern: &str, longest: usize) -> bool {
    shortest_length(pattern) <= longest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_pattern_without_wildcards_is_the_text("calico-system", "calico-system", true)]
    #[case::the_end_counts("calico", "calico-system", false)]
    #[case::the_beginning_counts("system", "calico-system", false)]
    #[case::case_counts("Calico", "calico", false)]
    #[case::a_star_stands_for_a_run("calico-*", "calico-system", true)]
    #[case::a_star_stands_for_nothing_too("calico*", "calico", true)]
    #[case::a_star_alone_matches_nothing_too("*", "", true)]
    #[case::an_empty_pattern_matches_nothing("", "", true)]
    #[case::an_empty_pattern_is_not_any("", "a", false)]
    #[case::a_question_mark_does_not_stand_for_nothing("v?", "v", false)]
    #[case::a_question_mark_does_not_stand_for_two("v?", "v12", false)]
    #[case::a_question_mark_stands_for_a_long_character("?", "\u{e8}", true)]
    #[case::first_and_last_part_do_not_overlap("ab*ba", "aba", false)]
    #[case::middle_parts_do_not_overlap("*ab*ba*", "aba", false)]
    #[case::the_leftmost_place_is_enough("*a?c*c", "abcac", true)]
    #[case::two_stars_are_one("**", "", true)]
    #[case::a_backslash_escapes_nothing(r"a\*", r"a\b", true)]
    fn patterns(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches(pattern, text), expected);
    }

    /// Does the same as [`matches_with`] by trying every run for every star.
    fn matches_slowly(pattern: &[char], text: &[char], wildcards: Wildcards) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            // The star stands for nothing.
            (['*', after_star @ ..], _) if matches_slowly(after_star, text, wildcards) => true,
            // The star stands for the first character, and maybe for more.
            (['*', ..], [first, rest @ ..]) => {
                wildcards.may_stand_for(*first) && matches_slowly(pattern, rest, wildcards)
            }
            (['?', after_mark @ ..], [first, rest @ ..]) => {
                wildcards.may_stand_for(*first) && matches_slowly(after_mark, rest, wildcards)
            }
            ([wanted, after_wanted @ ..], [first, rest @ ..]) => {
                wanted == first && matches_slowly(after_wanted, rest, wildcards)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_way(
            pattern in "[ab/?*é]{0,9}",
            text in "[abA/$é€]{0,12}",
            wildcards in select(&[Wildcards::Any, Wildcards::Except('/'), Wildcards::NameCharacters][..]),
        ) {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            let expected = matches_slowly(&chars(&pattern), &chars(&text), wildcards);
            prop_assert_eq!(matches_with(&pattern, &text, wildcards), expected);
        }
    }
}
