//! The nine kinds and where their pod templates stand, as the Kubernetes API has them; kinds
//! of any other group; and what differs in a pod template from the one it starts from.

use serde_json::{Value, json};

use crate::table::{self, Entry};

/// Group, name and place of the pod template, of the kinds of Kubernetes itself that carry one.
pub const NINE: [(&str, &str, &str); 9] = [
    ("", "Pod", ""),
    ("", "PodTemplate", "template."),
    ("", "ReplicationController", "spec.template."),
    ("apps", "Deployment", "spec.template."),
    ("apps", "ReplicaSet", "spec.template."),
    ("apps", "StatefulSet", "spec.template."),
    ("apps", "DaemonSet", "spec.template."),
    ("batch", "Job", "spec.template."),
    ("batch", "CronJob", "spec.jobTemplate.spec.template."),
];

/// A kind of a request.
pub struct Kind {
    pub group: String,
    pub version: String,
    pub name: String,
    /// The path of the pod template, with a dot behind it; empty where the object is one.
    template: &'static str,
}

impl Kind {
    /// One of the nine by its name, else `group/version/Kind` or `version/Kind`.
    ///
    /// # Panics
    /// On a name that is neither.
    pub fn named(text: &str) -> Self {
        let built_in = NINE.iter().find(|entry| entry.1 == text);
        let parts: Vec<&str> = text.split('/').collect();
        let (group, version, name, template) = match (built_in, &parts[..]) {
            (Some((group, name, template)), _) => (*group, "v1", *name, *template),
            (None, [version, name]) => ("", *version, *name, ""),
            (None, [group, version, name]) => (*group, *version, *name, ""),
            _ => panic!("{text} is no kind"),
        };
        Self {
            group: group.into(),
            version: version.into(),
            name: name.into(),
            template,
        }
    }

    /// `text` with `$spec` and `$metadata` replaced by their paths in the kind.
    pub fn place(&self, text: &str) -> String {
        let text = text.replace("$spec", &format!("{}spec", self.template));
        text.replace("$metadata", &format!("{}metadata", self.template))
    }

    /// An object of this kind around a pod template.
    pub fn wrap(&self, template: Value) -> Value {
        let Some(path) = self.template.strip_suffix('.') else {
            return template;
        };
        let mut object = json!({ "metadata": { "name": template["metadata"]["name"] } });
        *at(&mut object, path) = template;
        object
    }
}

/// What stands at `path`, as the table writes it (`spec.containers[0].image`); null, where it
/// was absent. An index one past a list's end appends.
///
/// # Panics
/// On a path that leads through another kind of value or leaves a gap in a list.
fn at<'v>(mut at: &'v mut Value, path: &str) -> &'v mut Value {
    for step in path.replace('[', ".").replace(']', "").split('.') {
        at = match step.parse::<usize>() {
            Err(_) => &mut at[step],
            Ok(index) => {
                if at.is_null() {
                    *at = json!([]);
                }
                let list = at
                    .as_array_mut()
                    .unwrap_or_else(|| panic!("{path}: no list"));
                if index == list.len() {
                    list.push(Value::Null);
                }
                &mut list[index]
            }
        };
    }
    at
}

/// Puts so many of a `value` into a list or a text, or so many lists around null, `at` a path.
pub fn repeat(start: &mut Value, repeat: &Value) {
    let times = repeat["times"]
        .as_u64()
        .and_then(|times| usize::try_from(times).ok());
    let times = times.expect("times is a number");
    *at(start, repeat["at"].as_str().expect("at is a path")) = match &repeat["value"] {
        Value::String(text) => text.repeat(times).into(),
        Value::Null => (0..times).fold(Value::Null, |inner, _| json!([inner])),
        value => vec![value.clone(); times].into(),
    };
}

/// `start`, a pod template or another object, with what `changes` say of it.
///
/// # Panics
/// They take away what is not there, so that the case says something else than it tests.
pub fn changed(mut start: Value, changes: &mut Entry) -> Value {
    for path in table::take::<Vec<String>>(changes, "unset") {
        let (owner, key) = path.rsplit_once('.').expect("a path");
        let removed = at(&mut start, owner)
            .as_object_mut()
            .and_then(|owner| owner.remove(key));
        assert!(removed.is_some(), "{path}: nothing to take away");
    }
    let mut set = |path: &str, value: Value| *at(&mut start, path) = value;
    let account = "spec.securityContext.windowsOptions.runAsUserName";
    for (key, path) in [
        ("annotations", "metadata.annotations"),
        ("account", account),
    ] {
        changes
            .remove(key)
            .into_iter()
            .for_each(|value| set(path, value));
    }
    // A name of its own is that of a container to add.
    for (key, path, name) in [
        ("spec", "spec", ""),
        ("container", "spec.containers[0]", ""),
        ("init", "spec.initContainers[0]", "setup"),
        ("second", "spec.containers[1]", "second"),
        ("ephemeral", "spec.ephemeralContainers[0]", "debugger"),
    ] {
        let Some(fields) = changes.remove(key) else {
            continue;
        };
        if !name.is_empty() {
            let image = "registry.example.com/node-agent:v1.4.0";
            set(path, json!({ "name": name, "image": image }));
        }
        for (field, value) in table::read_as::<Entry>(key, fields) {
            set(&format!("{path}.{field}"), value);
        }
    }
    for (path, value) in table::take::<Entry>(changes, "set") {
        set(&path, value);
    }
    start
}
