//! The files that a command is pointed at, and the documents of each, one at a time.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use crate::printable::printable;

/// A file to read.
#[derive(Debug, PartialEq)]
pub struct Source {
    path: PathBuf,
    /// Its path as given, printable; `<stdin>` for standard input.
    pub name: String,
    /// Whether it was named itself, and not only a directory that it lies in.
    pub named: bool,
}

/// What cannot be read: where, and why. Printable.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// The file or directory, or the argument.
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
    /// The file at `path`, which was named itself; `-` is standard input.
    pub fn named(path: &Path) -> Self {
        Source {
            name: match path.to_str() {
                Some("-") => String::from("<stdin>"),
                _ => printable(&path.display().to_string()),
            },
            path: path.to_owned(),
            named: true,
        }
    }

    /// The texts of its documents.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn texts(&self) -> Result<Texts<'_>, Unreadable> {
        let reader: Box<dyn BufRead> = match self.path.to_str() {
            Some("-") => Box::new(BufReader::new(io::stdin())),
            _ => {
                let file = File::open(&self.path).map_err(|error| self.unreadable(0, error))?;
                Box::new(BufReader::new(file))
            }
        };
        Ok(Texts::of(reader, self))
    }

    /// That the file cannot be read at `line`, and why.
    pub fn unreadable(&self, line: usize, reason: impl ToString) -> Unreadable {
        Unreadable { file: self.name.clone(), line, reason: printable(&reason.to_string()) }
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
        Err(error) => return files.push(Err(Source::named(directory).unreadable(0, error))),
    };
    paths.sort();
    for path in paths {
        let end = path.extension().and_then(|end| end.to_str());
        // A link to a directory could lead back here.
        if path.is_dir() && !path.is_symlink() {
            list(&path, files);
        } else if matches!(end, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(Ok(Source { named: false, ..Source::named(&path) }));
        }
    }
}

/// The text of one document, or of several in JSON.
#[derive(Debug, PartialEq)]
pub struct Text {
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// The text.
    pub text: String,
}

/// The texts of a file's documents, of which one is held at a time.
///
/// YAML is cut at its `---` lines, which no document may hold, so that a document that cannot
/// be read takes none of the others with it. JSON is cut where a line begins the next object.
pub struct Texts<'s> {
    reader: Box<dyn BufRead>,
    source: &'s Source,
    /// The line that the next text begins in, and what has been read of it.
    line: usize,
    next: Vec<u8>,
    ended: bool,
}

impl Iterator for Texts<'_> {
    type Item = Result<Text, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.line;
        let text = match self.read() {
            Ok(text) => text,
            Err(error) => {
                self.ended = true;
                return Some(Err(self.source.unreadable(0, error)));
            }
        };
        self.line += newlines(&text);
        let text = String::from_utf8(text).map_err(|error| {
            let line = line + newlines(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            self.source.unreadable(line, "is not UTF-8: save it as UTF-8")
        });
        Some(text.map(|text| Text { line, text }))
    }
}

impl<'s> Texts<'s> {
    fn of(reader: Box<dyn BufRead>, source: &'s Source) -> Self {
        Texts { reader, source, line: 1, next: Vec::new(), ended: false }
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut text = std::mem::take(&mut self.next);
        // Directives (`%YAML 1.2`) and comments belong to the document after them.
        let mut content = has_content(&text);
        let mut may_be_json = true;
        loop {
            let start = text.len();
            if self.reader.read_until(b'\n', &mut text)? == 0 {
                self.ended = true;
                return Ok(text);
            }
            if self.line == 1 && start == 0 && text.starts_with("\u{feff}".as_bytes()) {
                text.drain(..3);
            }
            let (before, line) = text.split_at(start);
            let mut ends = is_marker(line);
            if may_be_json && before.starts_with(b"{") && line.starts_with(b"{") {
                ends = is_json(before);
                may_be_json = ends;
            }
            if content && ends {
                self.next = text.split_off(start);
                return Ok(text);
            }
            content |= has_content(line);
        }
    }
}

fn newlines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

fn is_json(text: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    values.all(|value| value.is_ok())
}

fn is_marker(line: &[u8]) -> bool {
    line.strip_prefix(b"---").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// Whether there is more in `line` than a marker, a comment or a directive.
fn has_content(line: &[u8]) -> bool {
    let rest = if is_marker(line) { &line[3..] } else { line };
    !matches!(rest.trim_ascii().first(), None | Some(b'#' | b'%'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::one("a: 1\n", &[(1, "a: 1\n")])]
    #[case::two("a: 1\n---\nb: 2\n---", &[(1, "a: 1\n"), (2, "---\nb: 2\n"), (4, "---")])]
    #[case::windows_lines("a: 1\r\n---\r\nb: 2", &[(1, "a: 1\r\n"), (2, "---\r\nb: 2")])]
    #[case::byte_order_mark("\u{feff}---\na: 1\n", &[(1, "---\na: 1\n")])]
    #[case::comment_between("a: 1\n---\n# c\n---\nb: 2\n", &[(1, "a: 1\n"), (2, "---\n# c\n---\nb: 2\n")])]
    #[case::directive("%YAML 1.2\n---\na: 1\n", &[(1, "%YAML 1.2\n---\na: 1\n")])]
    #[case::content_on_the_marker("--- a\n--- b\n", &[(1, "--- a\n"), (2, "--- b\n")])]
    #[case::no_marker("a: |\n  ---\n----\n", &[(1, "a: |\n  ---\n----\n")])]
    #[case::json("{\"a\":1}\n{\n}\n\n{}\n", &[(1, "{\"a\":1}\n"), (2, "{\n}\n\n"), (5, "{}\n")])]
    #[case::flow_yaml("{a:\n{b: c}\n}\n", &[(1, "{a:\n{b: c}\n}\n")])]
    fn texts_are_cut(#[case] text: &str, #[case] expected: &[(usize, &str)]) {
        let source = Source::named(Path::new("f"));
        let texts = Texts::of(Box::new(io::Cursor::new(text.to_owned())), &source);
        let texts: Vec<Text> = texts.map(Result::unwrap).collect();
        let texts: Vec<(usize, &str)> = texts.iter().map(|it| (it.line, &*it.text)).collect();
        assert_eq!(texts, expected);
    }
}
