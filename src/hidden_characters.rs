//! Finds characters that a reader does not see, or that change how the text around them looks.
//!
//! A text from a request may be built to deceive whoever reads it in a terminal, a log or an
//! annotation. So the command escapes these characters in all its output, and the policy escapes them
//! in the rule that it suggests. The policy's messages are stricter: text.rs escapes everything that is
//! not ASCII.

use std::ops::RangeInclusive;

/// The hidden characters, in ascending order. They are:
///
/// - Unicode's categories Cc (controls) and Cf (format),
/// - its categories Zs, Zl and Zp (separators), except for the usual space,
/// - what its property Default_Ignorable_Code_Point adds (fillers, variation selectors, tags),
/// - the Braille pattern without a dot.
const HIDDEN: &[RangeInclusive<char>] = &[
    // Controls
    '\u{0}'..='\u{1f}',
    // Delete, more controls, and the no-break space
    '\u{7f}'..='\u{a0}',
    // Soft hyphen
    '\u{ad}'..='\u{ad}',
    // Combining grapheme joiner
    '\u{34f}'..='\u{34f}',
    // Signs of the Arabic script
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    // Fillers of the Hangul script
    '\u{115f}'..='\u{1160}',
    // The space of the Ogham script
    '\u{1680}'..='\u{1680}',
    // Vowels of the Khmer script that are not shown
    '\u{17b4}'..='\u{17b5}',
    // Variation selectors of the Mongolian script
    '\u{180b}'..='\u{180f}',
    // Spaces of other widths, and marks without a width
    '\u{2000}'..='\u{200f}',
    // Line and paragraph separator, marks that change the direction, narrow no-break space
    '\u{2028}'..='\u{202f}',
    // Mathematical space, word joiner, signs that are not shown, more marks of direction
    '\u{205f}'..='\u{206f}',
    // Braille without a dot
    '\u{2800}'..='\u{2800}',
    // Ideographic space
    '\u{3000}'..='\u{3000}',
    // Filler of the Hangul script
    '\u{3164}'..='\u{3164}',
    // Variation selectors
    '\u{fe00}'..='\u{fe0f}',
    // Byte order mark
    '\u{feff}'..='\u{feff}',
    // Half-width filler of the Hangul script
    '\u{ffa0}'..='\u{ffa0}',
    // Marks of annotations
    '\u{fff0}'..='\u{fffb}',
    // Signs of the Kaithi script
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    // Controls of Egyptian hieroglyphs
    '\u{13430}'..='\u{1343f}',
    // Controls of shorthand
    '\u{1bca0}'..='\u{1bca3}',
    // Controls of musical notation
    '\u{1d173}'..='\u{1d17a}',
    // Tags, more variation selectors, and what is reserved among them
    '\u{e0000}'..='\u{e0fff}',
];

/// Returns whether `c` is invisible, looks like a space, ends a line, or changes the order of the text.
/// The usual space itself is not a hidden character.
pub fn is_hidden(c: char) -> bool {
    HIDDEN.iter().any(|range| range.contains(&c))
}

/// Returns the text `json` with its hidden characters escaped as JSON escapes them.
///
/// Line feeds stay. They only separate lines of the JSON, because a line feed in a JSON string is
/// escaped already.
pub fn escape_hidden_in_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !is_hidden(c) {
            escaped.push(c);
            continue;
        }
        let mut utf_16 = [0; 2];
        for unit in c.encode_utf16(&mut utf_16) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::escape('\u{1b}')]
    #[case::line_feed('\n')]
    #[case::next_line('\u{85}')]
    #[case::no_break_space('\u{a0}')]
    #[case::arabic_letter_mark('\u{61c}')]
    #[case::filler('\u{3164}')]
    #[case::zero_width_space('\u{200b}')]
    #[case::line_separator('\u{2028}')]
    #[case::right_to_left_override('\u{202e}')]
    #[case::isolate('\u{2066}')]
    #[case::variation_selector('\u{fe0f}')]
    #[case::byte_order_mark('\u{feff}')]
    #[case::tag('\u{e0041}')]
    #[case::supplementary_variation_selector('\u{e0100}')]
    fn hidden_characters(#[case] c: char) {
        assert!(is_hidden(c));
    }

    #[rstest]
    #[case::space(' ')]
    #[case::tilde('~')]
    #[case::letter('\u{e9}')]
    #[case::cyrillic_letter('\u{430}')]
    #[case::ideograph('\u{4e2d}')]
    #[case::emoji('\u{1f642}')]
    fn visible_characters(#[case] c: char) {
        assert!(!is_hidden(c));
    }

    #[test]
    fn every_control_and_every_space_except_the_usual_one_is_hidden() {
        for c in (char::MIN..=char::MAX).filter(|c| c.is_control() || c.is_whitespace()) {
            assert_eq!(is_hidden(c), c != ' ', "{c:?}");
        }
    }
}
