//! Goes through all documents of all files, on all processors.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use crate::object::{self, Content};
use crate::source::{Source, Text, Unreadable};

/// What was found.
#[derive(Debug, PartialEq)]
pub struct Walk<T> {
    /// What is worth telling, in the order of the files.
    pub found: Vec<T>,
    /// What could not be read, in the order of the files.
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
    found: Vec<(Place, T)>,
    unreadable: Vec<(Place, Unreadable)>,
    objects: usize,
    passed_over: usize,
    /// The files that hold an object.
    filled: BTreeSet<usize>,
}

/// Hands each object and request in `sources` to `look`, with file and line, and keeps what it
/// gives. No more texts are held than threads look at.
pub fn walk<T: Send>(
    sources: &[Result<Source, Unreadable>],
    look: &(dyn Fn(&str, usize, Content) -> Option<T> + Sync),
) -> Walk<T> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (jobs, next) = mpsc::sync_channel::<(Place, &Source, Text)>(threads);
    let next = Mutex::new(next);
    let work = || {
        let mut share = Share::new();
        loop {
            let job = next.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match job {
                Ok((place, source, text)) => share.add(place, source, &text, look),
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
                Err(error) => all.unreadable.push(((file, 0), error)),
                Ok((source, texts)) => {
                    for (number, text) in texts.enumerate() {
                        match text {
                            // It fails where the threads have ended, and then they are to blame.
                            Ok(text) => drop(jobs.send(((file, number), source, text))),
                            Err(error) => all.unreadable.push(((file, number), error)),
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
        Share {
            found: Vec::new(),
            unreadable: Vec::new(),
            objects: 0,
            passed_over: 0,
            filled: BTreeSet::new(),
        }
    }

    fn add(
        &mut self,
        place: Place,
        source: &Source,
        text: &Text,
        look: &(dyn Fn(&str, usize, Content) -> Option<T> + Sync),
    ) {
        enum Seen<T> {
            Object(Option<T>),
            PassedOver,
            Unreadable(Unreadable),
        }
        // Some of what `look` is given may be read again: counted is what remains.
        let seen = object::read(text, &mut |line, content| match content {
            Content::Other { usual: true, .. } if !source.named => Seen::PassedOver,
            Content::Other { reason, .. } => Seen::Unreadable(source.unreadable(line, reason)),
            content => Seen::Object(look(&source.name, line, content)),
        });
        for seen in seen {
            match seen {
                Seen::Object(found) => {
                    self.objects += 1;
                    self.filled.insert(place.0);
                    self.found.extend(found.map(|found| (place, found)));
                }
                Seen::PassedOver => self.passed_over += 1,
                Seen::Unreadable(error) => self.unreadable.push((place, error)),
            }
        }
    }

    fn join(&mut self, other: Self) {
        self.found.extend(other.found);
        self.unreadable.extend(other.unreadable);
        self.objects += other.objects;
        self.passed_over += other.passed_over;
        self.filled.extend(other.filled);
    }

    fn finish(mut self, sources: &[Result<Source, Unreadable>]) -> Walk<T> {
        self.filled.extend(self.unreadable.iter().map(|(place, _)| place.0));
        for (file, source) in sources.iter().enumerate() {
            if let Ok(source) = source
                && source.named
                && !self.filled.contains(&file)
            {
                let reason = "no Kubernetes object in it";
                self.unreadable.push(((file, 0), source.unreadable(0, reason)));
            }
        }
        self.found.sort_by_key(|(place, _)| *place);
        self.unreadable.sort_by_key(|(place, _)| *place);
        let mut unreadable: Vec<_> = self.unreadable.into_iter().map(|(_, it)| it).collect();
        // Of the documents of one template it is said once.
        unreadable.dedup_by(|next, first| next.file == first.file && next.reason == first.reason);
        Walk {
            found: self.found.into_iter().map(|(_, found)| found).collect(),
            unreadable,
            objects: self.objects,
            passed_over: self.passed_over,
        }
    }
}
