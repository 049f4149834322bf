//! What Kubewarden and we demand of the module as it is built.

use std::fs;
use std::path::Path;

use harness::{build, policy, policy_bytes, root};
use wasmparser::{Parser, Payload};

/// The largest module, in bytes. Official policies have up to five times as many.
const LARGEST: usize = 300_000;

#[test]
fn the_module_is_small() {
    let size = policy_bytes().len();
    assert!(
        size <= LARGEST,
        "the module has {size} of at most {LARGEST} bytes"
    );
}

#[test]
fn the_module_imports_what_policy_servers_offer_and_exports_what_they_call() {
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(policy_bytes()) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                imports.extend(section.into_imports().map(|import| import.unwrap().module));
            }
            Payload::ExportSection(section) => {
                exports.extend(section.into_iter().map(|export| export.unwrap().name));
            }
            _ => {}
        }
    }
    imports.retain(|module| !["wapc", "wasi_snapshot_preview1"].contains(module));
    assert_eq!(imports, Vec::<&str>::new());
    for name in ["__guest_call", "memory", "wapc_init"] {
        assert!(exports.contains(&name), "no export {name}");
    }
    assert_eq!(policy().protocol_version().unwrap(), br#""v1""#);
}

/// Of the paths on a machine, only that of CARGO_HOME gets into the module, because panics name it. To
/// compare with a release, set CARGO_HOME to the one of its workflow, /home/runner/.cargo.
#[test]
fn another_folder_gives_the_same_bytes() {
    let copy = tempfile::tempdir().unwrap();
    copy_sources(root(), &copy.path().join("deeper"));
    let again = build(&copy.path().join("deeper")).unwrap();
    assert!(again.starts_with(copy.path()), "{}", again.display());
    assert!(fs::read(again).unwrap() == policy_bytes(), "other bytes");
}

/// Copies a file or folder without what was built and git's own.
fn copy_sources(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "target" && name != ".git" {
            copy_sources(&from.join(&name), &to.join(&name));
        }
    }
}
