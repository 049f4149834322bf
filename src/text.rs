//! Text from outside, made fit to be printed: escaped and bounded.

use alloc::string::String;

use crate::blocks;
use crate::unreadable::Unreadable;

/// How much of a value is shown, in bytes of the escaped text.
const LONGEST: usize = 120;

/// `bytes` as text, which JSON has to be.
///
/// # Errors
/// They are not UTF-8.
pub(crate) fn from_utf8(bytes: &[u8]) -> Result<&str, Unreadable> {
    // Most requests are ASCII, and telling so takes a fraction of the time.
    if blocks::is_ascii(bytes) {
        // SAFETY: ASCII is UTF-8.
        return Ok(unsafe { core::str::from_utf8_unchecked(bytes) });
    }
    core::str::from_utf8(bytes).map_err(|error| Unreadable::encoding(error.valid_up_to()))
}

/// Appends to a message. A function of its own, and never inlined: messages are
/// put together in a hundred places, and `push_str` is inlined into each.
#[inline(never)]
pub(crate) fn put(out: &mut String, text: &str) {
    out.push_str(text);
}

/// `text` before and behind the first `mark`, an ASCII character, if it has one.
#[inline(never)]
pub(crate) fn split_once(text: &str, mark: u8) -> Option<(&str, &str)> {
    split_at(text, memchr::memchr(mark, text.as_bytes())?)
}

/// `text` before and behind the last `mark`, an ASCII character, if it has one.
#[inline(never)]
pub(crate) fn rsplit_once(text: &str, mark: u8) -> Option<(&str, &str)> {
    split_at(text, memchr::memrchr(mark, text.as_bytes())?)
}

/// `text` before and behind the ASCII character at `index`.
fn split_at(text: &str, index: usize) -> Option<(&str, &str)> {
    // `get` and not an index: a slice that cannot fail needs no panic, whose
    // message alone costs the module three kilobytes.
    Some((text.get(..index)?, text.get(index + 1..)?))
}

/// Whether `text` has one of the ASCII characters `marks`.
#[inline(never)]
pub(crate) fn has_any(text: &str, marks: &[u8]) -> bool {
    // `contains` on a slice of bytes is a search for long slices: these are short.
    let is_mark = |byte: u8| {
        marks
            .iter()
            .fold(false, |found, mark| found | (*mark == byte))
    };
    match *marks {
        [a] => memchr::memchr(a, text.as_bytes()).is_some(),
        [a, b] => memchr::memchr2(a, b, text.as_bytes()).is_some(),
        _ => text.bytes().any(is_mark),
    }
}

/// Whether `name` is labels of letters, digits and inner hyphens, with dots
/// between them, as in the name of a host.
pub(crate) fn are_labels(name: &str) -> bool {
    // What a label may not begin or end with, a label's end included.
    let mut before = b'.';
    for byte in name.bytes() {
        let ok = match byte {
            b'.' => before != b'.' && before != b'-',
            b'-' => before != b'.',
            _ => byte.is_ascii_alphanumeric(),
        };
        if !ok {
            return false;
        }
        before = byte;
    }
    before != b'.' && before != b'-'
}

/// Appends `text` in double quotes, escaped and cut at 120 bytes.
///
/// What comes out is printable ASCII: control characters, quotes and
/// backslashes are escaped, and so is everything beyond ASCII, so that a
/// message cannot be given a second line, cannot be turned around by
/// bidirectional controls, and shows a lookalike letter for what it is.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    push_escaped(out, text);
    out.push('"');
}

/// Appends `text` escaped and cut like [`push_quoted`], without the quotes.
pub(crate) fn push_escaped(out: &mut String, text: &str) {
    let start = out.len();
    for c in text.chars() {
        let before = out.len();
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ => {
                out.push_str("\\u{");
                push_hex(out, c as u32);
                out.push('}');
            }
        }
        if out.len() - start > LONGEST {
            out.truncate(before);
            out.push_str("...");
            return;
        }
    }
}

fn push_hex(out: &mut String, number: u32) {
    let digits = (32 - (number | 1).leading_zeros()).div_ceil(4);
    for place in (0..digits).rev() {
        push_hex_digit(out, number >> (4 * place));
    }
}

/// Appends the lowest four bits of `number` as a hexadecimal digit.
fn push_hex_digit(out: &mut String, number: u32) {
    out.push(b"0123456789abcdef"[(number & 0xf) as usize] as char);
}

/// Appends `number` in decimal digits.
pub(crate) fn push_number(out: &mut String, number: usize) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push((b'0' + (number % 10) as u8) as char);
}

/// Cuts `text`, which is ASCII, to `longest` bytes, the last three of them dots.
pub(crate) fn cut(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(longest - 3);
        text.push_str("...");
    }
}

/// `json` with everything beyond ASCII (and DEL) written as JSON escapes, which
/// can only stand in its strings.
pub(crate) fn json_in_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        if unit < 0x7f {
            out.push(unit as u8 as char);
            continue;
        }
        put(&mut out, "\\u");
        for shift in [12, 8, 4, 0] {
            push_hex_digit(&mut out, u32::from(unit) >> shift);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("calico-node", r#""calico-node""#)]
    #[case::account(r"NT AUTHORITY\SYSTEM", r#""NT AUTHORITY\\SYSTEM""#)]
    #[case::quote(r#"a"; spec: Forbidden"#, r#""a\"; spec: Forbidden""#)]
    #[case::newline("a\nb\r\tc", r#""a\nb\r\tc""#)]
    #[case::nul_and_escape("\0\x1b[31m", r#""\u{0}\u{1b}[31m""#)]
    #[case::bidirectional("\u{202e}x", r#""\u{202e}x""#)]
    #[case::cyrillic_a("NT \u{410}UTHORITY", r#""NT \u{410}UTHORITY""#)]
    #[case::beyond_the_basic_plane("\u{10ffff}", r#""\u{10ffff}""#)]
    fn values_are_escaped(#[case] text: &str, #[case] expected: &str) {
        let mut out = String::new();
        push_quoted(&mut out, text);
        assert_eq!(out, expected);
    }

    #[test]
    fn values_are_cut_between_characters() {
        let mut out = String::new();
        push_escaped(&mut out, &"\u{e8}".repeat(100));
        assert_eq!(out, "\\u{e8}".repeat(20) + "...");
        out.clear();
        push_escaped(&mut out, &"a".repeat(120));
        assert_eq!(out, "a".repeat(120));
        out.clear();
        push_escaped(&mut out, &"a".repeat(121));
        assert_eq!(out, "a".repeat(120) + "...");
    }

    #[rstest]
    #[case("a", true)]
    #[case("a-b.c1", true)]
    #[case("A.B", true)]
    #[case("1", true)]
    #[case("", false)]
    #[case(".", false)]
    #[case("a.", false)]
    #[case("a..b", false)]
    #[case("-a", false)]
    #[case("a-", false)]
    #[case("a-.b", false)]
    #[case("a.-b", false)]
    #[case("a_b", false)]
    fn labels(#[case] name: &str, #[case] expected: bool) {
        assert_eq!(are_labels(name), expected);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(9, "9")]
    #[case(10, "10")]
    #[case(4_294_967_295, "4294967295")]
    fn numbers_are_decimal(#[case] number: usize, #[case] expected: &str) {
        let mut out = String::new();
        push_number(&mut out, number);
        assert_eq!(out, expected);
    }
}
