//! Goes through all documents of all files, on all processors.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::object::{self, Content};
use crate::source::{Source, Text, Unreadable};

/// What is made of a file, a line and what stands there; none where it is not worth telling.
pub type Look<'l, T> = &'l (dyn Fn(&str, usize, Content) -> Option<T> + Sync);

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

/// The number of a file, and of a document in it.
type Place = (usize, usize);

/// What one thread has found.
struct Share<T> {
    found: Vec<(Place, Result<T, Unreadable>)>,
    objects: usize,
    passed_over: usize,
    /// The files in which there is something.
    filled: BTreeSet<usize>,
}

/// What a document holds: an object and what is made of it, or why it is none; nothing where it
/// is passed over.
type Seen<T> = Result<Option<T>, Option<Unreadable>>;

/// Hands each object and request in `sources` to `look`, and keeps what it gives. No more
/// texts are held than threads look at.
pub fn walk<T: Send>(sources: &[Result<Source, Unreadable>], look: Look<'_, T>) -> Walk<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (jobs, next) = mpsc::sync_channel::<(Place, &Source, Text)>(threads);
    let next = Mutex::new(next);
    let work = || {
        let mut share = Share::new();
        loop {
            let job = next.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match job {
                Ok((place, source, text)) => share.read(place, source, &text, look),
                // All have been handed out.
                Err(mpsc::RecvError) => return share,
            }
        }
    };
    let mut all = Share::new();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for (file, source) in sources.iter().enumerate() {
            let opened = source.as_ref().map_err(Clone::clone);
            match opened.and_then(|source| Ok((source, source.texts()?))) {
                Err(error) => all.add((file, 0), Err(Some(error))),
                Ok((source, texts)) => {
                    for (number, text) in texts.enumerate() {
                        match text {
                            // It fails where the threads have ended, and then they are to blame.
                            Ok(text) => drop(jobs.send(((file, number), source, text))),
                            Err(error) => all.add((file, number), Err(Some(error))),
                        }
                    }
                }
            }
        }
        drop(jobs);
        for worker in workers {
            match worker.join() {
                Ok(share) => all.join(share),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    all.finish(sources)
}

impl<T> Share<T> {
    fn new() -> Self {
        Share { found: Vec::new(), objects: 0, passed_over: 0, filled: BTreeSet::new() }
    }

    fn read(&mut self, place: Place, source: &Source, text: &Text, look: Look<'_, T>) {
        let seen = object::read(text, &mut |line, content| match content {
            Content::Other { usual: true, .. } if !source.named => Err(None),
            Content::Other { reason, .. } => Err(Some(source.unreadable(line, reason))),
            content => Ok(look(&source.name, line, content)),
        });
        seen.into_iter().for_each(|seen| self.add(place, seen));
    }

    fn add(&mut self, place: Place, seen: Seen<T>) {
        self.filled.insert(place.0);
        match seen {
            Ok(found) => {
                self.objects += 1;
                self.found.extend(found.map(|found| (place, Ok(found))));
            }
            Err(None) => self.passed_over += 1,
            Err(Some(error)) => self.found.push((place, Err(error))),
        }
    }

    fn join(&mut self, other: Self) {
        self.found.extend(other.found);
        self.objects += other.objects;
        self.passed_over += other.passed_over;
        self.filled.extend(other.filled);
    }

    fn finish(mut self, sources: &[Result<Source, Unreadable>]) -> Walk<T> {
        for (file, source) in sources.iter().enumerate() {
            // A pipe whose other end has failed is no success.
            if let Ok(source) = source
                && source.named
                && !self.filled.contains(&file)
            {
                let error = source.unreadable(0, "there is no Kubernetes object in it");
                self.found.push(((file, 0), Err(error)));
            }
        }
        self.found.sort_by_key(|(place, _)| *place);
        let (mut found, mut unreadable) = (Vec::new(), Vec::<Unreadable>::new());
        for (_, result) in self.found {
            match result {
                Ok(it) => found.push(it),
                Err(error) => unreadable.push(error),
            }
        }
        // Of the documents of one template it is said once.
        unreadable.dedup_by(|next, first| next.file == first.file && next.reason == first.reason);
        Walk { found, unreadable, objects: self.objects, passed_over: self.passed_over }
    }
}
