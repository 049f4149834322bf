//! Reads the decision table and expands its entries to cases: whole payloads with what is
//! expected of them. The table's README explains the keys.

use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::builds;
use crate::expectation::{Expected, Response};
use crate::rule::rule;
use crate::workload::{self, Kind};

/// An entry of a table, or a part of one. What is read of it is taken away, so that a key which
/// is left is a mistake.
pub type Entry = Map<String, Value>;

/// One case, ready to be judged.
pub struct Case {
    /// File and sentence, and the kind or mode where an entry stands for several.
    pub name: String,
    payload: String,
    settings: Value,
    /// The request in the payload; null where the payload is given as text.
    request: Value,
    /// What the host answers.
    host: Value,
    expected: Expected,
}

/// What the entries start from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixtures {
    /// Pod templates by name.
    pods: Entry,
    /// The rule that `rule` changes.
    pub rule: Entry,
    /// The request's sender and namespace.
    request: Value,
}

/// The cases in a file below `tests/data`.
pub fn cases(file: &str) -> Vec<Entry> {
    take(&mut document(file), "cases")
}

/// What the entries of all tables start from.
pub fn fixtures() -> Fixtures {
    read_as("fixtures.yaml", document("fixtures.yaml").into())
}

/// The value of `key`, taken from `entry`; its default, where there is none.
pub fn take<T: DeserializeOwned + Default>(entry: &mut Entry, key: &str) -> T {
    entry
        .remove(key)
        .map(|value| read_as(key, value))
        .unwrap_or_default()
}

