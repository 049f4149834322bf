//! Patterns: `*` stands for any run of characters, `?` for one; both ends are anchored.
//!
//! Matching is greedy from left to right and never goes back over a star: between two stars
//! the leftmost place is as good as any later one. That holds as well where a star may not
//! stand for every character: a part that holds such a character has but one place. So a
//! pattern of many stars takes no longer than one of few.

use memchr::memmem;

/// What a wildcard may stand for.
#[derive(Clone, Copy, Debug)]
pub enum Wildcards {
    /// Any character.
    Any,
    /// Any character but this one, in ASCII.
    Except(u8),
    /// ASCII letters and digits, `.`, `_`, `-`, `*` and `?`.
    Word,
}

/// Whether case counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Case {
    /// `a` is not `A`.
    Counts,
    /// `a` is `A`, in ASCII.
    Ignored,
}

impl Wildcards {
    /// Whether a wildcard may stand for a character of which `byte` is one.
    fn stand_for(self, byte: u8) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(other) => byte != other,
            Wildcards::Word => {
                matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'*' | b'?')
            }
        }
    }

    fn stand_for_all(self, text: &[u8]) -> bool {
        text.iter().all(|byte| self.stand_for(*byte))
    }
}

/// Whether `text` matches one of the `patterns`; wildcards stand for anything.
pub fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Whether `text` matches `pattern`, whose wildcards stand for anything; case counts.
pub fn matches(pattern: &str, text: &str) -> bool {
    matches_with(pattern, text, Wildcards::Any, Case::Counts)
}

/// Whether `text` matches `pattern`.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards, case: Case) -> bool {
    let how = (wildcards, case);
    let text = text.as_bytes();
    let Some((first, rest)) = pattern.split_once('*') else {
        return behind(pattern, text, how).is_some_and(<[u8]>::is_empty);
    };
    let (parts, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = behind(first, text, how) else {
        return false;
    };
    for part in parts.split('*') {
        match behind_leftmost(part, text, how) {
            Some(rest) => text = rest,
            None => return false,
        }
    }
    before(last, text, how).is_some_and(|text| wildcards.stand_for_all(text))
}

type How = (Wildcards, Case);

/// Whether the byte `wanted` of a pattern is `found`.
fn same(wanted: u8, found: u8, case: Case) -> bool {
    wanted == found || case == Case::Ignored && wanted.eq_ignore_ascii_case(&found)
}

/// Whether `byte` continues a character of several bytes.
fn continues(byte: &u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// What follows the star-free `part` in `text`, which has to begin with it.
fn behind<'a>(part: &str, text: &'a [u8], (wildcards, case): How) -> Option<&'a [u8]> {
    let mut end = 0;
    for wanted in part.bytes() {
        let found = *text.get(end)?;
        end += 1;
        if wanted == b'?' {
            if !wildcards.stand_for(found) {
                return None;
            }
            while found >= 0x80 && text.get(end).is_some_and(continues) {
                end += 1;
            }
        } else if !same(wanted, found, case) {
            return None;
        }
    }
    text.get(end..)
}

/// What precedes the star-free `part` in `text`, which has to end with it.
fn before<'a>(part: &str, text: &'a [u8], how: How) -> Option<&'a [u8]> {
    let mut start = text.len();
    for _ in part.chars() {
        start = text[..start].iter().rposition(|byte| !continues(byte))?;
    }
    let (text, end) = text.split_at(start);
    behind(part, end, how).map(|_| text)
}

/// What follows the leftmost place of the star-free `part` in `text`; none where there is
/// none, or a star may not stand for what precedes it.
fn behind_leftmost<'a>(part: &str, mut text: &'a [u8], how: How) -> Option<&'a [u8]> {
    let (wildcards, case) = how;
    if case == Case::Counts && !part.contains('?') {
        let place = memmem::find(text, part.as_bytes())?;
        let (skipped, found) = text.split_at(place);
        return wildcards.stand_for_all(skipped).then(|| &found[part.len()..]);
    }
    loop {
        if let Some(rest) = behind(part, text, how) {
            return Some(rest);
        }
        let (skipped, rest) = text.split_first()?;
        text = rest;
        if !wildcards.stand_for(*skipped) {
            return None;
        }
    }
}

/// Whether `text` holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether `pattern` is wildcards and nothing else.
pub fn is_wildcards(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| matches!(c, '*' | '?'))
}

/// `pattern` with a letter in place of each wildcard: something that it matches, if
/// anything of its form can be.
pub fn with_letters(pattern: &str) -> String {
    pattern.replace(['*', '?'], "a")
}

/// The length in bytes of the shortest text that matches `pattern`.
pub fn shortest(pattern: &str) -> usize {
    pattern.bytes().filter(|c| *c != b'*').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

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
    #[case::question_mark_is_not_none("v?", "v", false)]
    #[case::question_mark_is_not_two("v?", "v12", false)]
    #[case::question_mark_is_one_character("?", "\u{e8}", true)]
    #[case::parts_do_not_overlap("ab*ba", "aba", false)]
    #[case::middle_parts_do_not_overlap("*ab*ba*", "aba", false)]
    #[case::leftmost_is_enough("*a?c*c", "abcac", true)]
    #[case::two_stars("**", "", true)]
    #[case::backslashes_are_plain(r"a\*", r"a\b", true)]
    fn patterns(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        assert_eq!(matches(pattern, text), expected);
    }

    #[rstest]
    #[case::other_case("*HyperV*", "my-hyperv-class", true)]
    #[case::ascii_alone("\u{c8}", "\u{e8}", false)]
    fn patterns_without_case(#[case] pattern: &str, #[case] text: &str, #[case] expected: bool) {
        let matches = matches_with(pattern, text, Wildcards::Any, Case::Ignored);
        assert_eq!(matches, expected);
    }

    /// Tries every run for every star.
    fn slowly(pattern: &[char], text: &[char], how: How) -> bool {
        let (wildcards, case) = how;
        let stand_for = |c: char| wildcards.stand_for(u8::try_from(c).unwrap_or(u8::MAX));
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', pattern @ ..], _) if slowly(pattern, text, how) => true,
            (['*', ..], [first, text @ ..]) => stand_for(*first) && slowly(pattern, text, how),
            (['?', pattern @ ..], [first, text @ ..]) => {
                stand_for(*first) && slowly(pattern, text, how)
            }
            ([wanted, pattern @ ..], [first, text @ ..]) => {
                let same = match case {
                    Case::Counts => wanted == first,
                    Case::Ignored => wanted.eq_ignore_ascii_case(first),
                };
                same && slowly(pattern, text, how)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_way(
            pattern in "[ab/?*é]{0,9}",
            text in "[abA/$é€]{0,12}",
            wildcards in 0..3,
            ignored in any::<bool>(),
        ) {
            let wildcards = match wildcards {
                0 => Wildcards::Any,
                1 => Wildcards::Except(b'/'),
                _ => Wildcards::Word,
            };
            let case = if ignored { Case::Ignored } else { Case::Counts };
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            let expected = slowly(&chars(&pattern), &chars(&text), (wildcards, case));
            prop_assert_eq!(matches_with(&pattern, &text, wildcards, case), expected);
        }
    }
}
