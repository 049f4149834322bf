//! Reads the fields of JSON objects as the Kubernetes API does. A null field is absent, and a value of
//! the wrong type is an error that names its path.
//!
//! ```ignore
//! let pod = Fields::new(&object)?;
//! let host_network = pod.flag("spec.hostNetwork")?;             // None if absent
//! let images = pod.list("spec.containers", |_, container| container.text("image"))?;
//! ```

use std::fmt;

use serde_json::Value;

use crate::text;

/// The result of reading a value.
pub type ReadResult<T> = Result<T, ReadError>;

/// Says which value cannot be read, and why. Its message shows the names of fields, escaped, and never
/// their values.
#[derive(Debug, PartialEq)]
pub struct ReadError {
    /// The path of the value that cannot be read; empty if that is the outermost value itself.
    path: String,
    reason: Reason,
}

#[derive(Debug, PartialEq)]
enum Reason {
    /// A field that must be there is absent.
    Missing,
    /// A value has another type than in the API.
    WrongType {
        expected: Type,
        found: Type,
    },
    /// The field has two names, and the request uses both.
    SetTwice {
        other_name: &'static str,
    },
    NotUtf8,
    /// The parser's message, which holds no text of the JSON.
    NotJson(String),
}

/// The types of JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Type {
    Null,
    Boolean,
    Number,
    String,
    List,
    Object,
}

/// The fields of an object. Null has no fields.
///
/// Each method takes the path of a field, and its errors name that path. A path is one key or several
/// keys with dots between them (`metadata.labels`). If the last key may have dots in it, it stands in
/// brackets (`metadata.annotations[a.b/c]`).
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    /// Returns the fields of `value`.
    ///
    /// # Errors
    /// `value` is neither an object nor null.
    pub fn new(value: &'a Value) -> ReadResult<Self> {
        match value {
            Value::Object(_) | Value::Null => Ok(Fields(value)),
            _ => Err(ReadError::wrong_type(Type::Object, value)),
        }
    }

    /// Returns the value of the field, of any type; `None` if it is absent.
    pub fn value(self, path: &str) -> ReadResult<Option<&'a Value>> {
        let Some((outer_path, key)) = split_last_key(path) else {
            return Ok(self.value_of_key(path));
        };
        // `get` reads the outer path by calling this function, so this recurses once per key.
        match self.get(outer_path, Fields::new)? {
            Some(outer) => Ok(outer.value_of_key(key)),
            None => Ok(None),
        }
    }

    fn value_of_key(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// Returns what `read` makes of the field's value; `None` if the field is absent.
    pub fn get<T>(
        self,
        path: &str,
        read: impl FnOnce(&'a Value) -> ReadResult<T>,
    ) -> ReadResult<Option<T>> {
        match self.value(path)? {
            Some(value) => read(value).map(Some).map_err(|error| error.within(path)),
            None => Ok(None),
        }
    }

    /// Returns what `read` makes of each object in a list. `read` is called with the index of the
    /// object and its fields.
    pub fn list<T>(
        self,
        path: &str,
        read: impl Fn(usize, Fields<'a>) -> ReadResult<T>,
    ) -> ReadResult<Vec<T>> {
        let entries = self.get(path, |list| {
            read_entries(list, |index, entry| read(index, Fields::new(entry)?))
        })?;
        Ok(entries.unwrap_or_default())
    }

    /// Returns the strings in a list.
    pub fn texts(self, path: &str) -> ReadResult<Vec<&'a str>> {
        let entries = self.get(path, |list| read_entries(list, |_, entry| read_text(entry)))?;
        Ok(entries.unwrap_or_default())
    }

    /// Returns the keys of an object, each with its string.
    pub fn labels(self, path: &str) -> ReadResult<Vec<(&'a str, &'a str)>> {
        let labels = self.get(path, read_labels)?;
        Ok(labels.unwrap_or_default())
    }

    /// Returns a string; `None` if it is absent or empty, which is the same for most fields of the API.
    pub fn text(self, path: &str) -> ReadResult<Option<&'a str>> {
        let text = self.get(path, read_text)?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// Returns a string; the empty string if it is absent.
    pub fn text_or_empty(self, path: &str) -> ReadResult<&'a str> {
        let text = self.get(path, read_text)?;
        Ok(text.unwrap_or_default())
    }

    /// Returns a boolean; `None` if it is absent.
    pub fn flag(self, path: &str) -> ReadResult<Option<bool>> {
        self.get(path, |value| match value {
            Value::Bool(flag) => Ok(*flag),
            _ => Err(ReadError::wrong_type(Type::Boolean, value)),
        })
    }
}

