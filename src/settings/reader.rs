//! Reads values of JSON, and collects what is wrong with them.
//!
//! Settings are read by hand. A derive of serde would stop at the first error, take a list for an
//! object and `null` for a key that is left out, show values unescaped, and make the module 29 KB
//! larger.
//!
//! Each request that asks for HostProcess reads all rules. So the methods that read a value are inlined,
//! although the module is optimised for size: that saves a tenth of the time, for 2 KB.

use serde_json::{Map, Value};

use super::problems::{MODES, Problems, Reason};
use super::requirement::Mode;
use super::unknown_key::{Keys, UnknownKey};
use crate::field_path::{FieldPath, Step};
use crate::matching::pattern;

/// For how many entries a list reserves room before they are read. Rules are larger than their JSON may
/// be, so a list of a million bad ones must not reserve room for all of them.
const MOST_RESERVED: usize = 1_000;

/// Says what is wrong with a string, and what to write; `None` if nothing is.
///
/// `Check` and [`Read`] are dynamic: a copy of each method below for each closure would make the module
/// larger.
pub type Check<'c> = &'c dyn Fn(&str) -> Option<String>;

/// Reads a value. `None` if nothing can be made of the value; the problem has been added then.
pub type Read<'r, T> = &'r dyn Fn(Value, &mut SettingsReader) -> Option<T>;

/// Reads values, knows the path of the value that it reads, and collects all problems.
///
/// A method that reads a value returns `None` if nothing can be made of the value, and has added the
/// problem then. A malformed string is returned, and added as a problem.
#[derive(Default)]
pub struct SettingsReader {
    /// The path of the value that is being read: `allow[1].images[0]`. Empty for the settings.
    path: FieldPath<'static>,
    pub problems: Problems,
}

impl SettingsReader {
    /// Adds a problem with the value that is being read.
    pub fn add(&mut self, reason: &Reason<'_>) {
        self.problems.add(&self.path, reason);
    }

    /// Adds a problem with a part of the value that is being read, to which `steps` lead.
    pub fn add_at(&mut self, steps: &[Step<'_>], reason: &Reason<'_>) {
        let mut path: FieldPath<'_> = self.path.clone();
        path.steps.extend(steps);
        self.problems.add(&path, reason);
    }

    /// Reads the `value` of a key or an entry, to which `step` leads.
    #[inline(always)]
    fn read_at<T>(&mut self, step: Step<'static>, value: Value, read: Read<'_, T>) -> Option<T> {
        self.path.steps.push(step);
        let result = read(value, self);
        self.path.steps.pop();
        result
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
            if keys.known.contains(&key.as_str()) {
                continue;
            }
            let hint = if self.problems.is_full() {
                // The problem is only counted, so no hint is needed. To find one takes long if there
                // are many keys.
                UnknownKey::Unlike { known: keys.known }
            } else {
                keys.explain(key, |known| values.contains_key(known))
            };
            if let UnknownKey::Misspelt(meant) = hint {
                misspelt.push(meant);
            }
            self.add_at(&[Step::Field(key)], &Reason::UnknownKey(hint));
        }
        Some(ObjectReader {
            values,
            misspelt,
            reader: self,
        })
    }

    /// Reads a list, whose entries `read_entry` reads. `expected` says what to write if the value is
    /// no list.
    #[inline(always)]
    pub fn read_list<T>(
        &mut self,
        value: Value,
        expected: &str,
        read_entry: Read<'_, T>,
    ) -> Option<Vec<T>> {
        let values = match value {
            Value::Array(values) => values,
            other => {
                self.refuse_type(&other, expected);
                return None;
            }
        };

        let mut entries = Vec::with_capacity(values.len().min(MOST_RESERVED));
        for (index, value) in values.into_iter().enumerate() {
            let entry = self.read_at(Step::Entry(index), value, read_entry);
            // Millions of bad entries must not fill the memory. Nobody uses the entries of invalid
            // settings.
            if let Some(entry) = entry
                && !self.problems.is_full()
            {
                entries.push(entry);
            }
        }
        Some(entries)
    }

