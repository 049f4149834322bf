//! The kwctl of the workflows: nothing is installed that is not pinned.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use published::files;
use tempfile::TempDir;

/// A copy of the script, and an archive to pin.
fn set_up() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let script = files::root().join(".github/kwctl.sh");
    fs::copy(script, folder.path().join("kwctl.sh")).expect("a copy");
    fs::write(folder.path().join("kwctl.zip"), "an archive").expect("a file");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("bash");
    command
        .arg(folder.join("kwctl.sh"))
        .args(arguments)
        .current_dir(folder);
    command.output().expect("the script runs")
}

fn pin(folder: &Path) -> Output {
    let url = format!("file://{}", folder.join("kwctl.zip").display());
    run(folder, &["pin", &url])
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_pin_holds_where_and_what() {
    let folder = set_up();
    assert!(pin(folder.path()).status.success());
    let pin = fs::read_to_string(folder.path().join("kwctl.pin")).expect("a pin");
    // What sha256sum says of the archive's bytes.
    let expected = format!(
        "url=file://{}\nsha256=9e691d5adacf0e102f203100842ffaba4e2a7dfe3dbd536827d3c0db8c7e88f1\n",
        folder.path().join("kwctl.zip").display()
    );
    assert_eq!(pin, expected);
}

#[test]
fn without_a_pin_nothing_is_installed() {
    let folder = set_up();
    let output = run(folder.path(), &["install", "bin"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("no kwctl is pinned"),
        "{}",
        said(&output)
    );
    assert!(!folder.path().join("bin").exists());
}

#[test]
fn another_archive_than_the_pinned_one_is_not_installed() {
    let folder = set_up();
    assert!(pin(folder.path()).status.success());
    fs::write(folder.path().join("kwctl.zip"), "another archive").expect("a file");
    let output = run(folder.path(), &["install", "bin"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("is pinned"), "{}", said(&output));
    assert!(!folder.path().join("bin").exists());
}
