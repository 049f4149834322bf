//! A rule as the tables write it.

use serde_json::{Value, json};

use crate::table::Entry;

/// Returns the rule of the fixtures with the keys of `changes` replaced.
///
/// `entry` in `changes` is one entry of `containers`, `entries` are several. An entry that names no
/// images or accounts has those of the fixture. A rule with `containers` has no images and accounts
/// of its own.
pub fn changed_rule(fixture: &Entry, changes: &Entry) -> Value {
    let mut changes = changes.clone();
    if let Some(entry) = changes.remove("entry") {
        changes.insert("entries".into(), json!([entry]));
    }
    if let Some(mut entries) = changes.remove("entries") {
        for entry in entries.as_array_mut().expect("entries is a list") {
            complete_entry(fixture, entry);
        }
        changes.insert("containers".into(), entries);
    }

    let mut rule = fixture.clone();
    if changes.contains_key("containers") {
        rule.remove("images");
        rule.remove("runAsUserNames");
    }
    rule.extend(changes);
    rule.into()
}

/// Gives `entry` the fixture's images and accounts if it names none.
fn complete_entry(fixture: &Entry, entry: &mut Value) {
    let fields = entry.as_object_mut().expect("an entry is an object");
    for key in ["images", "runAsUserNames"] {
        let default = || fixture[key].clone();
        fields.entry(key).or_insert_with(default);
    }
}
