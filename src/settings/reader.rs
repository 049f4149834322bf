//! Reads values of JSON, and collects what is wrong with them.
//!
//! Settings are read by hand. A derive of serde would stop at the first error, take a list for an
//! object and `null` for a key that is left out, show values unescaped, and make the module 29 KB
//! larger.

use serde_json::{Map, Value};

use super::problems::{MODES, Problems, Reason};
use super::types::Mode;
use super::unknown_key::{Keys, UnknownKey};
use crate::matching::pattern;
use crate::text;

/// Says what is wrong with a string, and what to write; `None` if nothing is.
pub type Check<'c> = &'c dyn Fn(&str) -> Option<String>;

/// Reads a value. `None` if the value has another type than its key takes. It is dynamic, because a
/// copy of each method for each closure would make the module larger.
pub type Read<'r, T> = &'r dyn Fn(Value, &mut SettingsReader) -> Option<T>;

/// Reads values, knows the path of the value that it reads, and collects all problems.
///
/// A method that reads a value returns `None` if the value has another type than its key takes. A
/// string that has the right type and is malformed is returned; the problem is enough to make the
/// settings invalid.
#[derive(Default)]
pub struct SettingsReader {
    /// The path of the value that is being read: `allow[1].images[0]`. Empty for the settings.
    path: String,
    pub problems: Problems,
}

impl SettingsReader {
    /// Adds a problem with the value that is being read.
    pub fn add(&mut self, reason: &Reason<'_>) {
        self.problems.add(&self.path, reason);
    }

    /// Adds a problem with the key or entry `step` of the value that is being read.
    pub fn add_at(&mut self, step: &str, reason: &Reason<'_>) {
        let length = self.enter(step);
        self.add(reason);
        self.path.truncate(length);
    }

    /// Adds `step` (`.images` or `[0]`) to the path. Returns the length of the path before it.
    fn enter(&mut self, step: &str) -> usize {
        let length = self.path.len();
        // The path of a key of the settings has no dot before it.
        let step = match self.path.is_empty() {
            true => step.trim_start_matches('.'),
            false => step,
        };
        self.path.push_str(step);
        length
    }

    /// Reads an object, and adds a problem for each of its keys that is not in `keys`.
    pub fn read_object(&mut self, value: Value, keys: Keys<'_>) -> Option<ObjectReader<'_>> {
        let values = match value {
            Value::Object(values) => values,
            other => {
                self.refuse_type(&other, "an object");
                return None;
            }
        };

        let mut misspelt = Vec::new();
        for key in values.keys() {
            if keys.known.contains(&&**key) {
                continue;
            }
            // The keys can be many and long. So those that are only counted are not explained.
            let hint = match self.problems.is_full() {
                true => UnknownKey::Unlike { known: keys.known },
                false => keys.explain(key, |known| values.contains_key(known)),
            };
            if let UnknownKey::Misspelt(meant) = hint {
                misspelt.push(meant);
            }
            self.add_at(&text::format_step(key), &Reason::UnknownKey(hint));
        }
        Some(ObjectReader {
            values,
            misspelt,
            reader: self,
        })
    }

    /// Reads a list, whose entries `read_entry` reads. `write` says what the key takes.
    pub fn read_list<T>(
        &mut self,
        value: Value,
        write: &str,
        read_entry: Read<'_, T>,
    ) -> Option<Vec<T>> {
        let values = match value {
            Value::Array(values) => values,
            other => {
                self.refuse_type(&other, write);
                return None;
            }
        };

        let mut entries = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            let step = format!("[{index}]");
            let length = self.enter(&step);
            let entry = read_entry(value, self);
            self.path.truncate(length);
            // Millions of bad entries must not fill the memory.
            if !self.problems.is_full() {
                entries.extend(entry);
            }
        }
        Some(entries)
    }

    /// Does the same, and adds a problem if the list is empty. `instead` says what to write then.
    pub fn read_filled_list<T>(
        &mut self,
        value: Value,
        write: &str,
        instead: &str,
        read_entry: Read<'_, T>,
    ) -> Option<Vec<T>> {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if is_empty {
            self.add(&Reason::EmptyList { write: instead });
        }
        self.read_list(value, write, read_entry)
    }

