//! Escapes and shortens text from a request, so that messages can show it.
//!
//! Such a text must not be able to end a quotation or a line of the message, or to hide a part of it.
//! So quotation marks, control characters and everything that is not ASCII are written as `\u{…}`.
//! Backslashes stay as they are, so that accounts can be read.
//!
//! `split_once` and `rsplit_once` at the end of this file split texts that are read.

use memchr::{memchr, memrchr};

/// The longest value that is shown, in characters of the escaped text.
const LONGEST_VALUE: usize = 120;
/// The longest key of an object, in bytes, that is read to its end. The keys of annotations and labels
/// are shorter: 317 bytes at most.
const LONGEST_READ_KEY: usize = 480;
/// The longest name that is shown in full. Valid accounts are shorter, and so are images, unless a very
/// long one has both a tag and a digest.
const LONGEST_NAME: usize = 400;
/// How many names of a list are shown.
const MOST_NAMES: usize = 6;

/// Returns `text` escaped. If that is longer than `longest` characters, it is cut and `...` is added.
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

/// Returns `text` in double quotes, escaped. At most 120 characters of it are shown.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", escape(text, LONGEST_VALUE))
}

/// Returns a name, such as an image reference or an account, without quotes, if nothing in it can be
/// mistaken for words of the message. Otherwise it is quoted and escaped. At most 400 characters are shown.
pub fn quote_unless_plain(name: &str) -> String {
    if is_plain_name(name) {
        return name.to_owned();
    }
    format!("\"{}\"", escape(name, LONGEST_NAME))
}

/// Returns whether `name` can stand in a message without quotes. It must not be too long, must have
/// only the characters of images and accounts, and must not imitate the message around it.
fn is_plain_name(name: &str) -> bool {
    // A message ends a sentence with `. ` and a path with `: `, and writes ` as ` between an image and
    // an account. Two spaces look like the end of a name.
    const SEPARATORS: [&str; 4] = [". ", ": ", "  ", " as "];
    if name.is_empty() || name.len() > LONGEST_NAME {
        return false;
    }
    let has_outer_space = name.starts_with(' ') || name.ends_with(' ');
    has_only_alphanumerics_and(name, "./:@_-+\\$ ")
        && !has_outer_space
        && !SEPARATORS.iter().any(|separator| name.contains(separator))
}

fn has_only_alphanumerics_and(text: &str, signs: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// Returns a key of an object as a step of a path: `.spec`, `[microsoft.com/x]`, `["odd key"]`.
///
/// A very long key is always quoted, because checking all its characters would take too long: a
/// thousand paths may go through one key of a megabyte.
pub fn format_step(key: &str) -> String {
    let shown = escape(key, LONGEST_VALUE);
    if key.is_empty() || key.len() > LONGEST_READ_KEY {
        return format!("[\"{shown}\"]");
    }

    if has_only_alphanumerics_and(key, "-_") {
        format!(".{shown}")
    } else if has_only_alphanumerics_and(key, "-_./") {
        format!("[{shown}]")
    } else {
        format!("[\"{shown}\"]")
    }
}

/// Returns the path of `field` in the object at `path`. `path` is empty for the outermost object.
pub fn join_path(path: &str, field: &str) -> String {
    if path.is_empty() {
        return field.to_owned();
    }
    format!("{path}.{field}")
}

/// Cuts `text`, which must be ASCII, to at most `longest` characters. They include the three dots that
/// then stand at its end.
pub fn truncate(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        text.truncate(longest - 3);
        text.push_str("...");
    }
    text
}

/// Joins `names` with commas. If there are more than six, it joins the first six and adds how many
/// more there are.
pub fn join_names(names: &[String]) -> String {
    let first_names = &names[..names.len().min(MOST_NAMES)];
    join_first_names(first_names, names.len())
}

/// Joins the first names of a list of `count` names with commas, and adds how many more there are.
pub fn join_first_names(first_names: &[String], count: usize) -> String {
    let shown = first_names.join(", ");
    if count <= first_names.len() {
        return shown;
    }
    let more = count - first_names.len();
    format!("{shown} and {more} more")
}

/// Splits `text` at the first `separator`, an ASCII character, as `str::split_once` does.
///
/// This function and the next one are for what is split for each image of each rule and for each field: the
/// methods of `str` are slow in this crate, which is compiled for size.
pub fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let position = memchr(separator, text.as_bytes())?;
    Some((&text[..position], &text[position + 1..]))
}

/// Splits `text` at the last `separator`, an ASCII character, as `str::rsplit_once` does.
pub fn rsplit_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let position = memrchr(separator, text.as_bytes())?;
    Some((&text[..position], &text[position + 1..]))
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
    #[case::with_the_end_of_a_sentence("a. Also fix", r#""a. Also fix""#)]
    #[case::with_the_word_before_an_account("a as b", r#""a as b""#)]
    #[case::with_the_end_of_a_list("a), b", r#""a), b""#)]
    #[case::space_at_the_end("a ", r#""a ""#)]
    #[case::empty("", r#""""#)]
    fn only_plain_names_stand_without_quotes(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(quote_unless_plain(name), expected);
    }

    #[rstest]
    #[case::field("spec", ".spec")]
    #[case::annotation("microsoft.com/x", "[microsoft.com/x]")]
    #[case::with_the_end_of_a_path("a]: accepted; b", r#"["a]: accepted; b"]"#)]
    #[case::empty("", r#"[""]"#)]
    fn steps_of_a_path(#[case] key: &str, #[case] expected: &str) {
        assert_eq!(format_step(key), expected);
    }

    #[test]
    fn a_long_text_is_cut() {
        let a = |count| "a".repeat(count);
        assert_eq!(quote(&a(200)), format!("\"{}...\"", a(120)));
        assert_eq!(quote_unless_plain(&a(400)), a(400));
        assert_eq!(format_step(&a(480)), format!(".{}...", a(120)));
        assert_eq!(format_step(&a(481)), format!("[\"{}...\"]", a(120)));
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
