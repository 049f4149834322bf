//! The commands `cargo test` in the documents for contributors name tests that exist.

use std::path::Path;

use rstest::rstest;

use crate::files;

/// What a command `cargo test` runs.
struct TestCommand<'t> {
    /// The package behind `-p`; `None` if the command is for the whole workspace.
    package: Option<&'t str>,
    /// The target behind `--test`; `None` if the command runs all targets, or the library's.
    target: Option<&'t str>,
}

impl<'t> TestCommand<'t> {
    /// Reads the words behind `cargo test`.
    fn read(words: &'t str) -> Self {
        let words: Vec<&str> = words.split_whitespace().collect();
        let word_behind = |option: &str| {
            let position = words.iter().position(|word| *word == option)?;
            words.get(position + 1).copied()
        };
        let package = word_behind("-p");
        // Without either, cargo looks for tests only in the package of module/, which has none.
        assert!(
            package.is_some() || words.contains(&"--workspace"),
            "cargo test {}: needs --workspace",
            words.join(" ")
        );
        TestCommand {
            package,
            target: word_behind("--test"),
        }
    }

    /// Returns the folder of the package whose tests run. The policy's is the root.
    fn folder(&self) -> &'t str {
        match self.package {
            None | Some("windows-hostprocess-policy") => ".",
            Some("hostprocess") => "cli",
            Some(package) => package,
        }
    }
}

/// Returns the commands `cargo test` that stand as code in `markdown`.
fn test_commands(markdown: &str) -> Vec<TestCommand<'_>> {
    let pieces_of_code = markdown.split('`').skip(1).step_by(2);
    pieces_of_code
        // Variables of the environment may stand before the command.
        .filter_map(|code| code.split_once("cargo test "))
        .map(|(_, words)| TestCommand::read(words))
        .collect()
}

#[rstest]
#[case::contributing("CONTRIBUTING.md")]
#[case::tests("tests/README.md")]
#[case::decisions("tests/data/decisions/README.md")]
fn they_name_tests_that_exist(#[case] path: &str) {
    let text = files::text(path);
    let commands = test_commands(&text);
    assert!(!commands.is_empty(), "{path}");
    for command in commands {
        let folder = Path::new(command.folder());
        assert!(folder.join("Cargo.toml").exists(), "{path}: {folder:?}");
        let Some(target) = command.target else {
            continue;
        };
        let is_file = folder.join(format!("tests/{target}.rs")).exists();
        let is_folder = folder.join(format!("tests/{target}/main.rs")).exists();
        assert!(is_file || is_folder, "{path}: no test {target}");
    }
}
