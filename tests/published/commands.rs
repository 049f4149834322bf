//! Every command in README and docs/reference.md is run in a folder with the files that they
//! speak of, but those that need a cluster, a registry or minutes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::json;

use crate::{documents, files, markdown, rules};

/// How commands begin that cannot be run here, and what they need.
const NOT_HERE: [(&str, &str); 6] = [
    ("make", "they run this test"),
    ("cargo install ", "minutes"),
    ("kubectl ", "a cluster"),
    ("kwctl scaffold ", "kwctl"),
    ("kwctl run ", "a registry"),
    ("jq ", "the audit log of a cluster"),
];

/// What `hostprocess ARGUMENTS` prints in `folder`, its file daemonset.yaml as the input.
fn hostprocess(arguments: &str, folder: &Path) -> Vec<u8> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let run = [
        "run",
        "-q",
        "--locked",
        "-p",
        "hostprocess",
        "--manifest-path",
        manifest,
        "--",
    ];
    let mut command = Command::new(env!("CARGO"));
    command
        .args(run)
        .args(arguments.split(' '))
        .current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("cargo runs");
    let input = fs::read(folder.join("daemonset.yaml")).expect("the DaemonSet is there");
    // A command that reads no input has closed it.
    let _ = child.stdin.take().expect("an input").write_all(&input);
    let output = child.wait_with_output().expect("it ends");
    assert!(
        output.status.success(),
        "{arguments}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    output.stdout
}

#[test]
fn every_command_works() {
    let folder = env::temp_dir().join(format!("published-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &[u8]| fs::write(folder.join(name), text).expect("a file");
    for name in ["daemonset.yaml", "settings.yaml"] {
        let text = files::text(&format!("artefacts/examples/windows-exporter/{name}"));
        write(name, text.as_bytes());
    }
    let workloads = json!({ "apiVersion": "v1", "kind": "List", "items": rules::workloads() });
    write("workloads.yaml", workloads.to_string().as_bytes());
    write("policy.yaml", documents::policy().to_string().as_bytes());

    let blocks =
        ["README.md", "docs/reference.md"].map(|path| markdown::blocks(&files::text(path)));
    let consoles = blocks
        .iter()
        .flatten()
        .filter(|block| block.language == "console");
    let commands = consoles
        .flat_map(|block| block.text.lines())
        .filter_map(|line| line.strip_prefix("$ "));
    let mut run = 0;
    for command in commands {
        if NOT_HERE
            .iter()
            .any(|(beginning, _)| command.starts_with(beginning))
        {
            continue;
        }
        let (command, into) = command.split_once(" > ").unwrap_or((command, "output"));
        let command = command
            .strip_prefix("helm template my-chart | ")
            .unwrap_or(command);
        let arguments = command
            .strip_prefix("hostprocess ")
            .expect("a command that is known");
        write(into, &hostprocess(arguments, &folder));
        run += 1;
    }
    assert_eq!(run, 6);
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}
