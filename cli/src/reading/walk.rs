//! Goes through all documents of all files.
//!
//! Each document ends in one of three ways:
//!
//! - What can be read is handed to the caller, object by object.
//! - What cannot be read is an error, if the file was named itself or if something in the document
//!   may ask for HostProcess.
//! - Everything else that cannot be read is passed over. This happens only in a directory that was
//!   named: kubectl refuses these documents, or does not look at these files.

#[cfg(feature = "cli")]
use std::path::PathBuf;

#[cfg(feature = "cli")]
use super::files::{self, Entry, Exclusions, Source};
use super::object::{self, Manifest, Unread};
use super::position::{Position, mentions_host_process};
use super::problem::{PassedOver, PassedOverReason, Problem, Unreadable};
use super::source::{self, DocumentText};

/// A function that the caller gives: it makes a `T` of a manifest. `None` if there is nothing to
/// tell about the manifest.
pub type Look<'l, T> = &'l mut dyn FnMut(Manifest<'_>) -> Option<T>;

/// What was found, in the order of the files.
pub struct Walk<T> {
    /// What `look` made of the manifests.
    pub found: Vec<T>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What was passed over.
    pub passed_over: Vec<PassedOver>,
    /// How many objects and requests there are.
    pub objects: usize,
}

/// How a text was given.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    /// It was named itself, or typed in.
    Itself,
    /// It stands in a directory that was named.
    #[cfg(feature = "cli")]
    InDirectory,
}

impl<T> Walk<T> {
    fn new() -> Self {
        Walk {
            found: Vec::new(),
            unreadable: Vec::new(),
            passed_over: Vec::new(),
            objects: 0,
        }
    }

    /// Hands each manifest of the files that `paths` stand for to `look`, and keeps what it makes.
    #[cfg(feature = "cli")]
    pub fn through(paths: &[PathBuf], exclusions: &Exclusions, look: Look<'_, T>) -> Self {
        let mut walk = Walk::new();
        for entry in files::expand(paths, exclusions) {
            match entry {
                Entry::Source(source) => walk.read_file(&source, look),
                Entry::PassedOver(passed_over) => walk.passed_over.push(passed_over),
                Entry::Unreadable(unreadable) => walk.unreadable.push(unreadable),
            }
        }
        // A green result where nothing was checked would be wrong.
        if walk.objects == 0 && walk.unreadable.is_empty() {
            let without_object = |path: &PathBuf| Source::named(path).unreadable(Problem::NoObject);
            walk.unreadable.extend(paths.iter().map(without_object));
        }
        walk
    }

    /// Hands each manifest of `text` to `look`, and keeps what it makes. `name` stands for the
    /// name of a file.
    pub fn through_text(name: &str, text: &str, look: Look<'_, T>) -> Self {
        let mut walk = Walk::new();
        // A text in memory cannot fail to be read, so that the result is always `Ok`.
        let _ = source::read_documents(text.as_bytes(), &mut |document| {
            walk.read_document(name, Given::Itself, document, look);
        });
        if walk.objects == 0 && walk.unreadable.is_empty() {
            walk.unreadable.push(Unreadable {
                file: name.to_owned(),
                position: None,
                problem: Problem::NoObject,
            });
        }
        walk
    }

    #[cfg(feature = "cli")]
    fn read_file(&mut self, source: &Source, look: Look<'_, T>) {
        let given = if source.is_named {
            Given::Itself
        } else {
            Given::InDirectory
        };
        let unreadable_before = self.unreadable.len();
        let seen_before = self.count_seen();

        let result = source.read_documents(&mut |document| {
            self.read_document(&source.name, given, document, look);
        });
        self.unreadable.extend(result.err());

        let is_empty = self.count_seen() == seen_before;
        if is_empty {
            match given {
                // A pipe whose other end has failed is no success.
                Given::Itself => self.unreadable.push(source.unreadable(Problem::NoObject)),
                Given::InDirectory => self.passed_over.push(PassedOver {
                    file: source.name.clone(),
                    position: None,
                    reason: PassedOverReason::Empty,
                }),
            }
        }

        let mut unreadable_of_file = self.unreadable.split_off(unreadable_before);
        for unreadable in &mut unreadable_of_file {
            name_renderer(source, unreadable);
        }
        // Documents that follow each other in one template are one error.
        unreadable_of_file
            .dedup_by(|next, previous| is_helm_template(next) && is_helm_template(previous));
        self.unreadable.append(&mut unreadable_of_file);
    }

    /// Returns how many documents and files were dealt with so far.
    #[cfg(feature = "cli")]
    fn count_seen(&self) -> usize {
        self.objects + self.unreadable.len() + self.passed_over.len()
    }

    fn read_document(
        &mut self,
        file: &str,
        given: Given,
        document: DocumentText<'_>,
        look: Look<'_, T>,
    ) {
        let text = match document.text {
            Ok(text) => text,
            Err(broken) => {
                let unread = Unread {
                    position: Position::of_line(document.first_line),
                    problem: broken.problem,
                };
                return self.add_unread(file, given, broken.bytes, unread);
            }
        };

        object::read(file, document.first_line, text, &mut |read| match read {
            Ok(manifest) => {
                self.objects += 1;
                self.found.extend(look(manifest));
            }
            Err(unread) => self.add_unread(file, given, text.as_bytes(), unread),
        });
    }

    /// Adds a document that cannot be read to the errors, or to what was passed over. `text` is the
    /// whole text of the document.
    fn add_unread(&mut self, file: &str, given: Given, text: &[u8], unread: Unread) {
        let Unread { position, problem } = unread;
        let file = file.to_owned();
        let position = Some(position);

        // kubectl refuses what is not an object as well.
        let is_error = given == Given::Itself
            || problem != Problem::NotAnObject && may_ask_for_host_process(text);
        if is_error {
            self.unreadable.push(Unreadable {
                file,
                position,
                problem,
            });
        } else {
            self.passed_over.push(PassedOver {
                file,
                position,
                reason: PassedOverReason::Unreadable(problem),
            });
        }
    }
}

/// Returns whether a text that cannot be read may ask for HostProcess.
fn may_ask_for_host_process(text: &[u8]) -> bool {
    /// What may hide the name: escapes, which may spell its letters, and the zeros between the
    /// letters of UTF-16.
    const DISGUISES: [&str; 4] = [r"\x", r"\u", r"\U", "\0"];

    let text = String::from_utf8_lossy(text);
    mentions_host_process(&text) || DISGUISES.iter().any(|disguise| text.contains(disguise))
}

#[cfg(feature = "cli")]
fn is_helm_template(unreadable: &Unreadable) -> bool {
    matches!(unreadable.problem, Problem::HelmTemplate { .. })
}

/// Completes a problem of `source` that Helm or Kustomize solves by the directory of the chart or of
/// the kustomization.
#[cfg(feature = "cli")]
fn name_renderer(source: &Source, unreadable: &mut Unreadable) {
    const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    match &mut unreadable.problem {
        Problem::HelmTemplate { chart } => *chart = source.directory_with(&["Chart.yaml"]),
        Problem::KustomizePatch { directory } => {
            *directory = source.directory_with(&KUSTOMIZATIONS);
        }
        _ => {}
    }
}
