//! The repository's files. Every function panics on a file that cannot be read:
//! to these tests it is a failure like any other.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The repository's root.
#[must_use]
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .parent()
        .expect("the package lies below the root")
        .to_owned()
}

/// The text of the file at `path`, from the root.
#[must_use]
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The YAML documents of the file at `path`, from the root.
#[must_use]
pub fn documents(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The one YAML document of the file at `path`, from the root. JSON is YAML too.
#[must_use]
pub fn document(path: &str) -> Value {
    let mut documents = documents(path);
    assert_eq!(documents.len(), 1, "documents in {path}");
    documents.remove(0)
}

/// The files below the folder at `path`, at any depth, sorted, as paths from the root.
#[must_use]
pub fn below(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    for entry in entries {
        let entry = entry.expect("the folder can be listed");
        let name = format!("{path}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(below(&name));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}
