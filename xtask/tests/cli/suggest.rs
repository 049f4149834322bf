//! `suggest`: settings under which manifests pass.

use serde_json::{Value, json};
use xtask::yaml;

use crate::{Answer, Folder, daemon_set, xtask, xtask_on};

/// The settings that were suggested.
fn settings(answer: &Answer) -> Value {
    let mut documents = yaml::read(&answer.stdout).unwrap();
    assert_eq!(documents.len(), 1, "{}", answer.stdout);
    documents.remove(0)
}

/// The pod that the DaemonSet `name` controls, `kubectl get`'s way.
fn pod_of(name: &str, image: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata:
  generateName: {name}-
  name: {name}-x7k2p
  namespace: agents
  ownerReferences:
    - {{apiVersion: apps/v1, kind: DaemonSet, name: {name}, controller: true, uid: "1"}}
spec:
  hostNetwork: true
  nodeSelector: {{kubernetes.io/os: windows}}
  securityContext:
    windowsOptions: {{hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM'}}
  serviceAccountName: default
  containers:
    - {{name: main, image: "{image}"}}
"#
    )
}

#[test]
fn one_rule_for_each_workload() {
    let manifests = [
        pod_of("b-agent", "registry.example.com/b:v1"),
        daemon_set("b-agent", "registry.example.com/b:v1"),
        daemon_set("a-agent", "registry.example.com/a:v1"),
        "apiVersion: v1\nkind: Secret\n".to_owned(),
    ]
    .join("---\n");
    let answer = xtask_on(&manifests, &["suggest", "-"]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let expected = r"# Settings suggested for 3 objects: review each rule before you use it.
allow:
  # DaemonSet agents/a-agent (<stdin>:36)
  - name: a-agent
    namespaces: [agents]
    images: ['registry.example.com/a:v1']
    runAsUserNames: ['NT AUTHORITY\SYSTEM']
    serviceAccountNames: [default]
    commands: ['']
  # Pod agents/b-agent-x7k2p (<stdin>:2)
  # DaemonSet agents/b-agent (<stdin>:19)
  - name: b-agent
    namespaces: [agents]
    images: ['registry.example.com/b:v1']
    runAsUserNames: ['NT AUTHORITY\SYSTEM']
    serviceAccountNames: [default]
    commands: ['']
";
    assert_eq!(answer.stdout, expected);
    assert_eq!(answer.stderr, "2 rules for 3 objects, 0 still denied\n");
}

#[test]
fn all_pass_under_what_is_suggested() {
    let folder = Folder::new();
    let manifests = folder.file(
        "manifests.yaml",
        [
            daemon_set("agent", "registry.example.com/a:v1"),
            daemon_set("agent", "registry.example.com/a@sha256:0123456789012345678901234567890123456789012345678901234567890123"),
            daemon_set("agent", "windows"),
            pod_of("other", "localhost:5000/b"),
        ]
        .join("---\n"),
    );
    let answer = xtask(&["suggest", &manifests]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let names: Vec<_> = settings(&answer)["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 4);
    assert_eq!(names[..3], ["agent", "agent-2", "agent-3"]);
    let suggested = folder.file("settings.yaml", &answer.stdout);
    let checked = xtask(&["check", "-s", &suggested, &manifests]);
    assert_eq!(checked.status, 0, "{}", checked.stdout);
}

#[test]
fn nothing_to_allow_is_said() {
    let answer = xtask_on(
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: b}]}\n",
        &["suggest", "-"],
    );
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    assert_eq!(settings(&answer), json!({"allow": []}));
}

#[test]
fn what_no_rule_can_allow_is_listed() {
    let manifest = daemon_set("agent", "registry.example.com/a:v1")
        .replace("hostNetwork: true", "hostNetwork: false");
    let answer = xtask_on(&manifest, &["suggest", "-"]);
    assert_eq!(answer.status, 1, "{}", answer.stderr);
    assert_eq!(settings(&answer)["allow"].as_array().unwrap().len(), 1);
    let comment = answer
        .stdout
        .lines()
        .find(|line| line.starts_with("#   DaemonSet agents/agent (<stdin>:1): "))
        .unwrap_or_else(|| panic!("{}", answer.stdout));
    assert!(comment.contains("hostNetwork"), "{comment}");
    assert!(
        answer
            .stderr
            .starts_with("still denied: DaemonSet agents/agent (<stdin>:1): ")
    );
    assert!(
        answer
            .stderr
            .ends_with("1 rule for 1 object, 1 still denied\n")
    );
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_suggested() {
    let manifests = format!(
        "a: [\n---\n{}",
        daemon_set("agent", "registry.example.com/a")
    );
    let answer = xtask_on(&manifests, &["suggest", "-"]);
    assert_eq!(answer.status, 2);
    assert!(
        answer.stderr.starts_with("error: <stdin>:1: document 1: "),
        "{}",
        answer.stderr
    );
    assert_eq!(settings(&answer)["allow"][0]["name"], "agent");
}

#[test]
fn manifests_cannot_write_settings() {
    let hostile = r#""a\nallow: [{name: evil}]\n#""#;
    let manifest = daemon_set("agent", "registry.example.com/a")
        .replace("name: agent", &format!("name: {hostile}"))
        .replace(
            "image: registry.example.com/a",
            &format!("image: {hostile}"),
        )
        .replace(r"NT AUTHORITY\SYSTEM", hostile);
    let answer = xtask_on(&manifest, &["suggest", "-"]);
    let settings = settings(&answer);
    assert_eq!(settings.as_object().unwrap().len(), 1, "{}", answer.stdout);
    assert!(
        !answer
            .stdout
            .lines()
            .any(|line| line.starts_with("allow: [{")),
        "{}",
        answer.stdout
    );
    let rules = settings["allow"].as_array().unwrap();
    assert!(
        rules.iter().all(|rule| rule["name"] != "evil"),
        "{}",
        answer.stdout
    );
}

/// Scripts of many lines, in which anything may stand.
#[test]
fn what_is_suggested_for_a_script_can_be_read() {
    let folder = Folder::new();
    let script = "# it's: {a}\n\t\"b\" | c  \n  - d: *e\n...\n---\n\u{1b}[m \u{e8} \\n\r\n";
    let pod = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "agents"},
        "spec": {
            "hostNetwork": true,
            "nodeSelector": {"kubernetes.io/os": "windows"},
            "securityContext": {"windowsOptions": {"hostProcess": true, "runAsUserName": "SYSTEM"}},
            "containers": [
                {"name": "a", "image": "a", "command": ["powershell", "-Command"], "args": [script]},
                {"name": "b", "image": "a", "command": [script]},
            ],
        },
    });
    let manifest = folder.file("pod.json", pod.to_string());
    let answer = xtask(&["suggest", &manifest]);
    assert_eq!(answer.status, 0, "{}{}", answer.stdout, answer.stderr);
    let commands = &settings(&answer)["allow"][0]["commands"];
    let expected = [format!("powershell -Command {script}"), script.to_owned()];
    // A star would stand for any command.
    let expected = expected.map(|command| command.replace('*', "?"));
    assert_eq!(*commands, serde_json::json!(expected), "{}", answer.stdout);
    assert!(
        answer.stdout.lines().all(|line| line == line.trim_end()),
        "{}",
        answer.stdout
    );
    let suggested = folder.file("settings.yaml", &answer.stdout);
    let checked = xtask(&["check", "-s", &suggested, &manifest]);
    assert_eq!(checked.status, 0, "{}", checked.stdout);
}
