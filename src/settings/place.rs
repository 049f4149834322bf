//! A place in the settings: reads what stands there, and says what is wrong with it.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use super::problems::Problems;
use crate::message::{quoted, step};
use crate::pattern;

/// Says what is wrong with a text, and what to write.
pub type Check<'c> = &'c dyn Fn(&str) -> Option<String>;

/// What leads to a place. It is written where something is wrong there, and only then: writing it
/// for each field took most of the time of reading settings.
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
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
    pub value: Option<&'a Value>,
    path: Path<'a>,
    /// The fields that were read.
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Place<'a> {
    /// The settings as a whole.
    pub fn of(value: &'a Value, problems: &'a mut Problems) -> Self {
        Place { value: Some(value), path: Path::Root, known: Vec::new(), problems }
    }

    /// The field `key`.
    pub fn field(&mut self, key: &'static str) -> Place<'_> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        let value = self.value.and_then(|value| value.get(key));
        let path = Path::Field(&self.path, key);
        Place { value, path, known: Vec::new(), problems: self.problems }
    }

    pub fn has(&self, key: &str) -> bool {
        self.value.is_some_and(|value| value.get(key).is_some())
    }

    /// Adds a problem with it.
    pub fn add(&mut self, problem: &str) {
        self.problems.add(&self.path.to_string(), problem);
    }

    /// Adds what to write where an object has no `key`.
    pub fn require(&mut self, key: &'static str, write: &str) {
        if self.value.is_some_and(Value::is_object) && !self.has(key) {
            self.field(key).add(&format!("is missing: {write}"));
        }
    }

    /// Adds that it is no object, or else its fields that were not read.
    pub fn end(mut self) {
        let Some(Value::Object(fields)) = self.value else {
            return self.mistyped("an object").unwrap_or_default();
        };
        for key in fields.keys().filter(|key| !self.known.contains(&&***key)) {
            let problem = format!("unknown key: write one of {}", self.known.join(", "));
            self.problems.add(&format!("{}{}", self.path, step(key)), &problem);
        }
    }

    /// Adds that it is something else than `wanted`.
    pub fn mistyped<T>(&mut self, wanted: &str) -> Option<T> {
        let found = match self.value? {
            Value::String(text) => quoted(text),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            // Numbers, flags and null.
            value => value.to_string(),
        };
        let instead = if found == "null" { ", or delete it" } else { "" };
        self.add(&format!("found {found}: write {wanted}{instead}"));
        None
    }

    pub fn flag(mut self) -> Option<bool> {
        self.value?.as_bool().or_else(|| self.mistyped("true or false"))
    }

    pub fn text(mut self, wanted: &str, check: Check<'_>) -> Option<String> {
        let Some(Value::String(text)) = self.value else {
            return self.mistyped(wanted);
        };
        if let Some(problem) = check(text) {
            self.add(&format!("{} {problem}", quoted(text)));
        }
        Some(text.clone())
    }

    /// What `read` makes of each entry of a list. Where that may not be empty, `instead` says
    /// what to write.
    pub fn list<T>(
        mut self,
        wanted: &str,
        instead: Option<&str>,
        read: &dyn Fn(Place<'_>) -> T,
    ) -> Option<Vec<T>> {
        let Some(Value::Array(entries)) = self.value else {
            return self.mistyped(wanted);
        };
        if let Some(instead) = instead.filter(|_| entries.is_empty()) {
            self.add(&format!("is an empty list: {instead}"));
        }
        let entries = entries.iter().enumerate().map(|(index, entry)| {
            let path = Path::Entry(&self.path, index);
            let problems = &mut *self.problems;
            read(Place { value: Some(entry), path, known: Vec::new(), problems })
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
            entry.text("a string", check).unwrap_or_default()
        })
    }
}
