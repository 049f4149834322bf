//! Reads the files of the tables.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The longest line of a table, in characters.
const LONGEST_LINE: usize = 120;

/// A case of a table, or a part of one.
pub type Entry = Map<String, Value>;

/// What the cases of all tables start from: `fixtures.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// Pod templates by name.
    pods: Entry,
    /// The rule that the `rule` of a case changes.
    pub rule: Entry,
    /// The namespace and the sender of the request.
    pub request: Value,
}

/// A file of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The keys of every case that does not have them itself.
    #[serde(default)]
    defaults: Entry,
    cases: Vec<Entry>,
}

impl Fixtures {
    pub fn read() -> Self {
        let path = data_path("fixtures.yaml");
        read_yaml(&path)
    }

    /// Returns the pod template of that name.
    pub fn pod(&self, name: &str) -> Value {
        let pod = self.pods.get(name);
        pod.unwrap_or_else(|| panic!("no pod {name}")).clone()
    }
}

/// Returns the cases of `file`, a path below `tests/data`, each with the file's defaults.
pub fn read_cases(file: &str) -> Vec<Entry> {
    let File { defaults, cases } = read_yaml(&data_path(file));
    cases
        .into_iter()
        .map(|case| with_defaults(case, &defaults))
        .collect()
}

/// Returns `case` with the `defaults` that it does not replace. A null in the case removes the default.
/// A case with a `payload` of its own gets no defaults.
fn with_defaults(case: Entry, defaults: &Entry) -> Entry {
    if case.contains_key("payload") {
        return case;
    }
    let mut complete = defaults.clone();
    for (key, value) in case {
        if value.is_null() && defaults.contains_key(&key) {
            complete.remove(&key);
        } else {
            complete.insert(key, value);
        }
    }
    complete
}

/// Returns the names of the files with decisions, without `.yaml`, in alphabetical order.
pub fn decision_files() -> Vec<String> {
    let name = |file: &PathBuf| {
        let name = file.file_stem().expect("the file has a name");
        name.to_str().expect("file names are text").to_owned()
    };
    yaml_files_in("decisions").iter().map(name).collect()
}

/// Returns the YAML files of `folder`, a path below `tests/data`, in alphabetical order.
fn yaml_files_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(data_path(folder)).expect("the folder can be read");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    files
}

/// Reads `value`, which messages call `name`.
///
/// # Panics
/// `value` has another shape. That is a mistake in the tests' own data.
pub fn read_as<T: DeserializeOwned>(name: &str, value: Value) -> T {
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Deserializes a key that may be null: `None` only if the key is absent.
pub fn deserialize_nullable<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Checks that people can read every line of the tables without scrolling.
///
/// # Panics
/// A line is too long.
pub fn check_line_lengths() {
    let mut too_long = Vec::new();
    for file in [yaml_files_in("."), yaml_files_in("decisions")].concat() {
        for (index, line) in read_text(&file).lines().enumerate() {
            if line.chars().count() > LONGEST_LINE {
                too_long.push(format!("{}:{}", file.display(), index + 1));
            }
        }
    }
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

/// Checks that each case has a name of its own.
///
/// # Panics
/// Two cases have the same name.
pub fn check_names_are_unique<'n>(names: impl Iterator<Item = &'n str>) {
    let mut known = HashSet::new();
    for name in names {
        assert!(known.insert(name), "two cases have the name `{name}`");
    }
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> T {
    serde_saphyr::from_str(&read_text(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn data_path(below: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(below)
}
