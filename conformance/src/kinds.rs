//! The nine kinds and where their pod templates stand, as the Kubernetes API has
//! them; and kinds of any other group by `group/version/Kind`.

use serde_json::{Value, json};

use crate::place;

/// A kind of a request.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The API group, empty for the core group.
    pub group: String,
    /// The API version.
    pub version: String,
    /// The kind's name.
    pub name: String,
    /// The path of the pod template; empty where the object is one.
    template: &'static str,
}

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

impl Kind {
    /// The nine kinds that carry pod templates in Kubernetes itself.
    #[must_use]
    pub fn nine() -> Vec<Self> {
        NINE.iter().map(Self::built_in).collect()
    }

    /// One of the nine by its name, else `group/version/Kind` or `version/Kind`.
    ///
    /// # Panics
    /// On a name that is neither.
    #[must_use]
    pub fn named(text: &str) -> Self {
        if let Some(entry) = NINE.iter().find(|entry| entry.1 == text) {
            return Self::built_in(entry);
        }
        let parts: Vec<&str> = text.split('/').collect();
        let (group, version, name) = match parts[..] {
            [version, name] => ("", version, name),
            [group, version, name] => (group, version, name),
            _ => panic!("{text} is no kind"),
        };
        Self {
            group: group.into(),
            version: version.into(),
            name: name.into(),
            template: "",
        }
    }

    fn built_in(&(group, name, template): &(&str, &str, &'static str)) -> Self {
        Self {
            group: group.into(),
            version: "v1".into(),
            name: name.into(),
            template,
        }
    }

    /// The path of a key of the pod template (`spec`, `metadata`) from the object's root.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.template.is_empty() {
            key.into()
        } else {
            format!("{}.{key}", self.template)
        }
    }

    /// An object of this kind around a pod template, named `name`.
    #[must_use]
    pub fn wrap(&self, template: Value, name: &Value) -> Value {
        let mut object = if self.template.is_empty() {
            template
        } else {
            let mut object = json!({ "metadata": { "name": name } });
            place::set(&mut object, self.template, template);
            object
        };
        if let Some(object) = object.as_object_mut() {
            object.insert("apiVersion".into(), self.api_version().into());
            object.insert("kind".into(), self.name.clone().into());
        }
        object
    }

    /// The request's `kind`.
    #[must_use]
    pub fn as_request_kind(&self) -> Value {
        json!({ "group": self.group, "version": self.version, "kind": self.name })
    }

    /// The request's `resource`.
    #[must_use]
    pub fn as_request_resource(&self) -> Value {
        let plural = format!("{}s", self.name.to_lowercase());
        json!({ "group": self.group, "version": self.version, "resource": plural })
    }

    fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}