    /// Reads a list as [`Self::read_list`] does, and adds a problem if the list is empty. `if_empty`
    /// says what to write then.
    #[inline(always)]
    pub fn read_filled_list<T>(
        &mut self,
        value: Value,
        expected: &str,
        if_empty: &str,
        read_entry: Read<'_, T>,
    ) -> Option<Vec<T>> {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if is_empty {
            self.add(&Reason::EmptyList { instead: if_empty });
        }
        self.read_list(value, expected, read_entry)
    }

    /// Reads a list of patterns, which `check` checks. `if_empty` says what to write if the list is
    /// empty.
    pub fn read_patterns(
        &mut self,
        value: Value,
        if_empty: &str,
        check: Check<'_>,
    ) -> Option<Vec<String>> {
        let expected = "a list of strings: [...]";
        self.read_filled_list(value, expected, if_empty, &|value, reader| {
            reader.read_string(value, &|pattern| check_pattern_of_any_list(pattern, check))
        })
    }

    /// Reads a string, which `check` checks.
    #[inline(always)]
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

    /// Reads a mode. A boolean is not a mode: `rootfsLocation: false` can come from `off`, which YAML
    /// 1.1 reads as `false`, or can be meant as "this annotation must not be there".
    pub fn read_mode(&mut self, value: Value) -> Option<Mode> {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(false) => {
                self.add(&Reason::FalseForMode);
                return None;
            }
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

    /// Adds the problem that `found` has another type than its key takes.
    fn refuse_type(&mut self, found: &Value, expected: &str) {
        // A rule without the key may admit more than one with it, so no message proposes to delete the
        // key.
        if found.is_null() && self.reads_key_of_rule() {
            self.add(&Reason::NullInRule { instead: expected });
        } else {
            self.add(&Reason::WrongType { found, expected });
        }
    }

    /// Returns whether the value that is being read is that of a key in a rule.
    fn reads_key_of_rule(&self) -> bool {
        matches!(
            self.path.steps[..],
            [Step::Field("allow"), Step::Entry(_), .., Step::Field(_)]
        )
    }
}

/// Checks a pattern of any list, and then as `check` does for the list that holds it.
fn check_pattern_of_any_list(pattern: &str, check: Check<'_>) -> Option<String> {
    if pattern.is_empty() {
        return Some("is empty: write something, or delete it".to_owned());
    }
    // In some lists `*` matches more than `**` would: it also matches a container without an account,
    // or an object without a namespace.
    if pattern::is_any_in_disguise(pattern) {
        return Some("has only wildcards: write a name, or \"*\" for any".to_owned());
    }
    check(pattern)
}

/// Reads the values of an object by their keys. Unknown keys have been added as problems.
pub struct ObjectReader<'r> {
    values: Map<String, Value>,
    /// The known keys that misspelt keys were meant to be.
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
        self.reader.add_at(&[Step::Field(key)], reason);
    }

    /// Reads the value of `key`, and leaves null in its place. `None` if the object lacks the key or has
    /// it misspelt, or if nothing can be made of the value.
    #[inline(always)]
    pub fn read<T>(&mut self, key: &'static str, read: Read<'_, T>) -> Option<T> {
        let value = self.values.get_mut(key)?.take();
        self.reader.read_at(Step::Field(key), value, read)
    }

    /// Reads the value of `key`, and adds a problem if the object lacks the key. `if_missing` says what
    /// to write then.
    #[inline(always)]
    pub fn read_required<T>(
        &mut self,
        key: &'static str,
        if_missing: &str,
        read: Read<'_, T>,
    ) -> Option<T> {
        let reason = match self.values.get_mut(key) {
            // Only rules have keys that are required.
            Some(Value::Null) => Reason::NullInRule {
                instead: if_missing,
            },
            Some(value) => {
                let value = value.take();
                return self.reader.read_at(Step::Field(key), value, read);
            }
            // That it is misspelt is a problem already.
            None if self.misspelt.contains(&key) => return None,
            None => Reason::Missing {
                instead: if_missing,
            },
        };
        self.add_at(key, &reason);
        None
    }
}
