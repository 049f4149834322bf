//! Reads the decision table and expands its entries to cases: whole payloads with what is
//! expected of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::builds::Answer;
use crate::expectation::{Expectation, Expected};
use crate::settings::{self, RuleChanges};
use crate::workload::{Changes, Kind};

/// One case, ready to be judged.
pub struct Case {
    /// File and sentence, and the kind or mode where an entry stands for several.
    pub name: String,
    /// The payload of `validate`.
    pub payload: Vec<u8>,
    /// The settings in the payload.
    pub settings: Value,
    /// The request in the payload; none where the payload is given as text.
    pub request: Option<Value>,
    /// What the host answers.
    pub host: Option<Answer>,
    /// What the policy must say.
    pub expected: Expected,
}

/// What the entries start from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// Pod templates by name.
    pods: BTreeMap<String, Value>,
    /// The rule that `rule` changes.
    pub rule: RuleChanges,
    /// The request's sender and namespace.
    request: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Entry>,
}

/// One entry as it is written; the table's README explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entry {
    name: String,

    rule: Option<RuleChanges>,
    rules: Option<Vec<RuleChanges>>,
    #[serde(default)]
    requirements: Map<String, Value>,
    #[serde(rename = "hyperVRuntimeClassNames")]
    hyper_v_runtime_class_names: Option<Value>,
    minimum_versions: Option<Value>,
    #[serde(default, deserialize_with = "settings::even_null")]
    settings: Option<Value>,

    kind: Option<String>,
    #[serde(default)]
    kinds: Vec<String>,
    pod: Option<String>,
    #[serde(flatten)]
    changes: Changes,
    object: Option<Value>,
    repeat: Option<Repeat>,
    old: Option<Old>,
    operation: Option<String>,
    connect: Option<String>,
    namespace: Option<Value>,
    user: Option<Value>,
    groups: Option<Value>,
    sub_resource: Option<String>,
    #[serde(default)]
    request: Map<String, Value>,
    #[serde(default, rename = "request-without")]
    request_without: Vec<String>,
    payload: Option<String>,
    nodes: Option<Answer>,
    running: Option<Running>,

    expect: Option<Expectation>,
    requirement: Option<String>,
    #[serde(default)]
    finding: Vec<String>,
}

/// The old object of an update.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Old {
    object: Option<Value>,
    #[serde(flatten)]
    changes: Changes,
}

/// A list, or a text, of so many of one value, or so many nested lists around null, at a path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    at: String,
    times: usize,
    value: Value,
}

/// The host's answer to the question for the pod of a connection.
#[derive(Deserialize)]
#[serde(untagged)]
enum Running {
    Answer(Answer),
    Pod(Box<RunningPod>),
}

/// A pod that the host gives.
#[derive(Deserialize)]
struct RunningPod {
    pod: Option<String>,
    #[serde(flatten)]
    changes: Changes,
}

