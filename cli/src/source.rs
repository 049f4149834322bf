//! The files that a command is pointed at, and the documents of each, one at a time.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use crate::printable::printable;

/// A file to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    path: PathBuf,
    /// Its path as given, printable; `<stdin>` for standard input.
    pub name: String,
    /// Whether it was named itself, and not only the directory that it lies in.
    pub named: bool,
}

/// What cannot be read: where, and why. Printable.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    /// The file, or the path that was given.
    pub file: String,
    /// The line, counted from 1; 0 where it is none's.
    pub line: usize,
    /// The reason, and what to do.
    pub reason: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.reason),
            line => write!(f, "{}:{line}: {}", self.file, self.reason),
        }
    }
}

impl Source {
    /// The file at `path`, which was named itself.
    pub fn named(path: &Path) -> Self {
        Source { name: shown(path), path: path.to_owned(), named: true }
    }

    /// Its documents' texts, one after another.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn texts(&self) -> Result<Texts, Unreadable> {
        let reader: Box<dyn BufRead> = if self.path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(&self.path).map_err(|error| self.unreadable(0, &error))?;
            Box::new(BufReader::with_capacity(1 << 16, file))
        };
        Ok(Texts { reader, file: self.name.clone(), next: Vec::new(), line: 1, ended: false })
    }

    /// That the file cannot be read at `line`, and why.
    pub fn unreadable(&self, line: usize, reason: impl ToString) -> Unreadable {
        unreadable(&self.name, line, reason)
    }
}

fn unreadable(file: &str, line: usize, reason: impl ToString) -> Unreadable {
    Unreadable { file: file.to_owned(), line, reason: printable(&reason.to_string()) }
}

fn shown(path: &Path) -> String {
    match path.to_str() {
        Some("-") => String::from("<stdin>"),
        _ => printable(&path.display().to_string()),
    }
}

/// The files that `paths` stand for: files and `-` as they are, and for a directory every
/// `.yaml`, `.yml` and `.json` file in it and below, in order.
pub fn expand(paths: &[PathBuf]) -> Vec<Result<Source, Unreadable>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            list(path, &mut files);
        } else {
            files.push(Ok(Source::named(path)));
        }
    }
    files
}

fn list(directory: &Path, files: &mut Vec<Result<Source, Unreadable>>) {
    let entries = fs::read_dir(directory)
        .and_then(|entries| entries.collect::<io::Result<Vec<fs::DirEntry>>>());
    let mut paths: Vec<PathBuf> = match entries {
        Ok(entries) => entries.iter().map(fs::DirEntry::path).collect(),
        Err(error) => return files.push(Err(unreadable(&shown(directory), 0, error))),
    };
    paths.sort();
    for path in paths {
        let is_manifest = path
            .extension()
            .is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known));
        // A link to a directory could lead back here.
        if path.is_dir() && !path.is_symlink() {
            list(&path, files);
        } else if is_manifest && path.is_file() {
            let named = Source::named(&path);
            files.push(Ok(Source { named: false, ..named }));
        }
    }
}

/// The text of one document, or of several that stand in one line.
#[derive(Debug, PartialEq)]
pub struct Text {
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// The text.
    pub text: String,
}

/// The texts of a file's documents. Of the file only one is held at a time.
///
/// YAML is cut at its `---` lines, which no document may hold, so that a document that cannot
/// be read takes none of the others with it. JSON ends with the line that closes it.
pub struct Texts {
    reader: Box<dyn BufRead>,
    file: String,
    /// What has been read of the next document.
    next: Vec<u8>,
    /// The line that `next` begins in.
    line: usize,
    ended: bool,
}

impl Iterator for Texts {
    type Item = Result<Text, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.read() {
            Ok((bytes, line)) => {
                let text = String::from_utf8(bytes).map_err(|error| {
                    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                    let line = line + count_lines(before);
                    unreadable(&self.file, line, "is not UTF-8: save it as UTF-8")
                });
                let text = text.map(|text| Text { line, text });
                // An empty text is only what is left at a file's end.
                match text {
                    Ok(text) if text.text.is_empty() => self.next(),
                    text => Some(text),
                }
            }
            Err(error) => {
                self.ended = true;
                Some(Err(unreadable(&self.file, 0, error)))
            }
        }
    }
}

