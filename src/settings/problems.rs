//! What is wrong with settings, all of it at once.

use std::fmt::{self, Display, Formatter};

/// How long all problems together may be, in characters, before the rest is only counted.
const LONGEST: usize = 8_000;

/// All that is wrong with settings, in one line of some 8,000 characters at most:
/// `allow[0].name: …; allow[1].images[0]: …; and 3 more`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems(Vec<(String, String)>);

impl Problems {
    /// The problems: the place of each (`allow[1].images[0]`, or `settings` for all of them), and
    /// what is wrong there and what to write, escaped and bounded.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter()
    }

    /// Adds a problem at `path`, each step of it behind a dot or in brackets.
    pub fn add(&mut self, path: &str, problem: &str) {
        let path = path.trim_start_matches('.');
        let path = if path.is_empty() { "settings" } else { path };
        self.0.push((path.to_owned(), problem.to_owned()));
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut length = 0;
        for (index, (path, problem)) in self.0.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            length += path.len() + problem.len() + "; : ".len();
            if length > LONGEST {
                return write!(f, "{separator}and {} more", self.0.len() - index);
            }
            write!(f, "{separator}{path}: {problem}")?;
        }
        Ok(())
    }
}
