//! Patterns: `*` stands for any run of characters, `?` for one; both ends are anchored.
//!
//! Matching never goes back over a star: between two stars the leftmost place is as good as any
//! later one. That holds as well where a star may not stand for every character: a part that
//! holds such a character has but one place.

/// How much longer than its pattern a text may be, in bytes. It bounds the work: a step for each
/// of them and no more than the pattern's length for a step. No file, account or object has a
/// longer name.
const LONGEST_RUN: usize = 255;

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

impl Wildcards {
    /// Whether a wildcard may stand for a character of which `byte` is one.
    fn stand_for(self, byte: u8) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(other) => byte != other,
            Wildcards::Word => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'*' | b'?')
            }
        }
    }
}

/// Whether `text` matches one of the `patterns`; wildcards stand for anything.
pub fn matches_any(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, text))
}

/// Whether `text` matches `pattern`, whose wildcards stand for anything.
pub fn matches(pattern: &str, text: &str) -> bool {
    pattern == "*" || matches_with(pattern, text, Wildcards::Any)
}

/// Whether `text` matches `pattern` and is no more than 255 bytes longer.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    if text.len() > pattern.len() + LONGEST_RUN {
        return false;
    }
    let (mut at, mut from) = (0, 0);
    // What follows the last star, and how far that star reaches.
    let mut star = None;
    while let Some(&found) = text.get(from) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, from));
            }
            Some(b'?') if wildcards.stand_for(found) => {
                at += 1;
                from += 1;
                while text.get(from).is_some_and(continues) {
                    from += 1;
                }
            }
            Some(&wanted) if wanted == found && wanted != b'?' => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((behind, end)) if wildcards.stand_for(text[end]) => {
                    star = Some((behind, end + 1));
                    (at, from) = (behind, end + 1);
                }
                _ => return false,
            },
        }
    }
    // Where more is wanted, not enough is left further on either.
    pattern[at..].iter().all(|wanted| *wanted == b'*')
}

/// Whether `byte` continues a character of several bytes.
fn continues(byte: &u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
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

    /// A run is no longer than any name, so that the work is bounded.
    #[rstest]
    #[case::longest(255, true)]
    #[case::too_long(256, false)]
    fn long_runs(#[case] longer: usize, #[case] expected: bool) {
        let text = "a".repeat("*a?".len() + longer);
        assert_eq!(matches("*a?", &text), expected);
        assert!(matches("*", &text));
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