impl Texts {
    /// Reads up to the end of the document, and maybe the first line of the one after it.
    fn read(&mut self) -> io::Result<(Vec<u8>, usize)> {
        let mut text = std::mem::take(&mut self.next);
        let first_line = self.line;
        let mut lines = count_lines(&text);
        let mut content = has_content(&text);
        let mut brackets = Brackets::default();
        loop {
            let start = text.len();
            if self.reader.read_until(b'\n', &mut text)? == 0 {
                self.ended = true;
                return Ok((text, first_line));
            }
            if first_line + lines == 1 && text.starts_with("\u{feff}".as_bytes()) {
                text.drain(..3);
            }
            let line = &text[start..];
            // Directives (`%YAML 1.2`) belong to the document after them.
            if content && is_marker(line) {
                self.next = text.split_off(start);
                self.line = first_line + lines;
                return Ok((text, first_line));
            }
            lines += 1;
            let begins = !content && has_content(line);
            content |= begins;
            if begins && line.trim_ascii_start().starts_with(b"{")
                || begins && line.trim_ascii_start().starts_with(b"[")
            {
                brackets.counted = true;
            }
            if brackets.closed_by(line) {
                // In YAML a bracket in quotes or a comment may seem to close it.
                let values = serde_json::Deserializer::from_slice(&text).into_iter::<IgnoredAny>();
                if values.into_iter().all(|value| value.is_ok()) {
                    self.line = first_line + lines;
                    return Ok((text, first_line));
                }
                brackets.counted = false;
            }
        }
    }
}

/// Counts the brackets of a document that begins with one.
#[derive(Default)]
struct Brackets {
    counted: bool,
    open: usize,
    quoted: bool,
    escaped: bool,
}

impl Brackets {
    /// Whether all are closed at the end of `line`.
    fn closed_by(&mut self, line: &[u8]) -> bool {
        if !self.counted {
            return false;
        }
        for byte in line {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted => self.escaped = true,
                b'"' => self.quoted = !self.quoted,
                b'{' | b'[' if !self.quoted => self.open += 1,
                b'}' | b']' if !self.quoted => self.open = self.open.saturating_sub(1),
                _ => {}
            }
        }
        self.open == 0
    }
}

fn count_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

fn is_marker(line: &[u8]) -> bool {
    line.strip_prefix(b"---").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Whether there is more in `line` than a marker, a comment or a directive.
fn has_content(line: &[u8]) -> bool {
    let rest = if is_marker(line) { &line[3..] } else { line };
    let rest = rest.trim_ascii();
    !rest.is_empty() && !rest.starts_with(b"#") && !rest.starts_with(b"%")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing("", &[])]
    #[case::one("a: 1\n", &[(1, "a: 1\n")])]
    #[case::two("a: 1\n---\nb: 2\n---", &[(1, "a: 1\n"), (2, "---\nb: 2\n"), (4, "---")])]
    #[case::windows_lines("a: 1\r\n---\r\nb: 2", &[(1, "a: 1\r\n"), (2, "---\r\nb: 2")])]
    #[case::byte_order_mark("\u{feff}---\na: 1\n", &[(1, "---\na: 1\n")])]
    #[case::comment_between("a: 1\n---\n# c\n---\nb: 2\n", &[(1, "a: 1\n"), (2, "---\n# c\n---\nb: 2\n")])]
    #[case::directive("%YAML 1.2\n---\na: 1\n", &[(1, "%YAML 1.2\n---\na: 1\n")])]
    #[case::content_on_the_marker("--- a\n--- b\n", &[(1, "--- a\n"), (2, "--- b\n")])]
    #[case::no_marker("a: |\n  ---\n----\n", &[(1, "a: |\n  ---\n----\n")])]
    #[case::bracket_in_quotes("{a: '}',\nb: 1}\n", &[(1, "{a: '}',\nb: 1}\n")])]
    #[case::json_lines("{\"a\":\"}\\\"\"}\n{\n}\n\n[1]\n", &[(1, "{\"a\":\"}\\\"\"}\n"), (2, "{\n}\n"), (4, "\n[1]\n")])]
    fn texts_are_cut(#[case] text: &str, #[case] expected: &[(usize, &str)]) {
        let texts = Texts {
            reader: Box::new(io::Cursor::new(text.to_owned())),
            file: String::from("f"),
            next: Vec::new(),
            line: 1,
            ended: false,
        };
        let texts: Vec<Text> = texts.map(Result::unwrap).collect();
        let texts: Vec<(usize, &str)> = texts.iter().map(|it| (it.line, &*it.text)).collect();
        assert_eq!(texts, expected);
    }
}
