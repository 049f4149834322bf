//! Runs the console sessions of the Markdown files beside this one and of the README: what
//! follows `$ ` by `sh` in `tests/data`, with the built `hostprocess`. What it writes has to
//! stand below, to the letter, and its exit status in brackets where it is not 0.
//! `UPDATE=1 cargo test --workspace --test console` writes it there.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use rstest::rstest;

#[rstest]
#[case::readme("README.md")]
#[case::check("tests/check.md")]
#[case::input("tests/input.md")]
#[case::reading("tests/reading.md")]
#[case::rules("tests/rules.md")]
#[case::suggest("tests/suggest.md")]
#[case::validate("tests/validate.md")]
fn sessions_are_as_written(#[case] file: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let written = fs::read_to_string(&file).unwrap();
    let mut run = String::new();
    let mut in_session = false;
    for line in written.lines() {
        if line.starts_with("```") {
            in_session = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| in_session);
        if command.is_some() || !in_session || line == "```console" {
            run += &format!("{line}\n");
        }
        run += &command.map(output).unwrap_or_default();
    }
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &run).unwrap();
        return;
    }
    assert_eq!(run, written);
}

/// What `command` writes to standard output and standard error, and its exit status.
fn output(command: &str) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_hostprocess"))
        .parent()
        .unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
        .env(
            "PATH",
            format!("{}:{}", built.display(), env::var("PATH").unwrap()),
        )
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    match output.status.code().unwrap() {
        0 => {}
        status => text += &format!("[{status}]\n"),
    }
    text
}
