//! The files and directories that a command is pointed at.
//!
//! Directories are read as `kubectl apply -R -f` reads them (cli-runtime's
//! `ExpandPathsToFileVisitors`): every file whose name ends in `.json`, `.yaml` or `.yml` in small
//! letters, hidden ones too, in the order of their names; links to files are read, links to
//! directories are not followed. A directory that is named itself is read even if it is a link.
//!
//! Two more kinds of files are read, because what they ask for reaches the cluster once Kustomize or Helm
//! has rendered the directory: `Kustomization`, and those of a chart whose names end in `.tpl`.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use super::printable::printable;
use super::problem::{PassedOver, PassedOverReason, Problem, Unreadable};
use super::source::{TakeText, read_documents};

/// A file to read.
pub struct Source {
    path: PathBuf,
    /// Its path as given, printable; `<stdin>` for standard input.
    pub name: String,
    /// Whether the file itself was named. If not, it was found in a directory that was named.
    pub is_named: bool,
}

impl Source {
    /// Returns the file at `path`, which was named itself. `-` is standard input.
    pub fn named(path: &Path) -> Self {
        Source {
            name: printable_path(path),
            path: path.to_owned(),
            is_named: true,
        }
    }

    /// Returns the file at `path`, which was found in a directory.
    fn found(path: &Path) -> Self {
        Source {
            name: printable_path(path),
            path: path.to_owned(),
            is_named: false,
        }
    }

    /// Hands the text of each document to `take`.
    ///
    /// # Errors
    /// The file cannot be opened, or not be read to its end.
    pub fn read_documents(&self, take: TakeText<'_>) -> Result<(), Unreadable> {
        let result = if is_stdin(&self.path) {
            read_documents(io::stdin().lock(), take)
        } else {
            File::open(&self.path).and_then(|file| read_documents(BufReader::new(file), take))
        };
        result.map_err(|error| self.unreadable(Problem::System(error.to_string())))
    }

    /// Returns the whole text.
    ///
    /// # Errors
    /// The file cannot be opened, or is not UTF-8.
    pub fn read_text(&self) -> Result<String, Unreadable> {
        let result = if is_stdin(&self.path) {
            io::read_to_string(io::stdin())
        } else {
            fs::read_to_string(&self.path)
        };
        result.map_err(|error| self.unreadable(Problem::System(error.to_string())))
    }

    /// Says that the file as a whole cannot be read.
    pub fn unreadable(&self, problem: Problem) -> Unreadable {
        Unreadable {
            file: self.name.clone(),
            position: None,
            problem,
        }
    }

    /// Returns the nearest directory above the file that holds a file with one of these names,
    /// printable. `None` if there is none.
    pub fn directory_with(&self, names: &[&str]) -> Option<String> {
        // The first ancestor is the file itself.
        let mut directories = self.path.ancestors().skip(1);
        let directory = directories
            .find(|directory| names.iter().any(|name| directory.join(name).is_file()))?;

        let shown = printable(&directory.display().to_string());
        if shown.is_empty() {
            Some(".".to_owned())
        } else {
            Some(shown)
        }
    }
}

fn is_stdin(path: &Path) -> bool {
    path.to_str() == Some("-")
}

/// Returns what messages call the file at `path`.
fn printable_path(path: &Path) -> String {
    if is_stdin(path) {
        String::from("<stdin>")
    } else {
        printable(&path.display().to_string())
    }
}

/// The patterns of `--exclude`.
///
/// A pattern without a slash is compared with the name of each file and directory, one with a
/// slash with the whole path as given. A pattern with a slash matches with and without `./` at the
/// beginning of the path or of the pattern. `*` does not cross a slash, `**` does. A directory that
/// matches is not entered.
#[derive(Default)]
pub struct Exclusions(Vec<Exclusion>);

struct Exclusion {
    pattern: String,
    matcher: GlobMatcher,
}

impl Exclusions {
    /// Parses the patterns.
    ///
    /// # Errors
    /// One of them is not a pattern. The text names it and says why.
    pub fn parse(patterns: &[String]) -> Result<Self, String> {
        let mut exclusions = Vec::new();
        for pattern in patterns {
            exclusions.push(Exclusion::parse(pattern)?);
        }
        Ok(Exclusions(exclusions))
    }

    /// Returns the first pattern that matches `path`.
    fn find(&self, path: &Path) -> Option<&str> {
        let exclusion = self.0.iter().find(|exclusion| exclusion.matches(path))?;
        Some(&exclusion.pattern)
    }
}

impl Exclusion {
    fn parse(pattern: &str) -> Result<Self, String> {
        let pattern = normalize_pattern(pattern);
        let compared = pattern.strip_prefix("./").unwrap_or(&pattern);
        let glob = GlobBuilder::new(compared.trim_end_matches('/'))
            .literal_separator(true)
            .build()
            .map_err(|error| printable(&error.to_string()))?;
        Ok(Exclusion {
            matcher: glob.compile_matcher(),
            pattern,
        })
    }

    fn matches(&self, path: &Path) -> bool {
        let is_for_whole_path = self.pattern.trim_end_matches('/').contains('/');
        if is_for_whole_path {
            let without_dot = path.strip_prefix(".").unwrap_or(path);
            return self.matcher.is_match(without_dot);
        }

        match path.file_name() {
            Some(name) => self.matcher.is_match(name),
            None => false,
        }
    }
}

/// Returns `pattern` without repeated slashes and `.` in the middle, as the paths are that it is compared
/// with.
fn normalize_pattern(pattern: &str) -> String {
    let mut normalized = pattern.to_owned();
    for repeated in ["//", "/./"] {
        while normalized.contains(repeated) {
            normalized = normalized.replace(repeated, "/");
        }
    }
    normalized
}

