//! The nine kinds and where their pod templates stand, as the Kubernetes API has them; kinds
//! of any other group; and what differs in a pod template from the one it starts from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::place;

/// Group, name and place of the pod template.
const NINE: [(&str, &str, &str); 9] = [
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
    /// The kinds that carry pod templates in Kubernetes itself.
    pub fn nine() -> Vec<Self> {
        NINE.iter().map(|entry| Self::named(entry.1)).collect()
    }

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
        Self { group: group.into(), version: version.into(), name: name.into(), template }
    }

    /// `text` with `$spec` and `$metadata` replaced by their paths in the kind.
    pub fn place(&self, text: &str) -> String {
        let text = text.replace("$spec", &format!("{}spec", self.template));
        text.replace("$metadata", &format!("{}metadata", self.template))
    }

    /// An object of this kind around a pod template.
    pub fn wrap(&self, template: Value) -> Value {
        match self.template.strip_suffix('.') {
            None => template,
            Some(path) => {
                let name = template["metadata"]["name"].clone();
                let mut object = json!({ "metadata": { "name": name } });
                place::set(&mut object, path, template);
                object
            }
        }
    }
}

/// Differences from the pod template, or the object, that a case starts from.
#[derive(Default, Deserialize)]
pub struct Changes {
    /// Paths to take away.
    #[serde(default)]
    unset: Vec<String>,
    /// The annotations of the pod template.
    annotations: Option<Value>,
    /// Fields of the pod spec.
    #[serde(default)]
    spec: Map<String, Value>,
    /// `runAsUserName` of the pod.
    account: Option<Value>,
    /// Fields of the first container.
    #[serde(default)]
    container: Map<String, Value>,
    /// An init container of the image `registry.example.com/node-agent:v1.4.0`, with these fields.
    init: Option<Map<String, Value>>,
    /// Such a container behind the first one.
    second: Option<Map<String, Value>>,
    /// Such an ephemeral container.
    ephemeral: Option<Map<String, Value>>,
    /// Values by path.
    #[serde(default)]
    set: BTreeMap<String, Value>,
}

impl Changes {
    /// `start` with these changes.
    pub fn applied_to(&self, mut start: Value) -> Value {
        self.unset.iter().for_each(|path| place::unset(&mut start, path));
        let mut set = |path: &str, value: &Value| place::set(&mut start, path, value.clone());
        let account = "spec.securityContext.windowsOptions.runAsUserName";
        for (path, value) in [("metadata.annotations", &self.annotations), (account, &self.account)]
        {
            value.iter().for_each(|value| set(path, value));
        }
        for (owner, fields) in [("spec", &self.spec), ("spec.containers[0]", &self.container)] {
            fields.iter().for_each(|(key, value)| set(&format!("{owner}.{key}"), value));
        }
        let added = [
            ("spec.initContainers[0]", "setup", &self.init),
            ("spec.containers[1]", "second", &self.second),
            ("spec.ephemeralContainers[0]", "debugger", &self.ephemeral),
        ];
        for (path, name, fields) in added {
            let Some(fields) = fields else { continue };
            let image = "registry.example.com/node-agent:v1.4.0";
            set(path, &json!({ "name": name, "image": image }));
            fields.iter().for_each(|(key, value)| set(&format!("{path}.{key}"), value));
        }
        self.set.iter().for_each(|(path, value)| set(path, value));
        start
    }
}
