//! The command's reading of YAML beside libyaml's, from which go-yaml and so kubectl's reader was
//! made: where both read a text, they find the same documents, lists, numbers of keys, and strings.
#![no_main]

use std::collections::HashSet;

use hostprocess::yaml;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::Value;

/// Reads all documents of `text` by libyaml; `None` if it refuses one.
fn read_by_libyaml(text: &str) -> Option<Vec<serde_yaml::Value>> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = serde_yaml::Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        documents.push(value);
    }
    Some(documents)
}

/// Returns true if `text` may define an anchor twice. serde_yaml then confuses anchors, because it
/// gives the next new one a number that is taken.
fn may_define_an_anchor_twice(text: &str) -> bool {
    let mut names = HashSet::new();
    text.split('&').skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
        let name = &rest[..end.unwrap_or(rest.len())];
        !names.insert(name)
    })
}

/// Checks that both values have the same lists and strings, and as many keys. The types of other plain
/// scalars differ: `yes` is a boolean for our reader and a string for libyaml.
fn assert_same(ours: &Value, theirs: &serde_yaml::Value) {
    match (ours, theirs) {
        // A tag such as `!x` says nothing to our reader.
        (ours, serde_yaml::Value::Tagged(tagged)) => assert_same(ours, &tagged.value),
        (Value::Array(ours), serde_yaml::Value::Sequence(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "entries of a list");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_same(ours, theirs);
            }
        }
        (Value::Object(ours), serde_yaml::Value::Mapping(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "keys of a mapping");
            for (key, theirs) in theirs {
                // The two readers write keys of other types than strings in different ways, such as
                // `yes`, which is a string for libyaml and a boolean for our reader.
                if let Some(key) = key.as_str()
                    && let Some(ours) = ours.get(key)
                {
                    assert_same(ours, theirs);
                }
            }
        }
        (Value::String(ours), serde_yaml::Value::String(theirs)) => assert_eq!(ours, theirs),
        (Value::Array(_) | Value::Object(_), _) => panic!("{ours} is {theirs:?} for libyaml"),
        (_, serde_yaml::Value::Sequence(_) | serde_yaml::Value::Mapping(_)) => {
            panic!("{ours} is {theirs:?} for libyaml")
        }
        _ => {}
    }
}

fuzz_target!(init: fuzz::write_seeds("yaml"), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if may_define_an_anchor_twice(text) {
        return;
    }
    let (Ok(ours), Some(theirs)) = (yaml::read(text), read_by_libyaml(text)) else {
        return;
    };
    // For libyaml a text without documents is one document without content.
    if ours.is_empty() {
        assert!(theirs.iter().all(serde_yaml::Value::is_null), "{theirs:?}");
        return;
    }
    assert_eq!(ours.len(), theirs.len(), "documents");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        // A block scalar in the root may begin at column 0 for us and not for libyaml. For both it is
        // a string, which is no Kubernetes object.
        if !(ours.is_string() && theirs.is_string()) {
            assert_same(ours, theirs);
        }
    }
});
