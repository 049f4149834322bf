//! The request that creates an object of a manifest, and what it is about.

use serde_json::{Value, json};

use crate::reading::object::Content;
use crate::reading::printable::name;

/// How an object is called, and where it stands. Everything in it is printable.
pub struct Subject {
    /// The file that holds it.
    pub file: String,
    /// Its line in the file, counted from 1.
    pub line: usize,
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

    /// `Kind namespace/name`
    pub fn title(&self) -> String {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        format!("{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} {}", self.file, self.line, self.title())
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
/// writes it as far as the policy reads it, in `namespace` where it names none; none of what is
/// no object.
pub fn of(content: Content, namespace: &str) -> Option<Value> {
    let object = match content {
        Content::Object(object) => object,
        Content::Request(request) => return Some(request),
        Content::Other { .. } => return None,
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
    Some(request)
}

/// The `userInfo` of `username` with `groups`, as the API server takes an impersonated user
/// (`kubectl --as`): a service account is in those of service accounts where no group is named,
/// and whoever it is, in `system:authenticated`.
pub fn user_info(username: &str, groups: &[String]) -> Value {
    let mut groups = groups.to_vec();
    if groups.is_empty()
        && let Some(account) = username.strip_prefix("system:serviceaccount:")
        && let Some((namespace, _)) = account.split_once(':')
    {
        groups.push(String::from("system:serviceaccounts"));
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let authenticated = String::from("system:authenticated");
    if username != "system:anonymous" && !groups.contains(&authenticated) {
        groups.push(authenticated);
    }
    json!({"username": username, "groups": groups})
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::user("alice", &[], &["system:authenticated"])]
    #[case::service_account("system:serviceaccount:ns:a", &[], &["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"])]
    #[case::groups("system:serviceaccount:ns:a", &["g"], &["g", "system:authenticated"])]
    #[case::anonymous("system:anonymous", &[], &[])]
    fn groups_are_those_of_the_api_server(
        #[case] username: &str,
        #[case] groups: &[&str],
        #[case] expected: &[&str],
    ) {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        assert_eq!(user_info(username, &groups)["groups"], json!(expected));
    }
}
