//! Prepares a release: the version, wherever it has to be written out.
//!
//! Cargo.toml has the version of all packages. Kubewarden's release workflow compares it with
//! metadata.yml and with the tag. Ready-made policies and documents name the module with its
//! version, so that they can be used as they are.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Folders without files of ours.
const SKIPPED: [&str; 3] = [".git", "target", "corpus"];

/// What stands before the version in files other than Cargo.toml, metadata.yml and CHANGELOG.md:
/// a reference to the module, the GitHub Action and its input, the hooks of pre-commit.
const BEFORE_VERSION: [&str; 4] = [
    "windows-hostprocess-policy:v",
    "windows-hostprocess-policy@v",
    "with: {version: ",
    "rev: v",
];

/// Replaces the version in all files below `root` by `version`, and dates it in CHANGELOG.md.
/// Returns the files that have changed. Files that are not text, such as a module that was built, stay
/// as they are.
///
/// # Errors
/// `version` does not look like `1.2.3` or `1.2.3-rc.1`, or a file cannot be read or written, or does not
/// have the current version where it is expected, or CHANGELOG.md has no section `Unreleased`. No file
/// has changed then, unless writing failed.
pub fn set_version(root: &Path, version: &str, date: &str) -> Result<Vec<PathBuf>, String> {
    if !is_version(version) {
        return Err(format!(
            "{version} is not a version like 1.2.3 or 1.2.3-rc.1"
        ));
    }
    let current = current_version(root)?;
    let packages = packages_of_workspace(root)?;

    // All texts are made before the first one is written, so that an error leaves no half release.
    let mut new_texts = BTreeMap::new();
    for path in files_below(root)? {
        let Some(text) = read_text(&path)? else {
            continue;
        };
        let name = path.strip_prefix(root).unwrap_or(&path);
        let new_text = match name.to_str() {
            Some("Cargo.toml") => set_in_manifest(&text, &current, version),
            Some("metadata.yml") => set_in_metadata(&text, &current, version),
            Some("CHANGELOG.md") => date_in_changelog(&text, version, date),
            // fuzz/ and web/ are workspaces of their own, whose lock files name our packages too.
            _ if name.ends_with("Cargo.lock") => {
                Ok(set_in_lock_file(&text, &packages, &current, version))
            }
            _ => Ok(set_in_references(&text, &current, version)),
        };
        let new_text = new_text.map_err(|error| format!("{}: {error}", name.display()))?;
        if new_text != text {
            new_texts.insert(name.to_owned(), new_text);
        }
    }

    for (name, new_text) in &new_texts {
        fs::write(root.join(name), new_text)
            .map_err(|error| format!("{}: {error}", name.display()))?;
    }
    Ok(new_texts.into_keys().collect())
}

/// Returns the text of a file; `None` if the file is not text.
fn read_text(path: &Path) -> Result<Option<String>, String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Returns whether `text` is three numbers with dots between them, and an optional pre-release behind
/// a hyphen.
fn is_version(text: &str) -> bool {
    let (numbers, pre_release) = match text.split_once('-') {
        Some((numbers, pre_release)) => (numbers, Some(pre_release)),
        None => (text, None),
    };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_identifier =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric());

    numbers.split('.').count() == 3
        && numbers.split('.').all(is_number)
        && pre_release.is_none_or(|text| text.split('.').all(is_identifier))
}

/// Returns the version in the Cargo.toml of the workspace.
fn current_version(root: &Path) -> Result<String, String> {
    let text = fs::read_to_string(root.join("Cargo.toml"))
        .map_err(|error| format!("Cargo.toml: {error}"))?;
    let mut versions = text
        .lines()
        .filter_map(|line| quoted_value(line, "version"));
    match (versions.next(), versions.next()) {
        (Some(version), None) => Ok(version.to_owned()),
        _ => Err("Cargo.toml: must have exactly one line `version = \"…\"`".to_owned()),
    }
}

/// Returns the names of the packages that have the workspace's version: those without a source in
/// the workspace's lock file.
fn packages_of_workspace(root: &Path) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(root.join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    let own_entries = text.split("\n\n").filter(|entry| !has_source(entry));
    let names = own_entries.filter_map(package_name);
    Ok(names.map(str::to_owned).collect())
}

/// Returns the name of the package that an entry of a lock file is about; `None` if the entry is
/// not about a package.
fn package_name(entry: &str) -> Option<&str> {
    entry.lines().find_map(|line| quoted_value(line, "name"))
}

/// Returns whether an entry of a lock file is about a package from a registry.
fn has_source(entry: &str) -> bool {
    entry.contains("\nsource = ")
}

