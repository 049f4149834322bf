//! Text from files, made fit for a terminal and for one line.

use std::fmt::Write;

use windows_hostprocess_policy::hidden_characters::is_hidden;

/// `text` with everything escaped as `\u{…}` that could end a line, move the cursor, turn the
/// line around or hide: control and format characters, and blanks other than the space.
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

/// The name of an object, escaped; spaces too, so that it cannot look like the next word.
pub fn name(text: &str) -> String {
    printable(text).replace(' ', "\\u{20}")
}
