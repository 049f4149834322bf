//! A rule as the tables write it.

use serde_json::{Value, json};

use crate::table::Entry;

/// The `fixture` with the keys of `changes` replaced. `entry` is one entry of `containers`
/// written in the same way, `entries` several; `containers` in any form takes the place of
/// `images` and `runAsUserNames`.
pub fn rule(fixture: &Entry, changes: &Entry) -> Value {
    let (mut rule, mut changes) = (fixture.clone(), changes.clone());
    let entry = changes.remove("entry").map(|entry| json!([entry]));
    if let Some(mut entries) = changes.remove("entries").or(entry) {
        for entry in entries.as_array_mut().expect("entries is a list") {
            for key in ["images", "runAsUserNames"] {
                let fields = entry.as_object_mut().expect("an entry is an object");
                fields.entry(key).or_insert_with(|| fixture[key].clone());
            }
        }
        changes.insert("containers".into(), entries);
    }
    if changes.contains_key("containers") {
        rule.retain(|key, _| !["images", "runAsUserNames"].contains(&&**key));
    }
    rule.extend(changes);
    rule.into()
}
