//! From a file's text to its documents: YAML streams and JSON.
//!
//! A YAML stream is cut at its `---` lines before it is read, which YAML allows
//! (no document may hold such a line), so that a document that cannot be read
//! takes none of the others with it.

use serde_json::Value;

use crate::source::Source;
use crate::yaml;

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, or `<stdin>`.
    pub file: String,
    /// Which document of the file, counted from 1.
    pub document: usize,
    /// The document's first line in the file, counted from 1.
    pub line: usize,
}

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Where it stands.
    pub origin: Origin,
    /// What it holds.
    pub value: Value,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it stands; the line is that of the error.
    pub origin: Origin,
    /// Why.
    pub reason: String,
}

/// All documents of `source` in order; documents without content are left out.
pub fn read(source: &Source) -> Vec<Result<Document, Unreadable>> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    if text.trim_start().starts_with(['{', '[']) {
        let documents = read_json(source, text);
        if documents.iter().all(Result::is_ok) {
            return documents;
        }
        // YAML's own brackets look like JSON; where neither reads it, JSON's
        // reason is the better one.
        let as_yaml = read_yaml(source, text);
        return if as_yaml.iter().all(Result::is_ok) {
            as_yaml
        } else {
            documents
        };
    }
    read_yaml(source, text)
}

fn read_json(source: &Source, text: &str) -> Vec<Result<Document, Unreadable>> {
    let mut documents = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    // Up to where lines have been counted, and the line there.
    let (mut counted, mut line) = (0, 1);
    loop {
        let rest = &text[stream.byte_offset()..];
        let start = text.len() - rest.trim_start().len();
        line += text[counted..start].matches('\n').count();
        counted = start;
        let origin = Origin {
            file: source.name.clone(),
            document: documents.len() + 1,
            line,
        };
        match stream.next() {
            None => return documents,
            Some(Ok(value)) => documents.push(Ok(Document { origin, value })),
            Some(Err(error)) => {
                let message = error.to_string();
                let end = message.rfind(" at line ").unwrap_or(message.len());
                documents.push(Err(Unreadable {
                    origin: Origin {
                        line: error.line(),
                        ..origin
                    },
                    reason: message[..end].to_owned(),
                }));
                return documents;
            }
        }
    }
}

fn read_yaml(source: &Source, text: &str) -> Vec<Result<Document, Unreadable>> {
    let mut documents = Vec::new();
    for (first_line, part) in split(text) {
        let origin = |line| Origin {
            file: source.name.clone(),
            document: documents.len() + 1,
            line,
        };
        match yaml::read(part) {
            Ok(values) => {
                let content = first_line + leading_lines_without_content(part);
                let new: Vec<_> = values
                    .into_iter()
                    .filter(|value| !value.is_null())
                    .enumerate()
                    .map(|(i, value)| {
                        let mut origin = origin(content);
                        origin.document += i;
                        Ok(Document { origin, value })
                    })
                    .collect();
                documents.extend(new);
            }
            Err(malformed) => {
                let line = first_line + (malformed.line.max(1) as usize - 1);
                let unreadable = Unreadable {
                    origin: origin(line),
                    reason: malformed.reason,
                };
                documents.push(Err(unreadable));
            }
        }
    }
    documents
}

/// The parts between `---` lines, each with the number of its first line. The
/// marker stays with the part it begins: content may follow it on the same line.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut start_line = 1;
    let mut offset = 0;
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        // Directives (`%YAML 1.2`) belong to the document after them.
        if marker && !is_blank(&text[start..offset]) {
            parts.push((start_line, &text[start..offset]));
            start = offset;
            start_line = i + 1;
        }
        offset += line.len();
    }
    parts.push((start_line, &text[start..]));
    parts
}

/// Whether there is nothing but directives, comments and blank lines.
fn is_blank(part: &str) -> bool {
    part.lines().all(|line| {
        let line = trim(line);
        line.is_empty() || line.starts_with(['#', '%'])
    })
}

