//! Estimates how much memory a JSON text needs once it is parsed.
//!
//! A WebAssembly module has little memory, and it traps when it cannot allocate more. A payload of
//! 2 MB can need 140 MB: each of the objects in `[{"":0},{"":0}]` takes seven bytes as text, with its
//! comma. In memory it takes a node of a B-tree, with room for eleven fields.

use memchr::memchr2;

/// The most that the parsed payload may need, in bytes. Together with the policy's own data, the module
/// then stays below 64 MB; tests/hostile/large_objects.rs measures that.
const MOST_BYTES: usize = 40_000_000;

/// How much memory the parts of a text need when serde_json has parsed them on a machine of 32 bits,
/// with some room for the policy's own data about each part.
const BYTES_OF_OBJECT: usize = 340;
const BYTES_OF_LIST: usize = 90;
/// An empty object or an empty list.
const BYTES_OF_EMPTY: usize = 64;
/// Each further entry of a list, or field of an object, after the first. A list that grows has room for
/// up to twice its entries, and the policy keeps lists of its own, such as those of words.
const BYTES_OF_ENTRY: usize = 80;

/// The longest text, in bytes, that fits into the memory whatever it holds: no byte of it needs more
/// than an object does.
const ALWAYS_FITS: usize = MOST_BYTES / (1 + BYTES_OF_OBJECT);

/// Returns whether the parsed `json` will fit into the memory. The text need not be valid JSON; the
/// parser refuses that later.
pub fn fits_into_memory(json: &[u8]) -> bool {
    json.len() <= ALWAYS_FITS || estimate_parsed_size(json) <= MOST_BYTES
}

fn estimate_parsed_size(json: &[u8]) -> usize {
    // Strings and numbers need about as much memory as their text.
    let mut bytes = json.len();
    let mut rest = json;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        let next = rest.first();
        match byte {
            b'"' => rest = skip_string(rest),
            b'{' if next == Some(&b'}') => bytes += BYTES_OF_EMPTY,
            b'[' if next == Some(&b']') => bytes += BYTES_OF_EMPTY,
            b'{' => bytes += BYTES_OF_OBJECT,
            b'[' => bytes += BYTES_OF_LIST,
            b',' => bytes += BYTES_OF_ENTRY,
            _ => {}
        }
    }
    bytes
}

/// Skips a string, whose opening quotation mark stands before `text`, and returns what stands behind
/// it. Most of a JSON text is strings, so they are searched with `memchr`.
fn skip_string(mut text: &[u8]) -> &[u8] {
    while let Some(position) = memchr2(b'"', b'\\', text) {
        let is_end = text[position] == b'"';
        // A backslash escapes the character behind it.
        let skipped = position + if is_end { 1 } else { 2 };
        text = text.get(skipped..).unwrap_or_default();
        if is_end {
            return text;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::number("1", 0)]
    #[case::empty_object("{}", BYTES_OF_EMPTY)]
    #[case::empty_list("[]", BYTES_OF_EMPTY)]
    #[case::fields(r#"{"a":1,"b":2}"#, BYTES_OF_OBJECT + BYTES_OF_ENTRY)]
    #[case::lists("[[1],[2]]", 3 * BYTES_OF_LIST + BYTES_OF_ENTRY)]
    #[case::signs_in_a_string(r#""{[,\"{[,\\""#, 0)]
    #[case::string_without_an_end(r#""{\"#, 0)]
    fn parts_of_a_text(#[case] json: &str, #[case] expected: usize) {
        assert_eq!(estimate_parsed_size(json.as_bytes()), json.len() + expected);
    }
}
