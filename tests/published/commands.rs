//! Every command in README and docs/reference.md is run in a folder with the files that it names,
//! unless it needs a cluster, a registry or minutes.

use std::fs;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::{files, markdown, rules};

/// The beginnings of commands that cannot be run here.
const NOT_RUN: [&str; 8] = [
    // They build, or run these tests.
    "make",
    // It takes minutes.
    "cargo install ",
    // They lead to the folder of the example. The folder of this test has its files already.
    "git clone ",
    "cd ",
    // They need a cluster, kwctl or a registry.
    "kubectl ",
    "kwctl scaffold ",
    "kwctl run ",
    // It reads the audit log of a cluster.
    "jq ",
];

/// The command `hostprocess`, as cargo builds it.
pub fn hostprocess() -> Command {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--package", "hostprocess"]);
    command.args(["--manifest-path", manifest, "--"]);
    command
}

/// A folder with the files that the commands name.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        for name in ["daemonset.yaml", "settings.yaml"] {
            let text = files::text(&format!("artefacts/examples/windows-exporter/{name}"));
            folder.write(name, text.as_bytes());
        }
        let policy = files::text("artefacts/policy.yaml");
        folder.write("policy.yaml", policy.as_bytes());
        let workloads = json!({ "apiVersion": "v1", "kind": "List", "items": rules::workloads() });
        folder.write("workloads.yaml", workloads.to_string().as_bytes());
        folder
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.0.path().join(name), content).expect("a file");
    }

    /// What `hostprocess ARGUMENTS` prints in this folder, with daemonset.yaml as its input.
    fn output_of(&self, arguments: &str) -> Vec<u8> {
        let input =
            fs::File::open(self.0.path().join("daemonset.yaml")).expect("the DaemonSet is there");
        let output = hostprocess()
            .args(arguments.split(' '))
            .current_dir(self.0.path())
            .stdin(input)
            .output()
            .expect("cargo runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments}: {printed}");
        output.stdout
    }
}

/// The commands in the blocks of both documents that can be run here.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    for path in ["README.md", "docs/reference.md"] {
        for block in markdown::blocks(&files::text(path)) {
            if block.language != "console" {
                continue;
            }
            let lines = block.text.lines();
            let prompts = lines.filter_map(|line| line.strip_prefix("$ "));
            commands.extend(prompts.map(str::to_owned));
        }
    }
    commands.retain(|command| !NOT_RUN.iter().any(|start| command.starts_with(*start)));
    commands
}

#[test]
fn every_command_works() {
    let folder = Folder::new();
    let commands = commands();
    assert!(!commands.is_empty(), "no command was run");
    for command in &commands {
        let (command, output_file) = match command.split_once(" > ") {
            Some((command, file)) => (command, Some(file)),
            None => (command.as_str(), None),
        };
        // The input is daemonset.yaml, in place of a chart.
        let command = command
            .strip_prefix("helm template my-chart | ")
            .unwrap_or(command);
        let arguments = command
            .strip_prefix("hostprocess ")
            .expect("a command that is known");

        let output = folder.output_of(arguments);
        // Later commands read the file.
        if let Some(file) = output_file {
            folder.write(file, &output);
        }
    }
}
