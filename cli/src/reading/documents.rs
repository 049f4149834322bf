//! Reads the documents of a file that is not a manifest: settings, policies, nodes.

use super::position::Position;
use super::problem::{Problem, Unreadable};
use super::source::{self, DocumentText};
use super::yaml::{self, Node};

#[cfg(feature = "cli")]
use super::files::Source;

/// Reads the documents of `source` that have content, each with its position in the file.
///
/// # Errors
/// The first problem.
#[cfg(feature = "cli")]
pub fn of_source(source: &Source) -> Result<Vec<Node>, Unreadable> {
    let mut documents = Ok(Vec::new());
    source.read_documents(&mut |text| add_document(&source.name, &text, &mut documents))?;
    documents
}

/// Reads the documents of `text` that have content. `name` stands for the name of a file.
///
/// # Errors
/// The first problem.
pub fn of_text(name: &str, text: &str) -> Result<Vec<Node>, Unreadable> {
    let mut documents = Ok(Vec::new());
    // A text in memory cannot fail to be read, so that the result is always `Ok`.
    let _ = source::read_documents(text.as_bytes(), &mut |text| {
        add_document(name, &text, &mut documents);
    });
    documents
}

/// Adds what stands in `document` to `documents`, or puts the problem in their place. After the
/// first problem nothing is read any more.
fn add_document(
    file: &str,
    document: &DocumentText<'_>,
    documents: &mut Result<Vec<Node>, Unreadable>,
) {
    let Ok(nodes_before) = documents else {
        return;
    };
    match read_document(file, document) {
        Ok(nodes) => nodes_before.extend(nodes),
        Err(unreadable) => *documents = Err(unreadable),
    }
}

fn read_document(file: &str, document: &DocumentText<'_>) -> Result<Vec<Node>, Unreadable> {
    let first_line = document.first_line;
    let unreadable = |position: Position, problem| Unreadable {
        file: file.to_owned(),
        position: Some(position.in_file(first_line)),
        problem,
    };

    let text = match &document.text {
        Ok(text) => text,
        Err(broken) => return Err(unreadable(Position::START, broken.problem.clone())),
    };
    let mut nodes = yaml::documents(text)
        .map_err(|error| unreadable(error.position, Problem::Yaml(error.kind)))?;

    nodes.retain(|node| !node.value.is_null());
    for node in &mut nodes {
        node.position = node.position.in_file(first_line);
    }
    Ok(nodes)
}
