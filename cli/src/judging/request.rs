//! The admission request for an object of a manifest, and the name and place of what is judged.

use std::fmt;

use serde_json::{Value, json};

use crate::reading::object::Content;
use crate::reading::position::Region;
use crate::reading::printable::name as printable_name;

/// The name of an object, and where it stands. Everything in it is printable.
pub struct Subject {
    /// The file that holds the object.
    pub file: String,
    /// The line of the file in which the object begins, counted from 1.
    pub line: usize,
    /// Where the object asks for HostProcess, in the order of the file. Empty if it does not ask.
    pub fields: Vec<Region>,
    /// The one of `fields` that the first message is about, as far as that is known; else the first.
    /// `None` if there are no fields.
    pub main_field: Option<Region>,
    /// `GROUP/VERSION`, or `VERSION` for the core group.
    pub api_version: String,
    /// The object's kind.
    pub kind: String,
    /// Empty if the object is in no namespace.
    pub namespace: String,
    /// The object's name. If the API server has yet to generate it, what it begins with.
    pub name: String,
}

impl Subject {
    /// Returns the name of the object of `request`, which begins in `line` of `file`.
    pub fn of_request(request: &Value, file: &str, line: usize) -> Self {
        let text = |value: &Value| printable_name(value.as_str().unwrap_or_default());
        let kind = &request["kind"];
        let (group, version) = (text(&kind["group"]), text(&kind["version"]));
        let own_name = text(&request["name"]);
        Subject {
            file: file.to_owned(),
            line,
            fields: Vec::new(),
            main_field: None,
            api_version: if group.is_empty() {
                version
            } else {
                format!("{group}/{version}")
            },
            kind: text(&kind["kind"]),
            namespace: text(&request["namespace"]),
            name: if own_name.is_empty() {
                text(&request["object"]["metadata"]["generateName"])
            } else {
                own_name
            },
        }
    }

    /// The place of the main field (`FILE:LINE:COLUMN`). If there is none, where the object begins
    /// (`FILE:LINE`).
    pub fn place(&self) -> String {
        match self.main_field {
            Some(field) => format!("{}:{}:{}", self.file, field.start.line, field.start.column),
            None => format!("{}:{}", self.file, self.line),
        }
    }

    /// The line of the main field. If there is none, the line in which the object begins.
    pub fn main_line(&self) -> usize {
        self.main_field.map_or(self.line, |field| field.start.line)
    }

    /// `Kind namespace/name`
    pub fn title(&self) -> String {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        format!("{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place(), self.title())
    }
}

/// The kinds of Kubernetes and Kubewarden whose objects are in no namespace. Of other kinds this is
/// not known here, and their objects count as namespaced.
const CLUSTER_SCOPED: [&str; 30] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterAdmissionPolicy",
    "ClusterAdmissionPolicyGroup",
    "ClusterRole",
    "ClusterRoleBinding",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PolicyServer",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// Returns the admission request in `content`, or the request that creates the object in it.
/// `namespace` is the namespace of an object that names none.
///
/// A request for an object has the fields that the policy reads, as
/// `kwctl scaffold admission-request` writes them, but no `userInfo`.
pub fn from_content(content: Content, namespace: &str) -> Value {
    match content {
        Content::Object(object) => creation(object, namespace),
        Content::Request(request) => request,
    }
}

/// Returns whether the object that `creation` creates names its namespace, or is in none.
pub fn names_namespace(creation: &Value) -> bool {
    let own_namespace = &creation["object"]["metadata"]["namespace"];
    let namespace = &creation["namespace"];
    namespace == "" || own_namespace == namespace
}

fn creation(object: Value, namespace: &str) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let api_version = text(&object["apiVersion"]);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let kind = text(&object["kind"]);

    let mut namespace_of_object = text(&object["metadata"]["namespace"]);
    if namespace_of_object.is_empty() && !is_cluster_scoped(group, &kind) {
        namespace_of_object = namespace.to_owned();
    }
    let mut request = json!({
        "kind": {"group": group, "version": version, "kind": kind},
        "operation": "CREATE",
        "name": text(&object["metadata"]["name"]),
        "namespace": namespace_of_object,
    });
    // `json!` would copy the object.
    request["object"] = object;
    request
}

fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    let is_known_group =
        group.is_empty() || group.ends_with(".k8s.io") || group.ends_with(".kubewarden.io");
    is_known_group && CLUSTER_SCOPED.contains(&kind)
}
