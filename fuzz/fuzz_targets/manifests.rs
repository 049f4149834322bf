//! The reader of manifests, as `check` and `suggest` use it: from a file to the objects in it,
//! each with its line. Its files are taken in by path, since the command keeps them to itself.
#![no_main]
#![allow(dead_code, reason = "only the reader is used")]

use std::path::PathBuf;
use std::sync::LazyLock;
use std::{env, fs, process};

use hostprocess::yaml;
use object::Content;
use serde_json::Value;
use walk::Walk;

#[path = "../../cli/src/object.rs"]
mod object;
#[path = "../../cli/src/printable.rs"]
mod printable;
#[path = "../../cli/src/source.rs"]
mod source;
#[path = "../../cli/src/walk.rs"]
mod walk;

/// In memory, where the system has files there.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from("/dev/shm");
    let folder = if folder.is_dir() { folder } else { env::temp_dir() };
    folder.join(format!("hostprocess-fuzz-{}.yaml", process::id()))
});

libfuzzer_sys::fuzz_target!(init: fuzz::seed("manifests"), |bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a file");
    // YAML ends lines at a lone carriage return too.
    let lines = 1 + bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    let walk = Walk::through(&[FILE.clone()], &mut |_, line, content| {
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
        let (Content::Object(value) | Content::Request(value)) = content else { return None };
        // JSON is YAML: what was read is read again from what it is written as, but for
        // characters that YAML wants escaped.
        let escaped = |c| match u32::from(c) {
            code @ 0x7f..=0xffff => format!("\\u{code:04x}"),
            _ => String::from(c),
        };
        let written: String = value.to_string().chars().map(escaped).collect();
        if keys_fit(&value) {
            assert_eq!(yaml::read(&written).as_deref(), Ok(&[value][..]), "{written}");
        }
        Some(line)
    });
    assert_eq!(walk.found.len(), walk.objects);
    assert_eq!(walk.passed_over, 0, "the file was named");
    for unreadable in walk.unreadable {
        assert!((0..=lines).contains(&unreadable.line), "line {} of {lines}", unreadable.line);
        assert_eq!(unreadable.reason, printable::printable(&unreadable.reason));
    }
});

/// Whether no key gets longer than the 1,024 characters that YAML takes before a colon, even where
/// each of its own is written as six.
fn keys_fit(value: &Value) -> bool {
    match value {
        Value::Array(entries) => entries.iter().all(keys_fit),
        Value::Object(fields) => {
            fields.iter().all(|(key, value)| key.chars().count() <= 170 && keys_fit(value))
        }
        _ => true,
    }
}
