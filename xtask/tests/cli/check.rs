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
fn many_findings_take_few_lines_and_none_is_wrapped() {
    let containers: String = (0..200)
        .map(|i| format!("        - {{name: c{i}, image: registry.example.com/{i}}}\n"))
        .collect();
    let name = "n".repeat(253);
    let answer = xtask_on(&(daemon_set(&name, "i") + &containers), &["check", "-"]);
    assert_eq!(answer.status, 1);
    assert!(answer.stdout.lines().count() < 20, "{}", answer.stdout);
    assert!(
        answer.stdout.contains(&format!("agents/{name} ")),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("more"), "{}", answer.stdout);
}

#[test]
fn manifests_cannot_write_to_the_terminal() {
    let manifest = agent().replace("name: agent", r#""name": "a\e[2J\nPod x admitted""#);
    let answer = xtask_on(&manifest, &["check", "-"]);
    assert_eq!(answer.status, 1);
    let objects: Vec<_> = answer
        .stdout
        .lines()
        .map(|line| line.split("  ").next().unwrap_or_default())
        .collect();
    let name = r"DaemonSet agents/a\u{1b}[2J\u{a}Pod\u{20}x\u{20}admitted";
    assert_eq!(objects, ["OBJECT", name, "<stdin>:1"], "{}", answer.stdout);
}

/// [`SETTINGS`] that hold only for some requesters.
fn requested_by(who: &str) -> String {
    format!("{SETTINGS}    requestedBy: {{{who}}}\n")
}

#[rstest]
#[case::nobody("groups: [on-call]", &[], 1)]
#[case::group("groups: [on-call]", &["--as-group", "on-call"], 0)]
#[case::second_group("groups: [on-call]", &["--as-group", "a", "--as-group", "on-call"], 0)]
#[case::user("users: [alice]", &["--as", "alice"], 0)]
#[case::other_user("users: [alice]", &["--as", "bob"], 1)]
fn the_requester_is_given_by_flags(#[case] who: &str, #[case] flags: &[&str], #[case] status: i32) {
    let folder = Folder::new();
    let settings = folder.file("settings.yaml", requested_by(who));
    let answer = xtask_on(
        &agent(),
        &[&["check", "-s", &settings, "-"], flags].concat(),
    );
    assert_eq!(answer.status, status, "{}", answer.stdout);
}

#[test]
fn the_namespace_of_what_names_none_is_given_by_a_flag() {
    let folder = Folder::new();
    let settings = folder.file("settings.yaml", SETTINGS);
    let homeless = agent().replace("  namespace: agents\n", "");
    let check = |flags: &[&str]| {
        xtask_on(
            &homeless,
            &[&["check", "-s", &settings, "-"], flags].concat(),
        )
    };
    assert_eq!(check(&[]).status, 1);
    let answer = check(&["-n", "agents"]);
    assert_eq!(answer.status, 0, "{}", answer.stdout);
    assert!(
        answer.stdout.contains("DaemonSet agents/agent"),
        "{}",
        answer.stdout
    );
    let elsewhere = xtask_on(&agent(), &["check", "-s", &settings, "-n", "other", "-"]);
    assert_eq!(elsewhere.status, 0, "its own namespace wins");
    let suggested = xtask_on(&homeless, &["suggest", "-n", "agents", "-"]);
    assert!(
        suggested.stdout.contains("namespaces: [agents]"),
        "{}",
        suggested.stdout
    );
}

#[rstest]
#[case::new_enough("admitted/a_workload_on_nodes_that_are_new_enough", 0)]
#[case::too_old("denied/a_workload_on_a_node_that_is_too_old", 1)]
fn nodes_are_given_by_a_recording(#[case] example: &str, #[case] status: i32) {
    let [manifest, settings, nodes] = ["yaml", "settings.yaml", "nodes.yaml"]
        .map(|ending| format!("artefacts/examples/{example}.{ending}"));
    let replay = "--replay-host-capabilities-interactions";
    let answer = xtask(&["check", "-s", &settings, replay, &nodes, &manifest]);
    assert_eq!(answer.status, status, "{}", answer.stdout);
    assert!(
        !answer.stdout.contains("cannot be read"),
        "{}",
        answer.stdout
    );
}

#[test]
fn settings_can_be_those_of_a_policy() {
    let folder = Folder::new();
    let policy = SETTINGS.replace('\n', "\n    ");
    let policy = folder.file(
        "policy.yaml",
        format!(
            "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\n---\n\
             apiVersion: policies.kubewarden.io/v1\nkind: ClusterAdmissionPolicy\n\
             spec:\n  settings:{policy}\n"
        ),
    );
    let answer = xtask_on(&agent(), &["check", "-s", &policy, "-"]);
    assert_eq!(answer.status, 0, "{}{}", answer.stdout, answer.stderr);
}

/// What seems to be nothing for the policy is judged all the same.
#[test]
fn a_flag_where_nobody_looks_for_one_is_denied() {
    let object = "apiVersion: example.com/v1\nkind: X\nwindowsOptions: {hostProcess: true}\n";
    let answer = xtask_on(object, &["check", "-"]);
    assert_eq!(answer.status, 1, "{}", answer.stdout);
}

#[test]
fn nothing_to_judge_is_no_success() {
    let answer = xtask_on("# nothing\n", &["check", "-"]);
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert_eq!(
        answer.stderr,
        "error: nothing to judge: no object was found\n"
    );
}
