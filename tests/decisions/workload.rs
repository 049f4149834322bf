//! The objects of the requests: the kinds of Kubernetes with a pod template, kinds of any
//! other group, and how a case changes the pod template that it starts from.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::table::{Entry, Fixtures, deserialize_nullable};

/// A kind of Kubernetes itself that has a pod template.
pub struct BuiltInKind {
    group: &'static str,
    pub name: &'static str,
    /// The path of the pod template in an object; empty for a Pod, which looks like a template itself.
    template: &'static str,
}

/// All kinds of Kubernetes with a pod template.
pub const BUILT_IN: [BuiltInKind; 9] = [
    built_in("", "Pod", ""),
    built_in("", "PodTemplate", "template"),
    built_in("", "ReplicationController", "spec.template"),
    built_in("apps", "Deployment", "spec.template"),
    built_in("apps", "ReplicaSet", "spec.template"),
    built_in("apps", "StatefulSet", "spec.template"),
    built_in("apps", "DaemonSet", "spec.template"),
    built_in("batch", "Job", "spec.template"),
    built_in("batch", "CronJob", "spec.jobTemplate.spec.template"),
];

const fn built_in(group: &'static str, name: &'static str, template: &'static str) -> BuiltInKind {
    BuiltInKind {
        group,
        name,
        template,
    }
}

/// The kind of a request.
pub struct Kind {
    pub group: String,
    pub version: String,
    pub name: String,
    /// The path of the pod template; empty for a Pod and for kinds that are not built in.
    template: &'static str,
}

impl Kind {
    /// Reads the name of one of the built-in kinds, or `group/version/Kind`, or `version/Kind`.
    ///
    /// # Panics
    /// The name is none of these.
    pub fn parse(text: &str) -> Self {
        if let Some(kind) = BUILT_IN.iter().find(|kind| kind.name == text) {
            return Kind {
                group: kind.group.into(),
                version: "v1".into(),
                name: kind.name.into(),
                template: kind.template,
            };
        }
        let parts: Vec<&str> = text.split('/').collect();
        let (group, version, name) = match parts[..] {
            [version, name] => ("", version, name),
            [group, version, name] => (group, version, name),
            _ => panic!("{text} is no kind"),
        };
        Kind {
            group: group.into(),
            version: version.into(),
            name: name.into(),
            template: "",
        }
    }

    /// Returns `text` with `$spec` and `$metadata` replaced by their paths in this kind.
    pub fn replace_paths(&self, text: &str) -> String {
        let below_template = |field: &str| match self.template {
            "" => field.to_owned(),
            template => format!("{template}.{field}"),
        };
        text.replace("$spec", &below_template("spec"))
            .replace("$metadata", &below_template("metadata"))
    }

    /// Returns an object of this kind around a pod template.
    pub fn wrap(&self, template: Value) -> Value {
        if self.template.is_empty() {
            return template;
        }
        let name = &template["metadata"]["name"];
        let mut object = json!({ "metadata": { "name": name } });
        *value_at(&mut object, self.template) = template;
        object
    }
}

/// How an object differs from what it starts from. The README of the tables explains the keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    pod: Option<String>,
    #[serde(deserialize_with = "deserialize_nullable")]
    object: Option<Value>,
    unset: Vec<String>,
    #[serde(deserialize_with = "deserialize_nullable")]
    annotations: Option<Value>,
    #[serde(deserialize_with = "deserialize_nullable")]
    account: Option<Value>,
    spec: Entry,
    container: Entry,
    init: Option<Entry>,
    second: Option<Entry>,
    ephemeral: Option<Entry>,
    set: Entry,
}

/// Puts something into an object many times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The path of the field that gets the value.
    at: String,
    times: usize,
    /// A text that is repeated, or the entry of a list that is repeated. Null makes nested lists.
    #[serde(default)]
    value: Value,
}

impl Changes {
    /// The keys, so that they can be told from the other keys of a case. They name the fields above.
    pub const KEYS: [&str; 11] = [
        "pod",
        "object",
        "unset",
        "annotations",
        "account",
        "spec",
        "container",
        "init",
        "second",
        "ephemeral",
        "set",
    ];

