//! Goes through all documents of all files.

use std::path::PathBuf;

use super::object::{self, Content};
use super::source::{self, Source, Unreadable};

/// What is made of a file, a line and what stands there; none where it is not worth telling.
pub type Look<'l, T> = &'l mut dyn FnMut(&str, usize, Content) -> Option<T>;

/// What was found, in the order of the files.
pub struct Walk<T> {
    /// What is worth telling.
    pub found: Vec<T>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// How many objects and requests there are.
    pub objects: usize,
    /// How many documents were passed over: what lies in a directory and is no object.
    pub passed_over: usize,
}

impl<T> Walk<T> {
    /// Hands each object and request in the files that `paths` stand for to `look`, and keeps
    /// what it gives.
    pub fn through(paths: &[PathBuf], look: Look<'_, T>) -> Self {
        let mut walk = Walk {
            found: Vec::new(),
            unreadable: Vec::new(),
            objects: 0,
            passed_over: 0,
        };
        for source in source::expand(paths) {
            let read = source.and_then(|source| walk.read(&source, look));
            walk.unreadable.extend(read.err());
        }
        // Of the documents of one template it is said once.
        walk.unreadable
            .dedup_by(|next, first| next.file == first.file && next.reason == first.reason);
        walk
    }

    fn read(&mut self, source: &Source, look: Look<'_, T>) -> Result<(), Unreadable> {
        let mut is_empty = true;
        let mut of_content = |line, content| match content {
            Content::Other { usual: true, .. } if !source.named => Err(None),
            Content::Other { reason, .. } => Err(Some(source.unreadable(line, reason))),
            content => Ok(look(&source.name, line, content)),
        };
        source.texts(&mut |text| {
            let seen = match text {
                Ok((line, text)) => object::read(line, text, &mut of_content),
                Err(unreadable) => vec![Err(Some(unreadable))],
            };
            is_empty &= seen.is_empty();
            for seen in seen {
                match seen {
                    Ok(found) => {
                        self.objects += 1;
                        self.found.extend(found);
                    }
                    Err(None) => self.passed_over += 1,
                    Err(Some(unreadable)) => self.unreadable.push(unreadable),
                }
            }
        })?;
        // A pipe whose other end has failed is no success.
        match is_empty && source.named {
            true => Err(source.unreadable(0, "there is no Kubernetes object in it")),
            false => Ok(()),
        }
    }
}
