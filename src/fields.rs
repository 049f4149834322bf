//! Reads the fields of JSON objects the way the Kubernetes API does: null is absent, and a
//! value of another type is an error that names its path.

use std::fmt;

use serde_json::{Map, Value};

use crate::message;

/// Why something cannot be read: where, and the reason. It shows field names, escaped, and
/// no values.
#[derive(Debug, PartialEq)]
pub struct Unreadable {
    path: String,
    reason: String,
}

impl Unreadable {
    /// What is read cannot be, for `reason`.
    pub fn new(reason: impl Into<String>) -> Self {
        Unreadable { path: String::new(), reason: reason.into() }
    }

    /// The same, of what stands at `path`: a field, an entry (`[0]`), or several steps.
    pub fn within(mut self, path: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{path}{dot}{}", self.path);
        self
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.path {
            "" => f.write_str(&self.reason),
            path => write!(f, "{path}: {}", self.reason),
        }
    }
}

/// The fields of an object; none of an object that is null. What reads one gives none where it
/// is absent or null; its errors, of a value of another type, have the path of the field.
#[derive(Clone, Copy)]
pub struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    /// The fields of `value`, which has to be an object or null.
    pub fn of(value: &'a Value) -> Result<Self, Unreadable> {
        match value {
            Value::Object(fields) => Ok(Fields(Some(fields))),
            Value::Null => Ok(Fields(None)),
            _ => Err(mistyped("an object", value)),
        }
    }

    /// What `read` makes of the field `key`.
    pub fn get<T>(
        self,
        key: &str,
        read: impl FnOnce(&'a Value) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Unreadable> {
        let value = self.0.and_then(|fields| fields.get(key)).filter(|value| !value.is_null());
        value.map(|value| read(value).map_err(|error| error.within(key))).transpose()
    }

    /// What `read` makes of the field that the keys of `path` lead to.
    pub fn at<T>(
        self,
        path: &[&str],
        read: impl FnOnce(&'a Value) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, Unreadable> {
        match path {
            [] => Ok(None),
            [key] => self.get(key, read),
            [key, rest @ ..] => {
                Ok(self.get(key, |value| Fields::of(value)?.at(rest, read))?.flatten())
            }
        }
    }

    /// What `read` makes of each object in the list `key`, told its index.
    pub fn list<T>(
        self,
        key: &str,
        mut read: impl FnMut(usize, Fields<'a>) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Unreadable> {
        let mut all = Vec::new();
        self.each(key, &mut |index, entry| {
            all.push(read(index, Fields::of(entry)?)?);
            Ok(())
        })?;
        Ok(all)
    }

    fn each(
        self,
        key: &str,
        read: &mut dyn FnMut(usize, &'a Value) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        self.get(key, |list| entries(list, read)).map(|_| ())
    }

    /// The text `key`; none where it is empty, too, which is absent in the API.
    pub fn text(self, key: &str) -> Result<Option<&'a str>, Unreadable> {
        Ok(self.get(key, text)?.filter(|text| !text.is_empty()))
    }

    /// The text `key`; empty where there is none.
    pub fn text_or_empty(self, key: &str) -> Result<&'a str, Unreadable> {
        Ok(self.get(key, text)?.unwrap_or_default())
    }

    /// The texts in the list `key`.
    pub fn texts(self, key: &str) -> Result<Vec<&'a str>, Unreadable> {
        Ok(self.get(key, texts)?.unwrap_or_default())
    }

    /// The texts in the map `key` by their names.
    pub fn labels(self, key: &str) -> Result<Vec<(&'a str, &'a str)>, Unreadable> {
        let mut all = Vec::new();
        let labels = self.get(key, Fields::of)?.and_then(|labels| labels.0);
        for (name, value) in labels.into_iter().flatten() {
            let path = || format!("{key}{}", message::step(name));
            all.push((&**name, text(value).map_err(|error| error.within(&path()))?));
        }
        Ok(all)
    }
}

fn entries<'a>(
    list: &'a Value,
    read: &mut dyn FnMut(usize, &'a Value) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let list = list.as_array().ok_or_else(|| mistyped("a list", list))?;
    for (index, entry) in list.iter().enumerate() {
        read(index, entry).map_err(|error| error.within(&format!("[{index}]")))?;
    }
    Ok(())
}

/// A text; empty where it is null, as the API reads an entry of a list or a map.
pub fn text(value: &Value) -> Result<&str, Unreadable> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err(mistyped("a string", value)),
    }
}

/// A list of texts.
pub fn texts(list: &Value) -> Result<Vec<&str>, Unreadable> {
    let mut texts = Vec::new();
    entries(list, &mut |_, entry| {
        texts.push(text(entry)?);
        Ok(())
    })?;
    Ok(texts)
}

/// A flag.
pub fn flag(value: &Value) -> Result<bool, Unreadable> {
    value.as_bool().ok_or_else(|| mistyped("true or false", value))
}

/// The error of something else than `expected` (`a string`) that was found.
fn mistyped(expected: &str, found: &Value) -> Unreadable {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Unreadable::new(format!("{expected} is expected, found {found}"))
}
