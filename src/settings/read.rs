//! Reads settings with serde, and says in an administrator's words why they cannot be read.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::nearest::nearest;
use super::problems::Problem;
use crate::message::{quoted, step};

/// What is read of `value`.
///
/// # Errors
/// The first that keeps it from being read.
pub fn read<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, Problem> {
    match serde_path_to_error::deserialize::<_, Object<T>>(value) {
        Ok(Object(settings)) => Ok(settings),
        Err(error) => Err(in_plain_words(
            error.path(),
            &error.inner().to_string(),
            value,
        )),
    }
}

/// What is read of an object: of a list serde would take a struct's fields one by one.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        deserializer
            .deserialize_map(Fields(PhantomData))
            .map(Object)
    }
}

/// For `deserialize_with`: an object.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Object::deserialize(d).map(|Object(value)| value)
}

/// For `deserialize_with`: a list of objects.
pub fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    let objects: Vec<Object<T>> = Deserialize::deserialize(d)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

/// For `deserialize_with`: a list of objects that may be left out, but not be null.
pub fn given_objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Option<Vec<T>>, D::Error> {
    objects(d).map(Some)
}

/// For `deserialize_with`: what may be left out, but not be null.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// Reads what `0` names, and false, which is `off` in YAML 1.1.
pub struct Named<T>(pub fn(&str) -> Option<T>);

impl<T> Visitor<'_> for Named<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<T, E> {
        self.visit_str(if flag { "on" } else { "off" })
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        (self.0)(name).ok_or_else(|| E::custom("no name"))
    }
}

/// serde's `error` at `path` of the settings `root`.
fn in_plain_words(path: &Path, error: &str, root: &Value) -> Problem {
    // serde puts the names that it knows in backticks, and those that it found before them.
    if let Some((_, known)) = error
        .strip_prefix("unknown field `")
        .and_then(|error| error.rsplit_once("`, expected "))
    {
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let name = match path.iter().next_back() {
            Some(Segment::Map { key }) => key,
            _ => "",
        };
        let write = match nearest(name, &known) {
            Some(name) => name.to_owned(),
            None => format!("one of {}", known.join(", ")),
        };
        return problem(write_path(path), format!("unknown key: write {write}"));
    }
    let place = write_path(path);
    if let Some(key) = error
        .strip_prefix("missing field `")
        .and_then(|error| error.strip_suffix('`'))
    {
        let write = match key {
            "name" => "a name for the rule",
            _ => "[\"*\"] for any",
        };
        return problem(place + &step(key), format!("is missing: write {write}"));
    }
    let value = path.iter().try_fold(root, |value, step| match step {
        Segment::Seq { index } => value.get(index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    let found = match value {
        Some(Value::String(text)) => quoted(text),
        Some(Value::Array(_)) => "a list".to_owned(),
        Some(Value::Object(_)) => "an object".to_owned(),
        Some(Value::Null) | None => "null".to_owned(),
        Some(value) => value.to_string(),
    };
    let instead = match value {
        Some(Value::Null) if path.iter().len() > 0 => ", or delete it",
        _ => "",
    };
    let wanted = wanted(path);
    problem(place, format!("found {found}: write {wanted}{instead}"))
}

/// The problem at `path`.
fn problem(path: String, problem: String) -> Problem {
    Problem { path, problem }
}

/// `path` as messages show it.
fn write_path(path: &Path) -> String {
    let path: String = path
        .iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key } => step(key),
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect();
    match path.strip_prefix('.') {
        Some(path) => path.to_owned(),
        None if path.is_empty() => "settings".to_owned(),
        None => path,
    }
}

/// What has to stand at `path`.
fn wanted(path: &Path) -> &'static str {
    let (mut first, mut last, mut depth) = ("", "", 0);
    for segment in path.iter() {
        match segment {
            Segment::Map { key } if first.is_empty() => (first, last) = (key, key),
            Segment::Map { key } => (last, depth) = (key, 0),
            _ => depth += 1,
        }
    }
    match (last, depth) {
        ("", _) | ("allow" | "containers", 1) | ("requirements" | "minimumVersions", 0) => {
            "an object"
        }
        ("allow", _) => "a list of rules",
        ("containers", _) => "a list of containers",
        ("command" | "args", 0) => "a list of words: [powershell.exe, -File, ...]",
        ("exec", 0) => "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]",
        ("exec", 1) => "a list of words: [cmd.exe, /c, 'del x.tmp']",
        ("ephemeral" | "ephemeralContainers", _) => "true or false",
        ("kubernetes" | "containerd", _) => "a version in quotes: \"1.23\"",
        _ if first == "requirements" => "deny, warn or off",
        ("name", _) | (_, 1..) => "a string",
        _ => "a list of strings: [...]",
    }
}
