//! Compares our reading of YAML with that of libyaml, the C library that go-yaml 2 was made from.
//! fuzz/ may include this file by its path.

use serde::Deserialize;
use serde_json::Value;

/// Reads `text` by our reader and by libyaml, and panics if both accept it and find different
/// documents.
///
/// The two make different values of plain words such as `yes` and `0644`, so the words in `text`
/// should be plain text.
pub fn assert_readers_agree(text: &str) {
    let Ok(ours) = hostprocess::yaml::read(text) else {
        return;
    };
    let Some(theirs) = read_by_libyaml(text) else {
        return;
    };
    assert_eq!(with_content(ours), with_content(theirs), "{text:?}");
}

/// Drops documents without content: libyaml finds one in an empty text.
fn with_content(mut documents: Vec<Value>) -> Vec<Value> {
    documents.retain(|document| !document.is_null());
    documents
}

fn read_by_libyaml(text: &str) -> Option<Vec<Value>> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = serde_yaml::Value::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        documents.push(serde_json::to_value(value).ok()?);
    }
    Some(documents)
}
