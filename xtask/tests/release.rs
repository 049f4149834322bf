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

#[test]
fn a_new_version_is_written_wherever_the_old_one_stands() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the root");
    let copy = env::temp_dir().join(format!("release-{}", std::process::id()));
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
        "metadata.yml",
        "CHANGELOG.md",
        "artefacts/policy.yaml",
    ] {
        assert!(
            changed.iter().any(|changed| changed == Path::new(path)),
            "{path}"
        );
    }

    fs::remove_dir_all(copy).expect("the copy can be removed");
}
