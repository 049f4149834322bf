//! What is wrong with settings, all of it at once.

use std::fmt::{self, Display, Formatter};

use crate::message::quoted;

/// How long all problems together may be, in characters, before the rest is only counted.
const LONGEST: usize = 8_000;

/// What is wrong at one place of the settings, and what to write there.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The place: `allow[1].images[0]`, or `settings` for all of them.
    pub path: String,
    /// What is wrong, and what to write. Escaped and bounded.
    pub problem: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// All that is wrong with settings, in one line of some 8,000 characters at most:
/// `allow[0].name: …; allow[1].images[0]: …; and 3 more`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems {
    shown: Vec<Problem>,
    length: usize,
    hidden: usize,
}

impl Problems {
    /// The problems, but for those that would be too many to tell.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.shown.iter()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Whether further problems are only counted, and need no words.
    pub fn is_full(&self) -> bool {
        self.length > LONGEST
    }

    /// Adds a problem.
    pub fn add(&mut self, path: String, problem: impl Into<String>) {
        let problem = problem.into();
        self.length += path.len() + problem.len() + ": ; ".len();
        if self.is_full() {
            self.hidden += 1;
        } else {
            self.shown.push(Problem { path, problem });
        }
    }

    /// Adds what `check` finds wrong with the entries of the list at `path`.
    pub fn check(&mut self, path: &str, list: &[String], check: &dyn Fn(&str) -> Option<String>) {
        for (index, entry) in list.iter().enumerate() {
            if let Some(problem) = check(entry) {
                let problem = format!("{} {problem}", quoted(entry));
                self.add(format!("{path}[{index}]"), problem);
            }
        }
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.shown.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        match self.hidden {
            0 => Ok(()),
            hidden => write!(f, "; and {hidden} more"),
        }
    }
}
