//! One version and one home, stated in metadata.yml and the same everywhere.

use published::{files, metadata};

/// The files that name the policy's own module or home.
fn published_texts() -> Vec<(String, String)> {
    let single = [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "artifacthub-repo.yml",
    ];
    let folders = ["artefacts", ".github"];
    let files = single
        .map(str::to_owned)
        .into_iter()
        .chain(folders.into_iter().flat_map(files::below));
    files
        .map(|file| (file.clone(), files::text(&file)))
        .collect()
}

/// Every place in `text` where `name` stands, with the whole word around it.
fn words_with<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let edge = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | '<' | '>' | ',' | '|')
    };
    text.split(edge)
        .filter(|word| word.contains(name))
        .collect()
}

#[test]
fn the_package_and_the_metadata_have_one_version() {
    assert_eq!(metadata::annotation("version"), env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_newest_section_of_the_changelog_is_this_version() {
    let changelog = files::text("CHANGELOG.md");
    let newest = changelog
        .lines()
        .find(|line| line.starts_with("## "))
        .expect("a section");
    let version = newest
        .strip_prefix("## [")
        .and_then(|rest| rest.split(']').next());
    assert_eq!(version, Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_module_reference_is_this_version_of_the_module() {
    let reference = metadata::module_reference();
    let image = metadata::annotation("ociUrl");
    let mut found = 0;
    for (file, text) in published_texts() {
        for word in words_with(&text, &image) {
            let tagged = word.trim_start_matches("registry://");
            assert_eq!(format!("registry://{tagged}"), reference, "{file}");
            found += 1;
        }
        for word in words_with(&text, "registry://") {
            assert_eq!(word, reference, "{file}");
        }
    }
    assert!(found > 8, "only {found} module references were found");
}

#[test]
fn the_identity_that_signs_is_the_release_workflow_at_the_tag() {
    let identity = format!(
        "--certificate-identity {}/.github/workflows/release.yml@refs/tags/v{}\n",
        metadata::annotation("source"),
        env!("CARGO_PKG_VERSION")
    );
    assert!(files::text("README.md").contains(&identity), "{identity}");
    assert!(files::root().join(".github/workflows/release.yml").exists());
}

#[test]
fn every_link_to_the_project_leads_to_its_home() {
    let home = metadata::annotation("source");
    let name = metadata::annotation("title");
    for (file, text) in published_texts() {
        for word in words_with(&text, "https://") {
            if word.contains(&name) {
                assert!(word.starts_with(&home), "{file}: {word}");
            }
        }
    }
}
