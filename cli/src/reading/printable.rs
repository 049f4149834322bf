//! Text from files, made fit for a terminal and for one line.

use std::fmt::Write;

/// `text` with everything escaped as `\u{…}` that could end a line, move the cursor, turn the
/// line around or hide: control and format characters, and blanks other than the space.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hides(c) {
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

fn hides(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        // The characters of Unicode's category Cf, and others that show nothing.
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}'
            | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
