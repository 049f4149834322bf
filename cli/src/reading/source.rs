//! Cuts a text of several documents into texts that are read one after another.
//!
//! YAML is cut at its `---` lines, which no document may hold, so that a document that cannot be
//! read takes none of the others with it. JSON is cut where a line begins the next object.
//!
//! kubectl converts UTF-16 that begins with a byte order mark, and replaces bytes that are not
//! UTF-8 by U+FFFD. The latter are an error here.

use std::io::{self, BufRead, Read};

use serde::de::IgnoredAny;

use super::problem::Problem;

/// The text of a document. A text of JSON may hold several.
pub struct DocumentText<'t> {
    /// The line of the file in which the text begins, counted from 1. If the bytes are not a text,
    /// the line of the first wrong byte.
    pub first_line: usize,
    /// The text, or the bytes that are not a text.
    pub text: Result<&'t str, BrokenText<'t>>,
}

/// Bytes that are not a text.
pub struct BrokenText<'t> {
    /// The bytes.
    pub bytes: &'t [u8],
    /// What is wrong with them.
    pub problem: Problem,
}

/// Takes the texts of a file's documents, one after another.
pub type TakeText<'t> = &'t mut dyn FnMut(DocumentText<'_>);

/// Reads `reader` to its end and hands the text of each document to `take`. Only one text is in
/// memory at a time. A file in UTF-16 is the exception: it is read at once.
///
/// # Errors
/// `reader` fails.
pub fn read_documents(mut reader: impl BufRead, take: TakeText<'_>) -> io::Result<()> {
    let mut first_bytes = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut first_bytes)?;
    let Some(byte_order) = ByteOrder::from_mark(&first_bytes) else {
        // Not UTF-16. The two bytes belong to the text.
        return cut(io::Cursor::new(first_bytes).chain(reader), take);
    };

    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    match decode_utf16(&bytes, byte_order) {
        Some(text) => cut(text.as_bytes(), take),
        None => {
            take(DocumentText {
                first_line: 1,
                text: Err(BrokenText {
                    bytes: &bytes,
                    problem: Problem::NotUtf16,
                }),
            });
            Ok(())
        }
    }
}

/// How a text in UTF-16 writes the two bytes of a code unit.
#[derive(Clone, Copy)]
enum ByteOrder {
    LittleEndian,
    BigEndian,
}

impl ByteOrder {
    /// Returns the order that a byte order mark names. `None` if `bytes` are no such mark.
    fn from_mark(bytes: &[u8]) -> Option<ByteOrder> {
        match bytes {
            [0xff, 0xfe] => Some(ByteOrder::LittleEndian),
            [0xfe, 0xff] => Some(ByteOrder::BigEndian),
            _ => None,
        }
    }

    fn code_unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::LittleEndian => u16::from_le_bytes(bytes),
            ByteOrder::BigEndian => u16::from_be_bytes(bytes),
        }
    }
}

/// Decodes UTF-16 without its byte order mark. `None` if `bytes` are not UTF-16.
fn decode_utf16(bytes: &[u8], byte_order: ByteOrder) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }

    let code_units: Vec<u16> = pairs
        .iter()
        .map(|pair| byte_order.code_unit(*pair))
        .collect();
    String::from_utf16(&code_units).ok()
}

/// Cuts the text of `reader` into documents.
fn cut(mut reader: impl BufRead, take: TakeText<'_>) -> io::Result<()> {
    let mut document = OpenDocument::new(1);
    loop {
        let line_start = document.text.len();
        let is_at_end = reader.read_until(b'\n', &mut document.text)? == 0;
        if document.first_line == 1 && line_start == 0 {
            document.drop_byte_order_mark();
        }

        if is_at_end {
            take(document_text(document.first_line, &document.text));
            return Ok(());
        }
        if document.ends_before(line_start) {
            let next_document = document.split_off(line_start);
            take(document_text(document.first_line, &document.text));
            document = next_document;
        } else {
            document.note_content_of_line(line_start);
        }
    }
}

/// The document that is being read, up to the last line that was read.
struct OpenDocument {
    text: Vec<u8>,
    /// The number of the document's first line in the file.
    first_line: usize,
    /// Whether `text` has more than directives (`%YAML 1.2`) and comments. Those alone are no
    /// document, and belong to the document after them.
    has_content: bool,
    /// Whether to try `text` as JSON at a line that begins with a brace. What was not JSON once, such
    /// as a flow mapping of YAML, is not tried again at the next such line.
    may_be_json: bool,
}

impl OpenDocument {
    fn new(first_line: usize) -> Self {
        OpenDocument {
            text: Vec::new(),
            first_line,
            has_content: false,
            may_be_json: true,
        }
    }

    /// Drops the mark with which UTF-8 may begin too, and which has no meaning there.
    fn drop_byte_order_mark(&mut self) {
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

        if self.text.starts_with(BYTE_ORDER_MARK) {
            self.text.drain(..BYTE_ORDER_MARK.len());
        }
    }

