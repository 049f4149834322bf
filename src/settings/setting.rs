//! A place in the settings: reads what stands there, and says what is wrong with it.

use std::cell::RefCell;
use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::problems::Problems;
use super::types::Mode;
use crate::matching::pattern;
use crate::text::{format_step, quote};

/// What to write where a text is expected: YAML takes some words for something else.
pub const STRING: &str = "a string in quotes";

/// Says what is wrong with a text, and what to write.
pub type Check<'c> = &'c dyn Fn(&str) -> Option<String>;

/// What leads to a place. It is written where something is wrong there, and only then: writing it
/// for each field took most of the time of reading settings.
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'static str),
    Entry(&'a Path<'a>, usize),
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(of, key) => write!(f, "{of}.{key}"),
            Path::Entry(of, index) => write!(f, "{of}[{index}]"),
        }
    }
}

/// What stands at a place, and where what is wrong with it goes.
pub struct Place<'a> {
    /// None where it is left out, which is never wrong by itself.
    value: Option<Value>,
    path: Path<'a>,
    problems: &'a RefCell<Problems>,
}

impl<'a> Place<'a> {
    /// The settings as a whole.
    pub fn of(value: Value, problems: &'a RefCell<Problems>) -> Self {
        Place {
            value: Some(value),
            path: Path::Root,
            problems,
        }
    }

    pub fn is_left_out(&self) -> bool {
        self.value.is_none()
    }

    pub fn is_object(&self) -> bool {
        self.value.as_ref().is_some_and(Value::is_object)
    }

    /// The fields of the object; adds that it is something else.
    pub fn fields(&mut self, known: &'static str) -> Fields<'_> {
        let (is_object, unread) = match self.value.take_if(|value| value.is_object()) {
            Some(Value::Object(fields)) => (true, Vec::from_iter(fields)),
            _ => (false, Vec::new()),
        };
        if !is_object {
            self.mistyped::<()>("an object");
        }
        Fields {
            known,
            is_object,
            unread,
            of: self,
        }
    }

    /// Adds a problem with it.
    pub fn add(&self, problem: &str) {
        self.problems
            .borrow_mut()
            .add(&self.path.to_string(), problem);
    }

    /// Adds that it is something else than `wanted`.
    pub fn mistyped<T>(&self, wanted: &str) -> Option<T> {
        let found = match self.value.as_ref()? {
            Value::String(text) => quote(text),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Null => "null".to_owned(),
        };
        let instead = if found == "null" {
            ", or delete it"
        } else {
            ""
        };
        self.add(&format!("found {found}: write {wanted}{instead}"));
        None
    }

    pub fn flag(self) -> Option<bool> {
        self.value
            .as_ref()?
            .as_bool()
            .or_else(|| self.mistyped("true or false"))
    }

    pub fn mode(self) -> Option<Mode> {
        match self.value.as_ref()? {
            Value::String(text) if text == "deny" => Some(Mode::Deny),
            Value::String(text) if text == "warn" => Some(Mode::Warn),
            Value::String(text) if text == "ignore" => Some(Mode::Ignore),
            Value::String(text) if text.eq_ignore_ascii_case("off") => {
                self.add(&format!("found {}: did you mean ignore?", quote(text)));
                None
            }
            _ => self.mistyped("deny, warn or ignore"),
        }
    }

    pub fn text(mut self, wanted: &str, check: Check<'_>) -> Option<String> {
        let Some(Value::String(text)) = self.value.take_if(|value| value.is_string()) else {
            return self.mistyped(wanted);
        };
        if let Some(problem) = check(&text) {
            self.add(&format!("{} {problem}", quote(&text)));
        }
        Some(text)
    }

    /// What `read` makes of each entry of a list. Where that may not be empty, `instead` says
    /// what to write.
    pub fn list<T>(
        mut self,
        wanted: &str,
        instead: Option<&str>,
        read: &dyn Fn(Place<'_>) -> T,
    ) -> Option<Vec<T>> {
        let Some(Value::Array(entries)) = self.value.take_if(|value| value.is_array()) else {
            return self.mistyped(wanted);
        };
        if let Some(instead) = instead.filter(|_| entries.is_empty()) {
            self.add(&format!("is an empty list: {instead}"));
        }
        let entries = entries.into_iter().enumerate().map(|(index, entry)| {
            read(Place {
                value: Some(entry),
                path: Path::Entry(&self.path, index),
                ..self
            })
        });
        Some(entries.collect())
    }

    /// A list of patterns, of which none may be empty, nor any in another spelling than `*`.
    pub fn patterns(self, instead: &str, check: Check<'_>) -> Option<Vec<String>> {
        let check: Check<'_> = &|pattern| match pattern {
            "" => Some("is empty: write something, or delete it".to_owned()),
            _ if pattern::is_any_in_disguise(pattern) => {
                Some("is nothing but wildcards: write \"*\" for any".to_owned())
            }
            _ => check(pattern),
        };
        self.list("a list of strings: [...]", Some(instead), &|entry| {
            entry.text(STRING, check).unwrap_or_default()
        })
    }
}

/// The fields of an object. In the end it adds those that nobody has read.
pub struct Fields<'a> {
    /// Their keys, as messages list them.
    known: &'static str,
    is_object: bool,
    unread: Vec<(String, Value)>,
    of: &'a Place<'a>,
}

impl<'a> Fields<'a> {
    /// Whether there is a field `key` that was not read yet.
    pub fn has(&self, key: &str) -> bool {
        self.unread.iter().any(|(unread, _)| unread == key)
    }

    /// Reads the field `key`.
    pub fn field(&mut self, key: &'static str) -> Place<'a> {
        let index = self.unread.iter().position(|(unread, _)| unread == key);
        let value = index.map(|index| self.unread.swap_remove(index).1);
        Place {
            value,
            path: Path::Field(&self.of.path, key),
            problems: self.of.problems,
        }
    }

    /// The same; adds what to write where the object has none.
    pub fn required(&mut self, key: &'static str, write: &str) -> Place<'a> {
        let place = self.field(key);
        if self.is_object && place.is_left_out() {
            place.add(&format!("is missing: {write}"));
        }
        place
    }
}

impl Drop for Fields<'_> {
    fn drop(&mut self) {
        for (key, _) in &self.unread {
            let path = format!("{}{}", self.of.path, format_step(key));
            let problem = format!("unknown key: write one of {}", self.known);
            self.of.problems.borrow_mut().add(&path, &problem);
        }
    }
}
