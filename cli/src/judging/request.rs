//! The request that creates an object of a manifest, and what it is about.

use serde_json::{Value, json};

use crate::reading::object::Content;
use crate::reading::position::Region;
use crate::reading::printable::name;

/// How an object is called, and where it stands. Everything in it is printable.
pub struct Subject {
    /// The file that holds it.
    pub file: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// Where it asks for HostProcess, in the order of the file. Empty if it does not ask.
    pub fields: Vec<Region>,
    /// `GROUP/VERSION`, or `VERSION` for the core group.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Empty for a kind that stands in none.
    pub namespace: String,
    /// Its name, else what its name is to begin with.
    pub name: String,
}

impl Subject {
    /// What `request` is about.
    pub fn of(request: &Value, file: &str, line: usize) -> Self {
        let text = |value: &Value| name(value.as_str().unwrap_or_default());
        let kind = &request["kind"];
        Subject {
            file: file.to_owned(),
            line,
            fields: Vec::new(),
            api_version: match (&*text(&kind["group"]), text(&kind["version"])) {
                ("", version) => version,
                (group, version) => format!("{group}/{version}"),
            },
            kind: text(&kind["kind"]),
            namespace: text(&request["namespace"]),
            name: match text(&request["name"]) {
                none if none.is_empty() => text(&request["object"]["metadata"]["generateName"]),
                name => name,
            },
        }
    }

    /// Where it asks for HostProcess (`FILE:LINE:COLUMN`), or else where it begins (`FILE:LINE`).
    pub fn place(&self) -> String {
        match self.first_field() {
            Some(field) => format!("{}:{}:{}", self.file, field.start.line, field.start.column),
            None => format!("{}:{}", self.file, self.line),
        }
    }

    /// The first place where it asks for HostProcess. `None` if it does not ask.
    pub fn first_field(&self) -> Option<Region> {
        self.fields.first().copied()
    }

    /// The line where it first asks for HostProcess, or else where it begins.
    pub fn first_line(&self) -> usize {
        self.first_field()
            .map_or(self.line, |field| field.start.line)
    }

    /// `Kind namespace/name`
    pub fn title(&self) -> String {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        format!("{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.place(), self.title())
    }
}

/// The kinds of Kubernetes and Kubewarden that stand in no namespace. Whether another kind has
/// namespaces is not known here: its objects count as namespaced.
const CLUSTER_SCOPED: &str = "\
    APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding \
    ComponentStatus CustomResourceDefinition DeviceClass FlowSchema IngressClass \
    MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration \
    Namespace Node PersistentVolume PriorityClass PriorityLevelConfiguration ResourceSlice \
    RuntimeClass StorageClass ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
    ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass \
    ClusterAdmissionPolicy ClusterAdmissionPolicyGroup PolicyServer";

/// The request itself, or the one that creates the object, as `kwctl scaffold admission-request`
/// writes it as far as the policy reads it, in `namespace` where it names none.
pub fn of(content: Content, namespace: &str) -> Value {
    let object = match content {
        Content::Object(object) => object,
        Content::Request(request) => return request,
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let api_version = text(&object["apiVersion"]);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let kind = text(&object["kind"]);
    let known_group = group.is_empty()
        || [".k8s.io", ".kubewarden.io"]
            .iter()
            .any(|domain| group.ends_with(domain));
    let cluster_scoped = known_group && CLUSTER_SCOPED.split(' ').any(|it| it == kind);
    let namespace = match text(&object["metadata"]["namespace"]) {
        own if !own.is_empty() || cluster_scoped => own,
        _ => namespace.to_owned(),
    };
    let mut request = json!({
        "kind": {"group": group, "version": version, "kind": kind},
        "operation": "CREATE",
        "name": text(&object["metadata"]["name"]),
        "namespace": namespace,
    });
    // Moved, not copied.
    request["object"] = object;
    request
}
