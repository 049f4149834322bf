//! Links lead somewhere, and the policy's home, module and version are those of metadata.yml
//! wherever they stand.

use std::path::Path;

use rstest::rstest;

use crate::{files, markdown, metadata};

fn is_absolute_or_in_the_page(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with('#')
}

/// The README is shown on Artifact Hub, in Rancher and by kwctl, where relative links lead
/// nowhere.
#[test]
fn the_readme_has_absolute_links_only() {
    let links = markdown::links(&files::text("README.md"));
    assert!(
        links.iter().all(|link| is_absolute_or_in_the_page(link)),
        "{links:?}"
    );
}

#[rstest]
#[case::readme("README.md")]
#[case::security("SECURITY.md")]
#[case::contributing("CONTRIBUTING.md")]
#[case::changelog("CHANGELOG.md")]
#[case::index("artefacts/README.md")]
#[case::reference("docs/reference.md")]
fn links_lead_to_what_is_there(#[case] path: &str) {
    let home = metadata::annotation("url");
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for link in markdown::links(&files::text(path)) {
        let inside = link.strip_prefix(&home).and_then(|rest| {
            rest.strip_prefix("/blob/main/")
                .or_else(|| rest.strip_prefix("/tree/main/"))
        });
        let target = match inside {
            Some(inside) => inside.to_owned(),
            None if link.starts_with("https://") => continue,
            None if link.starts_with('#') => format!("{path}{link}"),
            None => format!("{folder}/{link}")
                .trim_start_matches('/')
                .to_owned(),
        };
        let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
        assert!(Path::new(file).exists(), "{path}: {link}");
        let leads = |anchor| markdown::anchors(&files::text(file)).contains(&anchor);
        assert!(
            anchor.is_empty() || leads(anchor.to_owned()),
            "{path}: {link}"
        );
    }
}

#[test]
fn home_module_and_version_are_those_of_the_metadata() {
    let name = metadata::annotation("title");
    let expected = [
        ("https://github.com/", metadata::annotation("url")),
        ("registry://", metadata::module_reference()),
    ];
    let others = [
        "README.md",
        "SECURITY.md",
        "artefacts/policy.yaml",
        "artefacts/examples/one-namespace/policy.yaml",
        ".github/ISSUE_TEMPLATE/config.yml",
    ];
    for path in others {
        let text = files::text(path);
        for (start, whole) in &expected {
            for rest in text.split(start).skip(1) {
                let end = rest.find([' ', '\n', ')', '"']).unwrap_or(rest.len());
                let found = format!("{start}{}", &rest[..end]);
                assert!(
                    !found.contains(&name) || found.starts_with(whole),
                    "{path}: {found}"
                );
            }
        }
    }
}