/// A file below `tests/data`.
///
/// # Panics
/// It is missing or has another shape: the data is part of the tests.
pub fn yaml<T: DeserializeOwned>(file: &str) -> T {
    let path = data(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn data(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(below)
}

/// The payload of `validate` as a policy server writes it.
pub fn payload(request: &Value, settings: &Value) -> Vec<u8> {
    let payload = json!({ "request": request, "settings": settings });
    payload.to_string().into_bytes()
}

/// Reads the whole table.
pub fn read() -> Vec<Case> {
    let fixtures: Fixtures = yaml("fixtures.yaml");
    let files = fs::read_dir(data("decisions")).expect("the table's folder can be read");
    let mut names: Vec<String> = files
        .map(|file| file.expect("an entry of the folder").file_name())
        .map(|name| name.into_string().expect("file names are text"))
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    let mut cases = Vec::new();
    for name in names {
        let file: File = yaml(&format!("decisions/{name}"));
        for entry in &file.cases {
            let name = format!("{}: {}", name.trim_end_matches(".yaml"), entry.name);
            cases.extend(entry.expand(&fixtures, &name));
        }
    }
    cases
}

impl Entry {
    fn expand(&self, fixtures: &Fixtures, name: &str) -> Vec<Case> {
        let of =
            |kind: &Kind, mark: &str, requirements: &Map<String, Value>, expected: Expected| {
                let (settings, request) = match &self.payload {
                    None => (self.settings(fixtures, requirements), self.request(fixtures, kind)),
                    Some(_) => (json!({}), Value::Null),
                };
                Case {
                    name: format!("{name}{mark}"),
                    payload: match &self.payload {
                        Some(payload) => payload.clone().into_bytes(),
                        None => payload(&request, &settings),
                    },
                    settings,
                    request: Some(request).filter(Value::is_object),
                    host: self.host(fixtures),
                    expected: expected.at(kind),
                }
            };
        let kind = Kind::named(match &self.connect {
            Some(_) => "v1/PodExecOptions",
            None => self.kind.as_deref().unwrap_or("Pod"),
        });
        if let Some(requirement) = &self.requirement {
            let cases = ["deny", "warn", "off"].map(|mode| {
                let mut requirements = self.requirements.clone();
                requirements.insert(requirement.clone(), mode.into());
                let expected = Expected::of_requirement(requirement, mode, &self.finding);
                of(&kind, &format!(" ({mode})"), &requirements, expected)
            });
            return cases.into();
        }
        let expect = self.expect.as_ref().unwrap_or_else(|| panic!("{name}: expects nothing"));
        let kinds = match &*self.kinds {
            [] => return vec![of(&kind, "", &self.requirements, expect.expected())],
            [nine] if nine == "nine" => Kind::nine(),
            kinds => kinds.iter().map(|kind| Kind::named(kind)).collect(),
        };
        let cases = kinds.iter().map(|kind| {
            of(kind, &format!(" ({})", kind.name), &self.requirements, expect.expected())
        });
        cases.collect()
    }

    fn host(&self, fixtures: &Fixtures) -> Option<Answer> {
        match &self.running {
            None => self.nodes.clone(),
            Some(Running::Answer(answer)) => Some(answer.clone()),
            Some(Running::Pod(running)) => {
                let pod = self.pod(fixtures, running.pod.as_deref());
                let pod = running.changes.applied_to(pod);
                let answer = pod.to_string();
                Some(Answer::Text { answer })
            }
        }
    }

    fn settings(&self, fixtures: &Fixtures, requirements: &Map<String, Value>) -> Value {
        if let Some(settings) = &self.settings {
            return settings.clone();
        }
        let mut settings = json!({});
        let rules = self.rule.iter().chain(self.rules.iter().flatten());
        let rules: Vec<Value> = rules.map(|rule| settings::rule(&fixtures.rule, rule)).collect();
        if !rules.is_empty() {
            settings["allow"] = rules.into();
        }
        if !requirements.is_empty() {
            settings["requirements"] = requirements.clone().into();
        }
        if let Some(names) = &self.hyper_v_runtime_class_names {
            settings["hyperVRuntimeClassNames"] = names.clone();
        }
        if let Some(versions) = &self.minimum_versions {
            settings["minimumVersions"] = versions.clone();
        }
        settings
    }

    fn request(&self, fixtures: &Fixtures, kind: &Kind) -> Value {
        let fixture = &fixtures.request;
        let (name, operation, resource) = match self.connect.as_deref() {
            Some("attach") => ("PodAttachOptions", "CONNECT", "pods".to_owned()),
            Some(_) => ("PodExecOptions", "CONNECT", "pods".to_owned()),
            None => (&*kind.name, "CREATE", format!("{}s", kind.name.to_lowercase())),
        };
        let mut request = json!({
            "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
            "kind": { "group": kind.group, "version": kind.version, "kind": name },
            "resource": { "group": kind.group, "version": kind.version, "resource": resource },
            "name": "node-agent",
            "namespace": self.namespace.as_ref().unwrap_or(&fixture["namespace"]),
            "operation": self.operation.as_deref().unwrap_or(operation),
            "userInfo": {
                "username": self.user.as_ref().unwrap_or(&fixture["user"]),
                "groups": self.groups.as_ref().unwrap_or(&fixture["groups"]),
            },
            "object": self.object(fixtures, kind, self.object.as_ref(), &self.changes),
            "dryRun": false,
            "options": null,
        });
        if let Some(sub_resource) = self.sub_resource.as_ref().or(self.connect.as_ref()) {
            request["subResource"] = sub_resource.clone().into();
        }
        if let Some(old) = &self.old {
            request["oldObject"] = self.object(fixtures, kind, old.object.as_ref(), &old.changes);
        }
        let fields = request.as_object_mut().expect("the request is an object");
        fields.extend(self.request.clone());
        fields.retain(|key, _| !self.request_without.contains(key));
        request
    }

    fn object(
        &self,
        fixtures: &Fixtures,
        kind: &Kind,
        whole: Option<&Value>,
        changes: &Changes,
    ) -> Value {
        let mut start = match (whole, &self.connect) {
            (Some(whole), _) => whole.clone(),
            (None, Some(_)) => json!({ "container": "agent", "stdin": true, "tty": true }),
            (None, None) => self.pod(fixtures, self.pod.as_deref()),
        };
        if let Some(Repeat { at, times, value }) = &self.repeat {
            let repeated = match value {
                Value::String(text) => text.repeat(*times).into(),
                Value::Null => (0..*times).fold(Value::Null, |inner, _| json!([inner])),
                value => vec![value.clone(); *times].into(),
            };
            crate::place::set(&mut start, at, repeated);
        }
        let start = changes.applied_to(start);
        match (whole, &self.connect) {
            (None, None) => kind.wrap(start),
            _ => start,
        }
    }

    fn pod(&self, fixtures: &Fixtures, name: Option<&str>) -> Value {
        let name = name.unwrap_or("hostprocess");
        let pod = fixtures.pods.get(name);
        pod.unwrap_or_else(|| panic!("{}: there is no pod {name}", self.name)).clone()
    }
}