/// `line` without what is white space to YAML; other blanks are content.
fn trim(line: &str) -> &str {
    line.trim_matches([' ', '\t', '\r'])
}

fn leading_lines_without_content(part: &str) -> usize {
    part.lines()
        .take_while(|line| {
            // Indented, three dashes are content.
            let marker = line.starts_with("---") && trim(line) == "---";
            let line = trim(line);
            marker || line.is_empty() || line.starts_with(['#', '%'])
        })
        .count()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// Each document as `number@line value`, or `number@line! reason`.
    fn summary(text: &str) -> Vec<String> {
        let source = Source {
            name: "f".to_owned(),
            text: text.to_owned(),
        };
        read(&source)
            .into_iter()
            .map(|document| match document {
                Ok(Document { origin, value }) => {
                    format!("{}@{} {value}", origin.document, origin.line)
                }
                Err(Unreadable { origin, reason }) => {
                    format!("{}@{}! {reason}", origin.document, origin.line)
                }
            })
            .collect()
    }

    #[rstest]
    #[case::nothing("", &[])]
    #[case::comments_alone("# a\n---\n# b\n", &[])]
    #[case::one("a: 1\n", &[r#"1@1 {"a":1}"#])]
    #[case::marker_first("---\na: 1\n", &[r#"1@2 {"a":1}"#])]
    #[case::two("a: 1\n---\nb: 2\n", &[r#"1@1 {"a":1}"#, r#"2@3 {"b":2}"#])]
    #[case::windows_lines("a: 1\r\n---\r\nb: 2\r\n", &[r#"1@1 {"a":1}"#, r#"2@3 {"b":2}"#])]
    #[case::comment_before("# c\n\na: 1\n", &[r#"1@3 {"a":1}"#])]
    #[case::empty_between("a: 1\n---\n---\n# c\n---\nb: 2\n", &[r#"1@1 {"a":1}"#, r#"2@6 {"b":2}"#])]
    #[case::content_on_the_marker("--- {a: 1}\n", &[r#"1@1 {"a":1}"#])]
    #[case::marker_in_a_block("a: |\n  x\n  ---\n  y\n", &[r#"1@1 {"a":"x\n---\ny\n"}"#])]
    #[case::marker_that_is_content("\n\t---\t\n", &[r#"1@2 "---""#])]
    #[case::blank_that_is_content("# a\n\u{85}\n", &["1@2 \"\u{85}\""])]
    #[case::directive("%YAML 1.2\n---\na: 1\n", &[r#"1@3 {"a":1}"#])]
    #[case::byte_order_mark("\u{feff}a: 1\n", &[r#"1@1 {"a":1}"#])]
    #[case::end_marker("a: 1\n...\n", &[r#"1@1 {"a":1}"#])]
    #[case::json("{\"a\": 1}\n", &[r#"1@1 {"a":1}"#])]
    #[case::json_after_json("{\"a\":1}\n\n{\"b\":2}\n", &[r#"1@1 {"a":1}"#, r#"2@3 {"b":2}"#])]
    #[case::flow_mapping("{a: 1}\n", &[r#"1@1 {"a":1}"#])]
    #[case::bad_json("{\"a\": 1,\n \"b\" 2}\n", &["1@2! expected `:`"])]
    #[case::bad_document_among_good(
        "a: 1\n---\n# c\nb: [\n---\nc: 3\n",
        &[r#"1@1 {"a":1}"#, "2@4! unclosed bracket '['", r#"3@6 {"c":3}"#]
    )]
    fn reads(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(summary(text), expected);
    }

    #[test]
    fn names_the_file() {
        let source = Source {
            name: "dir/f.yaml".to_owned(),
            text: "a: 1".to_owned(),
        };
        let documents = read(&source);
        let expected = Document {
            origin: Origin {
                file: "dir/f.yaml".to_owned(),
                document: 1,
                line: 1,
            },
            value: json!({"a": 1}),
        };
        assert_eq!(documents, [Ok(expected)]);
    }
}
