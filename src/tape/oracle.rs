//! The reader against serde_json: both take the same texts for JSON and find the same
//! in them.

use super::*;
use alloc::format;
use alloc::string::ToString;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;

static RAW: Shape = Shape::Raw;
/// Cases of each property.
const CASES: u32 = 100_000;

/// What serde_json makes of a text, with 0 for every number.
fn expected(text: &str) -> serde_json::Result<serde_json::Value> {
    fn without_numbers(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Number(number) => *number = 0.into(),
            serde_json::Value::Array(items) => items.iter_mut().for_each(without_numbers),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(without_numbers),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(text)?;
    without_numbers(&mut value);
    Ok(value)
}

/// The same of what the reader has kept. Of a key that stands twice, the last counts.
fn found(node: Ref<'_>) -> serde_json::Value {
    match node.node().value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => flag.into(),
        Value::Number => 0.into(),
        Value::Text(_) => node.as_text().into(),
        Value::Raw(text) => panic!("nothing is kept as text: {text}"),
        Value::List => node.children().map(found).collect(),
        Value::Object => node
            .children()
            .map(|field| (String::from(field.key()), found(field)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn assert_same(text: &str) -> Result<(), TestCaseError> {
    let kept = Tape::read(text, &ALL, "").ok();
    let kept = kept.as_ref().map(|tape| found(tape.root()));
    match expected(text) {
        // The reader does not care how large a number is.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        expected => prop_assert_eq!(kept, expected.ok(), "{}", text),
    }
    // What nobody looks at need not have a meaning, but has to be JSON.
    let skipped = Tape::read(text, &RAW, "").is_ok();
    let ignored = serde_json::from_str::<IgnoredAny>(text).is_ok();
    prop_assert_eq!(skipped, ignored, "{}", text);
    Ok(())
}

/// Texts of tokens and parts of tokens, in any order.
fn tokens() -> impl Strategy<Value = String> {
    let token = select(&[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\t",
        "\r",
        "\"",
        "\\",
        "null",
        "true",
        "false",
        "nul",
        "0",
        "-",
        "1",
        "12",
        ".",
        ".5",
        "e",
        "E+",
        "1e5",
        "-0.5",
        "\"a\"",
        "\"\"",
        "\"a\":",
        "\\u",
        "\\u0041",
        "\\ud83d",
        "\\ude00",
        "\\n",
        "\\x",
        "\u{1}",
        "\u{e8}",
        "\u{1f600}",
        "\0",
        "\"\\u00e8\"",
        "\"sixteen and more bytes\"",
        "[[",
        "]]",
        "{\"k\":",
    ] as &[&str]);
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.concat())
}

/// JSON documents, and some in which one character is another one, missing or added.
fn documents() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,40}".prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,20}", inner, 0..6)
                .prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    let edit = prop::option::of((
        any::<Index>(),
        select(&["", "\"", "\\", ",", "}", "]", "0", " ", "\n", "\u{1f}", "x"] as &[&str]),
        any::<bool>(),
    ));
    (value, any::<bool>(), edit).prop_map(|(value, pretty, edit)| {
        let mut text = match pretty {
            true => format!("{value:#}"),
            false => format!("{value}"),
        };
        if let Some((index, new, replaces)) = edit {
            let (at, old) = *index.get(&text.char_indices().collect::<Vec<_>>());
            let end = at + if replaces { old.len_utf8() } else { 0 };
            text.replace_range(at..end, new);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn any_tokens_are_read_alike(text in tokens()) {
        assert_same(&text)?;
    }

    #[test]
    fn documents_are_read_alike(text in documents()) {
        assert_same(&text)?;
    }
}
