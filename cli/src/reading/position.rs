//! Places in files, and where an object asks for HostProcess.

/// A place in a text. Line and column are counted from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters (Unicode code points).
    pub column: usize,
}

impl Position {
    /// The beginning of a text.
    pub const START: Position = Position { line: 1, column: 1 };

    /// Returns the beginning of a line.
    pub fn of_line(line: usize) -> Position {
        Position { line, column: 1 }
    }

    /// Returns where `text` ends if it begins at this position.
    pub fn after(self, text: &str) -> Position {
        match text.rsplit_once('\n') {
            None => Position {
                line: self.line,
                column: self.column + text.chars().count(),
            },
            Some((before, last_line)) => Position {
                line: self.line + 1 + before.matches('\n').count(),
                column: 1 + last_line.chars().count(),
            },
        }
    }

    /// Returns where in a file this position of a text is. The text begins in line `first_line` of
    /// the file.
    pub fn in_file(self, first_line: usize) -> Position {
        Position {
            line: first_line - 1 + self.line,
            ..self
        }
    }
}

/// What stands between two positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first character.
    pub start: Position,
    /// The place after its last character.
    pub end: Position,
}

impl Region {
    /// Returns the region of the character at `start`.
    pub fn of_character(start: Position) -> Region {
        Region {
            start,
            end: Position {
                column: start.column + 1,
                ..start
            },
        }
    }
}

/// A field or an annotation of HostProcess: a key that contains "hostprocess", in capitals or
/// not, and whose value is not `false`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProcessField {
    /// Its path in the object, written as the policy writes paths:
    /// `spec.containers[0].securityContext.windowsOptions.hostProcess`.
    pub path: String,
    /// The key and its value.
    pub region: Region,
}

/// How many fields of an object are recorded. Findings need the first few.
pub(super) const MOST_FIELDS: usize = 100;

/// The longest key that a path shows in full, in characters.
const LONGEST_KEY: usize = 120;

impl HostProcessField {
    /// Puts `key` before the path: `b` becomes `key.b`. A key that is not plain stands in brackets,
    /// as in `annotations[example.com/a]`.
    pub(super) fn prepend_key(&mut self, key: &str) {
        let shown: String = key.chars().take(LONGEST_KEY).collect();
        let is_plain = shown
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if is_plain {
            self.prepend(&shown);
        } else {
            self.prepend(&format!("[{shown}]"));
        }
    }

    /// Puts the `index` of a list's entry before the path: `b` becomes `[0].b`.
    pub(super) fn prepend_index(&mut self, index: usize) {
        self.prepend(&format!("[{index}]"));
    }

    fn prepend(&mut self, step: &str) {
        let needs_dot = !self.path.is_empty() && !self.path.starts_with('[');
        if needs_dot {
            self.path.insert(0, '.');
        }
        self.path.insert_str(0, step);
    }

    /// Returns whether the policy's messages call this field `path`. The messages begin at the
    /// object, so that `path` may be only the end of the field's own path: a field of a request
    /// begins with `object.` or `request.object.`.
    pub fn is_at(&self, path: &str) -> bool {
        self.path
            .strip_suffix(path)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }
}

/// Returns whether `text` contains "hostprocess", in capitals or not.
pub fn mentions_host_process(text: &str) -> bool {
    const NEEDLE: &[u8] = b"hostprocess";
    text.as_bytes().windows(NEEDLE.len()).any(|window| {
        // Most windows differ in the first letter, and need not be compared as a whole.
        matches!(window[0], b'h' | b'H') && window.eq_ignore_ascii_case(NEEDLE)
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::same_line("abc", 7, 8)]
    #[case::characters_not_bytes("é", 7, 6)]
    #[case::next_line("abc\nd", 8, 2)]
    fn a_text_ends_at(#[case] text: &str, #[case] line: usize, #[case] column: usize) {
        let start = Position { line: 7, column: 5 };
        assert_eq!(start.after(text), Position { line, column });
    }

    #[rstest]
    #[case::camel_case("hostProcess", true)]
    #[case::annotation("microsoft.com/hostprocess-container", true)]
    #[case::capitals("HOSTPROCESS", true)]
    #[case::other("hostProces", false)]
    fn mentions(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(mentions_host_process(text), expected);
    }
}