/// Reads a string. Null is the empty string, as it is for the API in a list or a map.
pub fn read_text(value: &Value) -> ReadResult<&str> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(""),
        _ => Err(ReadError::wrong_type(Type::String, value)),
    }
}

/// Parses JSON in which at most 127 lists and objects stand within each other.
pub fn parse_json(json: &[u8]) -> ReadResult<Value> {
    // Cargo.toml optimises serde_json for speed and this crate for size. The parser behind `str::parse`
    // is compiled in serde_json. `serde_json::from_slice` is generic, so it would be compiled here.
    let Ok(text) = str::from_utf8(json) else {
        return Err(ReadError::new(Reason::NotUtf8));
    };
    text.parse()
        .map_err(|error: serde_json::Error| ReadError::new(Reason::NotJson(error.to_string())))
}

/// Splits a path before its last key: both `metadata.labels` and `metadata[labels]` into `metadata`
/// and `labels`. Returns `None` if the path is a single key.
fn split_last_key(path: &str) -> Option<(&str, &str)> {
    let (path, separator) = match path.strip_suffix("]") {
        Some(path) => (path, b'['),
        None => (path, b'.'),
    };
    text::rsplit_once(path, separator)
}

fn read_entries<'a, T>(
    list: &'a Value,
    read: impl Fn(usize, &'a Value) -> ReadResult<T>,
) -> ReadResult<Vec<T>> {
    let Value::Array(list) = list else {
        return Err(ReadError::wrong_type(Type::List, list));
    };
    let mut entries = Vec::with_capacity(list.len());
    for (index, entry) in list.iter().enumerate() {
        let entry = read(index, entry).map_err(|error| error.within(&format!("[{index}]")))?;
        entries.push(entry);
    }
    Ok(entries)
}

fn read_labels(value: &Value) -> ReadResult<Vec<(&str, &str)>> {
    let Value::Object(fields) = value else {
        return Err(ReadError::wrong_type(Type::Object, value));
    };
    let mut labels = Vec::with_capacity(fields.len());
    for (key, value) in fields {
        let value = read_text(value).map_err(|error| error.within(&text::format_step(key)))?;
        labels.push((key.as_str(), value));
    }
    Ok(labels)
}

impl ReadError {
    /// Returns the error that the field `path` is missing.
    pub fn missing(path: &str) -> Self {
        ReadError::new(Reason::Missing).within(path)
    }

    /// Returns the error that the field `name` is set beside `other_name`, although both are names of
    /// the same field.
    pub fn set_twice(name: &str, other_name: &'static str) -> Self {
        ReadError::new(Reason::SetTwice { other_name }).within(name)
    }

    fn new(reason: Reason) -> Self {
        let path = String::new();
        ReadError { path, reason }
    }

    fn wrong_type(expected: Type, found: &Value) -> Self {
        let found = Type::of(found);
        ReadError::new(Reason::WrongType { expected, found })
    }

    /// Returns this error with `outer` put before its path. `outer` is the path of a field
    /// (`spec.containers`), an entry of a list (`[0]`), or a step that `text::format_step` writes (`.a`
    /// or `[a.b/c]`). It is empty if this path begins at the outermost value already.
    pub fn within(self, outer: &str) -> Self {
        if outer.is_empty() {
            return self;
        }
        let inner = &self.path;
        let path = if inner.is_empty() || inner.starts_with(['.', '[']) {
            format!("{outer}{inner}")
        } else {
            format!("{outer}.{inner}")
        };
        ReadError {
            path,
            reason: self.reason,
        }
    }
}

impl Type {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Array(_) => Type::List,
            Value::Object(_) => Type::Object,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        match &self.reason {
            Reason::Missing => write!(f, "is missing"),
            Reason::WrongType { expected, found } => {
                if *expected == Type::Boolean {
                    write!(f, "must be true or false, but is {found}")
                } else {
                    write!(f, "must be {expected}, but is {found}")
                }
            }
            Reason::SetTwice { other_name } => write!(f, "must not be set beside {other_name}"),
            Reason::NotUtf8 => write!(f, "not UTF-8"),
            Reason::NotJson(error) => write!(f, "not JSON: {error}"),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Null => "null",
            Type::Boolean => "a boolean",
            Type::Number => "a number",
            Type::String => "a string",
            Type::List => "a list",
            Type::Object => "an object",
        })
    }
}
