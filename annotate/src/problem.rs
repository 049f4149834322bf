//! What is wrong with a file, all of it at once.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, as a path from the file's root (`rules[0].operations`).
    pub path: String,
    /// What was found and what is expected.
    pub reason: String,
}

/// Everything that is wrong with one file; as an error it holds at least one problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Adds the problem `reason` found at `path`.
    pub(crate) fn add(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Problem {
            path: path.into(),
            reason: reason.into(),
        });
    }

    /// `value` when nothing was found wrong, else all that was.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            match problem.path.as_str() {
                "" => f.write_str(&problem.reason)?,
                path => write!(f, "{path}: {}", problem.reason)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
