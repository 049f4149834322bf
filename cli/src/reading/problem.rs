//! Why a file, or a document in it, is not read, and the text that says so.

use std::fmt::{self, Display, Formatter};

use super::position::Position;
use super::printable::printable;
use super::yaml::YamlErrorKind;

/// Something that cannot be read: where, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// The file or directory as it was given, or the argument; printable.
    pub file: String,
    /// The place in the file. `None` if the problem concerns the whole file.
    pub position: Option<Position>,
    /// What is wrong.
    pub problem: Problem,
}

impl Unreadable {
    /// Returns what is wrong with an argument, or with a file as a whole: `text`, printable.
    pub fn other(file: &str, text: impl Into<String>) -> Self {
        Unreadable {
            file: file.to_owned(),
            position: None,
            problem: Problem::Other(text.into()),
        }
    }
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(position) = self.position {
            write!(f, ":{}", position.line)?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The system cannot open or read the file. Holds the system's words.
    System(String),
    /// A pipe, a socket or a device in a directory.
    NotARegularFile,
    /// A text with bytes that are not UTF-8.
    NotUtf8,
    /// A text that begins with the mark of UTF-16 and is not UTF-16.
    NotUtf16,
    /// Not YAML, or YAML that Kubernetes' readers understand in different ways.
    Yaml(YamlErrorKind),
    /// JSON whose values cannot be kept. Holds the words of the JSON reader.
    Json(String),
    /// JSON in which this key stands twice in one object. YAML has the same error
    /// ([`YamlErrorKind::KeyTwice`]).
    JsonKeyTwice(String),
    /// A Helm template. `chart` is the directory of its chart, if there is one.
    HelmTemplate {
        /// The directory with `Chart.yaml`.
        chart: Option<String>,
    },
    /// A patch of Kustomize. `directory` is the directory of its kustomization, if there is one.
    KustomizePatch {
        /// The directory with `kustomization.yaml`.
        directory: Option<String>,
    },
    /// A document without `apiVersion` and `kind` that asks for HostProcess, such as the values of a Helm
    /// chart. `chart` is the chart's directory, if there is one.
    Values {
        /// The directory with `Chart.yaml`.
        chart: Option<String>,
    },
    /// A document without `apiVersion` and `kind`.
    NotAnObject,
    /// A document with a `kind` and without an `apiVersion`. kubectl applies it with
    /// `--validate=false`.
    NoApiVersion,
    /// A file without any document.
    NoObject,
    /// An object whose `items` is not a list.
    ItemsNotAList,
    /// An AdmissionReview that is not a request, because it lacks this field.
    IncompleteReview(MissingField),
    /// A problem with settings or with an argument. Holds its whole text, printable.
    Other(String),
}

/// The field that an AdmissionReview lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MissingField {
    /// `request`
    Request,
    /// `request.kind`
    Kind,
    /// `request.operation`
    Operation,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Problem::System(words) => write!(f, "{}", printable(words)),
            Problem::NotARegularFile => write!(f, "is not a regular file"),
            Problem::NotUtf8 => write!(f, "is not UTF-8: save it as UTF-8"),
            Problem::NotUtf16 => write!(
                f,
                "begins with the mark of UTF-16 and is not UTF-16: save it as UTF-8"
            ),
            Problem::Yaml(kind) => write!(f, "cannot be read as YAML: {kind}"),
            Problem::Json(words) => write!(f, "cannot be read as JSON: {}", printable(words)),
            Problem::JsonKeyTwice(key) => write!(
                f,
                "cannot be read as JSON: the key {} stands twice in one object: delete one of them",
                printable(key)
            ),
            Problem::HelmTemplate { chart } => write!(
                f,
                "looks like a Helm template: check what it renders, \
                 helm template {} | hostprocess check -",
                chart.as_deref().unwrap_or("CHART")
            ),
            Problem::KustomizePatch { directory } => write!(
                f,
                "looks like a patch of Kustomize: check what it makes, \
                 kubectl kustomize {} | hostprocess check -",
                directory.as_deref().unwrap_or("DIRECTORY")
            ),
            Problem::Values { chart: Some(chart) } => write!(
                f,
                "values of a Helm chart ask for HostProcess: check what it renders, \
                 helm template {chart} | hostprocess check -"
            ),
            Problem::Values { chart: None } => write!(
                f,
                "asks for HostProcess and has no apiVersion and kind: if these are values of a Helm \
                 chart, check what it renders, helm template CHART -f FILE | hostprocess check -"
            ),
            Problem::NotAnObject => {
                write!(f, "not a Kubernetes object: it has no apiVersion and kind")
            }
            Problem::NoApiVersion => {
                write!(
                    f,
                    "not a whole Kubernetes object: it has a kind and no apiVersion"
                )
            }
            Problem::NoObject => write!(f, "there is no Kubernetes object in it"),
            Problem::ItemsNotAList => write!(f, "items: must be a list"),
            Problem::IncompleteReview(missing) => {
                let field = match missing {
                    MissingField::Request => "request",
                    MissingField::Kind => "request.kind",
                    MissingField::Operation => "request.operation",
                };
                write!(
                    f,
                    "an AdmissionReview without {field}: give it as the API server sends it"
                )
            }
            Problem::Other(text) => write!(f, "{text}"),
        }
    }
}

/// A file or document that was not judged, because the cluster would not get it from this file.
#[derive(Clone, Debug, PartialEq)]
pub struct PassedOver {
    /// The file or directory as it was given; printable.
    pub file: String,
    /// The place in the file. `None` if all of it is passed over.
    pub position: Option<Position>,
    /// Why it was passed over.
    pub reason: PassedOverReason,
}

impl PassedOver {
    /// Returns whether `--exclude` is the reason.
    pub fn is_excluded(&self) -> bool {
        matches!(self.reason, PassedOverReason::Excluded(_))
    }
}

impl Display for PassedOver {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(position) = self.position {
            write!(f, ":{}", position.line)?;
        }
        write!(f, " passed over: {}", self.reason)
    }
}

/// Why something was passed over.
#[derive(Clone, Debug, PartialEq)]
pub enum PassedOverReason {
    /// `--exclude` has this pattern, which matches.
    Excluded(String),
    /// A link to a directory, which kubectl does not follow.
    LinkToDirectory,
    /// A name such as `pod.YAML`: kubectl reads only `.yaml`, `.yml` and `.json`.
    ExtensionInCapitals,
    /// A file without any document, which stands in a directory that was named.
    Empty,
    /// A document that stands in a directory and is not a Kubernetes object, or cannot be read and
    /// does not mention HostProcess. Holds what is wrong with the document.
    Unreadable(Problem),
}

impl Display for PassedOverReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            PassedOverReason::Excluded(pattern) => {
                write!(f, "excluded by {}", printable(pattern))
            }
            PassedOverReason::LinkToDirectory => {
                write!(f, "kubectl does not follow a link to a directory")
            }
            PassedOverReason::ExtensionInCapitals => {
                write!(f, "kubectl reads only .yaml, .yml and .json")
            }
            PassedOverReason::Empty => write!(f, "there is nothing in it"),
            PassedOverReason::Unreadable(not_an_object @ Problem::NotAnObject) => {
                write!(f, "{not_an_object}")
            }
            PassedOverReason::Unreadable(Problem::HelmTemplate { .. }) => {
                write!(f, "a Helm template that does not mention HostProcess")
            }
            PassedOverReason::Unreadable(problem) => {
                write!(f, "{problem} (it does not mention HostProcess)")
            }
        }
    }
}
