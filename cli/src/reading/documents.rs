//! Reads the documents of a file that is not a manifest: settings, policies, nodes.

use serde_json::Value;
use serde_json::value::RawValue;

use super::field::Recording;
#[cfg(feature = "cli")]
use super::files::Source;
use super::json::{self, Locator};
use super::position::Position;
use super::problem::{Problem, Unreadable};
use super::source::{self, DocumentText};
use super::yaml::{self, Node};

/// Reads the documents of `source` that have content, each with its place in the file and with the
/// fields that `recording` names.
///
/// # Errors
/// The first problem.
#[cfg(feature = "cli")]
pub fn read_source(source: &Source, recording: Recording) -> Result<Vec<Node>, Unreadable> {
    let mut collector = Collector::new(&source.name, recording);
    source.read_documents(&mut |text| collector.add(&text))?;
    collector.finish()
}

/// Reads the documents of `text` as [`read_source`] does. `name` stands for the name of a file.
///
/// # Errors
/// The first problem.
pub fn read_text(name: &str, text: &str, recording: Recording) -> Result<Vec<Node>, Unreadable> {
    let mut collector = Collector::new(name, recording);
    // A text in memory cannot fail to be read, so the result is always `Ok`.
    let _ = source::read_documents(text.as_bytes(), &mut |text| collector.add(&text));
    collector.finish()
}

/// Reads the JSON in `text`, the value of the argument `name`.
///
/// # Errors
/// The text is not one value of JSON, or a key stands twice in one of its objects.
pub fn read_json_argument(name: &str, text: &str) -> Result<Value, Unreadable> {
    let not_json = |error: serde_json::Error| Unreadable {
        file: name.to_owned(),
        position: None,
        problem: Problem::Other(format!("is not JSON: {error}")),
    };
    let raw: &RawValue = serde_json::from_str(text).map_err(not_json)?;

    let value = Locator::new(text, Position::START).locate(raw);
    if let Some(repeated) = json::find_repeated_key(value) {
        return Err(Unreadable {
            file: name.to_owned(),
            position: Some(repeated.position),
            problem: Problem::JsonKeyTwice(repeated.key),
        });
    }
    serde_json::from_str(text).map_err(not_json)
}

/// Collects the documents of a file up to the first problem.
struct Collector<'f> {
    file: &'f str,
    recording: Recording,
    documents: Vec<Node>,
    first_problem: Option<Unreadable>,
}

impl<'f> Collector<'f> {
    fn new(file: &'f str, recording: Recording) -> Self {
        Collector {
            file,
            recording,
            documents: Vec::new(),
            first_problem: None,
        }
    }

    /// Reads what stands in `document`. After the first problem nothing is read any more.
    fn add(&mut self, document: &DocumentText<'_>) {
        if self.first_problem.is_some() {
            return;
        }
        match read_document(self.file, document, self.recording) {
            Ok(nodes) => self.documents.extend(nodes),
            Err(unreadable) => self.first_problem = Some(unreadable),
        }
    }

    fn finish(self) -> Result<Vec<Node>, Unreadable> {
        match self.first_problem {
            Some(unreadable) => Err(unreadable),
            None => Ok(self.documents),
        }
    }
}

fn read_document(
    file: &str,
    document: &DocumentText<'_>,
    recording: Recording,
) -> Result<Vec<Node>, Unreadable> {
    let unreadable = |position: Position, problem| Unreadable {
        file: file.to_owned(),
        position: Some(position.in_file(document.first_line)),
        problem,
    };

    let text = match &document.text {
        Ok(text) => text,
        Err(broken) => return Err(unreadable(Position::START, broken.problem.clone())),
    };
    let mut nodes = yaml::documents(text, recording)
        .map_err(|error| unreadable(error.position, Problem::Yaml(error.kind)))?;

    nodes.retain(|node| !node.value.is_null());
    for node in &mut nodes {
        node.move_into_file(document.first_line);
    }
    Ok(nodes)
}
