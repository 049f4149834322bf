//! The YAML library, set up to read as `kubectl` does and to write for any reader.

use serde::Serialize;
use serde_json::Value;

/// Why text is not YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The line, counted from 1; 0 where the library names none.
    pub line: u64,
    /// The reason.
    pub reason: String,
}

/// Reads every document of a YAML stream.
///
/// Booleans are those of YAML 1.1, since `kubectl` takes `hostProcess: yes` for
/// true. A key that stands twice in one mapping is an error: readers differ in
/// which of the two they take.
///
/// # Errors
/// The first thing that is not YAML.
pub fn read(text: &str) -> Result<Vec<Value>, Malformed> {
    let options = serde_saphyr::options! {
        strict_booleans: false,
        legacy_octal_numbers: true,
        with_snippet: false,
        // The output of `kubectl get -A` is one document of many megabytes. What
        // is bounded is growth that the file's own size does not explain: aliases.
        budget: serde_saphyr::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_documents: usize::MAX,
            max_depth: 128,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line());
        Malformed {
            line,
            reason: reason(&error),
        }
    })
}

/// The library's reason without its hints to programmers, and without the
/// position at its end: that counts from the start of the text it was given,
/// while the caller knows the line in the file.
fn reason(error: &serde_saphyr::Error) -> String {
    if let serde_saphyr::Error::DuplicateMappingKey { key, .. } = error.without_snippet() {
        let key = key.as_deref().unwrap_or("a key");
        return format!("{key} stands twice in one mapping");
    }
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

/// Writes one value as YAML in which every string is quoted, so that readers of
/// YAML 1.1 and 1.2 agree on it.
///
/// # Panics
/// Never for JSON values.
pub fn write<T: Serialize>(value: &T) -> String {
    let options = serde_saphyr::ser_options! { quote_all: true };
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, value, options)
        .expect("JSON values can be written as YAML");
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::yes("yes", json!(true))]
    #[case::on("On", json!(true))]
    #[case::no("NO", json!(false))]
    #[case::off("off", json!(false))]
    #[case::quoted("'yes'", json!("yes"))]
    #[case::word("yeso", json!("yeso"))]
    #[case::octal("0644", json!(420))]
    #[case::null("~", json!(null))]
    fn scalars_are_read_as_kubectl_reads_them(#[case] text: &str, #[case] expected: Value) {
        assert_eq!(read(&format!("[{text}]")).unwrap(), [json!([expected])]);
    }

    #[test]
    fn every_document_is_read() {
        let documents = read("a: 1\n---\nb: 2\n").unwrap();
        assert_eq!(documents, [json!({"a": 1}), json!({"b": 2})]);
    }

    #[rstest]
    #[case::unclosed("a: 1\nb: [\n", 2, "unclosed bracket '['")]
    #[case::key_twice("a: 1\nb: 2\na: 3\n", 3, "a stands twice in one mapping")]
    fn names_line_and_reason(#[case] text: &str, #[case] line: u64, #[case] reason: &str) {
        let malformed = read(text).unwrap_err();
        assert_eq!((malformed.line, malformed.reason.as_str()), (line, reason));
    }

    #[test]
    fn aliases_cannot_grow_without_bound() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let last = i - 1;
            text += &format!(
                "a{i}: &a{i} [{}]\n",
                vec![format!("*a{last}"); 10].join(", ")
            );
        }
        assert!(read(&text).is_err());
    }

    #[rstest]
    #[case::backslash(json!(r"NT AUTHORITY\SYSTEM"))]
    #[case::boolean_of_yaml_1_1(json!("off"))]
    #[case::sexagesimal(json!("12:30"))]
    #[case::comment(json!("a # b"))]
    #[case::quotes(json!("it's \"so\""))]
    #[case::control_characters(json!("a\nb\u{1b}c\u{85}\u{2028}"))]
    #[case::nested(json!({"allow": [{"name": "a", "images": ["*"], "flag": true}]}))]
    fn what_is_written_is_read_back(#[case] value: Value) {
        assert_eq!(read(&write(&value)).unwrap(), [value]);
    }
}
