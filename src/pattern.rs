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
    /// Any character but this one.
    Except(char),
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
    fn stand_for(self, c: char) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(other) => c != other,
            Wildcards::Word => {
                matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' | '*' | '?')
            }
        }
    }

    fn stand_for_all(self, text: &str) -> bool {
        matches!(self, Wildcards::Any) || text.chars().all(|c| self.stand_for(c))
    }
}

/// Whether `text` matches `pattern`, whose wildcards stand for anything; case counts.
pub fn matches(pattern: &str, text: &str) -> bool {
    matches_with(pattern, text, Wildcards::Any, Case::Counts)
}

/// Whether `text` matches `pattern`.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards, case: Case) -> bool {
    let how = (wildcards, case);
    let Some((first, rest)) = pattern.split_once('*') else {
        return behind(pattern, text, how) == Some("");
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

/// Whether the character `wanted` of a pattern stands for `found`.
fn same(wanted: char, found: char, (wildcards, case): How) -> bool {
    match (wanted, case) {
        ('?', _) => wildcards.stand_for(found),
        (_, Case::Counts) => wanted == found,
        (_, Case::Ignored) => wanted.eq_ignore_ascii_case(&found),
    }
}

/// What follows the star-free `part` in `text`, which has to begin with it.
fn behind<'a>(part: &str, text: &'a str, how: How) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in part.chars() {
        rest.next().filter(|found| same(wanted, *found, how))?;
    }
    Some(rest.as_str())
}

/// What precedes the star-free `part` in `text`, which has to end with it.
fn before<'a>(part: &str, text: &'a str, how: How) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in part.chars().rev() {
        rest.next_back().filter(|found| same(wanted, *found, how))?;
    }
    Some(rest.as_str())
}

/// What follows the leftmost place of the star-free `part` in `text`; none where there is
/// none, or a star may not stand for what precedes it.
fn behind_leftmost<'a>(part: &str, text: &'a str, how: How) -> Option<&'a str> {
    if how.1 == Case::Counts && !part.contains('?') {
        let place = memmem::find(text.as_bytes(), part.as_bytes())?;
        let (skipped, found) = text.split_at(place);
        return how.0.stand_for_all(skipped).then(|| &found[part.len()..]);
    }
    let mut rest = text.chars();
    loop {
        if let Some(text) = behind(part, rest.as_str(), how) {
            return Some(text);
        }
        rest.next().filter(|skipped| how.0.stand_for(*skipped))?;
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
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', pattern @ ..], _) if slowly(pattern, text, how) => true,
            (['*', ..], [first, text @ ..]) => {
                how.0.stand_for(*first) && slowly(pattern, text, how)
            }
            ([wanted, pattern @ ..], [first, text @ ..]) => {
                same(*wanted, *first, how) && slowly(pattern, text, how)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_way(
            pattern in r"[ab/?*]{0,9}", text in r"[abA/$é]{0,12}", wildcards in 0..3, ignore in any::<bool>(),
        ) {
            let wildcards = match wildcards {
                0 => Wildcards::Any,
                1 => Wildcards::Except('/'),
                _ => Wildcards::Word,
            };
            let case = if ignore { Case::Ignored } else { Case::Counts };
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            let expected = slowly(&chars(&pattern), &chars(&text), (wildcards, case));
            prop_assert_eq!(matches_with(&pattern, &text, wildcards, case), expected);
        }
    }
}
