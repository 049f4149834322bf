//! The harness does what kwctl does.

use std::process::{Command, Output};

use anyhow::anyhow;
use harness::annotate::{annotate, metadata_sections};
use harness::{AdmissionResponse, policy_bytes};
use rstest::rstest;
use serde_json::{Value, json};

const METADATA: &str = r#"
rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE, "*"]}
mutating: false
contextAwareResources: [{apiVersion: v1, kind: Node}]
hostCapabilities: [kubernetes/get_resource]
annotations: {io.kubewarden.policy.title: title}
unknown: 1
"#;

#[test]
fn annotate_appends_one_section() {
    let usage = Some("# Usage\n".to_owned());
    let module = annotate(policy_bytes(), METADATA, usage).unwrap();
    assert!(module.starts_with(policy_bytes()));
    let [section] = &metadata_sections(&module).unwrap()[..] else {
        panic!("one section")
    };
    let expected = json!({
        "protocolVersion": "v1",
        "rules": [{
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": ["pods"],
            "operations": ["CREATE", "*"],
        }],
        "annotations": {
            "io.kubewarden.policy.title": "title",
            "io.kubewarden.policy.usage": "# Usage\n",
        },
        "mutating": false,
        "backgroundAudit": true,
        "contextAwareResources": [{"apiVersion": "v1", "kind": "Node"}],
        "executionMode": "kubewarden-wapc",
        "policyType": "kubernetes",
        "hostCapabilities": ["kubernetes/get_resource"],
    });
    let section: Value = serde_json::from_slice(section).unwrap();
    assert_eq!(section, expected);
    let twice = annotate(&module, METADATA, None).unwrap_err().to_string();
    assert!(twice.contains("already"), "{twice}");
}

#[rstest]
#[case::no_rules("mutating: false", "missing field `rules`")]
#[case::unknown_operation(&METADATA.replace("CREATE", "create"), "unknown variant `create`")]
#[case::another_protocol(&format!("{METADATA}\nexecutionMode: opa"), "unknown variant `opa`")]
fn annotate_refuses(#[case] metadata: &str, #[case] reason: &str) {
    let error = annotate(policy_bytes(), metadata, None).unwrap_err();
    assert!(format!("{error:#}").contains(reason), "{error:#}");
}

/// Returns a module that takes all settings and accepts all requests. The module states the length of
/// its answer, so a longer answer needs another number.
fn accepting_guest() -> String {
    include_str!("../benches/null.wat")
        .replace(
            r#"{\"accepted\":true}"#,
            r#"{\"accepted\":true,\"valid\":true}"#,
        )
        .replace("const 17", "const 30")
}

/// Runs the tool on the module `guest`.
fn run_guest(guest: &str, request: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("guest.wat"), guest).unwrap();
    std::fs::write(path("request.json"), request).unwrap();
    Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["run", "-r"])
        .args([path("request.json"), path("guest.wat")])
        .args(more)
        .output()
        .unwrap()
}

/// Runs the tool on a module that takes all settings and accepts all requests.
fn run(request: &str, more: &[&str]) -> Output {
    run_guest(&accepting_guest(), request, more)
}

#[rstest]
#[case::request(r#"{"uid": "u"}"#, &[])]
#[case::review(r#"{"kind": "AdmissionReview", "request": {"uid": "u"}}"#, &[])]
#[case::settings(r#"{"uid": "u"}"#, &["--settings-json", r#"{"a": 1}"#])]
fn run_prints_the_response(#[case] request: &str, #[case] more: &[&str]) {
    let output = run(request, more);
    assert_eq!(output.stdout, b"{\"uid\":\"u\",\"allowed\":true}\n");
    assert!(output.status.success());
}

#[rstest]
#[case::request("{", &[], "request.json")]
#[case::settings("{}", &["--settings-json", "{"], "settings")]
#[case::no_such_file("{}", &["--settings-path", "/none.yaml"], "/none.yaml")]
#[case::replay_without_grant(
    "{}",
    &["--replay-host-capabilities-interactions", "/none.yaml"],
    "--allow-context-aware"
)]
fn run_refuses(#[case] request: &str, #[case] more: &[&str], #[case] reason: &str) {
    let output = run(request, more);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(reason), "{error}");
}

/// In kwctl, too, only what happens while the request is judged is a verdict.
#[rstest]
#[case::start(
    r#"(func (export "wapc_init"))"#,
    r#"(func (export "wapc_init") unreachable)"#
)]
// The broken answer is as long as the working one, because the module states the length.
#[case::settings(
    r#"{\"accepted\":true,\"valid\":true}"#,
    r#"{\"accepted\":true,\"valid\":no!!}"#
)]
fn a_module_that_fails_before_the_request_gives_no_response(
    #[case] working: &str,
    #[case] broken: &str,
) {
    let guest = accepting_guest().replace(working, broken);
    assert_ne!(guest, accepting_guest());
    let output = run_guest(&guest, r#"{"uid": "u"}"#, &[]);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}

#[rstest]
#[case::all_of_it(
    Ok(json!({
        "accepted": false,
        "message": "no",
        "code": 403,
        "audit_annotations": {"a": "b"},
        "warnings": ["w"],
        "mutated_object": null,
    })),
    json!({
        "uid": "u",
        "allowed": false,
        "status": {"message": "no", "code": 403},
        "auditAnnotations": {"a": "b"},
        "warnings": ["w"],
    })
)]
#[case::trap(
    Err("unreachable"),
    json!({
        "uid": "u",
        "allowed": false,
        "status": {"message": "internal server error: unreachable", "code": 500},
    })
)]
#[case::no_response(
    Ok(json!({})),
    json!({
        "uid": "u",
        "allowed": false,
        "status": {
            "message": "internal server error: the policy's answer: missing field `accepted` at line \
                1 column 2",
            "code": 500,
        },
    })
)]
fn answers_become_admission_responses(
    #[case] answer: Result<Value, &str>,
    #[case] expected: Value,
) {
    let answer = answer.map(|response| response.to_string().into_bytes());
    let response = AdmissionResponse::new("u", answer.map_err(|error| anyhow!("{error}")));
    assert_eq!(serde_json::to_value(response).unwrap(), expected);
}
