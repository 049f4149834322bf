//! Installing the command: the GitHub Action's script with a release in a local folder, and the
//! hooks for pre-commit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::commands::hostprocess;
use crate::{files, markdown};

/// The binary in the release: a script, so that it runs anywhere.
const BINARY: &str = "#!/bin/sh\necho installed\n";

/// The names of the binaries for all systems that action/install.sh knows. The script has a line
/// with `target=TRIPLE` for each.
fn binary_names() -> Vec<String> {
    let script = files::text("action/install.sh");
    let mut names = Vec::new();
    for rest in script.split("target=").skip(1) {
        let target = rest.split([' ', '\n']).next().unwrap_or_default();
        if target.contains("-windows-") {
            names.push(format!("hostprocess-{target}.exe"));
        } else if target.contains('-') {
            names.push(format!("hostprocess-{target}"));
        }
    }
    names
}

/// Makes the release 1.2.3 below `folder`, with the same binary for every system.
fn release(folder: &Path) {
    let release = folder.join("releases/v1.2.3");
    fs::create_dir_all(&release).expect("a folder");
    let names = binary_names();
    for name in &names {
        fs::write(release.join(name), BINARY).expect("a file");
    }

    let checksums = Command::new("sha256sum")
        .args(&names)
        .current_dir(&release)
        .output();
    let checksums = checksums.expect("sha256sum runs").stdout;
    fs::write(release.join("hostprocess-checksums.txt"), checksums).expect("a file");
}

/// The SHA-256 of the binary, as the checksums of the release say.
fn checksum(folder: &Path) -> String {
    let path = folder.join("releases/v1.2.3/hostprocess-checksums.txt");
    let text = fs::read_to_string(path).expect("checksums");
    text.split(' ').next().expect("a checksum").to_owned()
}

/// Runs the step of action.yml as a runner does, with the release in `folder`.
fn install(folder: &Path, version: &str, sha256: &str) -> Output {
    let step = files::document("action.yml")["runs"]["steps"][0].clone();
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c"])
        .arg(step["run"].as_str().expect("a script"))
        .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
        .env("GITHUB_PATH", folder.join("path"))
        .env("RUNNER_TEMP", folder)
        .env(
            "HOSTPROCESS_RELEASES",
            format!("file://{}/releases", folder.display()),
        )
        .env("SHA256", sha256)
        .env("VERSION", version)
        .output()
        .expect("bash runs")
}

fn installed_command(folder: &Path) -> PathBuf {
    folder.join("hostprocess/hostprocess")
}

#[test]
fn the_action_installs_a_binary_and_puts_it_on_the_path() {
    let folder = tempfile::tempdir().expect("a folder");
    release(folder.path());
    for (version, sha256) in [
        ("1.2.3", String::new()),
        ("v1.2.3", checksum(folder.path())),
        ("1.2.3", checksum(folder.path()).to_uppercase()),
    ] {
        let output = install(folder.path(), version, &sha256);
        assert!(output.status.success(), "{output:?}");
        let run = Command::new(installed_command(folder.path())).output();
        assert_eq!(run.expect("it runs").stdout, b"installed\n");
    }
    let path = fs::read_to_string(folder.path().join("path")).expect("a path");
    let expected = folder.path().join("hostprocess").display().to_string();
    assert_eq!(path.lines().next(), Some(&*expected));
}

#[test]
fn the_action_installs_nothing_with_another_checksum() {
    let folder = tempfile::tempdir().expect("a folder");
    release(folder.path());
    let other = "0".repeat(64);
    let output = install(folder.path(), "1.2.3", &other);
    assert!(!output.status.success(), "{output:?}");
    let message = String::from_utf8_lossy(&output.stderr);
    let expected = format!(
        " of v1.2.3 has the SHA-256 {}, and {other} was expected.\n",
        checksum(folder.path())
    );
    assert!(message.ends_with(&expected), "{message}");
    assert!(!installed_command(folder.path()).exists());
    assert!(!folder.path().join("path").exists());
}

