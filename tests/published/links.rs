//! Links lead somewhere, and the policy's home, module and version are those of metadata.yml
//! wherever they stand.

use std::path::Path;

use rstest::rstest;

use crate::{files, markdown, metadata};

/// What a link in a document leads to.
enum Target {
    /// A page elsewhere, which no test opens.
    Elsewhere,
    /// A file or folder of this repository, perhaps with `#` and an anchor behind its path.
    Here(String),
}

/// Returns what `link` leads to in the document at `path`.
fn target(path: &str, link: &str) -> Target {
    let home = metadata::annotation("url");
    for folder_of_home in ["/blob/main/", "/tree/main/"] {
        let address = format!("{home}{folder_of_home}");
        if let Some(inside) = link.strip_prefix(&address) {
            return Target::Here(inside.to_owned());
        }
    }

    if link.starts_with("https://") {
        return Target::Elsewhere;
    }
    if link.starts_with('#') {
        return Target::Here(format!("{path}{link}"));
    }
    match path.rsplit_once('/') {
        Some((folder, _)) => Target::Here(format!("{folder}/{link}")),
        None => Target::Here(link.to_owned()),
    }
}

/// The README is shown on Artifact Hub, in Rancher and by kwctl, where relative links lead
/// nowhere.
#[test]
fn the_readme_has_no_relative_links() {
    for link in markdown::links(&files::text("README.md")) {
        let is_relative = !link.starts_with("https://") && !link.starts_with('#');
        assert!(!is_relative, "{link}");
    }
}

#[rstest]
#[case::readme("README.md")]
#[case::security("SECURITY.md")]
#[case::contributing("CONTRIBUTING.md")]
#[case::changelog("CHANGELOG.md")]
#[case::index("artefacts/README.md")]
#[case::reference("docs/reference.md")]
#[case::command("cli/README.md")]
#[case::harness("harness/README.md")]
#[case::tests("tests/README.md")]
fn links_lead_to_what_is_there(#[case] path: &str) {
    for link in markdown::links(&files::text(path)) {
        let Target::Here(target) = target(path, &link) else {
            continue;
        };
        let (file, anchor) = match target.split_once('#') {
            Some((file, anchor)) => (file, Some(anchor.to_owned())),
            None => (target.as_str(), None),
        };
        assert!(Path::new(file).exists(), "{path}: {link}");
        if let Some(anchor) = anchor {
            let anchors = markdown::anchors(&files::text(file));
            assert!(anchors.contains(&anchor), "{path}: {link}");
        }
    }
}

/// The addresses in `text` that begin with `scheme`.
fn addresses<'t>(text: &'t str, scheme: &str) -> Vec<&'t str> {
    let beginnings = text.match_indices(scheme);
    let addresses = beginnings.map(|(start, _)| {
        let rest = &text[start..];
        let end = rest.find([' ', '\n', ')', '"']).unwrap_or(rest.len());
        &rest[..end]
    });
    addresses.collect()
}

/// Only addresses with the policy's name in them are compared. The others lead to other projects.
#[rstest]
#[case::readme("README.md")]
#[case::security("SECURITY.md")]
#[case::policy("artefacts/policy.yaml")]
#[case::policy_of_a_namespace("artefacts/examples/one-namespace/policy.yaml")]
#[case::issue_template(".github/ISSUE_TEMPLATE/config.yml")]
fn home_module_and_version_are_those_of_the_metadata(#[case] path: &str) {
    let name = metadata::annotation("title");
    let text = files::text(path);
    for (scheme, expected) in [
        ("https://github.com/", metadata::annotation("url")),
        ("registry://", metadata::module_reference()),
    ] {
        for address in addresses(&text, scheme) {
            if address.contains(&name) {
                assert!(address.starts_with(&expected), "{path}: {address}");
            }
        }
    }
}
