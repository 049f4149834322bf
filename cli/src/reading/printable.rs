//! Escapes text from files, so that it is fit for a terminal and for one line.

use std::fmt::Write;

use windows_hostprocess_policy::hidden_characters::is_hidden;

/// Escapes as `\u{…}` what could end a line, move the cursor, turn the line around or hide:
/// control and format characters, and spaces other than the usual one. The policy's module has
/// the table of these characters (`hidden_characters`).
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Escapes the name of an object. Spaces are escaped too, so that a name cannot look like the
/// word after it.
pub fn name(text: &str) -> String {
    printable(text).replace(' ', "\\u{20}")
}
