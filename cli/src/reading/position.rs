//! Places in texts and files.

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
}
