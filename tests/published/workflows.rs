//! The workflows of GitHub: everything that they use is pinned, no job has more rights than it
//! needs, and what they call is there.

use serde_json::{Value, json};

use crate::{files, metadata};

const FOLDER: &str = ".github/workflows";

/// The jobs of the workflow NAME.
fn jobs(name: &str) -> Value {
    files::document(&format!("{FOLDER}/{name}.yml"))["jobs"].clone()
}

/// What the steps and jobs of all workflows use, each with the comment behind it.
fn everything_used() -> Vec<String> {
    let mut used = Vec::new();
    for path in files::below(FOLDER) {
        let text = files::text(&path);
        let lines = text.lines().filter_map(|line| line.split_once("uses: "));
        used.extend(lines.map(|(_, action)| action.to_owned()));
    }
    used
}

#[test]
fn everything_used_is_pinned_by_commit_and_says_its_version() {
    for used in everything_used() {
        let (_, pin) = used.split_once('@').expect("a version");
        let (commit, version) = pin.split_once(" # v").expect("a comment with the version");
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit, "{used}");
        assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{used}");
    }
}

#[test]
fn one_version_of_each_action_is_used() {
    let mut used = everything_used();
    used.sort();
    used.dedup();
    let repositories = used.iter().map(|used| used.split('@').next());
    let repositories: Vec<_> = repositories.collect();
    for repository in &repositories {
        let count = repositories
            .iter()
            .filter(|other| *other == repository)
            .count();
        assert_eq!(count, 1, "{repository:?}");
    }
}

#[test]
fn rights_are_given_to_single_jobs() {
    for path in files::below(FOLDER) {
        let workflow = files::document(&path);
        assert_eq!(workflow["permissions"], json!({}), "{path}");
        for (name, job) in workflow["jobs"].as_object().expect("jobs") {
            assert!(job["permissions"].is_object(), "{path}: {name}");
        }
    }
}

#[test]
fn every_make_target_that_is_run_exists() {
    let makefile = files::text("Makefile");
    for path in files::below(FOLDER) {
        let text = files::text(&path);
        for (_, target) in text
            .lines()
            .filter_map(|line| line.split_once("run: make "))
        {
            let rule = format!("\n{target}:");
            assert!(makefile.contains(&rule), "{path}: {target}");
        }
    }
}

/// The workflow that `job` calls, without its version.
fn called_workflow(job: &Value) -> &str {
    let used = job["uses"].as_str().expect("a reusable workflow");
    let (workflow, _) = used.split_once('@').expect("a version");
    workflow
}

#[test]
fn kubewardens_workflows_test_and_release() {
    let folder = "kubewarden/github-actions/.github/workflows";
    let for_tests = format!("{folder}/reusable-test-policy-rust.yml");
    let for_releases = format!("{folder}/reusable-release-policy-rust.yml");
    let release = jobs("release");
    assert_eq!(called_workflow(&jobs("test")["kubewarden"]), for_tests);
    assert_eq!(called_workflow(&release["test"]), for_tests);
    assert_eq!(called_workflow(&release["release"]), for_releases);

    let rights = json!({ "contents": "write", "packages": "write", "id-token": "write" });
    assert_eq!(release["release"]["permissions"], rights);
}

#[test]
fn the_module_goes_where_the_metadata_says() {
    let target = jobs("release")["release"]["with"]["oci-target"].clone();
    let target = target.as_str().expect("a target");
    let target = target.replace("${{ github.repository_owner }}", "kubewarden");
    assert_eq!(target, metadata::annotation("ociUrl"));
}

/// The release publishes the newest draft, and fails without a draft.
#[test]
fn a_draft_is_kept_on_every_push_to_main() {
    let drafter = files::text(".github/workflows/release-drafter.yml");
    assert!(drafter.contains("\non:\n  push:\n    branches: [main]\n"));
    let rights = json!({ "contents": "write", "pull-requests": "read" });
    assert_eq!(jobs("release-drafter")["draft"]["permissions"], rights);
}

#[test]
fn what_compiles_the_binaries_may_not_publish_and_the_release_waits_for_them() {
    let release = jobs("release");
    let read_only = json!({ "contents": "read" });
    assert_eq!(release["binaries"]["permissions"], read_only);
    assert_eq!(release["release"]["needs"], json!(["test", "binaries"]));

    let publishing_steps = release["publish-binaries"]["steps"].to_string();
    assert!(!publishing_steps.contains("cargo"));
    assert!(publishing_steps.contains("> hostprocess-checksums.txt"));
}

/// action/install.sh names the binaries as the release does.
#[test]
fn the_action_can_install_every_binary_of_a_release() {
    let matrix = jobs("release")["binaries"]["strategy"]["matrix"]["include"].clone();
    let script = files::text("action/install.sh");
    for build in matrix.as_array().expect("builds") {
        let target = build["target"].as_str().expect("a target");
        assert!(script.contains(&format!("target={target}")), "{target}");
    }
}
