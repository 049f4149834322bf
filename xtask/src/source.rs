//! The files that a command is pointed at.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::Error;

/// The text of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's path as given, or `<stdin>`.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// Reads `path`, a file or `-` for standard input.
///
/// # Errors
/// When the file cannot be read or is not UTF-8.
pub fn read(path: &Path) -> Result<Source, Error> {
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Error::at("<stdin>", error))?;
        return Ok(Source {
            name: "<stdin>".to_owned(),
            text,
        });
    }
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok(Source { name, text }),
        Err(error) => Err(Error::at(&name, error)),
    }
}

/// The files that `paths` stand for: files and `-` as they are, and for a
/// directory every YAML and JSON file in it and below, sorted.
///
/// # Errors
/// When a path is not there or a directory cannot be listed.
pub fn expand(paths: &[PathBuf]) -> Vec<Result<PathBuf, Error>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            list(path, &mut files);
        } else {
            files.push(Ok(path.clone()));
        }
    }
    files
}

fn list(directory: &Path, files: &mut Vec<Result<PathBuf, Error>>) {
    let entries = fs::read_dir(directory).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()
    });
    match entries {
        Ok(mut entries) => {
            entries.sort();
            for entry in entries {
                // A link to a directory could lead back here.
                if entry.is_dir() && !entry.is_symlink() {
                    list(&entry, files);
                } else if entry.extension().is_some_and(is_manifest) && entry.is_file() {
                    files.push(Ok(entry));
                }
            }
        }
        Err(error) => files.push(Err(Error::at(&directory.display().to_string(), error))),
    }
}

fn is_manifest(extension: &std::ffi::OsStr) -> bool {
    ["yaml", "yml", "json"]
        .iter()
        .any(|known| extension == *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_its_manifests() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("sub")).unwrap();
        for name in ["b.yaml", "a.yml", "c.json", "README.md", "sub/d.yaml"] {
            fs::write(root.path().join(name), "").unwrap();
        }
        let files: Vec<String> = expand(&[root.path().to_owned()])
            .into_iter()
            .map(|file| {
                let file = file.unwrap();
                file.strip_prefix(root.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        assert_eq!(files, ["a.yml", "b.yaml", "c.json", "sub/d.yaml"]);
    }

    #[test]
    fn a_file_is_taken_whatever_its_name() {
        let paths = [PathBuf::from("-"), PathBuf::from("manifest.txt")];
        let files: Vec<_> = expand(&paths).into_iter().map(Result::unwrap).collect();
        assert_eq!(files, paths);
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let error = read(Path::new("no/such/file")).unwrap_err();
        assert!(error.to_string().starts_with("no/such/file: "), "{error}");
    }
}
