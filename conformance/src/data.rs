//! Finds and reads the files under `tests/data`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The project's root folder.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A path below `tests/data`.
#[must_use]
pub fn path(below: &str) -> PathBuf {
    root().join("tests/data").join(below)
}

/// Reads one YAML file.
///
/// # Panics
/// Where the file is missing or has another shape: the data is part of the tests.
#[must_use]
pub fn yaml<T: DeserializeOwned>(path: &Path) -> T {
    serde_saphyr::from_str(&text(path))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads one file as text.
///
/// # Panics
/// Where the file cannot be read.
#[must_use]
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The entries of a folder, sorted.
///
/// # Panics
/// Where the folder cannot be read.
#[must_use]
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder's entry can be read").path())
        .collect();
    found.sort();
    found
}
