//! What a pattern matches, by trying everything: `*` is any run of characters, `?`
//! is one, both ends are anchored.

/// Whether `text` matches `pattern`.
#[must_use]
pub fn matches(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        (['*', rest @ ..], _) => (0..=text.len()).any(|taken| matches(rest, &text[taken..])),
        ([_, ..], []) => false,
        ([wanted, rest @ ..], [found, behind @ ..]) => {
            (*wanted == '?' || wanted == found) && matches(rest, behind)
        }
    }
}
