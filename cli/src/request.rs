//! From an object of a manifest to the request that creates it.

use serde_json::{Value, json};

/// What a manifest does not say.
#[derive(Debug, Default)]
pub struct Circumstances {
    /// The namespace of objects that name none; `default` where none is given.
    pub namespace: Option<String>,
    /// Who sends the request, and the groups; anyone where none is given.
    pub requester: Option<(String, Vec<String>)>,
}

/// How an object is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// Its namespace; empty for a kind that stands in none.
    pub namespace: String,
    /// Its name, else what its name is to begin with.
    pub name: String,
}

/// The kinds of Kubernetes and Kubewarden that stand in no namespace, each with the end of its
/// API group. Of kinds that are not known here, objects count as namespaced.
const CLUSTER_SCOPED: [(&str, &[&str]); 4] = [
    ("", &["Namespace", "Node", "PersistentVolume", "ComponentStatus"]),
    (
        ".k8s.io",
        &[
            "APIService",
            "CSIDriver",
            "CSINode",
            "CertificateSigningRequest",
            "ClusterRole",
            "ClusterRoleBinding",
            "ClusterTrustBundle",
            "CustomResourceDefinition",
            "DeviceClass",
            "FlowSchema",
            "IPAddress",
            "IngressClass",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "PriorityClass",
            "PriorityLevelConfiguration",
            "ResourceSlice",
            "RuntimeClass",
            "ServiceCIDR",
            "StorageClass",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
    (
        "policies.kubewarden.io",
        &["ClusterAdmissionPolicy", "ClusterAdmissionPolicyGroup", "PolicyServer"],
    ),
    ("x-k8s.io", &["GatewayClass"]),
];

/// The AdmissionRequest that creates `object`, and how it is called.
pub fn creates(object: Value, circumstances: &Circumstances) -> (Subject, Value) {
    let api_version = text(&object["apiVersion"]);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let kind = text(&object["kind"]);
    let is_cluster_scoped = CLUSTER_SCOPED.iter().any(|(end, kinds)| {
        kinds.contains(&&*kind)
            && if end.is_empty() { group.is_empty() } else { group.ends_with(end) }
    });
    let metadata = &object["metadata"];
    let namespace = match text(&metadata["namespace"]) {
        own if !own.is_empty() => own,
        none if is_cluster_scoped => none,
        _ => circumstances.namespace.clone().unwrap_or_else(|| String::from("default")),
    };
    let name = text(&metadata["name"]);
    let mut request = json!({
        "uid": "",
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": resource(&kind)},
        "operation": "CREATE",
        "name": name,
        "namespace": namespace,
    });
    if let Some((username, groups)) = &circumstances.requester {
        request["userInfo"] = json!({"username": username, "groups": groups});
    }
    let subject = Subject {
        namespace,
        name: if name.is_empty() { text(&metadata["generateName"]) } else { name },
        kind,
        api_version,
    };
    request["object"] = object;
    (subject, request)
}

/// How the object of an AdmissionRequest is called.
pub fn subject(request: &Value) -> Subject {
    let kind = &request["kind"];
    let (group, version) = (text(&kind["group"]), text(&kind["version"]));
    Subject {
        api_version: if group.is_empty() { version } else { format!("{group}/{version}") },
        kind: text(&kind["kind"]),
        namespace: text(&request["namespace"]),
        name: match text(&request["name"]) {
            name if name.is_empty() => text(&request["object"]["metadata"]["generateName"]),
            name => name,
        },
    }
}

/// `username` with `groups` as the API server takes an impersonated user (`kubectl --as`): a
/// service account is in those of service accounts where no group is named, and whoever it is,
/// in `system:authenticated`.
pub fn requester(username: &str, groups: &[String]) -> (String, Vec<String>) {
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
    (username.to_owned(), groups)
}

/// The name of the resource of `kind`, by the rule that Kubernetes' own follow.
fn resource(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if lower.ends_with(['s', 'x']) || lower.ends_with("ch") => format!("{lower}es"),
        _ => format!("{lower}s"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::own(json!({"namespace": "a", "name": "n"}), "apps/v1", "DaemonSet", "a")]
    #[case::given(json!({"name": "n"}), "apps/v1", "DaemonSet", "given")]
    #[case::empty(json!({"namespace": "", "name": "n"}), "v1", "Pod", "given")]
    #[case::cluster_scoped(json!({"name": "n"}), "v1", "Node", "")]
    #[case::other_group(json!({"name": "n"}), "example.com/v1", "Node", "given")]
    #[case::cluster_role(json!({"name": "n"}), "rbac.authorization.k8s.io/v1", "ClusterRole", "")]
    fn objects_have_a_namespace(
        #[case] metadata: Value,
        #[case] api_version: &str,
        #[case] kind: &str,
        #[case] expected: &str,
    ) {
        let circumstances =
            Circumstances { namespace: Some(String::from("given")), requester: None };
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        let (subject, request) = creates(object, &circumstances);
        assert_eq!(subject.namespace, expected);
        assert_eq!(request["namespace"], expected);
    }

    #[test]
    fn a_request_is_what_kwctl_scaffolds() {
        let object = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"generateName": "a-"},
        });
        let circumstances =
            Circumstances { namespace: None, requester: Some(requester("alice", &[])) };
        let (subject, request) = creates(object.clone(), &circumstances);
        assert_eq!(subject.name, "a-");
        let group = "networking.k8s.io";
        assert_eq!(
            request,
            json!({
                "uid": "",
                "kind": {"group": group, "version": "v1", "kind": "NetworkPolicy"},
                "resource": {"group": group, "version": "v1", "resource": "networkpolicies"},
                "operation": "CREATE",
                "name": "",
                "namespace": "default",
                "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
                "object": object,
            })
        );
    }

    #[rstest]
    #[case::service_account("system:serviceaccount:ns:a", &[], "system:serviceaccounts system:serviceaccounts:ns system:authenticated")]
    #[case::groups("system:serviceaccount:ns:a", &["g"], "g system:authenticated")]
    #[case::anonymous("system:anonymous", &[], "")]
    fn groups_are_those_of_the_api_server(
        #[case] username: &str,
        #[case] groups: &[&str],
        #[case] expected: &str,
    ) {
        let groups: Vec<String> = groups.iter().map(|it| String::from(*it)).collect();
        assert_eq!(requester(username, &groups).1.join(" "), expected);
    }
}