/// A path that was found: a file to read, or the reason why it is not read.
pub enum Entry {
    /// A file to read.
    Source(Source),
    /// A file or directory that is not read, and need not be.
    PassedOver(PassedOver),
    /// A file or directory that cannot be read.
    Unreadable(Unreadable),
}

/// Lists the files that `paths` stand for: files and `-` as they are, and for a directory the
/// manifests in it and below.
pub fn expand(paths: &[PathBuf], exclusions: &Exclusions) -> Vec<Entry> {
    let mut entries = Vec::new();
    for path in paths {
        if let Some(pattern) = exclusions.find(path)
            && !is_stdin(path)
        {
            let reason = PassedOverReason::Excluded(pattern.to_owned());
            entries.push(passed_over(path, reason));
        } else if path.is_dir() {
            list_directory(path, exclusions, &mut entries);
        } else {
            entries.push(Entry::Source(Source::named(path)));
        }
    }
    entries
}

fn list_directory(directory: &Path, exclusions: &Exclusions, entries: &mut Vec<Entry>) {
    let mut walk = WalkDir::new(directory)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                entries.push(unreadable_entry(directory, &error));
                continue;
            }
        };
        if let Some(pattern) = exclusions.find(entry.path()) {
            let reason = PassedOverReason::Excluded(pattern.to_owned());
            entries.push(passed_over(entry.path(), reason));
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else {
            entries.extend(classify(&entry));
        }
    }
}

/// Returns what to do with an entry of a directory. `None` for directories, whose entries follow,
/// and for files that do not look like manifests.
fn classify(entry: &DirEntry) -> Option<Entry> {
    let path = entry.path();
    let is_link = entry.path_is_symlink();
    if is_link && path.is_dir() {
        return Some(passed_over(path, PassedOverReason::LinkToDirectory));
    }
    if entry.file_type().is_dir() {
        return None;
    }

    // A name need not be UTF-8. kubectl looks only at its end.
    let extension = Extension::from_name(&entry.file_name().to_string_lossy());
    // A link may lead to a file, or to nothing. Opening it tells.
    let is_file = is_link || entry.file_type().is_file();
    match extension {
        Extension::Manifest if is_file => Some(Entry::Source(Source::found(path))),
        Extension::Manifest => Some(unreadable_path(path, Problem::NotARegularFile)),
        Extension::ManifestInCapitals => {
            Some(passed_over(path, PassedOverReason::ExtensionInCapitals))
        }
        Extension::Kustomization if is_file => Some(Entry::Source(Source::found(path))),
        Extension::Template if is_file => {
            let source = Source::found(path);
            let chart = source.directory_with(&["Chart.yaml"]);
            chart.map(|_| Entry::Source(source))
        }
        Extension::Kustomization | Extension::Template | Extension::Other => None,
    }
}

/// What a file is by the end of its name.
enum Extension {
    /// `.yaml`, `.yml` or `.json`. A file whose whole name is `.yaml` has this extension too.
    Manifest,
    /// The same with capitals, for example `.YAML`.
    ManifestInCapitals,
    /// The whole name is `Kustomization`.
    Kustomization,
    /// `.tpl`, as templates of Helm and of other tools have it.
    Template,
    /// Another end.
    Other,
}

impl Extension {
    fn from_name(name: &str) -> Extension {
        const ENDS: [&str; 3] = ["json", "yaml", "yml"];
        if name == "Kustomization" {
            return Extension::Kustomization;
        }
        let Some((_, end)) = name.rsplit_once('.') else {
            return Extension::Other;
        };
        if ENDS.contains(&end) {
            Extension::Manifest
        } else if end == "tpl" {
            Extension::Template
        } else if ENDS.iter().any(|known| known.eq_ignore_ascii_case(end)) {
            Extension::ManifestInCapitals
        } else {
            Extension::Other
        }
    }
}

fn passed_over(path: &Path, reason: PassedOverReason) -> Entry {
    Entry::PassedOver(PassedOver {
        file: printable_path(path),
        position: None,
        reason,
    })
}

fn unreadable_path(path: &Path, problem: Problem) -> Entry {
    Entry::Unreadable(Unreadable {
        file: printable_path(path),
        position: None,
        problem,
    })
}

fn unreadable_entry(directory: &Path, error: &walkdir::Error) -> Entry {
    let path = error.path().unwrap_or(directory);
    // The text of walkdir's own error would repeat the path.
    let words = match error.io_error() {
        Some(io_error) => io_error.to_string(),
        None => error.to_string(),
    };
    unreadable_path(path, Problem::System(words))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::name_of_a_file("*.values.yaml", "deploy/a.values.yaml", true)]
    #[case::name_of_a_directory("charts", "deploy/charts", true)]
    #[case::name_is_whole("chart", "deploy/charts", false)]
    #[case::path("deploy/*.yaml", "deploy/a.yaml", true)]
    #[case::path_from_here("deploy/*.yaml", "./deploy/a.yaml", true)]
    #[case::pattern_from_here("./deploy/*.yaml", "deploy/a.yaml", true)]
    #[case::star_does_not_cross_a_slash("deploy/*.yaml", "deploy/a/b.yaml", false)]
    #[case::two_stars_do("deploy/**/*.yaml", "deploy/a/b.yaml", true)]
    #[case::slash_at_the_end("charts/", "deploy/charts", true)]
    #[case::slashes_and_dots("deploy/.//a.yaml", "deploy/a.yaml", true)]
    fn exclusions(#[case] pattern: &str, #[case] path: &str, #[case] expected: bool) {
        let exclusions = Exclusions::parse(&[pattern.to_owned()]).unwrap();
        assert_eq!(exclusions.find(Path::new(path)).is_some(), expected);
    }
}
