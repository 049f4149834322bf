//! What is wrong with settings, all of it at once.

use std::fmt::{self, Display, Formatter};

/// How long all problems together may be, in characters, before the rest is only counted.
const LONGEST: usize = 8_000;

/// All that is wrong with settings, in one line of some 8,000 characters at most:
/// `allow[0].name: …; allow[1].images[0]: …; and 3 more`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems {
    shown: Vec<(String, String)>,
    length: usize,
    hidden: usize,
}

impl Problems {
    /// The problems, but for those that would be too many to tell: the place of each
    /// (`allow[1].images[0]`, or `settings` for all of them), and what is wrong there and what to
    /// write, escaped and bounded.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.shown.iter()
    }

    /// Adds a problem at `path`, each step of it behind a dot or in brackets.
    pub fn add(&mut self, path: &str, problem: &str) {
        let path = match path.trim_start_matches('.') {
            "" => "settings",
            path => path,
        };
        self.length += path.len() + problem.len() + ": ; ".len();
        if self.length > LONGEST {
            self.hidden += 1;
        } else {
            self.shown.push((path.to_owned(), problem.to_owned()));
        }
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (path, problem) in &self.shown {
            write!(f, "{separator}{path}: {problem}")?;
            separator = "; ";
        }
        match self.hidden {
            0 => Ok(()),
            hidden => write!(f, "; and {hidden} more"),
        }
    }
}
