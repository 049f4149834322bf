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

/// The AdmissionRequest that creates `object`, as `kwctl scaffold admission-request` writes it
/// as far as the policy reads it.
pub fn creates(object: Value, circumstances: &Circumstances) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let api_version = text(&object["apiVersion"]);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let kind = text(&object["kind"]);
    let known_group = ["", ".k8s.io", ".kubewarden.io"];
    let cluster_scoped =
        known_group.iter().any(|end| group.ends_with(end) && (group.is_empty() == end.is_empty()))
            && CLUSTER_SCOPED.split(' ').any(|it| it == kind);
    let namespace = match text(&object["metadata"]["namespace"]) {
        own if !own.is_empty() || cluster_scoped => own,
        _ => circumstances.namespace.as_deref().unwrap_or("default").to_owned(),
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::own(json!({"namespace": "own"}), "apps/v1", "DaemonSet", "own")]
    #[case::none(json!({}), "apps/v1", "DaemonSet", "given")]
    #[case::empty(json!({"namespace": ""}), "v1", "Pod", "given")]
    #[case::cluster_scoped(json!({}), "v1", "Node", "")]
    #[case::cluster_role(json!({}), "rbac.authorization.k8s.io/v1", "ClusterRole", "")]
    #[case::other_group(json!({}), "example.com/v1", "Node", "given")]
    fn objects_have_a_namespace(
        #[case] metadata: Value,
        #[case] api_version: &str,
        #[case] kind: &str,
        #[case] expected: &str,
    ) {
        let circumstances =
            Circumstances { namespace: Some(String::from("given")), requester: None };
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        assert_eq!(creates(object, &circumstances)["namespace"], expected);
    }

    #[rstest]
    #[case::user("alice", &[], "system:authenticated")]
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