/// `value`, which is called `name`, as a `T`.
///
/// # Panics
/// It has another shape: the data is part of the tests.
pub fn read_as<T: DeserializeOwned>(name: &str, value: Value) -> T {
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn document(file: &str) -> Entry {
    let text = fs::read_to_string(data(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn data(below: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(below)
}

/// Reads the whole table.
pub fn read() -> Vec<Case> {
    let fixtures = fixtures();
    let files = fs::read_dir(data("decisions")).expect("the table's folder can be read");
    let mut names: Vec<String> = files
        .map(|file| file.expect("an entry of the folder").file_name())
        .map(|name| name.into_string().expect("file names are text"))
        .filter(|name| name.ends_with(".yaml"))
        .collect();
    names.sort();
    let mut all = Vec::new();
    for file in names {
        for mut entry in cases(&format!("decisions/{file}")) {
            let name: String = take(&mut entry, "name");
            let name = format!("{}: {name}", file.trim_end_matches(".yaml"));
            let cases = expand(entry).into_iter();
            all.extend(cases.map(|(mark, entry)| Case::of(name.clone() + &mark, entry, &fixtures)));
        }
    }
    all
}

/// An entry for each kind or mode that `entry` stands for, with what marks it.
fn expand(mut entry: Entry) -> Vec<(String, Entry)> {
    let (requirement, finding) = (entry.remove("requirement"), entry.remove("finding"));
    let kinds: Vec<String> = take(&mut entry, "kinds");
    if let Some(requirement) = requirement {
        let denied = json!({ "denied": finding, "lacks": ["rule"], "suggested-rule": false });
        let warned = json!({ "allowed-by": "node-agent", "warnings": [requirement] });
        let modes = [
            ("deny", denied),
            ("warn", warned),
            ("ignore", "admitted".into()),
        ];
        let cases = modes.map(|(mode, expect)| {
            let mut modes = entry.get("requirements").cloned().unwrap_or(json!({}));
            modes[requirement.as_str().expect("a name")] = mode.into();
            let mut entry = entry.clone();
            entry.extend([("requirements".into(), modes), ("expect".into(), expect)]);
            (format!(" ({mode})"), entry)
        });
        return cases.into();
    }
    let kinds = match &*kinds {
        [] => return vec![(String::new(), entry)],
        [nine] if nine == "nine" => workload::NINE.map(|(_, name, _)| name.to_owned()).into(),
        _ => kinds,
    };
    let with_kind = |kind: String| {
        let mut entry = entry.clone();
        let name = kind.rsplit('/').next().unwrap_or_default();
        let mark = format!(" ({name})");
        entry.insert("kind".into(), kind.into());
        (mark, entry)
    };
    kinds.into_iter().map(with_kind).collect()
}

impl Case {
    fn of(name: String, mut entry: Entry, fixtures: &Fixtures) -> Self {
        let connect: Option<String> = take(&mut entry, "connect");
        let kind = Kind::named(match connect.as_deref() {
            Some("attach") => "v1/PodAttachOptions",
            Some(_) => "v1/PodExecOptions",
            None => entry
                .get("kind")
                .map_or("Pod", |kind| kind.as_str().expect("a kind")),
        });
        let expect = match entry.remove("expect") {
            Some(Value::String(word)) => match &*word {
                "accepted" => json!({}),
                "admitted" => json!({ "allowed-by": "node-agent" }),
                "denied" => json!({ "denied": [] }),
                word => panic!("{name}: `{word}` is no expectation"),
            },
            expect => expect.unwrap_or_else(|| panic!("{name}: expects nothing")),
        };
        let expect = kind.place(&expect.to_string());
        let expected = serde_json::from_str(&expect).unwrap_or_else(|e| panic!("{name}: {e}"));
        let host = match entry.remove("running") {
            None => take(&mut entry, "nodes"),
            Some(answer) if answer.get("error").or(answer.get("answer")).is_some() => answer,
            Some(running) => {
                let mut changes: Entry = read_as("running", running);
                let pod = fixtures.pod(changes.remove("pod"));
                let pod = workload::changed(pod, &mut changes).to_string();
                assert!(changes.is_empty(), "{name}: unknown {changes:?}");
                json!({ "answer": pod })
            }
        };
        let settings = settings(&mut entry, fixtures);
        let (request, payload) = match entry.remove("payload") {
            Some(payload) => (Value::Null, payload.as_str().expect("a text").to_owned()),
            None => {
                let request = request(&mut entry, &kind, connect.as_deref(), fixtures);
                let payload = payload(&request, &settings);
                (request, payload)
            }
        };
        entry.remove("kind");
        assert!(entry.is_empty(), "{name}: unknown {entry:?}");
        Case {
            name,
            payload,
            settings,
            request,
            host,
            expected,
        }
    }

    /// Has both builds judge it.
    ///
    /// # Errors
    /// The builds differ.
    ///
    /// # Panics
    /// Something is not as expected.
    pub fn check(&self) -> Result<(), Failed> {
        let judgement = builds::judge(&self.payload, &self.host)?;
        let _shown = Shown(format!(
            "response: {}\npayload:  {}",
            judgement.0, self.payload
        ));
        self.expected.assert(&judgement);
        self.check_suggestion(&Response::read(&judgement.0).suggested_rule())
    }

    /// A denial's `suggested-rule`, pasted into `allow`, must make the same request pass, but
    /// for requirements that it fails.
    fn check_suggestion(&self, rule: &Value) -> Result<(), Failed> {
        if rule.is_null() || self.request.is_null() {
            return Ok(());
        }
        let mut settings = self.settings.clone();
        match &mut settings["allow"] {
            Value::Array(rules) => rules.push(rule.clone()),
            other => *other = json!([rule]),
        }
        let payload = payload(&self.request, &settings);
        let (answer, _) = builds::judge(&payload, &self.host)?;
        let response = Response::read(&answer);
        let annotations = response.audit_annotations.clone().unwrap_or_default();
        let admits = if response.accepted {
            // An object with several pod specs may need one rule for each.
            annotations["allowed-by"]
                .split(',')
                .any(|name| rule["name"] == name)
        } else {
            // The rules are satisfied; what is left are failed requirements.
            let message = response.message.as_deref().unwrap_or_default();
            response.suggested_rule().is_null() && !message.contains("rule")
        };
        assert!(
            admits,
            "pasted, the suggested rule {rule} does not admit: {answer}"
        );
        Ok(())
    }
}

/// What is shown of a case that fails.
struct Shown(String);

impl Drop for Shown {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

impl Fixtures {
    fn pod(&self, name: Option<Value>) -> Value {
        let name = name.unwrap_or("hostprocess".into());
        self.pods[name.as_str().expect("a name")].clone()
    }
}

/// The payload of `validate` as a policy server writes it.
fn payload(request: &Value, settings: &Value) -> String {
    json!({ "request": request, "settings": settings }).to_string()
}

fn settings(entry: &mut Entry, fixtures: &Fixtures) -> Value {
    let mut settings = entry.remove("settings").unwrap_or(json!({}));
    let mut rules: Vec<Entry> = take(entry, "rules");
    rules.extend(entry.remove("rule").map(|rule| read_as("rule", rule)));
    if !rules.is_empty() {
        settings["allow"] = rules
            .iter()
            .map(|changes| rule(&fixtures.rule, changes))
            .collect();
    }
    for key in ["requirements", "hyperVRuntimeClassNames", "minimumVersions"] {
        if let Some(value) = entry.remove(key) {
            settings[key] = value;
        }
    }
    settings
}

fn request(entry: &mut Entry, kind: &Kind, connect: Option<&str>, fixtures: &Fixtures) -> Value {
    let resource = match connect {
        Some(_) => String::from("pods"),
        None => format!("{}s", kind.name.to_lowercase()),
    };
    let operation = if connect.is_some() {
        "CONNECT"
    } else {
        "CREATE"
    };
    let pod = fixtures.pod(entry.remove("pod"));
    let repeat = entry.remove("repeat");
    let object = |changes: &mut Entry| {
        let options = connect.map(|_| json!({ "container": "agent", "stdin": true, "tty": true }));
        let whole = changes.remove("object").or(options);
        let mut start = whole.as_ref().unwrap_or(&pod).clone();
        if let Some(repeat) = &repeat {
            workload::repeat(&mut start, repeat);
        }
        let changed = workload::changed(start, changes);
        if whole.is_some() {
            changed
        } else {
            kind.wrap(changed)
        }
    };
    let old = entry.remove("old").map(|old| {
        let mut changes = read_as("old", old);
        let old = object(&mut changes);
        assert!(changes.is_empty(), "unknown {changes:?}");
        old
    });
    let object = object(entry);
    let mut given = |key: &str, default: &Value| entry.remove(key).unwrap_or(default.clone());
    let fixture = &fixtures.request;
    let mut request = json!({
        "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
        "kind": { "group": kind.group, "version": kind.version, "kind": kind.name },
        "resource": { "group": kind.group, "version": kind.version, "resource": resource },
        "name": "node-agent",
        "namespace": given("namespace", &fixture["namespace"]),
        "operation": given("operation", &operation.into()),
        "userInfo": {
            "username": given("user", &fixture["user"]),
            "groups": given("groups", &fixture["groups"]),
        },
        "object": object,
        "dryRun": false,
        "options": null,
    });
    let fields = request.as_object_mut().expect("the request is an object");
    let sub_resource = entry.remove("subResource").or(connect.map(Value::from));
    fields.extend(sub_resource.map(|name| ("subResource".to_owned(), name)));
    fields.extend(old.map(|old| ("oldObject".to_owned(), old)));
    fields.extend(take::<Entry>(entry, "request"));
    let without: Vec<String> = take(entry, "request-without");
    fields.retain(|key, _| !without.contains(key));
    request
}
