//! Text of unknown origin on its way to a terminal or into a comment.

/// `text` on one line of printable ASCII; every other character is written as
/// `\u{…}`, so that nothing read can move the cursor, begin a line of its own, or
/// look like something else.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c == ' ' || c.is_ascii_graphic() {
            line.push(c);
        } else {
            line.extend(c.escape_unicode());
        }
    }
    line
}

/// `count` and the noun, in plural where it is not one.
pub fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("a-b/c: 'd'", "a-b/c: 'd'")]
    #[case::newline("a\nb\r", r"a\u{a}b\u{d}")]
    #[case::escape_sequence("\u{1b}[31m", r"\u{1b}[31m")]
    #[case::delete_and_c1("\u{7f}\u{9b}", r"\u{7f}\u{9b}")]
    #[case::right_to_left("a\u{202e}b", r"a\u{202e}b")]
    #[case::line_separator("a\u{2028}b", r"a\u{2028}b")]
    #[case::umlaut("ü", r"\u{fc}")]
    fn escapes(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(one_line(text), expected);
    }

    #[test]
    fn counts() {
        assert_eq!(counted(0, "object"), "0 objects");
        assert_eq!(counted(1, "object"), "1 object");
        assert_eq!(counted(2, "object"), "2 objects");
    }
}