#[test]
fn the_action_installs_nothing_that_is_not_in_the_checksums() {
    let folder = tempfile::tempdir().expect("a folder");
    release(folder.path());
    fs::write(
        folder
            .path()
            .join("releases/v1.2.3/hostprocess-checksums.txt"),
        "",
    )
    .expect("a file");
    let output = install(folder.path(), "1.2.3", "");
    assert!(!output.status.success(), "{output:?}");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.starts_with("hostprocess-checksums.txt of v1.2.3 does not list hostprocess-"),
        "{message}"
    );
    assert!(!installed_command(folder.path()).exists());
}

#[test]
fn the_action_fails_where_there_is_no_such_release() {
    let folder = tempfile::tempdir().expect("a folder");
    release(folder.path());
    let output = install(folder.path(), "9.9.9", "");
    assert!(!output.status.success(), "{output:?}");
    assert!(!installed_command(folder.path()).exists());
}

/// The hooks in .pre-commit-hooks.yaml.
fn hooks() -> Vec<Value> {
    let hooks = files::document(".pre-commit-hooks.yaml");
    hooks.as_array().expect("hooks").clone()
}

/// The hooks in the configuration of pre-commit in cli/README.md, with their `args`.
fn configured_hooks() -> Vec<Value> {
    for block in markdown::blocks(&files::text("cli/README.md")) {
        if block.language == "yaml" && block.text.starts_with("- repo:") {
            let repositories = files::yaml("cli/README.md", &block.text).remove(0);
            return repositories[0]["hooks"].as_array().expect("hooks").clone();
        }
    }
    panic!("cli/README.md has no configuration of pre-commit");
}

fn words(list: &Value) -> Vec<&str> {
    let words = list.as_array().into_iter().flatten();
    words.map(|word| word.as_str().expect("a word")).collect()
}

/// pre-commit runs the installed `hostprocess` once. It adds the user's `args`, and no file names.
#[test]
fn the_hooks_run_the_installed_command_as_the_readme_configures_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifests = folder.path().join("manifests");
    fs::create_dir_all(&manifests).expect("a folder");
    for (from, to) in [
        ("artefacts/policy.yaml", folder.path().join("policy.yaml")),
        (
            "artefacts/examples/windows-exporter/daemonset.yaml",
            manifests.join("daemonset.yaml"),
        ),
    ] {
        fs::copy(from, to).expect("a file");
    }

    let configured = configured_hooks();
    let hooks = hooks();
    assert_eq!(hooks.len(), configured.len());
    for (hook, configured) in hooks.iter().zip(&configured) {
        assert_eq!(hook["id"], configured["id"]);
        let entry = hook["entry"].as_str().expect("a command");
        assert_eq!(hook["language"], "system", "{entry}");
        assert_eq!(hook["pass_filenames"], false, "{entry}");

        let command = entry.strip_prefix("hostprocess ").expect("our command");
        let output = hostprocess()
            .arg(command)
            .args(words(&configured["args"]))
            .current_dir(folder.path())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{entry}: {output:?}");
    }
}

/// The commands of the workflow in cli/README.md, without `hostprocess`.
fn commands_of_the_workflow() -> Vec<String> {
    let blocks = markdown::blocks(&files::text("cli/README.md"));
    let workflow = blocks
        .iter()
        .find(|block| block.text.starts_with("name: HostProcess\n"))
        .expect("a workflow");
    let workflow = files::yaml("cli/README.md", &workflow.text).remove(0);
    let steps = workflow["jobs"]["check"]["steps"]
        .as_array()
        .expect("steps");
    let commands = steps.iter().filter_map(|step| step["run"].as_str());
    commands
        .map(|command| {
            let command = command.strip_prefix("hostprocess ").expect("our command");
            let (command, _output_file) = command.split_once(" > ").unwrap_or((command, ""));
            command.to_owned()
        })
        .collect()
}

/// The policy admits the manifest, so every command succeeds.
#[test]
fn the_workflow_in_the_readme_of_the_command_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifests = folder.path().join("deploy");
    fs::create_dir_all(&manifests).expect("a folder");
    fs::copy("artefacts/policy.yaml", folder.path().join("policy.yaml")).expect("a file");
    fs::copy(
        "artefacts/examples/windows-exporter/daemonset.yaml",
        manifests.join("daemonset.yaml"),
    )
    .expect("a file");

    for command in commands_of_the_workflow() {
        let output = hostprocess()
            .args(command.split(' '))
            .current_dir(folder.path())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{command}: {output:?}");
    }
}
