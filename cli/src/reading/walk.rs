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
        let errors_before = self.unreadable.len();
        let passed_over_before = self.passed_over.len();
        let results_before = self.count_results();

        let result = source.read_documents(&mut |document| {
            self.read_document(&source.name, given, document, look);
        });
        self.unreadable.extend(result.err());
        self.refuse_values_of_chart(source, passed_over_before);

        let is_empty = self.count_results() == results_before;
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

        let errors_of_file = self.unreadable.split_off(errors_before);
        self.unreadable.extend(completed(errors_of_file, source));
    }

    /// Refuses what was passed over of `source`, from the index `start` on, if it asks for HostProcess and
    /// belongs to a Helm chart: a template may put these values into a pod.
    #[cfg(feature = "cli")]
    fn refuse_values_of_chart(&mut self, source: &Source, start: usize) {
        const VALUES_THAT_ASK: PassedOverReason =
            PassedOverReason::Unreadable(Problem::NotAnObject {
                asks_for_host_process: true,
            });

        let asks = |passed_over: &PassedOver| passed_over.reason == VALUES_THAT_ASK;
        if !self.passed_over[start..].iter().any(asks) {
            return;
        }
        let Some(chart) = source.directory_with(&["Chart.yaml"]) else {
            return;
        };
        for passed_over in self.passed_over.split_off(start) {
            if asks(&passed_over) {
                self.unreadable.push(Unreadable {
                    file: passed_over.file,
                    position: passed_over.position,
                    problem: Problem::HelmValues {
                        chart: chart.clone(),
                    },
                });
            } else {
                self.passed_over.push(passed_over);
            }
        }
    }

    /// Returns in how many ways documents and files have ended so far: as an object, an error, or
    /// passed over.
    #[cfg(feature = "cli")]
    fn count_results(&self) -> usize {
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
                let not_a_manifest = NotAManifest {
                    position: Position::of_line(document.first_line),
                    problem: broken.problem,
                };
                return self.add_not_a_manifest(file, given, broken.bytes, not_a_manifest);
            }
        };

        object::read(file, document.first_line, text, &mut |read| match read {
            Ok(manifest) => {
                self.objects += 1;
                self.found.extend(look(manifest));
            }
            Err(not_a_manifest) => {
                self.add_not_a_manifest(file, given, text.as_bytes(), not_a_manifest);
            }
        });
    }

    /// Adds a document that cannot be read to the errors, or to what was passed over. `text` is the
    /// whole text of the document.
    fn add_not_a_manifest(
        &mut self,
        file: &str,
        given: Given,
        text: &[u8],
        not_a_manifest: NotAManifest,
    ) {
        let NotAManifest { position, problem } = not_a_manifest;
        let file = file.to_owned();
        let position = Some(position);

        // kubectl applies only objects. So another document asks for nothing, whatever it mentions.
        let is_no_object = matches!(problem, Problem::NotAnObject { .. });
        let may_be_applied =
            !is_no_object && may_spell_host_process(&String::from_utf8_lossy(text));
        let is_error = given == Given::Itself || may_be_applied;
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
fn completed(mut errors: Vec<Unreadable>, source: &Source) -> Vec<Unreadable> {
    for error in &mut errors {
        name_rendered_directory(source, &mut error.problem);
    }
    errors.dedup_by(|next, previous| is_helm_template(next) && is_helm_template(previous));
    errors
}

#[cfg(feature = "cli")]
fn is_helm_template(error: &Unreadable) -> bool {
    matches!(error.problem, Problem::HelmTemplate { .. })
}

/// Adds to a problem of `source` the directory of the chart or of the kustomization, if Helm or
/// Kustomize solves the problem.
#[cfg(feature = "cli")]
fn name_rendered_directory(source: &Source, problem: &mut Problem) {
    const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    match problem {
        Problem::HelmTemplate { chart } => *chart = source.directory_with(&["Chart.yaml"]),
        Problem::KustomizePatch { directory } => {
            *directory = source.directory_with(&KUSTOMIZATIONS);
        }
        _ => {}
    }
}
