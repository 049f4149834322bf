//! Patterns: `*` stands for any run of characters, `?` for one; both ends are anchored.
//!
//! A pattern's parts between its stars are searched one behind the other: the leftmost place is as
//! good as any later one. That holds as well where a star may not stand for every character: a
//! part that holds such a character has but one place. So a text is gone through once.

use memchr::memmem;

/// What a wildcard may stand for.
#[derive(Clone, Copy, Debug)]
pub enum Wildcards {
    /// Any character.
    Any,
    /// Any character but this one, in ASCII.
    Except(u8),
    /// ASCII letters and digits, `.`, `_` and `-`.
    Word,
}

impl Wildcards {
    /// Whether a wildcard may stand for a character of which `byte` is one.
    fn stand_for(self, byte: u8) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(other) => byte != other,
            Wildcards::Word => byte.is_ascii_alphanumeric() || b"._-".contains(&byte),
        }
    }

    /// What follows in `text` behind `part`, which holds no star and has to be its beginning.
    fn behind<'t>(self, part: &[u8], text: &'t [u8]) -> Option<&'t [u8]> {
        let mut rest = text;
        for wanted in part {
            let (found, mut behind) = rest.split_first()?;
            if *wanted == b'?' && self.stand_for(*found) {
                behind = &behind[behind.iter().take_while(|byte| !starts(byte)).count()..];
            } else if wanted != found || *wanted == b'?' {
                return None;
            }
            rest = behind;
        }
        Some(rest)
    }
}

/// Whether a character starts with `byte`.
fn starts(byte: &u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// Whether `text` matches one of the `patterns`; wildcards stand for anything.
pub fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Whether `text` matches `pattern`, whose wildcards stand for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    pattern == "*" || matches_with(pattern, text, Wildcards::Any)
}

/// Whether `text` matches `pattern`.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards) -> bool {
    match has_wildcard(pattern) {
        true => matches_parts(pattern.as_bytes(), text.as_bytes(), wildcards).is_some(),
        false => pattern == text,
    }
}

fn matches_parts(pattern: &[u8], text: &[u8], wildcards: Wildcards) -> Option<()> {
    let mut parts = pattern.split(|byte| *byte == b'*');
    let rest = wildcards.behind(parts.next()?, text)?;
    let Some(last) = parts.next_back() else {
        return rest.is_empty().then_some(());
    };
    // The last part stands for as many characters as it has.
    let mut ends = (0..rest.len()).rev().filter(|at| starts(&rest[*at]));
    let length = last.iter().filter(|byte| starts(byte)).count();
    let end = length
        .checked_sub(1)
        .map_or(Some(rest.len()), |nth| ends.nth(nth))?;
    wildcards.behind(last, &rest[end..])?;
    let stand_for = |byte: &u8| wildcards.stand_for(*byte);
    let mut rest = &rest[..end];
    for part in parts {
        let at = match part.contains(&b'?') {
            true => {
                let fits = |at: &usize| wildcards.behind(part, &rest[*at..]).is_some();
                (0..rest.len()).filter(|at| starts(&rest[*at])).find(fits)
            }
            false => memmem::find(rest, part),
        }?;
        rest[..at].iter().all(stand_for).then_some(())?;
        rest = wildcards.behind(part, &rest[at..])?;
    }
    rest.iter().all(stand_for).then_some(())
}

/// Whether `text` holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.bytes().any(|c| matches!(c, b'*' | b'?'))
}

/// Whether `pattern` is "any" in another spelling than `*`: wildcards alone, a star among them.
pub fn is_any_in_disguise(pattern: &str) -> bool {
    pattern.bytes().all(|c| matches!(c, b'*' | b'?')) && pattern.contains('*') && pattern != "*"
}

/// The length in bytes of the shortest text that matches `pattern`.
pub fn shortest(pattern: &str) -> usize {
    pattern.bytes().filter(|c| *c != b'*').count()
}

/// Whether a text of at most `longest` bytes may match `pattern`.
pub fn may_fit(pattern: &str, longest: usize) -> bool {
    pattern.len() <= longest || shortest(pattern) <= longest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
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

    /// Tries every run for every star.
    fn slowly(pattern: &[char], text: &[char], wildcards: Wildcards) -> bool {
        let stand_for = |c: char| wildcards.stand_for(u8::try_from(c).unwrap_or(u8::MAX));
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', pattern @ ..], _) if slowly(pattern, text, wildcards) => true,
            (['*', ..], [first, text @ ..]) => {
                stand_for(*first) && slowly(pattern, text, wildcards)
            }
            (['?', pattern @ ..], [first, text @ ..]) => {
                stand_for(*first) && slowly(pattern, text, wildcards)
            }
            ([wanted, pattern @ ..], [first, text @ ..]) => {
                wanted == first && slowly(pattern, text, wildcards)
            }
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_way(
            pattern in "[ab/?*é]{0,9}",
            text in "[abA/$é€]{0,12}",
            wildcards in select(&[Wildcards::Any, Wildcards::Except(b'/'), Wildcards::Word][..]),
        ) {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            let expected = slowly(&chars(&pattern), &chars(&text), wildcards);
            prop_assert_eq!(matches_with(&pattern, &text, wildcards), expected);
        }
    }
}