    /// Returns whether the last line, which begins at `line_start`, begins the next document.
    fn ends_before(&mut self, line_start: usize) -> bool {
        let (before, line) = self.text.split_at(line_start);
        if !self.has_content {
            return false;
        }
        if is_marker(line) {
            return true;
        }

        if !self.may_be_json || !before.starts_with(b"{") || !line.starts_with(b"{") {
            return false;
        }
        self.may_be_json = is_json(before);
        self.may_be_json
    }

    /// Takes off the last line, which begins at `line_start`, and returns the document that it begins.
    fn split_off(&mut self, line_start: usize) -> OpenDocument {
        let line = self.text.split_off(line_start);
        let mut next = OpenDocument::new(self.first_line + count_newlines(&self.text));
        next.text = line;
        next.note_content_of_line(0);
        next
    }

    /// Notes whether the last line, which begins at `line_start`, has content.
    fn note_content_of_line(&mut self, line_start: usize) {
        self.has_content = self.has_content || has_content_in(&self.text[line_start..]);
    }
}

fn document_text(first_line: usize, bytes: &[u8]) -> DocumentText<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => DocumentText {
            first_line,
            text: Ok(text),
        },
        Err(error) => DocumentText {
            first_line: first_line + count_newlines(&bytes[..error.valid_up_to()]),
            text: Err(BrokenText {
                bytes,
                problem: Problem::NotUtf8,
            }),
        },
    }
}

fn count_newlines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// Returns whether `text` is one or more values of JSON.
fn is_json(text: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    values.all(|value| value.is_ok())
}

/// Returns whether `line` begins a document: `---`, maybe with content after a space.
fn is_marker(line: &[u8]) -> bool {
    match line.strip_prefix(b"---") {
        Some(rest) => rest.first().is_none_or(u8::is_ascii_whitespace),
        None => false,
    }
}

/// Returns whether there is more in `line` than a marker, a comment or a directive.
fn has_content_in(line: &[u8]) -> bool {
    let rest = if is_marker(line) { &line[3..] } else { line };
    !matches!(rest.trim_ascii().first(), None | Some(b'#' | b'%'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("a: 1\n", &[(1, "a: 1\n")])]
    #[case::two("a: 1\n---\nb: 2\n---", &[(1, "a: 1\n"), (2, "---\nb: 2\n"), (4, "---")])]
    #[case::windows_lines("a: 1\r\n---\r\nb: 2", &[(1, "a: 1\r\n"), (2, "---\r\nb: 2")])]
    #[case::byte_order_mark("\u{feff}---\na: 1\n", &[(1, "---\na: 1\n")])]
    #[case::comment_between("a: 1\n---\n# c\n---\nb: 2\n", &[(1, "a: 1\n"), (2, "---\n# c\n---\nb: 2\n")])]
    #[case::directive("%YAML 1.2\n---\na: 1\n", &[(1, "%YAML 1.2\n---\na: 1\n")])]
    #[case::content_on_the_marker("--- a\n--- b\n", &[(1, "--- a\n"), (2, "--- b\n")])]
    #[case::no_marker("a: |\n  ---\n----\n", &[(1, "a: |\n  ---\n----\n")])]
    #[case::json("{\"a\":1}\n{\n}\n\n{}\n", &[(1, "{\"a\":1}\n"), (2, "{\n}\n\n"), (5, "{}\n")])]
    #[case::flow_yaml("{a:\n{b: c}\n}\n", &[(1, "{a:\n{b: c}\n}\n")])]
    fn texts_are_cut(#[case] text: &str, #[case] expected: &[(usize, &str)]) {
        assert_eq!(read_texts(text.as_bytes()), to_owned(expected));
    }

    #[rstest]
    #[case::little_endian(b"\xff\xfea\0\xe9\0", "aé")]
    #[case::big_endian(b"\xfe\xff\0a\0\xe9", "aé")]
    #[case::surrogates(b"\xff\xfe\x3d\xd8\x00\xde", "\u{1f600}")]
    #[case::half_a_character(b"\xff\xfea", "NotUtf16")]
    #[case::half_a_pair(b"\xff\xfe\x3d\xd8", "NotUtf16")]
    #[case::neither(b"a\xff", "NotUtf8")]
    fn encodings(#[case] bytes: &[u8], #[case] expected: &str) {
        assert_eq!(read_texts(bytes), to_owned(&[(1, expected)]));
    }

    fn to_owned(texts: &[(usize, &str)]) -> Vec<(usize, String)> {
        let texts = texts.iter();
        texts
            .map(|(first_line, text)| (*first_line, (*text).to_owned()))
            .collect()
    }

    /// Returns the first line and the text of each document, or the name of the problem in place of
    /// the text.
    fn read_texts(bytes: &[u8]) -> Vec<(usize, String)> {
        let mut texts = Vec::new();
        read_documents(bytes, &mut |document| {
            let text = match document.text {
                Ok(text) => text.to_owned(),
                Err(broken) => format!("{:?}", broken.problem),
            };
            texts.push((document.first_line, text));
        })
        .unwrap();
        texts
    }
}