/// Returns the value of a line `KEY = "VALUE"` in a manifest or a lock file.
fn quoted_value<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let value = line.strip_prefix(key)?.strip_prefix(" = \"")?;
    value.strip_suffix('"')
}

/// Returns the line `version = "…"` of a manifest or a lock file, behind the end of the line before.
fn version_line(version: &str) -> String {
    format!("\nversion = \"{version}\"")
}

fn set_in_manifest(text: &str, current: &str, version: &str) -> Result<String, String> {
    replace_once(text, &version_line(current), &version_line(version))
}

fn set_in_metadata(text: &str, current: &str, version: &str) -> Result<String, String> {
    let annotation = |version: &str| format!("io.kubewarden.policy.version: {version}\n");
    let tag = |version: &str| format!("com.github.release.tag: v{version}\n");

    let text = replace_once(text, &annotation(current), &annotation(version))?;
    replace_once(&text, &tag(current), &tag(version))
}

/// Dates the section of the changes that are not released.
fn date_in_changelog(text: &str, version: &str, date: &str) -> Result<String, String> {
    let heading = text
        .lines()
        .find(|line| line.starts_with("## ") && line.to_lowercase().contains("unreleased"));
    let Some(heading) = heading else {
        return Err("has no section with \"Unreleased\" in its heading".to_owned());
    };
    Ok(text.replacen(heading, &format!("## [{version}] - {date}"), 1))
}

/// Replaces the version in the entries with the names of our `packages`. All other entries keep theirs:
/// packages from a registry, and packages that no release changes, such as fuzz and hostprocess-web.
fn set_in_lock_file(text: &str, packages: &[String], current: &str, version: &str) -> String {
    let is_ours = |entry: &str| {
        !has_source(entry)
            && package_name(entry).is_some_and(|name| packages.iter().any(|ours| ours == name))
    };

    let entries = text.split("\n\n").map(|entry| {
        if is_ours(entry) {
            entry.replace(&version_line(current), &version_line(version))
        } else {
            entry.to_owned()
        }
    });
    entries.collect::<Vec<_>>().join("\n\n")
}

/// Replaces the version in references to the module, the action and the hooks.
fn set_in_references(text: &str, current: &str, version: &str) -> String {
    let mut text = text.to_owned();
    for before in BEFORE_VERSION {
        text = text.replace(&format!("{before}{current}"), &format!("{before}{version}"));
    }
    text
}

fn replace_once(text: &str, old: &str, new: &str) -> Result<String, String> {
    match text.matches(old).count() {
        1 => Ok(text.replace(old, new)),
        count => Err(format!("has `{}` {count} times, not once", old.trim())),
    }
}

/// Returns the files below `root`, without what is built or fetched.
fn files_below(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let file_type = entry.file_type().map_err(unreadable)?;
            let is_skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
            if file_type.is_file() {
                files.push(entry.path());
            } else if file_type.is_dir() && !is_skipped {
                folders.push(entry.path());
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_semantic() {
        for version in ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0-beta"] {
            assert!(is_version(version), "{version}");
        }
        for text in [
            "",
            "1.0",
            "v1.0.0",
            "1.0.0.0",
            "1.0.x",
            "1.0.0-",
            "1..0",
            "1.0.0-rc..1",
        ] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn the_unreleased_section_is_dated() {
        let dated = date_in_changelog(
            "# Changelog\n\n## [0.1.0] - Unreleased\n\nNew.\n",
            "0.2.0",
            "2026-12-01",
        );
        assert_eq!(
            dated,
            Ok("# Changelog\n\n## [0.2.0] - 2026-12-01\n\nNew.\n".to_owned())
        );
    }

    #[test]
    fn packages_of_others_keep_their_version_in_the_lock_file() {
        let entry = |name: &str, version: &str, rest: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}")
        };
        let from_a_registry = entry("theirs", "0.1.0", "source = \"registry\"\n");
        let of_another_workspace = entry("page", "0.1.0", "dependencies = [\n \"ours\",\n]\n");
        let text = |version: &str| {
            let ours = entry("ours", version, "");
            format!("{ours}\n{of_another_workspace}\n{from_a_registry}")
        };

        let packages = [String::from("ours"), String::from("theirs")];
        let changed = set_in_lock_file(&text("0.1.0"), &packages, "0.1.0", "0.2.0");
        assert_eq!(changed, text("0.2.0"));
    }

    #[test]
    fn an_example_with_another_version_stays_as_it_is() {
        let text = "image: registry.example.com/agent:v3.0.0\nmodule: x/windows-hostprocess-policy:v3.0.0\n";
        assert_eq!(
            set_in_references(text, "3.0.0", "4.0.0"),
            "image: registry.example.com/agent:v3.0.0\nmodule: x/windows-hostprocess-policy:v4.0.0\n"
        );
    }
}
