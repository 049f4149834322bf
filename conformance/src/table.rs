//! Expands the entries of the decision table to cases: whole payloads with what
//! is expected of them.

use serde_json::{Map, Value, json};

use crate::data;
use crate::entry::{Changes, Entry, File, Fixtures};
use crate::expectation::{Expectation, Expected};
use crate::kinds::Kind;
use crate::nodes::Answer;
use crate::{place, settings};

/// One case, ready to be judged.
pub struct Case {
    /// File and sentence, and the kind or mode where an entry stands for several.
    pub name: String,
    /// The payload of `validate`.
    pub payload: Vec<u8>,
    /// The settings in the payload.
    pub settings: Value,
    /// The request in the payload; `None` where the payload is given as text.
    pub request: Option<Value>,
    /// The host's answer.
    pub nodes: Option<Answer>,
    /// What the policy must say.
    pub expected: Expected,
}

/// Reads the whole table.
///
/// # Panics
/// Where the data has another shape than `tests/data/decisions/README.md` says.
#[must_use]
pub fn read() -> Vec<Case> {
    let fixtures: Fixtures = data::yaml(&data::path("fixtures.yaml"));
    let mut cases = Vec::new();
    for path in data::list(&data::path("decisions")) {
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let topic = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let file: File = data::yaml(&path);
        for entry in &file.cases {
            cases.extend(expand(&fixtures, &topic, entry));
        }
    }
    cases
}

fn expand(fixtures: &Fixtures, topic: &str, entry: &Entry) -> Vec<Case> {
    let name = format!("{topic}: {}", entry.name);
    let plain = |name: String, kind: &Kind| {
        let expected = expectation(entry);
        case(fixtures, entry, name, kind, &entry.requirements, expected)
    };
    if entry.kinds.is_some() {
        return Kind::nine()
            .iter()
            .map(|kind| plain(format!("{name} ({})", kind.name), kind))
            .collect();
    }
    let kind = Kind::named(entry.kind.as_deref().unwrap_or("Pod"));
    let Some(requirement) = &entry.requirement else {
        return vec![plain(name, &kind)];
    };
    ["deny", "warn", "off"]
        .into_iter()
        .map(|mode| {
            let mut requirements = entry.requirements.clone();
            requirements.insert(requirement.clone(), mode.into());
            let rule = fixtures.rule["name"]
                .as_str()
                .expect("the fixture's rule has a name");
            let expected = Expected::of_requirement(requirement, mode, rule, &entry.finding);
            let name = format!("{name} ({mode})");
            case(fixtures, entry, name, &kind, &requirements, expected)
        })
        .collect()
}

fn expectation(entry: &Entry) -> Expected {
    match entry
        .expect
        .as_ref()
        .unwrap_or_else(|| panic!("{}: nothing is expected", entry.name))
    {
        Expectation::Word(word) => {
            assert_eq!(
                word, "accepted",
                "{}: `{word}` is no expectation",
                entry.name
            );
            Expected::default()
        }
        Expectation::Map(expected) => expected.as_ref().clone(),
    }
}

fn case(
    fixtures: &Fixtures,
    entry: &Entry,
    name: String,
    kind: &Kind,
    requirements: &Map<String, Value>,
    expected: Expected,
) -> Case {
    let expected = expected.at(kind);
    let nodes = entry.nodes.clone();
    if let Some(payload) = &entry.payload {
        return Case {
            name,
            payload: payload.clone().into_bytes(),
            settings: json!({}),
            request: None,
            nodes,
            expected,
        };
    }
    let settings = settings_of(fixtures, entry, requirements);
    let request = request_of(fixtures, entry, kind);
    let payload = payload(&request, &settings);
    Case {
        name,
        payload,
        settings,
        request: Some(request),
        nodes,
        expected,
    }
}

/// The payload of `validate` as a policy server writes it.
#[must_use]
pub fn payload(request: &Value, settings: &Value) -> Vec<u8> {
    json!({ "request": request, "settings": settings })
        .to_string()
        .into_bytes()
}

fn settings_of(fixtures: &Fixtures, entry: &Entry, requirements: &Map<String, Value>) -> Value {
    if let Some(settings) = &entry.settings {
        return settings.clone();
    }
    let mut document = Map::new();
    let rules: Vec<&Map<String, Value>> = entry
        .rule
        .iter()
        .chain(entry.rules.iter().flatten())
        .collect();
    if !rules.is_empty() {
        let rules: Vec<Value> = rules
            .into_iter()
            .map(|changes| settings::rule(&fixtures.rule, changes))
            .collect();
        document.insert("allow".into(), rules.into());
    }
    if !requirements.is_empty() {
        document.insert("requirements".into(), requirements.clone().into());
    }
    for (key, value) in [
        (
            "hyperVRuntimeClassNames",
            &entry.hyper_v_runtime_class_names,
        ),
        ("minimumVersions", &entry.minimum_versions),
    ] {
        if let Some(value) = value {
            document.insert(key.into(), value.clone());
        }
    }
    Value::Object(document)
}

fn request_of(fixtures: &Fixtures, entry: &Entry, kind: &Kind) -> Value {
    let mut request = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": kind.as_request_kind(),
        "resource": kind.as_request_resource(),
        "name": "node-agent",
        "namespace": entry.namespace.as_ref().unwrap_or(&fixtures.request.namespace),
        "operation": entry.operation.as_deref().unwrap_or("CREATE"),
        "userInfo": {
            "username": entry.user.as_ref().unwrap_or(&fixtures.request.user),
            "groups": entry.groups.as_ref().unwrap_or(&fixtures.request.groups),
        },
        "object": object(fixtures, entry, kind, entry.object.as_ref(), &entry.changes),
        "dryRun": false,
        "options": null,
    });
    let fields = request.as_object_mut().expect("the request is an object");
    if let Some(sub_resource) = &entry.sub_resource {
        fields.insert("subResource".into(), sub_resource.clone().into());
    }
    if let Some(old) = &entry.old {
        fields.insert(
            "oldObject".into(),
            object(fixtures, entry, kind, old.object.as_ref(), &old.changes),
        );
    }
    fields.extend(entry.request.clone());
    for key in &entry.request_without {
        fields.remove(key);
    }
    request
}

fn object(
    fixtures: &Fixtures,
    entry: &Entry,
    kind: &Kind,
    whole: Option<&Value>,
    changes: &Changes,
) -> Value {
    if let Some(whole) = whole {
        return changed(whole.clone(), changes);
    }
    let start = entry.pod.as_deref().unwrap_or("hostprocess");
    let pod = fixtures
        .pods
        .get(start)
        .unwrap_or_else(|| panic!("{}: there is no pod {start}", entry.name));
    kind.wrap(changed(pod.clone(), changes), &pod["metadata"]["name"])
}

fn changed(mut start: Value, changes: &Changes) -> Value {
    for path in &changes.unset {
        place::unset(&mut start, path);
    }
    for (path, value) in &changes.set {
        place::set(&mut start, path, value.clone());
    }
    start
}
