//! The commands as a user calls them, with the built policy.

mod check;
mod run;
mod suggest;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a command answered.
struct Answer {
    status: i32,
    stdout: String,
    stderr: String,
}

/// A folder of files to point commands at.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Adds a file, and returns its path.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Calls `xtask` at the repository's root.
fn xtask(arguments: &[&str]) -> Answer {
    xtask_on("", arguments)
}

/// Calls `xtask` with `stdin` on standard input.
fn xtask_on(stdin: &str, arguments: &[&str]) -> Answer {
    assert!(
        root().join("policy.wasm").is_file(),
        "run `make policy.wasm` first"
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may end before it is written.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Answer {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A manifest of `kind` whose pod, named `name`, asks for HostProcess.
fn daemon_set(name: &str, image: &str) -> String {
    format!(
        r"apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: {name}
  namespace: agents
spec:
  template:
    spec:
      hostNetwork: true
      nodeSelector: {{kubernetes.io/os: windows}}
      securityContext:
        windowsOptions:
          hostProcess: yes
          runAsUserName: NT AUTHORITY\SYSTEM
      containers:
        - {{name: main, image: {image}}}
"
    )
}

#[test]
fn the_example_of_the_readme_is_judged_as_it_says() {
    let answer = xtask(&["demo"]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let (without, with) = answer.stdout.split_once("README's rule:").unwrap();
    assert!(without.contains("denied") && !without.contains("admitted"));
    assert!(with.contains("admitted") && !with.contains("denied"));
}

#[test]
fn an_example_whose_verdict_differs_is_an_error() {
    let folder = Folder::new();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let wrong = readme.replace(
        "name: node-setup\n  namespace: kube-system",
        "name: node-setup",
    );
    assert_ne!(wrong, readme);
    let answer = xtask(&["demo", "--readme", &folder.file("README.md", wrong)]);
    assert_eq!(answer.status, 1);
    assert!(
        answer.stderr.contains("The README says it is admitted"),
        "{}",
        answer.stderr
    );
}
