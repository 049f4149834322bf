//! Goes through all documents of all files.
//!
//! What kubectl would apply is handed over or is an error. What it would refuse, or would not
//! look at, is passed over in a directory, and an error in a file that is named. A document that
//! cannot be read is passed over only in a directory, and only if nothing in it can ask for
//! HostProcess.

#[cfg(feature = "cli")]
use std::path::PathBuf;

#[cfg(feature = "cli")]
use super::files::{self, Entry, Exclusions, Source};
use super::object::{self, Manifest, Unread};
use super::position::{Position, mentions_host_process};
use super::problem::{PassedOver, PassedOverReason, Problem, Unreadable};
use super::source::{self, DocumentText};

/// Makes something of a manifest. `None` if it is not worth telling.
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
        if walk.objects == 0 && walk.unreadable.is_empty() {
            // A green result where nothing was checked would be wrong.
            let without_object = |path: &PathBuf| Source::named(path).unreadable(Problem::NoObject);
            walk.unreadable.extend(paths.iter().map(without_object));
        }
        walk
    }

    /// Hands each manifest of `text` to `look`, and keeps what it makes. `name` stands for the
    /// name of a file.
    pub fn through_text(name: &str, text: &str, look: Look<'_, T>) -> Self {
        let mut walk = Walk::new();
        // A text in memory can be read to its end.
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
        let first_unreadable = self.unreadable.len();
        let seen_before = self.seen();

        let result = source.read_documents(&mut |document| {
            self.read_document(&source.name, given, document, look);
        });
        self.unreadable.extend(result.err());

        if self.seen() == seen_before {
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
        name_renderer(source, &mut self.unreadable[first_unreadable..]);
        // Of the documents of one template one is named.
        let mut of_file = self.unreadable.split_off(first_unreadable);
        let is_template = |it: &Unreadable| matches!(it.problem, Problem::HelmTemplate { .. });
        of_file.dedup_by(|next, first| is_template(next) && is_template(first));
        self.unreadable.append(&mut of_file);
    }

    /// How many documents and files were dealt with.
    #[cfg(feature = "cli")]
    fn seen(&self) -> usize {
        self.objects + self.unreadable.len() + self.passed_over.len()
    }

    fn read_document(
        &mut self,
        file: &str,
        given: Given,
        document: DocumentText<'_>,
        look: Look<'_, T>,
    ) {
        match document.text {
            Ok(text) => object::read(file, document.first_line, text, &mut |read| match read {
                Ok(manifest) => {
                    self.objects += 1;
                    self.found.extend(look(manifest));
                }
                Err(unread) => self.add_unread(file, given, text.as_bytes(), unread),
            }),
            Err(broken) => {
                let position = Position {
                    line: document.first_line,
                    column: 1,
                };
                let problem = broken.problem;
                self.add_unread(file, given, broken.bytes, Unread { position, problem });
            }
        }
    }

    /// Decides whether what cannot be read is an error.
    fn add_unread(&mut self, file: &str, given: Given, text: &[u8], unread: Unread) {
        let Unread { position, problem } = unread;
        let file = file.to_owned();
        let position = Some(position);

        let is_error = match &problem {
            _ if given == Given::Itself => true,
            // kubectl refuses it as well.
            Problem::NotAnObject => false,
            _ => may_ask_for_host_process(text),
        };
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

/// Returns whether a text that cannot be read may ask for HostProcess: it names it, or has escapes
/// that may spell the name, or zeros as UTF-16 has between letters.
fn may_ask_for_host_process(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    mentions_host_process(&text)
        || [r"\x", r"\u", r"\U", "\0"]
            .iter()
            .any(|escape| text.contains(escape))
}

/// Puts into the problems of a file where its chart or its kustomization stands.
#[cfg(feature = "cli")]
fn name_renderer(source: &Source, unreadable: &mut [Unreadable]) {
    const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    for unreadable in unreadable {
        match &mut unreadable.problem {
            Problem::HelmTemplate { chart } => *chart = source.directory_with(&["Chart.yaml"]),
            Problem::KustomizePatch { directory } => {
                *directory = source.directory_with(&KUSTOMIZATIONS);
            }
            _ => {}
        }
    }
}