    /// Reads a list of patterns, which `check` checks. `instead` says what to write if it is empty.
    pub fn read_patterns(
        &mut self,
        value: Value,
        instead: &str,
        check: Check<'_>,
    ) -> Option<Vec<String>> {
        let write = "a list of strings: [...]";
        self.read_filled_list(value, write, instead, &|value, reader| {
            reader.read_string(value, &|pattern| check_pattern(pattern, check))
        })
    }

    /// Reads a string, which `check` checks.
    pub fn read_string(&mut self, value: Value, check: Check<'_>) -> Option<String> {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => {
                self.add(&Reason::NotQuoted { found: &number });
                return None;
            }
            other => {
                self.refuse_type(&other, "a string in quotes");
                return None;
            }
        };

        if let Some(problem) = check(&text) {
            self.add(&Reason::Malformed {
                text: &text,
                problem: &problem,
            });
        }
        Some(text)
    }

    /// Reads `true` or `false`.
    pub fn read_flag(&mut self, value: Value) -> Option<bool> {
        match value {
            Value::Bool(flag) => Some(flag),
            other => {
                self.refuse_type(&other, "true or false");
                None
            }
        }
    }

    /// Reads a mode. A boolean is none: older YAML readers take `off` for `false`, which one could
    /// also read as "must not be".
    pub fn read_mode(&mut self, value: Value) -> Option<Mode> {
        let text = match value {
            Value::String(text) => text,
            other => {
                self.refuse_type(&other, MODES);
                return None;
            }
        };

        match &*text {
            "deny" => return Some(Mode::Deny),
            "warn" => return Some(Mode::Warn),
            "ignore" => return Some(Mode::Ignore),
            _ => {}
        }
        let meant = match &*text.to_ascii_lowercase() {
            "deny" => Some("deny"),
            "warn" => Some("warn"),
            "ignore" | "off" => Some("ignore"),
            _ => None,
        };
        self.add(&Reason::UnknownMode {
            found: &text,
            meant,
        });
        None
    }

    /// Adds that `found` has another type than its key takes.
    fn refuse_type(&mut self, found: &Value, write: &str) {
        self.add(&Reason::WrongType { found, write });
    }
}

/// Checks a pattern: what no pattern may be, and what `check` says.
fn check_pattern(pattern: &str, check: Check<'_>) -> Option<String> {
    if pattern.is_empty() {
        return Some("is empty: write something, or delete it".to_owned());
    }
    // "*" has a meaning of its own in some lists: any account and none, or no namespace.
    if pattern::is_any_in_disguise(pattern) {
        return Some("has only wildcards: write a name, or \"*\" for any".to_owned());
    }
    check(pattern)
}

/// Reads the values of an object, whose keys are all known.
pub struct ObjectReader<'r> {
    values: Map<String, Value>,
    /// The known keys that unknown keys were meant to be.
    misspelt: Vec<&'static str>,
    reader: &'r mut SettingsReader,
}

impl ObjectReader<'_> {
    /// Returns true if the object has the key, or another key that was meant to be this one.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key) || self.misspelt.contains(&key)
    }

    /// Adds a problem with the object as a whole.
    pub fn add(&mut self, reason: &Reason<'_>) {
        self.reader.add(reason);
    }

    /// Adds a problem with `key`.
    pub fn add_at(&mut self, key: &str, reason: &Reason<'_>) {
        self.reader.add_at(&format!(".{key}"), reason);
    }

    /// Reads the value of `key`; `None` if the object lacks it.
    pub fn read<T>(&mut self, key: &str, read: Read<'_, T>) -> Option<T> {
        let value = self.values.remove(key)?;
        let length = self.reader.enter(&format!(".{key}"));
        let result = read(value, self.reader);
        self.reader.path.truncate(length);
        result
    }

    /// Does the same, and adds a problem if the object lacks the key. `write` says what to write.
    pub fn read_required<T>(&mut self, key: &str, write: &str, read: Read<'_, T>) -> Option<T> {
        if !self.has(key) {
            self.add_at(key, &Reason::Missing { write });
        }
        self.read(key, read)
    }
}
