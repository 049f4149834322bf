//! The documents: what they link to is there.

use published::{files, markdown};

/// All documents for people.
fn documents() -> Vec<String> {
    let single = [
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ];
    let nested = ["artefacts", "tests/data"]
        .into_iter()
        .flat_map(files::below);
    let nested = nested.filter(|file| file.ends_with(".md"));
    single
        .map(str::to_owned)
        .into_iter()
        .chain(nested)
        .collect()
}

/// The path from the root that `target` means in `document`, with `..` resolved.
fn resolved(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        for link in markdown::links(&files::text(&document)) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                document.clone()
            } else {
                resolved(&document, path)
            };
            assert!(
                files::root().join(&target).exists(),
                "{document} links to {link}"
            );
            if !anchor.is_empty() {
                let anchors = markdown::anchors(&files::text(&target));
                assert!(
                    anchors.iter().any(|known| known == anchor),
                    "{document} links to {link}"
                );
            }
        }
    }
}

#[test]
fn every_path_of_the_repository_that_a_document_names_is_there() {
    for document in documents() {
        let text = files::text(&document);
        let code = text.split('`').skip(1).step_by(2);
        let words = code.flat_map(str::split_whitespace);
        let folders = [
            "artefacts/",
            "scripts/",
            ".github/",
            "src/",
            "tests/",
            "engine/",
            "annotate/",
            "xtask/",
        ];
        for word in words.filter(|word| folders.iter().any(|folder| word.starts_with(folder))) {
            // The pin is made by whoever sets up the workflows.
            if word != ".github/kwctl.pin" {
                assert!(files::root().join(word).exists(), "{document} names {word}");
            }
        }
    }
}
