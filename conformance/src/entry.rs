//! One entry of the decision table as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expectation::Expectation;
use crate::nodes::Answer;

/// A file of the decision table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its entries.
    pub cases: Vec<Entry>,
}

/// What the entries start from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// Pod templates by name.
    pub pods: BTreeMap<String, Value>,
    /// The rule that `rule` changes.
    pub rule: Map<String, Value>,
    /// The request's sender and namespace.
    pub request: RequestFixture,
}

/// The request's sender and namespace.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFixture {
    /// The request's namespace.
    pub namespace: String,
    /// The user's name.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
}

/// One entry; `tests/data/decisions/README.md` explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the table's README is their documentation")]
pub struct Entry {
    pub name: String,

    pub rule: Option<Map<String, Value>>,
    pub rules: Option<Vec<Map<String, Value>>>,
    #[serde(default)]
    pub requirements: Map<String, Value>,
    #[serde(rename = "hyperVRuntimeClassNames")]
    pub hyper_v_runtime_class_names: Option<Value>,
    #[serde(rename = "minimumVersions")]
    pub minimum_versions: Option<Value>,
    #[serde(default, deserialize_with = "crate::settings::even_null")]
    pub settings: Option<Value>,

    pub kind: Option<String>,
    pub kinds: Option<Kinds>,
    pub pod: Option<String>,
    #[serde(flatten)]
    pub changes: Changes,
    pub object: Option<Value>,
    pub old: Option<Old>,
    pub operation: Option<String>,
    pub namespace: Option<String>,
    pub user: Option<String>,
    pub groups: Option<Vec<String>>,
    #[serde(rename = "subResource")]
    pub sub_resource: Option<String>,
    #[serde(default)]
    pub request: Map<String, Value>,
    #[serde(default, rename = "request-without")]
    pub request_without: Vec<String>,
    pub payload: Option<String>,
    pub nodes: Option<Answer>,

    pub expect: Option<Expectation>,
    pub requirement: Option<String>,
    #[serde(default)]
    pub finding: Vec<String>,
}

/// `kinds: nine`.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kinds {
    /// Each of the nine kinds in turn.
    Nine,
}

/// Differences from what an entry starts from.
#[derive(Default, Deserialize)]
pub struct Changes {
    /// Values by path.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// Paths to take away.
    #[serde(default)]
    pub unset: Vec<String>,
}

/// The old object of an update.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Old {
    /// The whole old object.
    pub object: Option<Value>,
    /// Differences from what the entry starts from.
    #[serde(flatten)]
    pub changes: Changes,
}
