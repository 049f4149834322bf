//! Findings: what is wrong with a workload, where, and what would be right.

use alloc::string::String;
use alloc::vec::Vec;

use crate::path;
use crate::tape::Ref;
use crate::text;

/// How many findings of one part of a denial are written out at most; the rest
/// is counted.
const MOST: usize = 24;
/// How long a denial may get, in bytes, which are characters: it is ASCII.
pub(crate) const LONGEST_MESSAGE: usize = 2000;
/// How long a warning may get: what Kubernetes recommends.
const LONGEST_WARNING: usize = 120;

/// The findings of one part of a verdict.
#[derive(Default)]
pub(crate) struct Findings {
    shown: Vec<Finding>,
    count: usize,
}

/// A finding, like a field error of Kubernetes: `path: detail`. A finding that
/// is about no field has no path.
#[derive(Default)]
struct Finding {
    path: String,
    detail: String,
    /// What a warning says instead of the requirement's own words.
    brief: String,
}

impl Findings {
    /// Adds a finding at the field `field` of `node` (at `node` itself, where
    /// that is empty). Returns where to write its detail, none where there are
    /// so many findings already that this one is only counted.
    pub(crate) fn at(&mut self, node: Ref<'_>, field: &str) -> Option<&mut String> {
        let finding = self.next()?;
        if field.is_empty() {
            path::write(node, &mut finding.path);
        } else {
            path::write_field(node, field, &mut finding.path);
        }
        Some(&mut finding.detail)
    }

    /// Adds a finding that is about no field.
    pub(crate) fn general(&mut self) -> Option<&mut String> {
        Some(&mut self.next()?.detail)
    }

    fn next(&mut self) -> Option<&mut Finding> {
        self.count += 1;
        if self.shown.len() == MOST {
            return None;
        }
        self.shown.push(Finding::default());
        self.shown.last_mut()
    }

    /// Gives the last finding other words for a warning: what is wrong, in
    /// short, and no path.
    pub(crate) fn in_brief(&mut self, pieces: &[&str]) {
        if let Some(finding) = self.shown.last_mut() {
            for piece in pieces {
                text::put(&mut finding.brief, piece);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// These findings as one warning: the requirement's name, what is wrong in
    /// short, and the first place, whose end is kept where it is long.
    pub(crate) fn warning(&self, name: &str, short: &str) -> Option<String> {
        let first = self.shown.first()?;
        let mut warning = String::from(name);
        let mut end = String::new();
        if self.count > 1 {
            text::put(&mut end, " and ");
            text::push_number(&mut end, self.count - 1);
            text::put(&mut end, " more");
        }
        text::put(&mut warning, ": ");
        if !first.brief.is_empty() {
            text::put(&mut warning, &first.brief);
            text::cut(&mut warning, LONGEST_WARNING - end.len());
        } else {
            text::put(&mut warning, short);
            text::put(&mut warning, " (");
            end.push(')');
            let room = LONGEST_WARNING - warning.len() - end.len();
            match first.path.len() > room {
                true => {
                    text::put(&mut warning, "...");
                    let tail = first.path.get(first.path.len() - room + 3..);
                    text::put(&mut warning, tail.unwrap_or_default());
                }
                false => text::put(&mut warning, &first.path),
            }
        }
        text::put(&mut warning, &end);
        Some(warning)
    }
}

/// One line of all findings of `parts`, in their order: as many as fit into
/// 2,000 characters, and how many more there are.
pub(crate) fn message(parts: &[Findings]) -> String {
    let total: usize = parts.iter().map(|part| part.count).sum();
    let mut line = String::from("HostProcess denied: ");
    let mut written = 0;
    for finding in parts.iter().flat_map(|part| &part.shown) {
        let separator = if written == 0 { "" } else { "; " };
        let colon = if finding.path.is_empty() { "" } else { ": " };
        let pieces = [separator, &*finding.path, colon, &*finding.detail];
        // Room for "; and 4294967295 more".
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if line.len() + length + 21 > LONGEST_MESSAGE {
            break;
        }
        for piece in pieces {
            text::put(&mut line, piece);
        }
        written += 1;
    }
    if written < total {
        text::put(&mut line, "; and ");
        text::push_number(&mut line, total - written);
        text::put(&mut line, " more");
    }
    line
}
