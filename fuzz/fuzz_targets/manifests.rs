//! The reader of manifests, as `check` and `suggest` use it: from a text to the objects in it, each
//! with its place.
#![no_main]

use hostprocess::reading::object::Content;
use hostprocess::reading::printable::printable;
use hostprocess::reading::walk::Walk;
use hostprocess::yaml;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The most characters that YAML takes before a colon.
const LONGEST_WRITTEN_KEY: usize = 1024;

/// The most characters that an escape such as `\u00e4` takes.
const LONGEST_ESCAPE: usize = 6;

/// The longest key that is never too long for YAML, even if all of it is escaped.
const LONGEST_KEY: usize = LONGEST_WRITTEN_KEY / LONGEST_ESCAPE;

/// Returns true if no key of `value` gets too long for YAML where it is escaped.
fn has_short_keys(value: &Value) -> bool {
    match value {
        Value::Array(entries) => entries.iter().all(has_short_keys),
        Value::Object(fields) => fields
            .iter()
            .all(|(key, value)| key.chars().count() <= LONGEST_KEY && has_short_keys(value)),
        _ => true,
    }
}

/// Returns `value` as JSON that is YAML too: some characters have to be escaped in YAML alone.
fn to_yaml(value: &Value) -> String {
    let escaped = |c| match u32::from(c) {
        code @ 0x7f..=0xffff => format!("\\u{code:04x}"),
        _ => String::from(c),
    };
    value.to_string().chars().map(escaped).collect()
}

fuzz_target!(init: fuzz::write_seeds("manifests"), |bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // YAML ends lines at a lone carriage return too.
    let lines = 1 + text.matches(['\n', '\r']).count();
    let walk = Walk::through_text("file.yaml", text, &mut |manifest| {
        let line = manifest.position.line;
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
        for field in manifest.fields.host_process_fields() {
            let line = field.region.start.line;
            assert!((1..=lines).contains(&line), "field in line {line} of {lines}");
        }
        let (Content::Object(value) | Content::Request(value)) = manifest.content;
        if has_short_keys(&value) {
            let written = to_yaml(&value);
            assert_eq!(yaml::read(&written).as_deref(), Ok(&[value][..]), "{written}");
        }
        Some(line)
    });
    assert_eq!(walk.found.len(), walk.objects);
    for unreadable in walk.unreadable {
        if let Some(position) = unreadable.position {
            let line = position.line;
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
        }
        let reason = unreadable.problem.to_string();
        assert_eq!(reason, printable(&reason));
    }
});
