//! The workflows: pinned, with no more rights than they need, over targets that are there.

use serde_json::json;

use crate::{files, metadata};

#[test]
fn everything_used_is_pinned_by_commit() {
    let makefile = files::text("Makefile");
    for path in files::below(".github/workflows") {
        assert_eq!(files::document(&path)["permissions"], json!({}), "{path}");
        for line in files::text(&path).lines() {
            if let Some((_, used)) = line.split_once("uses: ") {
                let pin = used
                    .split_once('@')
                    .and_then(|(_, pin)| pin.split_once(" # v"));
                let is_commit = |commit: &str| commit.len() == 40 && !commit.contains('.');
                assert!(
                    pin.is_some_and(|(commit, _)| is_commit(commit)),
                    "{path}: {used}"
                );
            }
            if let Some((_, target)) = line.split_once("run: make ") {
                assert!(
                    makefile.contains(&format!("\n{target}:")),
                    "{path}: {target}"
                );
            }
        }
    }
}

#[test]
fn kubewardens_workflows_test_and_release() {
    let [test, release] = ["test", "release"]
        .map(|name| files::document(&format!(".github/workflows/{name}.yml"))["jobs"].clone());
    let v7_0_1 = "f67f41b8835459770ed838895150d9a93e846d99";
    let called = |name: &str| {
        let workflows = "kubewarden/github-actions/.github/workflows";
        json!(format!(
            "{workflows}/reusable-{name}-policy-rust.yml@{v7_0_1}"
        ))
    };
    assert_eq!(
        [&test["kubewarden"]["uses"], &release["test"]["uses"]],
        [&called("test"); 2]
    );
    assert_eq!(release["release"]["uses"], called("release"));
    assert_eq!(release["release"]["needs"], "test");
    let rights = json!({ "contents": "write", "packages": "write", "id-token": "write" });
    assert_eq!(release["release"]["permissions"], rights);
    // The owner's own registry, and below it what metadata.yml says.
    let target = release["release"]["with"]["oci-target"]
        .as_str()
        .expect("a target");
    let target = target.replace("${{ github.repository_owner }}", "kubewarden");
    assert_eq!(target, metadata::annotation("ociUrl"));
    // It looks for a draft that is named after the tag.
    let drafter = files::document(".github/release-drafter.yml");
    assert_eq!(
        [&drafter["name-template"], &drafter["tag-template"]],
        ["v$RESOLVED_VERSION"; 2]
    );

    // What compiles the binaries may publish nothing.
    assert_eq!(
        release["binaries"]["permissions"],
        json!({ "contents": "read" })
    );
    let matrix = release["binaries"]["strategy"]["matrix"]["include"].to_string();
    for system in ["apple-darwin", "pc-windows-msvc", "unknown-linux-musl"] {
        let both = ["aarch64", "x86_64"].map(|processor| format!("{processor}-{system}"));
        assert!(
            both.iter().all(|target| matrix.contains(target)),
            "{system}"
        );
    }
    assert!(
        release["publish-binaries"]["steps"]
            .to_string()
            .contains("sha256sum")
    );
}
