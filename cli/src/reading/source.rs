//! The files that a command is pointed at, and the documents of each, one at a time.

use std::fs::{self, File};
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::printable::printable;

/// A file to read.
pub struct Source {
    path: PathBuf,
    /// Its path as given, printable; `<stdin>` for standard input.
    pub name: String,
    /// Whether it was named itself, and not only a directory that it lies in.
    pub named: bool,
}

/// What cannot be read: where, and why. Printable.
#[derive(Debug)]
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

/// Takes a text and the line that it begins in, or why it is none.
pub type Give<'g> = &'g mut dyn FnMut(Result<(usize, &str), Unreadable>);

impl Source {
    /// The file at `path`, which was named itself; `-` is standard input.
    pub fn named(path: &Path) -> Self {
        let name = match path.to_str() {
            Some("-") => String::from("<stdin>"),
            _ => printable(&path.display().to_string()),
        };
        Source {
            name,
            path: path.to_owned(),
            named: true,
        }
    }

    /// Gives the text of each document, or of several in JSON, with the line that it begins in;
    /// one is held at a time.
    ///
    /// # Errors
    /// The file cannot be opened, or not be read to its end.
    pub fn texts(&self, give: Give<'_>) -> Result<(), Unreadable> {
        let mut give = |line, text: &[u8]| {
            give(
                std::str::from_utf8(text)
                    .map(|text| (line, text))
                    .map_err(|error| {
                        let line = line + newlines(&text[..error.valid_up_to()]);
                        self.unreadable(line, "is not UTF-8: save it as UTF-8")
                    }),
            );
        };
        let done = match self.path.to_str() {
            Some("-") => cut(io::stdin().lock(), &mut give),
            _ => File::open(&self.path).and_then(|file| cut(io::BufReader::new(file), &mut give)),
        };
        done.map_err(|error| self.unreadable(0, error))
    }

    /// That the file cannot be read at `line`, and why.
    pub fn unreadable(&self, line: usize, reason: impl ToString) -> Unreadable {
        Unreadable {
            file: self.name.clone(),
            line,
            reason: printable(&reason.to_string()),
        }
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
    let entries = fs::read_dir(directory).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<Vec<_>>>()
    });
    let mut paths = match entries {
        Ok(paths) => paths,
        Err(error) => return files.push(Err(Source::named(directory).unreadable(0, error))),
    };
    paths.sort();
    for path in paths {
        let end = path.extension().and_then(|end| end.to_str());
        // A link to a directory could lead back here.
        if path.is_dir() && !path.is_symlink() {
            list(&path, files);
        } else if matches!(end, Some("yaml" | "yml" | "json")) && path.is_file() {
            files.push(Ok(Source {
                named: false,
                ..Source::named(&path)
            }));
        }
    }
}

/// Gives the texts of a file's documents, with the line that each begins in.
///
/// YAML is cut at its `---` lines, which no document may hold, so that a document that cannot
/// be read takes none of the others with it. JSON is cut where a line begins the next object.
fn cut(mut reader: impl BufRead, give: &mut dyn FnMut(usize, &[u8])) -> io::Result<()> {
    let (mut line, mut text) = (1, Vec::new());
    // Directives (`%YAML 1.2`) and comments belong to the document after them.
    let (mut content, mut may_be_json) = (false, true);
    loop {
        let start = text.len();
        let ended = reader.read_until(b'\n', &mut text)? == 0;
        if line == 1 && start == 0 && text.starts_with("\u{feff}".as_bytes()) {
            text.drain(..3);
        }
        let (before, last) = text.split_at(start);
        let mut begins = is_marker(last);
        if may_be_json && before.starts_with(b"{") && last.starts_with(b"{") {
            begins = is_json(before);
            may_be_json = begins;
        }
        let has_content = has_content(last);
        if ended || content && begins {
            give(line, before);
            line += newlines(before);
            text.drain(..start);
            (content, may_be_json) = (false, true);
        }
        if ended {
            return Ok(());
        }
        content |= has_content;
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
    line.strip_prefix(b"---")
        .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
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
        let mut expected = expected.iter();
        let mut give = |line, text: &[u8]| {
            assert_eq!(
                Some(&(line, std::str::from_utf8(text).unwrap())),
                expected.next()
            );
        };
        cut(text.as_bytes(), &mut give).unwrap();
        assert_eq!(expected.next(), None);
    }
}
