//! A release of this repository is prepared in a copy of it.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use xtask::release::set_version;

/// Copies what git tracks of this repository, and what is not yet tracked, into `copy`.
fn copy_repository(root: &Path, copy: &Path) {
    let list = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .expect("git runs");
    let list = String::from_utf8(list.stdout).expect("names");
    for name in list.lines().filter(|name| root.join(name).is_file()) {
        let target = copy.join(name);
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::copy(root.join(name), target).expect("a copy");
    }
}

/// Returns the value of the first line `KEY = "VALUE"` in `text`.
fn first_value<'t>(text: &'t str, key: &str) -> &'t str {
    let mut values = text.lines().filter_map(|line| {
        let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        value.strip_suffix('"')
    });
    values
        .next()
        .unwrap_or_else(|| panic!("no `{key} = …` in {text}"))
}

/// Asserts that the lock file in `folder` has the versions that the manifests have, because
/// `cargo --locked` refuses others. A package without a source is the one of the manifest beside the
/// lock file, or it belongs to the policy's workspace and has the `released` version.
fn assert_lock_file_has_the_versions_of_the_manifests(folder: &Path, released: &str) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a text");
    let manifest = read("Cargo.toml");
    let package = first_value(&manifest, "name");
    for entry in read("Cargo.lock").split("\n\n") {
        if !entry.starts_with("[[package]]") || entry.contains("\nsource = ") {
            continue;
        }
        let name = first_value(entry, "name");
        let expected = if name == package {
            first_value(&manifest, "version")
        } else {
            released
        };
        let found = first_value(entry, "version");
        assert_eq!(found, expected, "{name} in {}", folder.display());
    }
}

#[test]
fn a_new_version_is_written_wherever_the_old_one_stands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the root");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy");
    copy_repository(root, &copy);

    let old = env!("CARGO_PKG_VERSION");
    let changed = set_version(&copy, "98.7.6", "2026-12-01").expect("a release");
    for path in &changed {
        let text = fs::read_to_string(copy.join(path)).expect("a text");
        let shows_the_new_version = text.contains("98.7.6");
        assert!(shows_the_new_version, "{}", path.display());
        let module = format!("windows-hostprocess-policy:v{old}");
        assert!(!text.contains(&module), "{}", path.display());
    }
    for path in [
        "Cargo.toml",
        "Cargo.lock",
        "fuzz/Cargo.lock",
        "web/Cargo.lock",
        "metadata.yml",
        "CHANGELOG.md",
        "artefacts/policy.yaml",
    ] {
        assert!(
            changed.iter().any(|changed| changed == Path::new(path)),
            "{path}"
        );
    }

    for folder in ["", "fuzz", "web", "harness/baseline"] {
        assert_lock_file_has_the_versions_of_the_manifests(&copy.join(folder), "98.7.6");
    }
}

/// Writes a small repository of version 0.1.0, with a file that is not text.
fn write_small_repository(root: &Path) {
    let write = |name: &str, content: &[u8]| {
        fs::write(root.join(name), content).expect("a file");
    };
    write("Cargo.toml", b"[workspace.package]\nversion = \"0.1.0\"\n");
    write("Cargo.lock", b"version = 4\n");
    write("CHANGELOG.md", b"## Unreleased\n");
    write("policy.wasm", b"\0asm\xff with: {version: 0.1.0}");
}

#[test]
fn a_file_that_is_not_text_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    write_small_repository(folder.path());
    let module = fs::read(folder.path().join("policy.wasm")).expect("a file");

    let changed = set_version(folder.path(), "0.2.0", "2026-12-01").expect("a release");
    assert_eq!(
        changed,
        [Path::new("CHANGELOG.md"), Path::new("Cargo.toml")]
    );
    let unchanged = fs::read(folder.path().join("policy.wasm")).expect("a file");
    assert_eq!(unchanged, module);
}

#[test]
fn an_error_leaves_all_files_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    write_small_repository(folder.path());
    fs::write(folder.path().join("CHANGELOG.md"), "## 0.1.0\n").expect("a file");
    let manifest = fs::read(folder.path().join("Cargo.toml")).expect("a file");

    let error = set_version(folder.path(), "0.2.0", "2026-12-01").expect_err("no section");
    assert!(error.starts_with("CHANGELOG.md: "), "{error}");
    let unchanged = fs::read(folder.path().join("Cargo.toml")).expect("a file");
    assert_eq!(unchanged, manifest);
}
