//! The rules for what vendors publish: the files of artefacts/rules, built into the command.

use std::fmt;

use windows_hostprocess_policy::settings::Settings;

use crate::reading::yaml;
use crate::suggesting::policy_frame::{Frame, policy_with};

/// A file of artefacts/rules.
pub struct BuiltInRules {
    /// The name of the file without `.yaml`: `calico`.
    pub name: &'static str,
    text: &'static str,
}

/// No rules have the name.
#[derive(Debug, PartialEq)]
pub struct UnknownName(String);

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there are no rules for {:?}: `hostprocess rules` lists the names",
            self.0
        )
    }
}

/// Makes the table of the files with these names.
macro_rules! files_of_rules {
    ($($name:literal),* $(,)?) => {
        &[$(BuiltInRules {
            name: $name,
            text: include_str!(concat!("../../artefacts/rules/", $name, ".yaml")),
        }),*]
    };
}

/// All files, sorted by name. A test compares them with the folder.
pub const ALL: &[BuiltInRules] = files_of_rules![
    "antrea",
    "aws-ebs-csi",
    "azure-cloud-node-manager",
    "azure-csi",
    "azure-network",
    "calico",
    "containerd-logger",
    "csi-proxy",
    "csi-smb",
    "k0s",
    "kube-proxy",
    "rancher-gmsa",
    "vsphere-csi",
    "windows-exporter",
];

impl BuiltInRules {
    /// What the rules are for: the first line of the file's comment.
    pub fn title(&self) -> &'static str {
        let first_line = self.text.lines().next().unwrap_or_default();
        first_line.trim_start_matches("# ")
    }

    /// The lines of the file's comment, with `#`: all before the line `allow:`.
    fn comment(&self) -> impl Iterator<Item = &'static str> {
        self.text.lines().take_while(|line| *line != "allow:")
    }

    /// The lines of the rules behind the line `allow:`, which are indented as its items.
    fn rules(&self) -> impl Iterator<Item = &'static str> {
        let after_comment = self.text.lines().skip_while(|line| *line != "allow:");
        after_comment.skip(1)
    }
}

/// Returns the files of these names, in the order of the names.
///
/// # Errors
/// There is no file of a name.
pub fn find(names: &[String]) -> Result<Vec<&'static BuiltInRules>, UnknownName> {
    let mut found = Vec::new();
    for name in names {
        match ALL.iter().find(|rules| rules.name == name) {
            Some(rules) => found.push(rules),
            None => return Err(UnknownName(name.clone())),
        }
    }
    Ok(found)
}

/// Returns the list of all files, a line each: the name, and what its rules are for.
pub fn list() -> String {
    let longest = ALL
        .iter()
        .map(|rules| rules.name.len())
        .max()
        .unwrap_or_default();
    let line = |rules: &BuiltInRules| format!("{:longest$}  {}\n", rules.name, rules.title());
    ALL.iter().map(line).collect()
}

/// Returns settings with the rules of all `chosen` files.
pub fn settings_with(chosen: &[&BuiltInRules]) -> String {
    let mut lines = vec![String::from("allow:")];
    for (index, rules) in chosen.iter().enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        // The comment is indented as the items of `allow` are.
        lines.extend(rules.comment().map(|line| format!("  {line}")));
        lines.extend(rules.rules().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

/// Returns the whole policy with the rules of all `chosen` files.
pub fn policy_with_rules(chosen: &[&BuiltInRules]) -> String {
    let names: Vec<&str> = chosen.iter().map(|rules| rules.name).collect();
    let settings = settings_with(chosen);
    let frame = Frame {
        title: &format!("The policy with rules for {}.", names.join(", ")),
        monitors: true,
    };
    policy_with(&settings, &read(&settings).allow, &frame)
}

/// Reads settings that [`settings_with`] has written.
fn read(settings: &str) -> Settings {
    let settings = yaml::read_single(settings).expect("the files are YAML");
    Settings::read(settings).expect("the files hold valid rules")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../artefacts/rules");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".yaml"))
            .collect();
        let built_in = ALL.iter().map(|rules| format!("{}.yaml", rules.name));
        assert_eq!(built_in.collect::<BTreeSet<_>>(), files);
    }

    #[test]
    fn the_rules_of_all_files_go_together() {
        let all: Vec<&BuiltInRules> = ALL.iter().collect();
        let settings = read(&settings_with(&all));
        let expected: usize = ALL
            .iter()
            .map(|rules| {
                rules
                    .rules()
                    .filter(|line| line.starts_with("  - name:"))
                    .count()
            })
            .sum();
        assert_eq!(settings.allow.len(), expected);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        let name = String::from("cilium");
        assert_eq!(
            find(std::slice::from_ref(&name)).err(),
            Some(UnknownName(name))
        );
    }
}
