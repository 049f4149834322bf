//! The command and the module agree: `hostprocess check` says of each admission request in
//! `data/requests`, under each of the settings in `data/settings`, what the module answers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hostprocess::yaml;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The one document in the file at `path`.
fn document(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("the file can be read");
    yaml::read_single(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn settings_files() -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("tests/data/settings")).expect("the folder is there");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    // The command refuses settings that are not valid.
    paths
        .filter(|path| !path.ends_with("not_valid.yaml"))
        .collect()
}

/// What the command says about all requests under the settings in a file.
fn check(settings: &Path) -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--locked",
            "--package",
            "hostprocess",
            "--",
        ])
        .args([
            "check",
            "-v",
            "-o",
            "json",
            "tests/data/requests",
            "--settings",
        ])
        .arg(settings)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["objects"].as_array().expect("a list").clone()
}

/// What the module answers to a request under settings. It has no cluster to ask.
fn validate(request: &Value, settings: &Value) -> Value {
    let payload = json!({"request": request, "settings": settings}).to_string();
    let answer = harness::policy().validate(payload.as_bytes());
    serde_json::from_slice(&answer.expect("no trap")).expect("JSON")
}

/// The parts of the module's answer that the command's JSON has, too.
fn as_the_command_says_it(answer: &Value) -> Value {
    let annotation = |key: &str| answer["audit_annotations"][key].as_str();
    let rule: Option<Value> =
        annotation("suggested-rule").map(|rule| yaml::read_single(rule).expect("JSON"));
    let rules: Option<Vec<_>> = annotation("allowed-by").map(|names| names.split(',').collect());
    json!({
        "denied": answer["accepted"] != true,
        "allowedBy": rules,
        "suggestedRule": rule,
        "warnings": answer["warnings"],
    })
}

/// Asserts that the module's message has each reason that the command gives. What the host says
/// differs: neither has a cluster, and each says so in its own words.
fn assert_message_has_reasons(said: &Value, answer: &Value) {
    let message = answer["message"].as_str().unwrap_or_default();
    for reason in said["reasons"].as_array().into_iter().flatten() {
        let reason = reason.as_str().expect("a text");
        let before_host = reason.split(": \"no cluster").next().unwrap_or_default();
        assert!(message.contains(before_host), "{said}\n{answer}");
    }
}

#[test]
fn check_says_what_the_module_says() {
    let mut compared = 0;
    for settings_file in settings_files() {
        let settings = document(&settings_file);
        for said in check(&settings_file) {
            // The module asks RBAC, which the command cannot.
            if said["verdict"] == "dependsOnRequester" {
                continue;
            }
            let file = said["file"].as_str().expect("a path");
            let answer = validate(&document(&root().join(file)), &settings);

            assert_message_has_reasons(&said, &answer);
            let said_of_it = json!({
                "denied": said["verdict"] == "denied",
                "allowedBy": said["allowedBy"],
                "suggestedRule": said["suggestedRule"],
                "warnings": said["warnings"],
            });
            let place = format!("{file} under {}", settings_file.display());
            assert_eq!(said_of_it, as_the_command_says_it(&answer), "{place}");
            compared += 1;
        }
    }
    // A report without objects would compare nothing.
    assert!(compared > 200, "{compared} compared");
}
