//! What fuzzing starts from: the examples and the data of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Writes the seeds of `target` into its corpus.
///
/// # Panics
/// A file cannot be read or written.
pub fn write_seeds(target: &str) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&corpus).expect("the corpus can be written");
    for (name, seed) in seeds(target) {
        fs::write(corpus.join(name), seed).expect("the corpus can be written");
    }
}

/// Returns the seeds of `target`, each with the name of its file.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "validate" => payloads(),
        "validate_settings" => {
            let settings = documents("tests/data/settings").into_iter();
            settings
                .map(|(name, settings)| (name, settings.to_string().into_bytes()))
                .collect()
        }
        // These read YAML.
        "manifests" | "yaml" => {
            let mut paths = files_below(&repository().join("artefacts/examples"));
            paths.extend(files_below(&repository().join("cli/tests/data")));
            paths
                .iter()
                .map(|path| (flat_name(path), read(path)))
                .collect()
        }
        // The others take their input apart by `Arbitrary`, for which no file has a meaning.
        _ => Vec::new(),
    }
}

/// Returns the requests of the tests, each with settings of the tests.
fn payloads() -> Vec<(String, Vec<u8>)> {
    let settings = documents("tests/data/settings");
    let mut payloads = Vec::new();
    for (index, (name, request)) in documents("tests/data/requests").into_iter().enumerate() {
        let (_, settings) = &settings[index % settings.len()];
        let payload = json!({ "request": request, "settings": settings });
        payloads.push((name, payload.to_string().into_bytes()));
    }
    payloads
}

/// Returns the only document of each file in `folder`, with the name of the file.
fn documents(folder: &str) -> Vec<(String, Value)> {
    let mut documents = Vec::new();
    for path in files_below(&repository().join(folder)) {
        let text = String::from_utf8(read(&path)).expect("a text");
        let document = hostprocess::yaml::read(&text).expect("YAML").remove(0);
        documents.push((flat_name(&path), document));
    }
    documents
}

/// Returns all files below `folder`, in alphabetical order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("fuzz lies in the repository")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file can be read")
}

/// Returns the path of a file in the repository as the name of one file.
fn flat_name(path: &Path) -> String {
    let path = path
        .strip_prefix(repository())
        .expect("a file of the repository");
    path.to_string_lossy().replace('/', "-")
}
