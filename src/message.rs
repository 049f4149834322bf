//! Text from outside, made fit to be printed: escaped, and bounded.
//!
//! What a request holds can neither end a quotation nor a line, nor turn a line around:
//! quotes, control characters and all that is not ASCII are written as `\u{…}`.
//! Backslashes stand as they are, so that accounts read as they are written.

use std::fmt::Write;

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
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
        if out.len() > longest {
            out.truncate(before);
            out.push_str("...");
            break;
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
    let words = !text.is_empty()
        && text.chars().all(plain)
        && text.trim() == text
        && [". ", ": ", "  "].iter().all(|mark| !text.contains(mark));
    let shown = escaped(text, LONGEST_NAME);
    if words { shown } else { format!("\"{shown}\"") }
}

/// A key of an object as a step of a path: `.spec`, `[microsoft.com/x]`, `["odd key"]`.
pub fn step(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !key.is_empty() && key.chars().all(plain) {
        format!(".{}", escaped(key, LONGEST_VALUE))
    } else if !key.is_empty() && key.chars().all(|c| plain(c) || c == '.' || c == '/') {
        format!("[{}]", escaped(key, LONGEST_VALUE))
    } else {
        format!("[{}]", quoted(key))
    }
}

/// `text`, which is printable ASCII, cut to `longest` characters, the last three of them dots.
pub fn cut(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        text.truncate(longest - 3);
        text.push_str("...");
    }
    text
}
