//! Which workload an object belongs to: all objects of one workload suggest one rule.

use serde_json::Value;
use windows_hostprocess_policy::OwningWorkload;

/// What the name of a pod begins with that `kubectl debug node/NODE` makes, followed by the node and
/// five random characters: `node-debugger-win-1-x7k2p`.
const NODE_DEBUGGER_PREFIX: &str = "node-debugger-";
/// The name of the workload to which all these pods of a namespace belong.
const NODE_DEBUGGER: &str = "node-debugger";

/// A workload: what a rule is suggested for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// The namespace.
    pub namespace: String,
    /// The kind.
    pub kind: String,
    /// The name. For a pod whose name the API server or `kubectl debug` generates, what the name begins
    /// with.
    pub name: String,
    /// The uid; `None` if it is not known.
    uid: Option<String>,
}

impl Workload {
    /// Returns the workload that the object of `request` belongs to: the one whose controller made the
    /// object, or else the object itself.
    pub fn of_request(request: &Value) -> Self {
        let object = &request["object"];
        let namespace = text(&request["namespace"]).to_owned();
        if let Some(owner) = OwningWorkload::of(object) {
            return Workload {
                namespace,
                kind: owner.kind.to_owned(),
                name: owner.name.to_owned(),
                uid: owner.uid.map(str::to_owned),
            };
        }

        let metadata = &object["metadata"];
        let generate_name = text(&metadata["generateName"]).trim_end_matches('-');
        let name = match generate_name {
            "" if is_node_debugger(object) => NODE_DEBUGGER,
            "" => text(&metadata["name"]),
            generate_name => generate_name,
        };
        let kind = text(&request["kind"]["kind"]);
        let uid = match kind {
            // Pods without an owner and with one generateName are one workload.
            "Pod" => None,
            _ => metadata["uid"].as_str(),
        };
        Workload {
            namespace,
            kind: kind.to_owned(),
            name: name.to_owned(),
            uid: uid.map(str::to_owned),
        }
    }

    /// Returns whether both are the same workload, as far as their uids are known. (`==` tells a known
    /// uid from an unknown one.) Of two objects with the same kind and name but different uids, one is
    /// gone.
    pub fn is_same(&self, other: &Workload) -> bool {
        let has_other_uid = match (&self.uid, &other.uid) {
            (Some(uid), Some(other_uid)) => uid != other_uid,
            _ => false,
        };
        self.namespace == other.namespace
            && self.kind == other.kind
            && self.name == other.name
            && !has_other_uid
    }
}

/// Returns whether a controller made `object`, so it is not a workload itself.
pub fn is_made_by_controller(object: &Value) -> bool {
    OwningWorkload::of(object).is_some()
}

/// Returns whether `object` is a pod that somebody made to work in it: it has no owner, and its
/// containers have a terminal.
pub fn is_debugging_session(object: &Value) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    let has_owner = owners.is_some_and(|owners| !owners.is_empty());
    let containers = object["spec"]["containers"].as_array();
    let mut containers = containers.into_iter().flatten();
    let has_terminal =
        containers.any(|container| container["stdin"] == true && container["tty"] == true);
    !has_owner && has_terminal
}

/// Returns whether `object` is a debugging session on a node, by the name that `kubectl debug` gives it.
pub fn is_node_debugger(object: &Value) -> bool {
    let name = text(&object["metadata"]["name"]);
    name.starts_with(NODE_DEBUGGER_PREFIX) && is_debugging_session(object)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn pod(metadata: Value) -> Workload {
        Workload::of_request(&json!({
            "kind": {"kind": "Pod"}, "namespace": "web", "object": {"metadata": metadata},
        }))
    }

    #[test]
    fn a_pod_belongs_to_the_workload_of_its_owner() {
        let workload = pod(json!({
            "name": "web-7d9f8b6c5-x7k2p",
            "labels": {"pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "web-7d9f8b6c5", "controller": true}],
        }));
        assert_eq!(workload.kind, "Deployment");
        assert_eq!(workload.name, "web");
    }

    #[test]
    fn bare_pods_with_one_generate_name_are_one_workload() {
        let first = pod(json!({"name": "shell-abcde", "generateName": "shell-"}));
        let second = pod(json!({"name": "shell-fghij", "generateName": "shell-"}));
        assert!(first.is_same(&second));
    }

    #[test]
    fn sessions_of_kubectl_debug_on_nodes_are_one_workload() {
        let session = |name: &str, tty: bool| {
            Workload::of_request(
                &json!({"kind": {"kind": "Pod"}, "namespace": "default", "object": {
                    "metadata": {"name": name},
                    "spec": {"containers": [{"stdin": true, "tty": tty}]},
                }}),
            )
        };
        let first = session("node-debugger-win-1-abcde", true);
        assert_eq!(first.name, "node-debugger");
        assert!(first.is_same(&session("node-debugger-win-2-fghij", true)));
        assert!(!first.is_same(&session("node-debugger-win-2-fghij", false)));
    }

    #[test]
    fn an_owner_with_another_uid_is_another_workload() {
        let owned = |uid| {
            pod(json!({"ownerReferences": [
            {"kind": "DaemonSet", "name": "proxy", "controller": true, "uid": uid}]}))
        };
        assert!(owned("a").is_same(&owned("a")));
        assert!(!owned("a").is_same(&owned("b")));
    }

    #[rstest]
    #[case::terminal(json!([]), true, true)]
    #[case::no_terminal(json!([]), false, false)]
    #[case::owned(json!([{"kind": "Job"}]), true, false)]
    fn debugging_sessions(#[case] owners: Value, #[case] tty: bool, #[case] expected: bool) {
        let pod = json!({"metadata": {"ownerReferences": owners},
            "spec": {"containers": [{"stdin": true, "tty": tty}]}});
        assert_eq!(is_debugging_session(&pod), expected);
    }
}
