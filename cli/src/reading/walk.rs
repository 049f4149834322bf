//! Goes through all documents of all files.
//!
//! Each document ends in one of three ways:
//!
//! - What can be read is handed to the caller, object by object.
//! - What cannot be read is an error, if the file was named itself or if something in the document
//!   may ask for HostProcess. (A text that mentions HostProcess in a document that is no object asks for
//!   nothing.)
//! - Everything else that cannot be read is passed over. This happens only in a directory that was
//!   named: kubectl refuses these documents, or does not look at these files.

#[cfg(feature = "cli")]
use std::path::PathBuf;

use super::field::may_spell_host_process;
#[cfg(feature = "cli")]
use super::files::{self, Entry, Exclusions, Source};
use super::object::{self, Manifest, NotAManifest};
use super::position::Position;
use super::problem::{PassedOver, PassedOverReason, Problem, Unreadable};
use super::source::{self, DocumentText};

/// A function of the caller, which looks at a manifest and returns what to keep of it. `None` if
/// there is nothing to keep.
pub type Look<'l, T> = &'l mut dyn FnMut(Manifest<'_>) -> Option<T>;

/// What was found, in the order of the files.
pub struct Walk<T> {
    /// What `look` returned for the manifests.
    pub found: Vec<T>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// What was passed over.
    pub passed_over: Vec<PassedOver>,
    /// How many objects and requests there are.
    pub objects: usize,
}

/// Where a text comes from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// It was named itself, or typed in.
    Named,
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

    /// Hands each manifest of the files that `paths` stand for to `look`, and keeps what it returns.
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

    /// Hands each manifest of `text` to `look`, and keeps what it returns. `name` stands for the
    /// name of a file.
    pub fn through_text(name: &str, text: &str, look: Look<'_, T>) -> Self {
        let mut walk = Walk::new();
        // A text in memory cannot fail to be read, so the result is always `Ok`.
        let _ = source::read_documents(text.as_bytes(), &mut |document| {
            walk.read_document(name, Origin::Named, document, look);
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
        let origin = if source.is_named {
            Origin::Named
        } else {
            Origin::InDirectory
        };
        let mut file = Walk::new();
        let result = source.read_documents(&mut |document| {
            file.read_document(&source.name, origin, document, look);
        });
        file.unreadable.extend(result.err());

        if file.is_empty() {
            match origin {
                // A pipe whose other end has failed gives nothing, too.
                Origin::Named => file.unreadable.push(source.unreadable(Problem::NoObject)),
                Origin::InDirectory => file.passed_over.push(PassedOver {
                    file: source.name.clone(),
                    position: None,
                    reason: PassedOverReason::Empty,
                }),
            }
        }
        file.unreadable = with_rendered_directories(file.unreadable, source);
        self.append(file);
    }

    /// Adds what was found in another walk.
    #[cfg(feature = "cli")]
    fn append(&mut self, other: Walk<T>) {
        self.found.extend(other.found);
        self.unreadable.extend(other.unreadable);
        self.passed_over.extend(other.passed_over);
        self.objects += other.objects;
    }

    /// Returns whether there was neither an object, nor an error, nor anything that was passed over.
    #[cfg(feature = "cli")]
    fn is_empty(&self) -> bool {
        self.objects == 0 && self.unreadable.is_empty() && self.passed_over.is_empty()
    }

    fn read_document(
        &mut self,
        file: &str,
        origin: Origin,
        document: DocumentText<'_>,
        look: Look<'_, T>,
    ) {
        let text = match document.text {
            Ok(text) => text,
            Err(broken) => {
                let not_a_manifest = NotAManifest {
                    position: Position::of_line(document.first_line),
                    problem: broken.problem,
                };
                return self.add_not_a_manifest(file, origin, broken.bytes, not_a_manifest);
            }
        };

        object::read(file, document.first_line, text, &mut |read| match read {
            Ok(manifest) => {
                self.objects += 1;
                self.found.extend(look(manifest));
            }
            Err(not_a_manifest) => {
                self.add_not_a_manifest(file, origin, text.as_bytes(), not_a_manifest);
            }
        });
    }

    /// Adds a document that cannot be read to the errors, or to what was passed over. `text` is the
    /// whole text of the document.
    fn add_not_a_manifest(
        &mut self,
        file: &str,
        origin: Origin,
        text: &[u8],
        not_a_manifest: NotAManifest,
    ) {
        let NotAManifest { position, problem } = not_a_manifest;
        let file = file.to_owned();
        let position = Some(position);

        // kubectl applies only objects. So another document asks for nothing, whatever its texts mention.
        let is_no_object = matches!(problem, Problem::NotAnObject);
        let may_be_applied =
            !is_no_object && may_spell_host_process(&String::from_utf8_lossy(text));
        let is_error = origin == Origin::Named || may_be_applied;
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

/// Returns the errors of `source` with what is known of the whole file: they name the directory that
/// Helm or Kustomize renders, and documents that follow each other in one Helm template are one error.
#[cfg(feature = "cli")]
fn with_rendered_directories(mut errors: Vec<Unreadable>, source: &Source) -> Vec<Unreadable> {
    for error in &mut errors {
        name_rendered_directory(source, &mut error.problem);
    }
    errors.dedup_by(|next, previous| {
        is_helm_template_error(next) && is_helm_template_error(previous)
    });
    errors
}

#[cfg(feature = "cli")]
fn is_helm_template_error(error: &Unreadable) -> bool {
    matches!(error.problem, Problem::HelmTemplate { .. })
}

/// Adds to a problem of `source` the directory of the chart or of the kustomization, if Helm or
/// Kustomize solves the problem.
#[cfg(feature = "cli")]
fn name_rendered_directory(source: &Source, problem: &mut Problem) {
    const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    match problem {
        Problem::HelmTemplate { chart } | Problem::Values { chart } => {
            *chart = source.directory_with(&["Chart.yaml"]);
        }
        Problem::KustomizePatch { directory } => {
            *directory = source.directory_with(&KUSTOMIZATIONS);
        }
        _ => {}
    }
}
