//! Our reader of YAML finds the same documents as libyaml, wherever both accept a text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

mod other_reader;

/// What YAML's structure is made of, and a few words.
const TOKENS: [&str; 34] = [
    "a",
    "b",
    "c",
    "a: ",
    "b: ",
    "c:\n  ",
    "- ",
    "-\n  ",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\r",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'a'",
    "\"b\"",
    "\"a\\\n  b\"",
    " # c\n",
    "&x ",
    "*x",
    "<<: *x\n",
    "|\n  ",
    ">-\n  ",
    "---\n",
    "...\n",
    "? ",
    "!!str ",
    "\t",
    " ",
];

/// How many texts are tried.
const CASES: u32 = 2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn readers_agree_on_any_tokens(tokens in vec(select(&TOKENS[..]), 0..16)) {
        other_reader::assert_readers_agree(&tokens.concat());
    }

    #[test]
    fn readers_agree_on_documents(documents in vec(node(), 1..4), line_end in select(&["\n", "\r\n", "\r"][..])) {
        let text: String = documents.iter().map(|node| format!("---\n{node}\n")).collect();
        let text = text.replace('\n', line_end);
        prop_assert!(hostprocess::yaml::read(&text).is_ok(), "{text:?}");
        other_reader::assert_readers_agree(&text);
    }
}

/// A mapping with an anchor, lists, and a mapping that merges the first one.
fn node() -> impl Strategy<Value = String> {
    let word = "[a-d]{3}";
    let quoted = "'[a-d #:]{0,4}'|\"[a-d #:]{0,4}\"";
    let scalar = prop_oneof![word, quoted];
    (vec(scalar, 1..5), any::<bool>()).prop_map(|(words, in_flow)| {
        let list = if in_flow {
            format!(" [{}]", words.join(", "))
        } else {
            words.iter().map(|word| format!("\n  - {word}")).collect()
        };
        format!("base: &base\n  list:{list}\n  other: x # comment\nmerged:\n  <<: *base\n  own: |\n    text\n")
            .replace("\n  - ", "\n    - ")
    })
}
