//! The reader of manifests, as `check` and `suggest` use it: from text to documents to
//! objects, each with its place in the file.
//!
//! Its modules are taken in by path: the tools' crate brings the engine with it, which
//! nobody wants to fuzz.
#![no_main]
#![allow(dead_code, missing_docs, reason = "only the reader is used")]

#[path = "../../xtask/src/documents.rs"]
mod documents;
#[path = "../../xtask/src/objects.rs"]
mod objects;
#[path = "../../xtask/src/text.rs"]
mod text;
#[path = "../../xtask/src/yaml.rs"]
mod yaml;

/// What the reader needs of the tools' module of that name.
mod source {
    pub struct Source {
        pub name: String,
        pub text: String,
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    // YAML ends lines at a lone carriage return too.
    let lines = 1 + text.matches(['\n', '\r']).count();
    let source = source::Source {
        name: "manifest.yaml".to_owned(),
        text: text.to_owned(),
    };
    for document in documents::read(&source) {
        let Ok(document) = document else { continue };
        assert!((1..=lines).contains(&document.origin.line), "line {} of {lines}", document.origin.line);
        for object in objects::of(document).into_iter().flatten() {
            let shown = [object.title(), object.place()].concat();
            assert!(shown.bytes().all(|c| (b' '..=b'~').contains(&c)), "{shown:?}");
            object.carries_pod_spec();
            object.is_controlled();
            // What was read can be written, and is the same again.
            let written = yaml::write(&object.value);
            assert_eq!(yaml::read(&written).as_deref(), Ok(&[object.value][..]), "{written}");
        }
    }
});
