//! Reads the fields of JSON objects the way the Kubernetes API does: null is absent, and a
//! value of another type is an error that names its path.

use std::fmt;

use serde_json::Value;

use crate::matching::split;
use crate::text;

/// Why something cannot be read: where, and the reason. It shows field names, escaped, and
/// no values.
#[derive(Debug, PartialEq)]
pub struct ReadError {
    path: String,
    reason: String,
}

impl ReadError {
    /// What is read cannot be, for `reason`.
    pub fn new(reason: impl Into<String>) -> Self {
        ReadError {
            path: String::new(),
            reason: reason.into(),
        }
    }

    /// The same, of what stands at `path`: fields (`spec.containers`), or an entry (`[0]`).
    pub fn within(mut self, path: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with(['.', '[']) {
            ""
        } else {
            "."
        };
        self.path = format!("{path}{dot}{}", self.path);
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.path, self.reason)
    }
}

/// What is read, or why it cannot be.
pub type ReadResult<T> = Result<T, ReadError>;

/// The fields of an object; none of an object that is null. What reads one takes its path: its
/// key, or several with dots between them (`metadata.labels`), or the last in brackets. It gives
/// none where the field is absent or null; its errors have the path of what is of another type.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    /// The fields of `value`, which has to be an object or null.
    pub fn of(value: &'a Value) -> ReadResult<Self> {
        match value {
            Value::Object(_) | Value::Null => Ok(Fields(value)),
            _ => Err(mistyped("an object", value)),
        }
    }

    /// The value of the field, of any type.
    pub fn value(self, path: &str) -> ReadResult<Option<&'a Value>> {
        let in_brackets = path
            .strip_suffix(']')
            .and_then(|path| split::last(path, b'['));
        let (fields, key) = match in_brackets.or_else(|| split::last(path, b'.')) {
            Some((outer, key)) => (self.get(outer, Fields::of)?, key),
            None => (Some(self), path),
        };
        Ok(fields
            .and_then(|fields| fields.0.get(key))
            .filter(|value| !value.is_null()))
    }

    /// What `read` makes of the field.
    pub fn get<T>(
        self,
        path: &str,
        read: impl FnOnce(&'a Value) -> ReadResult<T>,
    ) -> ReadResult<Option<T>> {
        let value = self.value(path)?;
        value
            .map(|value| read(value).map_err(|error| error.within(path)))
            .transpose()
    }

    /// What `read` makes of each object in the list, told its index.
    pub fn list<T>(
        self,
        path: &str,
        read: impl Fn(usize, Fields<'a>) -> ReadResult<T>,
    ) -> ReadResult<Vec<T>> {
        let each = |index, entry| read(index, Fields::of(entry)?);
        Ok(self
            .get(path, |list| entries(list, each))?
            .unwrap_or_default())
    }

    /// The texts in the list.
    pub fn texts(self, path: &str) -> ReadResult<Vec<&'a str>> {
        Ok(self
            .get(path, |list| entries(list, |_, entry| text(entry)))?
            .unwrap_or_default())
    }

    /// The texts in the map by their names.
    pub fn labels(self, path: &str) -> ReadResult<Vec<(&'a str, &'a str)>> {
        let mut all = Vec::new();
        self.get(path, |labels| {
            for (name, value) in Fields::of(labels)?.0.as_object().into_iter().flatten() {
                let value = text(value).map_err(|error| error.within(&text::step(name)))?;
                all.push((&**name, value));
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// The text; none where it is empty, too, which is absent in the API.
    pub fn text(self, path: &str) -> ReadResult<Option<&'a str>> {
        Ok(self.get(path, text)?.filter(|text| !text.is_empty()))
    }

    /// The flag.
    pub fn flag(self, path: &str) -> ReadResult<Option<bool>> {
        self.get(path, |value| {
            value
                .as_bool()
                .ok_or_else(|| mistyped("true or false", value))
        })
    }
}

/// What `read` makes of each entry of `list`, told its index.
fn entries<'a, T>(
    list: &'a Value,
    read: impl Fn(usize, &'a Value) -> ReadResult<T>,
) -> ReadResult<Vec<T>> {
    let mut all = Vec::new();
    let list = list.as_array().ok_or_else(|| mistyped("a list", list))?;
    for (index, entry) in list.iter().enumerate() {
        all.push(read(index, entry).map_err(|error| error.within(&format!("[{index}]")))?);
    }
    Ok(all)
}

/// A text; empty where it is null, as the API reads an entry of a list or a map.
pub fn text(value: &Value) -> ReadResult<&str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err(mistyped("a string", value)),
    }
}

/// What JSON of at most 128 levels holds; the reason why it cannot be read shows nothing of it.
pub fn json(json: &[u8]) -> ReadResult<Value> {
    // Not `from_slice`, which would be compiled here, for size: `parse` is serde_json's own.
    let text = str::from_utf8(json).map_err(|_| ReadError::new("JSON: not UTF-8"))?;
    text.parse()
        .map_err(|error| ReadError::new(format!("JSON: {error}")))
}

/// The error of something else than `expected` (`a string`) that was found.
fn mistyped(expected: &str, found: &Value) -> ReadError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    ReadError::new(format!("{expected} is expected, found {found}"))
}
