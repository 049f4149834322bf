//! What is wrong with settings: everything at once, each problem with its path.

use std::fmt::{self, Display, Formatter};

use serde_json::{Number, Value};

use super::requirement::Requirement;
use super::unknown_key::UnknownKey;
use crate::field_path::FieldPath;
use crate::text::quote;

/// How long all listed problems together may be, in characters. Further problems are only counted.
const LONGEST_LIST: usize = 8_000;

/// What a mode may be, for messages.
pub const MODES: &str = "deny, warn or ignore";

/// One thing that is wrong with settings. Its texts are printable ASCII, because what they show of the
/// settings is escaped by `src/text.rs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Where it is: `allow[1].images[0]`, or `settings` for the settings as a whole.
    pub path: String,
    /// What is wrong there, and what to write instead.
    pub text: String,
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// Everything that is wrong with settings. `Display` writes it in one line of at most some 8,000
/// characters: `allow[0].name: …; allow[1].images[0]: …; and 3 more`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems {
    listed: Vec<Problem>,
    /// The length of `listed` in characters, with what stands between its items.
    length: usize,
    /// How many problems are not listed.
    more: usize,
}

impl Problems {
    /// Returns the listed problems, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.listed.iter()
    }

    /// Returns how many problems are counted only, and not listed.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Returns true if nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.more == 0
    }

    /// Returns true if further problems are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.more > 0
    }

    /// Adds a problem with the value at `path`, which is empty for the settings as a whole.
    pub(super) fn add(&mut self, path: &FieldPath<'_>, reason: &Reason<'_>) {
        if self.is_full() {
            self.more += 1;
            return;
        }

        let path = if path.steps.is_empty() {
            String::from("settings")
        } else {
            path.to_string()
        };
        let problem = Problem {
            path,
            text: reason.to_string(),
        };
        self.length += problem.path.len() + ": ".len() + problem.text.len() + "; ".len();
        if self.length > LONGEST_LIST {
            self.more += 1;
        } else {
            self.listed.push(problem);
        }
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.listed.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

/// Why a value is a problem. `Display` says what is wrong and what to write instead, for a sentence
/// that begins with the path of the value.
pub enum Reason<'a> {
    /// The value has another type than its key takes. `expected` says what the key takes.
    WrongType { found: &'a Value, expected: &'a str },
    /// The value is a number where a string is needed, as YAML reads `1.7` without quotes.
    NotQuoted { found: &'a Number },
    /// The settings are a whole manifest.
    Manifest { kind: &'a str },
    /// The object has no such key.
    UnknownKey(UnknownKey<'a>),
    /// The object lacks the key. `instead` says what to write.
    Missing { instead: &'a str },
    /// A key of a rule has null. `instead` says what to write.
    NullInRule { instead: &'a str },
    /// The list has no entry, but needs one. `instead` says what to write.
    EmptyList { instead: &'a str },
    /// The rule says nothing about the containers.
    NoContainers,
    /// The key belongs to the short form of a rule, which has no `containers`. `instead` says what to
    /// write.
    BesideContainers { instead: &'a str },
    /// An earlier rule, whose index is `first`, has the same name.
    SameName { name: &'a str, first: usize },
    /// A string does not have the form that its key needs. `problem` says why, and what to write.
    Malformed { text: &'a str, problem: &'a str },
    /// The entry has `exec`, but neither `command` nor `args`.
    ExecWithoutCommand,
    /// A requester list has other entries beside `nobody`.
    NobodyBesideOthers,
    /// A requester list has `rbac` beside `"*"`.
    RbacBesideAnyone,
    /// The boolean `false` stands for a mode.
    FalseForMode,
    /// The string is not a mode. `meant` is the mode that was meant, if that is clear.
    UnknownMode {
        found: &'a str,
        meant: Option<&'a str>,
    },
    /// The requirement that compares this version is ignored.
    VersionWithoutEffect {
        version: &'a str,
        requirement: Requirement,
    },
}

impl Display for Reason<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Reason::WrongType {
                found: Value::Null,
                expected,
            } => {
                write!(f, "found null: write {expected}, or delete it")
            }
            Reason::WrongType { found, expected } => {
                write!(f, "found {}: write {expected}", describe(found))
            }
            // It is most probably a version. YAML has turned 1.30 into 1.3.
            Reason::NotQuoted { found } if found.is_f64() => write!(
                f,
                "found {found} without quotes, where YAML drops zeros at the end: write \"{found}\", or \
                 \"{found}0\" if you wrote that"
            ),
            Reason::NotQuoted { found } => {
                write!(f, "found {found} without quotes: write \"{found}\"")
            }
            Reason::Manifest { kind } => {
                let kind = quote(kind);
                write!(
                    f,
                    "found a manifest of kind {kind}: write only the settings, as they stand under \
                     spec.settings of a policy"
                )
            }
            Reason::UnknownKey(key) => key.fmt(f),
            Reason::Missing { instead } => write!(f, "is missing: write {instead}"),
            Reason::NullInRule { instead } => write!(f, "found null: write {instead}"),
            Reason::EmptyList { instead } => write!(f, "is an empty list: write {instead}"),
            Reason::NoContainers => f.write_str(
                "does not say which containers it admits: write images and runAsUserNames, or \
                 containers",
            ),
            Reason::BesideContainers { instead } => {
                write!(f, "is not allowed beside containers: {instead}")
            }
            Reason::SameName { name, first } => {
                let name = quote(name);
                write!(
                    f,
                    "{name} is also the name of allow[{first}]: write another name"
                )
            }
            Reason::Malformed { text, problem } => write!(f, "{} {problem}", quote(text)),
            Reason::ExecWithoutCommand => f.write_str(
                "has no effect without command and args, because hooks and probes may then run \
                 anything: write command or args too",
            ),
            Reason::NobodyBesideOthers => {
                f.write_str("\"nobody\" must be the only entry: delete it, or all others")
            }
            Reason::RbacBesideAnyone => {
                f.write_str("\"rbac\" has no effect beside \"*\", which is anyone: delete \"*\"")
            }
            Reason::FalseForMode => {
                write!(
                    f,
                    "found false, which is also what YAML reads for off: write {MODES}"
                )
            }
            Reason::UnknownMode {
                found,
                meant: Some(meant),
            } => {
                write!(f, "found {}: did you mean {meant}?", quote(found))
            }
            Reason::UnknownMode { found, meant: None } => {
                write!(f, "found {}: write {MODES}", quote(found))
            }
            Reason::VersionWithoutEffect {
                version,
                requirement,
            } => {
                let (version, key) = (quote(version), requirement.key());
                write!(
                    f,
                    "{version} has no effect while requirements.{key} is ignore: set that to deny \
                     or warn"
                )
            }
        }
    }
}

/// Describes a value: `a list`, `"text"`, `1.23`.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quote(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
