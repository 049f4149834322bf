//! `run`: the flags, output and status of `kwctl run`.

use rstest::rstest;
use serde_json::{Value, json};

use crate::{Folder, xtask, xtask_on};

const POLICY: &str = "policy.wasm";

fn request(host_process: bool) -> Value {
    json!({
        "uid": "0c5f-uid",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "operation": "CREATE",
        "namespace": "agents",
        "object": {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {
                "securityContext": {"windowsOptions": {"hostProcess": host_process}},
                "containers": [{"name": "main", "image": "i"}],
            },
        },
    })
}

fn response(stdout: &str) -> Value {
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn an_accepted_request() {
    let folder = Folder::new();
    let request = folder.file("r.json", request(false).to_string());
    let answer = xtask(&["run", "-r", &request, POLICY]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    assert_eq!(
        response(&answer.stdout),
        json!({"uid": "0c5f-uid", "allowed": true})
    );
}

#[test]
fn a_denied_request_is_no_failure() {
    let folder = Folder::new();
    let request = folder.file("r.json", request(true).to_string());
    let answer = xtask(&["run", "--request-path", &request, POLICY]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let response = response(&answer.stdout);
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 403);
}

#[test]
fn a_review_is_its_request() {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request(true),
    });
    let bare = xtask_on(&request(true).to_string(), &["run", "-r", "-", POLICY]);
    let wrapped = xtask_on(&review.to_string(), &["run", "-r", "-", POLICY]);
    assert_eq!(response(&wrapped.stdout)["uid"], "0c5f-uid");
    assert_eq!(wrapped.stdout, bare.stdout);
}

#[test]
fn settings_come_from_a_file_or_the_command_line() {
    let folder = Folder::new();
    let request = folder.file("r.json", request(true).to_string());
    let settings = json!({
        "allow": [{"name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]}],
        "requirements": {"hostNetwork": "off", "runAsUserName": "off", "windowsNode": "off"},
    })
    .to_string();
    let file = folder.file("s.yaml", &settings);
    for flags in [
        ["-s", &file],
        ["--settings-path", &file],
        ["--settings-json", &settings],
    ] {
        let answer = xtask(&["run", flags[0], flags[1], "-r", &request, POLICY]);
        let response = response(&answer.stdout);
        assert_eq!(response["allowed"], true, "{} {response}", flags[0]);
    }
}

#[rstest]
#[case::settings_not_valid(&["--settings-json", r#"{"alow": []}"#], "alow")]
#[case::settings_not_yaml(&["--settings-json", "{"], "--settings-json")]
#[case::settings_missing(&["-s", "no/such/settings"], "no/such/settings")]
#[case::replay_missing(
    &["--allow-context-aware", "--replay-host-capabilities-interactions", "no/such/replay"],
    "no/such/replay"
)]
fn what_cannot_be_used_is_a_failure_without_output(#[case] flags: &[&str], #[case] named: &str) {
    let folder = Folder::new();
    let request = folder.file("r.json", request(false).to_string());
    let mut arguments = vec!["run", "-r", &request];
    arguments.extend(flags);
    arguments.push(POLICY);
    let answer = xtask(&arguments);
    assert_eq!((answer.status, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains(named), "{}", answer.stderr);
}

#[rstest]
#[case::request_not_json("{", POLICY, "not JSON")]
#[case::no_module("{}", "no/such/module", "no/such/module")]
#[case::not_a_module("{}", "README.md", "README.md")]
fn files_that_cannot_be_read_are_a_failure(
    #[case] request: &str,
    #[case] module: &str,
    #[case] named: &str,
) {
    let answer = xtask_on(request, &["run", "-r", "-", module]);
    assert_eq!((answer.status, answer.stdout.as_str()), (1, ""));
    assert!(answer.stderr.contains(named), "{}", answer.stderr);
}

/// A policy that finds any settings valid and traps on every request.
#[test]
fn a_trap_is_a_denial_and_no_failure() {
    let folder = Folder::new();
    let module = folder.file(
        "trap.wasm",
        wat::parse_str(
            r#"(module
                 (import "wapc" "__guest_response" (func $respond (param i32 i32)))
                 (memory (export "memory") 1)
                 (data (i32.const 0) "{\"valid\":true}")
                 (func (export "wapc_init"))
                 (func (export "__guest_call") (param $operation i32) (param i32) (result i32)
                   (if (i32.ne (local.get $operation) (i32.const 17)) (then unreachable))
                   (call $respond (i32.const 0) (i32.const 14))
                   i32.const 1))"#,
        )
        .unwrap(),
    );
    let request = folder.file("r.json", request(false).to_string());
    let answer = xtask(&["run", "-r", &request, &module]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let response = response(&answer.stdout);
    assert_eq!(response["allowed"], false);
    assert_eq!(response["status"]["code"], 500);
    let message = response["status"]["message"].as_str().unwrap();
    assert!(message.starts_with("internal server error: "), "{message}");
}
