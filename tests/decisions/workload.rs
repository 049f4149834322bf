//! The nine kinds and where their pod templates stand, as the Kubernetes API has them; and
//! kinds of any other group by `group/version/Kind`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::place;

/// Group, name and place of the pod template.
const NINE: [(&str, &str, &str); 9] = [
    ("", "Pod", ""),
    ("", "PodTemplate", "template"),
    ("", "ReplicationController", "spec.template"),
    ("apps", "Deployment", "spec.template"),
    ("apps", "ReplicaSet", "spec.template"),
    ("apps", "StatefulSet", "spec.template"),
    ("apps", "DaemonSet", "spec.template"),
    ("batch", "Job", "spec.template"),
    ("batch", "CronJob", "spec.jobTemplate.spec.template"),
];

/// A kind of a request.
pub struct Kind {
    group: String,
    version: String,
    pub name: String,
    /// The path of the pod template; empty where the object is one.
    template: &'static str,
}

impl Kind {
    /// The nine kinds that carry pod templates in Kubernetes itself.
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
        let dot = if self.template.is_empty() { "" } else { "." };
        ["spec", "metadata"].iter().fold(text.to_owned(), |text, key| {
            text.replace(&format!("${key}"), &format!("{}{dot}{key}", self.template))
        })
    }

    /// An object of this kind around a pod template.
    pub fn wrap(&self, template: Value) -> Value {
        let mut object = template;
        if !self.template.is_empty() {
            let name = object["metadata"]["name"].clone();
            let mut around = json!({ "metadata": { "name": name } });
            place::set(&mut around, self.template, object);
            object = around;
        }
        let api_version = match &*self.group {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        };
        object["apiVersion"] = api_version.into();
        object["kind"] = self.name.clone().into();
        object
    }

    /// The request's `kind`.
    pub fn as_request_kind(&self) -> Value {
        json!({ "group": self.group, "version": self.version, "kind": self.name })
    }
}

/// Differences from what a case starts from.
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
        for path in &self.unset {
            place::unset(&mut start, path);
        }
        let mut set = |path: &str, value: &Value| place::set(&mut start, path, value.clone());
        if let Some(annotations) = &self.annotations {
            set("metadata.annotations", annotations);
        }
        if let Some(account) = &self.account {
            set("spec.securityContext.windowsOptions.runAsUserName", account);
        }
        for (key, value) in &self.spec {
            set(&format!("spec.{key}"), value);
        }
        for (key, value) in &self.container {
            set(&format!("spec.containers[0].{key}"), value);
        }
        let added = [
            ("spec.initContainers[0]", "setup", &self.init),
            ("spec.containers[1]", "second", &self.second),
            ("spec.ephemeralContainers[0]", "debugger", &self.ephemeral),
        ];
        for (path, name, fields) in added {
            let Some(fields) = fields else { continue };
            let mut container = Map::new();
            container.insert("name".into(), name.into());
            container.insert("image".into(), "registry.example.com/node-agent:v1.4.0".into());
            container.extend(fields.clone());
            set(path, &container.into());
        }
        for (path, value) in &self.set {
            set(path, value);
        }
        start
    }
}
