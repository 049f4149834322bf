//! The repository's files, by their paths from its root, where these tests run. A file that cannot
//! be read fails the test that reads it.

use std::{env, fs};

use serde_json::Value;

pub fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents in `text`, which is YAML or JSON and stands in `place`.
pub fn yaml(place: &str, text: &str) -> Vec<Value> {
    hostprocess::yaml::read(text).unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// The documents in the file at `path`.
pub fn documents(path: &str) -> Vec<Value> {
    yaml(path, &text(path))
}

/// The one document in the file at `path`.
pub fn document(path: &str) -> Value {
    let mut documents = documents(path);
    assert_eq!(documents.len(), 1, "documents in {path}");
    documents.remove(0)
}

/// The paths of what lies in `folder`, sorted.
pub fn below(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = entries.map(|entry| entry.expect("an entry").path().display().to_string());
    let mut paths: Vec<String> = paths.collect();
    paths.sort();
    paths
}

/// Asserts that the file at `path` holds `text`, or writes it.
pub fn assert_holds(path: &str, text: &str) {
    if env::var_os("UPDATE").is_some() {
        fs::write(path, text).expect("the file can be written");
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, text, "{path}: UPDATE=1 writes it anew");
}
