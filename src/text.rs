//! Makes text from a request fit for messages: escaped, and bounded in length.
//!
//! What a request holds can end neither a quotation nor a line, and can hide nothing. Quotation marks,
//! control characters and everything that is not ASCII are written as `\u{…}`. Backslashes stay as
//! they are, so that accounts can be read.

/// The longest value that is shown, in characters of the escaped text.
const LONGEST_VALUE: usize = 120;
/// The longest image reference or account that is shown. All valid ones are shorter.
const LONGEST_NAME: usize = 400;
/// How many names of a list are shown.
const MOST_NAMES: usize = 6;

/// Returns `text` escaped; if that is longer than `longest` characters, its beginning and `...`.
fn escape(text: &str, longest: usize) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        let length_before = escaped.len();
        match c {
            ' '..='~' if c != '"' => escaped.push(c),
            _ => escaped.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
        if escaped.len() > longest {
            escaped.truncate(length_before);
            escaped.push_str("...");
            break;
        }
    }
    escaped
}

/// Returns `text` in double quotes, escaped, at most 120 characters of it.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", escape(text, LONGEST_VALUE))
}

/// Returns an image reference or an account as it is, if nothing in it can be mistaken for words of
/// the message. Otherwise it is quoted and escaped. At most 400 characters are shown.
pub fn quote_unless_plain(name: &str) -> String {
    let shown = escape(name, LONGEST_NAME);
    if is_plain_name(name) {
        shown
    } else {
        format!("\"{shown}\"")
    }
}

/// Returns whether `name` has only the characters of images and accounts, and none of the separators
/// that messages put between their words.
fn is_plain_name(name: &str) -> bool {
    const SEPARATORS: [&str; 4] = [". ", ": ", "  ", " as "];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./:@_-+\\$ ".contains(c);
    (1..=LONGEST_NAME).contains(&name.len())
        && name.chars().all(is_plain)
        && name.trim() == name
        && !SEPARATORS.iter().any(|separator| name.contains(separator))
}

/// Returns a key of an object as a step of a path: `.spec`, `[microsoft.com/x]`, `["odd key"]`.
///
/// Of a long key only the beginning is read, because a thousand paths may go through one key of a
/// megabyte.
pub fn format_step(key: &str) -> String {
    let shown = escape(key, LONGEST_VALUE);
    if key.is_empty() || key.len() > 4 * LONGEST_VALUE {
        return format!("[\"{shown}\"]");
    }
    let has_only = |signs: &str| {
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
    };
    if has_only("-_") {
        format!(".{shown}")
    } else if has_only("-_./") {
        format!("[{shown}]")
    } else {
        format!("[\"{shown}\"]")
    }
}

/// Returns the path of `field` in the object at `path`, which is empty for the whole object.
pub fn join_path(path: &str, field: &str) -> String {
    if path.is_empty() {
        return field.to_owned();
    }
    format!("{path}.{field}")
}

/// Cuts `text`, which must be ASCII, to `longest` characters. The last three of them are dots.
pub fn truncate(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        text.truncate(longest - 3);
        text.push_str("...");
    }
    text
}

/// Joins `names` with commas. Of more than six names it shows the first six, and how many more.
pub fn join_names(names: &[String]) -> String {
    join_first_names(&names[..names.len().min(MOST_NAMES)], names.len())
}

/// Joins the first names of a list that has `count`, and says how many more there are.
pub fn join_first_names(first_names: &[String], count: usize) -> String {
    let shown = first_names.join(", ");
    match count.saturating_sub(first_names.len()) {
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
    #[case::quotation_mark(r#"a"; accepted"#, r#""a\u{22}; accepted""#)]
    #[case::line_feed("a\nb", r#""a\u{a}b""#)]
    #[case::right_to_left_override("a\u{202e}b", r#""a\u{202e}b""#)]
    #[case::cyrillic_letter("c\u{430}lico", r#""c\u{430}lico""#)]
    fn quotations(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(quote(text), expected);
    }

    #[rstest]
    #[case::image("mcr.microsoft.com/a/b:v1", "mcr.microsoft.com/a/b:v1")]
    #[case::account(r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\SYSTEM")]
    #[case::end_of_a_sentence("a. Also fix", r#""a. Also fix""#)]
    #[case::image_and_account("a as b", r#""a as b""#)]
    #[case::end_of_a_list("a), b", r#""a), b""#)]
    #[case::space_at_the_end("a ", r#""a ""#)]
    #[case::empty("", r#""""#)]
    fn only_plain_names_stand_without_quotes(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(quote_unless_plain(name), expected);
    }

    #[rstest]
    #[case::field("spec", ".spec")]
    #[case::annotation("microsoft.com/x", "[microsoft.com/x]")]
    #[case::end_of_a_path("a]: accepted; b", r#"["a]: accepted; b"]"#)]
    #[case::empty("", r#"[""]"#)]
    fn steps_of_a_path(#[case] key: &str, #[case] expected: &str) {
        assert_eq!(format_step(key), expected);
    }

    #[test]
    fn a_long_text_is_cut() {
        let a = |count| "a".repeat(count);
        assert_eq!(quote(&a(200)), format!("\"{}...\"", a(120)));
        assert_eq!(quote_unless_plain(&a(400)), a(400));
        assert_eq!(format_step(&a(1_000_000)), format!("[\"{}...\"]", a(120)));
        assert_eq!(truncate(a(11), 10), "aaaaaaa...");
        assert_eq!(truncate(a(10), 10), a(10));
    }

    #[test]
    fn a_long_list_of_names_is_cut() {
        let names: Vec<_> = (0..8).map(|number| number.to_string()).collect();
        assert_eq!(join_names(&names[..6]), "0, 1, 2, 3, 4, 5");
        assert_eq!(join_names(&names), "0, 1, 2, 3, 4, 5 and 2 more");
    }
}
