//! Patterns: `*` stands for any run of characters, `?` for one; both ends are anchored.
//!
//! Matching never goes back over a star: between two stars the leftmost place is as good as any
//! later one. That holds as well where a star may not stand for every character: a part that
//! holds such a character has but one place.

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

/// The characters of [`Wildcards::Word`]: looked up, a word of 2 MB takes a third of the time.
const WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0u8;
    while byte < 0x80 {
        let plain = matches!(byte, b'.' | b'_' | b'-' | b'*' | b'?');
        word[byte as usize] = plain || byte.is_ascii_alphanumeric();
        byte += 1;
    }
    word
};

impl Wildcards {
    /// Whether a wildcard may stand for a character of which `byte` is one.
    fn stand_for(self, byte: u8) -> bool {
        match self {
            Wildcards::Any => true,
            Wildcards::Except(other) => byte != other,
            Wildcards::Word => WORD[usize::from(byte)],
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

/// Whether `text` matches `pattern`.
pub fn matches_with(pattern: &str, text: &str, wildcards: Wildcards) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let is_wildcard = |byte: &u8| matches!(byte, b'*' | b'?');
    let Some(first) = pattern.iter().position(is_wildcard) else {
        return pattern == text;
    };
    let last = pattern.iter().rposition(is_wildcard).unwrap_or(first);
    // Nearly all differ at an end, and nearly all patterns have one star: both are told apart
    // from what takes the pattern's length for each step.
    let (start, end) = (&pattern[..first], &pattern[last + 1..]);
    if text.len() < start.len() + end.len() || !text.starts_with(start) || !text.ends_with(end) {
        return false;
    }
    if first == last && pattern[first] == b'*' {
        let run = &text[start.len()..text.len() - end.len()];
        return run.iter().all(|byte| wildcards.stand_for(*byte));
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
                // All bytes of a character.
                while text.get(from).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {
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

/// Whether `text` holds a wildcard.
pub fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether `pattern` is "any" in another spelling than `*`: wildcards alone, a star among them.
pub fn is_any_in_disguise(pattern: &str) -> bool {
    pattern.len() > 1 && pattern.contains('*') && pattern.bytes().all(|c| b"*?".contains(&c))
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
