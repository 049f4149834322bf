//! `check`: verdicts for manifests.

use rstest::rstest;
use serde_json::Value;

use crate::{Folder, daemon_set, xtask, xtask_on};

/// Settings that admit what `daemon_set` makes of the image `registry.example.com/agent`.
const SETTINGS: &str = r"
allow:
  - name: agent
    namespaces: [agents]
    images: [registry.example.com/agent]
    runAsUserNames: ['NT AUTHORITY\SYSTEM']
";

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";

fn agent() -> String {
    daemon_set("agent", "registry.example.com/agent:v1")
}

#[test]
fn the_table_names_object_verdict_and_reason() {
    let folder = Folder::new();
    let settings = folder.file("settings.yaml", SETTINGS);
    let manifests = format!(
        "{SECRET}---\n{}---\n{}",
        agent(),
        daemon_set("other", "registry.example.com/other:v1")
    );
    let answer = xtask_on(&manifests, &["check", "-s", &settings, "-"]);
    assert_eq!(answer.status, 1, "{}", answer.stderr);
    let expected = "\
OBJECT                  VERDICT   REASON
DaemonSet agents/agent  admitted  by rule agent
<stdin>:5
DaemonSet agents/other  denied    HostProcess denied: ";
    assert!(
        answer.stdout.starts_with(expected),
        "{}\nis not\n{expected}",
        answer.stdout
    );
    assert!(answer.stdout.lines().all(|line| line.len() <= 80));
    assert_eq!(
        answer.stderr,
        "2 objects judged, 1 denied; 1 object without a pod spec passed over\n"
    );
}

#[test]
fn without_settings_nothing_may_use_host_process() {
    let answer = xtask_on(&agent(), &["check", "-"]);
    assert_eq!(answer.status, 1);
    assert!(answer.stdout.contains("denied"), "{}", answer.stdout);
}

#[test]
fn all_admitted_is_success() {
    let folder = Folder::new();
    let settings = folder.file("settings.yaml", SETTINGS);
    let answer = xtask_on(&agent(), &["check", "-s", &settings, "-"]);
    assert_eq!(answer.status, 0, "{}", answer.stdout);
}

#[test]
fn machines_get_a_list() {
    let folder = Folder::new();
    let file = folder.file("a.yaml", format!("# first line\n{}", agent()));
    let answer = xtask(&["check", "-o", "json", &file]);
    assert_eq!(answer.status, 1);
    let mut verdicts: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(verdicts.as_array().unwrap().len(), 1);
    let verdict = verdicts[0].as_object_mut().unwrap();
    let message = verdict.remove("message").unwrap();
    assert!(
        message
            .as_str()
            .unwrap()
            .starts_with("HostProcess denied: ")
    );
    let annotations = verdict.remove("auditAnnotations").unwrap();
    let rule: Value =
        serde_json::from_str(annotations["suggested-rule"].as_str().unwrap()).unwrap();
    assert_eq!(rule["images"][0], "registry.example.com/agent:v1");
    let expected = serde_json::json!({
        "file": file, "document": 1, "line": 2,
        "apiVersion": "apps/v1", "kind": "DaemonSet", "namespace": "agents", "name": "agent",
        "allowed": false, "code": 403,
    });
    assert_eq!(Value::Object(verdict.clone()), expected);
}

#[test]
fn the_output_of_kubectl_get_is_read() {
    let items: String = agent().lines().map(|line| format!("  {line}\n")).collect();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n-{}", &items[1..]);
    let answer = xtask_on(&list, &["check", "-o", "json", "-"]);
    let verdicts: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(verdicts[0]["item"], 0);
    assert_eq!(verdicts[0]["allowed"], false);
}

#[test]
fn json_manifests_are_read() {
    let pod = r#"{"apiVersion":"v1","kind":"Pod","spec":{"containers":[
        {"name":"a","image":"b","securityContext":{"windowsOptions":{"hostProcess":true}}}]}}"#;
    let answer = xtask_on(pod, &["check", "-"]);
    assert_eq!(answer.status, 1);
    assert!(answer.stdout.contains("Pod default/"), "{}", answer.stdout);
}

#[rstest]
#[case::yaml("a: [\n", "<stdin>:1: document 1: unclosed bracket '['")]
#[case::second_document(
    "apiVersion: v1\nkind: Secret\n---\nkind: Pod\n",
    "<stdin>:4: document 2: not a Kubernetes object: apiVersion is missing"
)]
#[case::key_twice(
    "apiVersion: v1\nkind: Pod\nkind: Secret\n",
    "<stdin>:3: document 1: kind stands twice in one mapping"
)]
#[case::json(
    "{\"kind\":\n \"Pod\"",
    "<stdin>:2: document 1: EOF while parsing an object"
)]
fn what_cannot_be_read_is_named(#[case] text: &str, #[case] error: &str) {
    let answer = xtask_on(text, &["check", "-"]);
    assert_eq!(answer.status, 2);
    let first = answer.stderr.lines().next().unwrap();
    assert_eq!(first, format!("error: {error}"));
}

#[test]
fn what_cannot_be_read_takes_nothing_else_with_it() {
    let text = format!("a: [\n---\n{}", agent());
    let answer = xtask_on(&text, &["check", "-"]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.stdout.contains("DaemonSet agents/agent"),
        "{}",
        answer.stdout
    );
    assert_eq!(
        answer.stderr,
        "error: <stdin>:1: document 1: unclosed bracket '['\n\
         1 object judged, 1 denied; 0 objects without a pod spec passed over; 1 could not be read\n"
    );
}

#[rstest]
#[case::not_there(&["check", "no/such/file"])]
#[case::module_not_there(&["check", "--module", "no/such/file", "README.md"])]
#[case::settings_not_there(&["check", "-s", "no/such/file", "README.md"])]
fn files_that_are_not_there_are_named(#[case] arguments: &[&str]) {
    let answer = xtask(arguments);
    assert_eq!(answer.status, 2);
    assert!(
        answer.stderr.starts_with("error: no/such/file: "),
        "{}",
        answer.stderr
    );
}

#[test]
fn settings_that_are_not_valid_judge_nothing() {
    let folder = Folder::new();
    let settings = folder.file("settings.yaml", "alow: []\n");
    let answer = xtask_on(&agent(), &["check", "-s", &settings, "-"]);
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("alow"), "{}", answer.stderr);
}

#[test]
fn long_names_and_many_findings_stay_within_80_columns() {
    let containers: String = (0..200)
        .map(|i| format!("        - {{name: c{i}, image: registry.example.com/{i}}}\n"))
        .collect();
    let manifest = daemon_set(&"n".repeat(253), "i") + &containers;
    let answer = xtask_on(&manifest, &["check", "-"]);
    assert_eq!(answer.status, 1);
    for line in answer.stdout.lines() {
        assert!(line.len() <= 80, "{line}");
    }
    assert!(answer.stdout.contains("more"), "{}", answer.stdout);
}

#[test]
fn manifests_cannot_write_to_the_terminal() {
    let manifest = agent().replace("name: agent", r#""name": "a\e[2J\nPod x admitted""#);
    let answer = xtask_on(&manifest, &["check", "-"]);
    assert_eq!(answer.status, 1);
    let objects: String = answer
        .stdout
        .lines()
        .map(|line| line.get(..32).unwrap_or(line).trim_end())
        .collect();
    assert_eq!(
        objects, r"OBJECTDaemonSet agents/a\u{1b}[2J\u{a}Pod\u{20}x\u{20}admitted<stdin>:1",
        "{}",
        answer.stdout
    );
}