    /// Returns the object if the case gives it whole; `None` if it is made from a fixture.
    pub fn whole_object(&self) -> Option<&Value> {
        self.object.as_ref()
    }

    /// Returns the pod template that is changed: the fixture that these changes name, else
    /// `case_pod`. An old object starts from the fixture of its case if it names none.
    pub fn starting_pod(&self, case_pod: Option<&str>, fixtures: &Fixtures) -> Value {
        let name = self.pod.as_deref().or(case_pod);
        fixtures.pod(name.unwrap_or("hostprocess"))
    }

    /// Returns the fixture's name; `None` if it is left out.
    pub fn pod_name(&self) -> Option<&str> {
        self.pod.as_deref()
    }

    /// Makes the changes in `object`, a pod template or the whole object.
    ///
    /// # Panics
    /// `unset` names a field that is not there: such a case does not test what it says.
    pub fn apply(&self, object: &mut Value) {
        for path in &self.unset {
            let removed = remove_at(object, path);
            assert!(removed.is_some(), "{path}: nothing to take away");
        }
        if let Some(annotations) = &self.annotations {
            set_at(object, "metadata.annotations", annotations);
        }
        if let Some(account) = &self.account {
            let path = "spec.securityContext.windowsOptions.runAsUserName";
            set_at(object, path, account);
        }
        set_fields(object, "spec", &self.spec);
        set_fields(object, "spec.containers[0]", &self.container);
        add_container(object, "spec.initContainers[0]", "setup", &self.init);
        add_container(object, "spec.containers[1]", "second", &self.second);
        add_container(
            object,
            "spec.ephemeralContainers[0]",
            "debugger",
            &self.ephemeral,
        );
        for (path, value) in &self.set {
            set_at(object, path, value);
        }
    }
}

impl Repeat {
    /// Puts the repeated value into `object`.
    pub fn apply(&self, object: &mut Value) {
        let repeated = match &self.value {
            Value::String(text) => text.repeat(self.times).into(),
            Value::Null => (0..self.times).fold(Value::Null, |inner, _| json!([inner])),
            value => vec![value.clone(); self.times].into(),
        };
        set_at(object, &self.at, &repeated);
    }
}

/// Adds a container with that name, the image of the fixture and these fields. Adds nothing if `fields`
/// is `None`.
fn add_container(object: &mut Value, path: &str, name: &str, fields: &Option<Entry>) {
    let Some(fields) = fields else {
        return;
    };
    let image = "registry.example.com/node-agent:v1.4.0";
    set_at(object, path, &json!({ "name": name, "image": image }));
    set_fields(object, path, fields);
}

fn set_fields(object: &mut Value, path: &str, fields: &Entry) {
    for (field, value) in fields {
        set_at(object, &format!("{path}.{field}"), value);
    }
}

fn set_at(object: &mut Value, path: &str, value: &Value) {
    *value_at(object, path) = value.clone();
}

fn remove_at(object: &mut Value, path: &str) -> Option<Value> {
    let (owner, key) = path
        .rsplit_once('.')
        .expect("a path of at least two fields");
    value_at(object, owner).as_object_mut()?.remove(key)
}

/// Returns what stands at `path`, as the tables write it (`spec.containers[0].image`). If nothing stands
/// there, adds null and returns that. An index one past the end of a list appends to it.
///
/// # Panics
/// The path leads through another kind of value, or leaves a gap in a list.
fn value_at<'v>(object: &'v mut Value, path: &str) -> &'v mut Value {
    let mut value = object;
    for step in path.replace('[', ".").replace(']', "").split('.') {
        value = match step.parse::<usize>() {
            Err(_) => &mut value[step],
            Ok(index) => entry_at(value, index),
        };
    }
    value
}

fn entry_at(list: &mut Value, index: usize) -> &mut Value {
    if list.is_null() {
        *list = json!([]);
    }
    let entries = list.as_array_mut().expect("a path with an index");
    if index == entries.len() {
        entries.push(Value::Null);
    }
    &mut entries[index]
}
