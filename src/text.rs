//! Text from outside, made fit to be printed: escaped, and bounded.
//!
//! What a request holds can neither end a quotation nor a line, nor turn a line around: quotes,
//! control characters and all that is not ASCII are written as `\u{…}`. Backslashes stand as they
//! are, so that accounts read as they are written.

use memchr::memmem;

/// How much of a value is shown, in characters of the escaped text.
const LONGEST_VALUE: usize = 120;
/// How much of an image reference or an account is shown: the longest valid ones fit.
const LONGEST_NAME: usize = 400;

/// `text` escaped, without quotes, at most `longest` characters of it and `...`.
fn escaped(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let before = out.len();
        match c {
            ' '..='~' if c != '"' => out.push(c),
            _ => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
        if out.len() > longest {
            out.truncate(before);
            return out + "...";
        }
    }
    out
}

/// `text` in double quotes, escaped, at most 120 characters of it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, LONGEST_VALUE))
}

/// An image reference or an account as it is, where it holds nothing that could be taken
/// for the message's own words, else quoted; in full, up to 400 characters.
pub fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "./:@_-+\\$ ".contains(c);
    let words = (1..=LONGEST_NAME).contains(&text.len())
        && text.chars().all(plain)
        && text.trim() == text
        && [". ", ": ", "  ", " as "]
            .iter()
            .all(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_none());
    let shown = escaped(text, LONGEST_NAME);
    if words { shown } else { format!("\"{shown}\"") }
}

/// A key of an object as a step of a path: `.spec`, `[microsoft.com/x]`, `["odd key"]`. Of a longer
/// key than is shown, no more is looked at, because a thousand paths may have one of a megabyte.
pub fn step(key: &str) -> String {
    if key.len() > 4 * LONGEST_VALUE {
        return format!("[\"{}\"]", escaped(key, LONGEST_VALUE));
    }
    let is_of = |marks| {
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || str::contains(marks, c))
    };
    let shown = escaped(key, LONGEST_VALUE);
    match key {
        "" => String::from("[\"\"]"),
        _ if is_of("-_") => format!(".{shown}"),
        _ if is_of("-_./") => format!("[{shown}]"),
        _ => format!("[\"{shown}\"]"),
    }
}

/// The path of `field` in what stands at `path`, which is empty for the whole object.
pub fn below(path: &str, field: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{field}")
}

/// `text`, which is printable ASCII, cut to `longest` characters, the last three of them dots.
pub fn cut(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        text.truncate(longest - 3);
        text.push_str("...");
    }
    text
}

/// `names` with commas between them; of more than six, the first six and how many more.
pub fn some_of(names: &[String]) -> String {
    first_of(&names[..names.len().min(6)], names.len())
}

/// The same of the first names in a list of `all`.
pub fn first_of(names: &[String], all: usize) -> String {
    let shown = names.join(", ");
    match all.saturating_sub(names.len()) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("web", r#""web""#)]
    #[case::backslash(r"a\b", r#""a\b""#)]
    #[case::quote(r#"a"; accepted"#, r#""a\u{22}; accepted""#)]
    #[case::line("a\nb", r#""a\u{a}b""#)]
    #[case::direction("a\u{202e}b", r#""a\u{202e}b""#)]
    #[case::lookalike("c\u{430}lico", r#""c\u{430}lico""#)]
    fn quoted_texts(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quoted(text), expected);
    }

    #[rstest]
    #[case::image("mcr.microsoft.com/a/b:v1", "mcr.microsoft.com/a/b:v1")]
    #[case::account(r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\SYSTEM")]
    #[case::sentence("a. To mend as well", r#""a. To mend as well""#)]
    #[case::another_account("a as b", r#""a as b""#)]
    #[case::end_of_the_list("a), b", r#""a), b""#)]
    #[case::blank_at_the_end("a ", r#""a ""#)]
    #[case::empty("", r#""""#)]
    fn names(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(name(text), expected);
    }

    #[rstest]
    #[case::field("spec", ".spec")]
    #[case::annotation("microsoft.com/x", "[microsoft.com/x]")]
    #[case::forged("a]: accepted; b", r#"["a]: accepted; b"]"#)]
    #[case::empty("", r#"[""]"#)]
    fn steps(#[case] key: &str, #[case] expected: &str) {
        assert_eq!(step(key), expected);
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(
            quoted(&"a".repeat(200)),
            format!("\"{}...\"", "a".repeat(120))
        );
        assert_eq!(name(&"a".repeat(400)), "a".repeat(400));
        assert_eq!(cut("a".repeat(11), 10), "aaaaaaa...");
        assert_eq!(cut("a".repeat(10), 10), "a".repeat(10));
        let many: Vec<_> = (0..8).map(|number| number.to_string()).collect();
        assert_eq!(some_of(&many), "0, 1, 2, 3, 4, 5 and 2 more");
    }
}
