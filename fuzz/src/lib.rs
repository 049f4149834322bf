//! What every answer of the policy has to be, whatever it is asked; and what fuzzing starts from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use windows_hostprocess_policy::{NoHost, validate, validate_in_full};

/// Asks the policy, checks the form of its answer, and returns it.
///
/// # Panics
/// The answer has none of the forms that it may have, or the short cut for payloads in which
/// nothing can ask says otherwise than the full reading.
pub fn ask(payload: &[u8]) -> Value {
    let in_full = answer(&validate_in_full(payload, &NoHost));
    let answer = answer(&validate(payload, &NoHost));
    // What is no request at all is accepted unread, and refused where it is read.
    assert!(answer == in_full || in_full["code"] == 400 && answer["accepted"] == true);
    answer
}

fn answer(json: &[u8]) -> Value {
    let answer: Value = serde_json::from_slice(json).expect("the answer is JSON");
    match answer["accepted"].as_bool().expect("a verdict") {
        true => assert!(answer["code"].is_null() && answer["message"].is_null()),
        false => {
            assert!(answer["code"] == 403 || answer["code"] == 400, "{answer}");
            is_one_line(answer["message"].as_str().expect("a message"), 2000);
        }
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        is_one_line(warning.as_str().expect("a text"), 120);
    }
    answer
}

/// Checks that `text` is one line of printable ASCII, at most `longest` characters.
///
/// # Panics
/// It is not.
pub fn is_one_line(text: &str, longest: usize) {
    assert!(!text.is_empty() && text.len() <= longest, "{} characters", text.len());
    assert!(text.bytes().all(|c| (b' '..=b'~').contains(&c)), "{text:?}");
}

/// Writes the seeds of `target` into its corpus, made of the examples and the tests' data.
pub fn seed(target: &str) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus).expect("a folder");
    let write = |name: &str, seed: &[u8]| fs::write(corpus.join(name), seed).expect("a file");
    let settings = documents("tests/data/settings");
    match target {
        "validate" => {
            for (at, (name, request)) in documents("tests/data/requests").iter().enumerate() {
                let (_, settings) = &settings[at % settings.len()];
                write(
                    name,
                    json!({"request": request, "settings": settings}).to_string().as_bytes(),
                );
            }
        }
        "validate_settings" => {
            settings
                .iter()
                .for_each(|(name, settings)| write(name, settings.to_string().as_bytes()));
        }
        _ => {
            for path in ["artefacts/examples", "cli/tests/data"].into_iter().flat_map(files) {
                let name = path.to_string_lossy().replace('/', "-");
                write(&name, &fs::read(&path).expect("a file"));
            }
        }
    }
}

/// Names and contents of the files of one document each in `folder`.
fn documents(folder: &str) -> Vec<(String, Value)> {
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a file");
        let value = hostprocess::yaml::read(&text).expect("YAML").remove(0);
        (path.file_name().expect("a name").to_string_lossy().into_owned(), value)
    };
    files(folder).into_iter().map(read).collect()
}

/// All files below `folder` of the repository, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").join(folder);
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut entries: Vec<_> = entries.collect();
    entries.sort();
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path.to_string_lossy()),
        false => vec![path],
    };
    entries.into_iter().flat_map(below).collect()
}
