//! What the release workflow asks before it publishes: scripts/check-release.sh.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use published::{files, metadata};
use tempfile::TempDir;

const UNDATED: &str = "- Unreleased";
const DATED: &str = "- 2026-01-31";

/// A copy of the files that the script reads, in which the version is released.
fn released() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("scripts")).expect("a folder");
    for file in [
        "scripts/check-release.sh",
        "Cargo.toml",
        "metadata.yml",
        "CHANGELOG.md",
    ] {
        fs::copy(files::root().join(file), folder.path().join(file)).expect("a copy");
    }
    replace(folder.path(), "CHANGELOG.md", UNDATED, DATED);
    folder
}

fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("the copy can be read");
    fs::write(path, text.replacen(from, to, 1)).expect("the copy can be written");
}

fn check(folder: &Path, arguments: &[&str], repository: Option<&str>) -> Output {
    // Through the shell: a file that was written just now may still count as busy.
    let mut command = Command::new("bash");
    command.arg(folder.join("scripts/check-release.sh"));
    command
        .args(arguments)
        .env_remove("GITHUB_REPOSITORY")
        .env_remove("GITHUB_SERVER_URL");
    if let Some(repository) = repository {
        command.env("GITHUB_REPOSITORY", repository);
    }
    command.output().expect("the script runs")
}

fn tag() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_tag_of_the_version_is_released() {
    let folder = released();
    let output = check(folder.path(), &[&tag()], None);
    assert_eq!(
        (output.status.code(), said(&output).as_str()),
        (Some(0), "")
    );
}

#[test]
fn another_tag_is_refused_by_every_file() {
    let folder = released();
    let output = check(folder.path(), &["v9.9.9"], None);
    assert_eq!(output.status.code(), Some(1));
    for file in ["Cargo.toml", "metadata.yml", "CHANGELOG.md"] {
        assert!(said(&output).contains(file), "{}", said(&output));
    }
}

#[test]
fn a_tag_without_v_is_refused() {
    let folder = released();
    assert_eq!(
        check(folder.path(), &[env!("CARGO_PKG_VERSION")], None)
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn metadata_of_another_version_refuses() {
    let folder = released();
    replace(
        folder.path(),
        "metadata.yml",
        "policy.version: ",
        "policy.version: 9.",
    );
    let output = check(folder.path(), &[&tag()], None);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output).lines().count(), 1, "{}", said(&output));
    assert!(
        said(&output).contains("metadata.yml says 9."),
        "{}",
        said(&output)
    );
}

#[test]
fn an_undated_section_refuses() {
    let folder = released();
    replace(folder.path(), "CHANGELOG.md", DATED, UNDATED);
    let output = check(folder.path(), &[&tag()], None);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("section of CHANGELOG.md is missing"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_repository_that_is_not_the_source_refuses() {
    let folder = released();
    let output = check(folder.path(), &[&tag()], Some("somebody/fork"));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("https://github.com/somebody/fork"),
        "{}",
        said(&output)
    );

    let source = metadata::annotation("source");
    let own = source
        .strip_prefix("https://github.com/")
        .expect("the source is on GitHub");
    assert_eq!(
        check(folder.path(), &[&tag()], Some(own)).status.code(),
        Some(0)
    );
}

#[test]
fn the_target_is_what_the_policies_refer_to() {
    let folder = released();
    let output = check(folder.path(), &["--target", &tag()], None);
    let target = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        format!("registry://{}", target.trim_end()),
        metadata::module_reference()
    );
}

#[test]
fn the_notes_are_the_section_of_the_version() {
    let folder = released();
    let older = "\n## [0.0.1] - 2025-01-31\n\n- An older change.\n";
    let path = folder.path().join("CHANGELOG.md");
    let changelog = fs::read_to_string(&path).expect("the copy can be read");
    fs::write(&path, format!("{changelog}{older}")).expect("the copy can be written");
    let output = check(folder.path(), &["--notes", &tag()], None);
    let notes = String::from_utf8_lossy(&output.stdout);
    assert!(notes.contains("### Added"), "{notes}");
    assert!(
        !notes.contains("An older change") && !notes.contains("## [0"),
        "{notes}"
    );
}
