//! Every command in README and docs/reference.md is run in a folder with the files that it names,
//! unless it needs a cluster, a registry or minutes.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::json;

use crate::{files, markdown, rules};

/// How commands begin that cannot be run here, and what they need.
const NOT_HERE: [(&str, &str); 6] = [
    ("make", "they run this test"),
    ("cargo install ", "minutes"),
    ("kubectl ", "a cluster"),
    ("kwctl scaffold ", "kwctl"),
    ("kwctl run ", "a registry"),
    ("jq ", "the audit log of a cluster"),
];

/// The command `hostprocess`, as cargo builds it.
pub fn hostprocess() -> Command {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--package", "hostprocess"]);
    command.args(["--manifest-path", manifest, "--"]);
    command
}

/// What `hostprocess ARGUMENTS` prints in `folder`, its file daemonset.yaml as the input.
fn output_of(arguments: &str, folder: &Path) -> Vec<u8> {
    let input = fs::File::open(folder.join("daemonset.yaml")).expect("the DaemonSet is there");
    let output = hostprocess()
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(input)
        .output()
        .expect("cargo runs");
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
    write(
        "policy.yaml",
        files::text("artefacts/policy.yaml").as_bytes(),
    );

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
        write(into, &output_of(arguments, &folder));
        run += 1;
    }
    assert!(run > 0, "no command was run");
    fs::remove_dir_all(&folder).expect("the folder can be removed");
}
