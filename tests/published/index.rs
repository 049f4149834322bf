//! artefacts/README.md, the index of the ready-made files, lists each of them.

use crate::{files, markdown};

const INDEX: &str = "artefacts/README.md";

#[test]
fn every_ready_made_file_is_in_the_index() {
    let links = markdown::links(&files::text(INDEX));
    for folder in [
        "artefacts/rules",
        "artefacts/examples",
        "artefacts/policy-server",
    ] {
        for path in files::below(folder) {
            let link = path
                .strip_prefix("artefacts/")
                .expect("a path in artefacts");
            assert!(links.iter().any(|other| other == link), "{path} is missing");
        }
    }
}
