//! Patterns: `*` stands for any run of characters, `?` for one; both ends are
//! anchored, and case counts.
//!
//! Matching is greedy from left to right and never goes back: between two stars
//! the leftmost place is as good as any later one. So time is linear in the
//! text for each part between stars, except for a part that holds a `?`, where
//! it is at worst the part's length times the text's.

/// Whether `text` matches `pattern`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return prefix(pattern, text) == Some(text.len());
    };
    let Some(start) = prefix(first, text) else {
        return false;
    };
    let mut text = &text[start..];
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match find(part, text) {
            Some(end) => text = &text[end..],
            None => return false,
        }
    }
    suffix(last, text)
}

/// The length of the beginning of `text` that the star-free `part` matches.
fn prefix(part: &str, text: &str) -> Option<usize> {
    let mut rest = text.chars();
    for wanted in part.chars() {
        let found = rest.next()?;
        if wanted != '?' && wanted != found {
            return None;
        }
    }
    Some(text.len() - rest.as_str().len())
}

/// Whether the star-free `part` matches the end of `text`.
fn suffix(part: &str, text: &str) -> bool {
    let mut rest = text.chars().rev();
    part.chars().rev().all(|wanted| {
        rest.next()
            .is_some_and(|found| wanted == '?' || wanted == found)
    })
}

/// The end of the leftmost place in `text` that the star-free `part` matches.
fn find(part: &str, text: &str) -> Option<usize> {
    if !part.contains('?') {
        return Some(text.find(part)? + part.len());
    }
    let starts = text.char_indices().map(|(start, _)| start);
    starts
        .filter_map(|start| Some(start + prefix(part, &text[start..])?))
        .next()
}

/// Whether `text` holds a wildcard.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
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
}
