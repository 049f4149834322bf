//! Answers what the policy would ask a cluster, from files: the nodes, recorded answers, and the pod
//! that somebody connects to.

use serde_json::{Value, json};
use windows_hostprocess_policy::Host;

use super::replay::{self, Replay};

/// What files say about a cluster.
#[derive(Default)]
pub struct Cluster {
    /// The nodes, from a file such as `kubectl get nodes -o yaml` writes.
    pub nodes: Option<Vec<Value>>,
    /// Answers that `kwctl run` recorded.
    pub recorded: Option<Replay>,
}

/// What RBAC is assumed to answer where no recording has its answer.
#[derive(Clone, Copy, PartialEq)]
pub enum Rbac {
    /// RBAC lets every requester use every rule.
    GrantsAll,
    /// RBAC lets no requester use any rule.
    GrantsNothing,
}

/// A host that answers from a [`Cluster`].
#[derive(Clone, Copy)]
pub struct ClusterHost<'a> {
    /// What files say about the cluster.
    pub cluster: &'a Cluster,
    /// The pod that somebody connects to. `None` if the request is not an exec.
    pub pod: Option<&'a Value>,
    /// What RBAC is assumed to answer.
    pub rbac: Rbac,
}

/// Reads the nodes in `documents`: a list as `kubectl get nodes -o yaml` writes it, or nodes one after
/// another.
///
/// # Errors
/// There is no node, or there is something else than nodes.
pub fn read_nodes(documents: Vec<Value>) -> Result<Vec<Value>, String> {
    let not_nodes = || String::from("is not what `kubectl get nodes -o yaml` writes");
    let mut nodes = Vec::new();
    for mut document in documents {
        // The items of a NodeList need not say their kind.
        let is_node_list = document["kind"] == "NodeList";
        let candidates = match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => items,
            _ => vec![document],
        };
        for candidate in candidates {
            if !is_node_list && candidate["kind"] != "Node" {
                return Err(not_nodes());
            }
            nodes.push(candidate);
        }
    }
    if nodes.is_empty() {
        return Err(not_nodes());
    }
    Ok(nodes)
}

impl Cluster {
    /// Returns the list of Windows nodes; `None` if no nodes are given. The policy asks for the nodes
    /// with the label `kubernetes.io/os=windows` (`WINDOWS_NODES` in its `host.rs`).
    fn windows_nodes(&self) -> Option<Value> {
        let nodes = self.nodes.as_ref()?.iter();
        let windows_nodes: Vec<&Value> = nodes
            .filter(|node| node["metadata"]["labels"]["kubernetes.io/os"] == "windows")
            .collect();
        Some(json!({"items": windows_nodes}))
    }
}

impl Host for ClusterHost<'_> {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let recorded = self.cluster.recorded.as_ref();
        if let Some(answer) = recorded.and_then(|replay| replay.answer(operation, request)) {
            return answer;
        }

        // The operations that the policy's `host.rs` calls.
        let known = match operation {
            "list_resources_all" => self.cluster.windows_nodes(),
            "get_resource" => self.pod.cloned(),
            "can_i" => Some(json!({"allowed": self.rbac == Rbac::GrantsAll})),
            _ => None,
        };
        match known {
            Some(answer) => Ok(answer.to_string().into_bytes()),
            None if recorded.is_some() => Err(replay::not_recorded(operation, request)),
            None => Err(not_given(operation)),
        }
    }
}

/// Returns the message for a question that no file answers. The policy shows at most 120 characters of
/// it.
fn not_given(operation: &str) -> String {
    let remedy = match operation {
        "get_resource" => "judge the pod itself with --connect",
        // The policy asks nothing else but `list_resources_all` and `can_i`, which always has an
        // answer.
        _ => "give the nodes with --nodes",
    };
    format!("no cluster is asked here: {remedy}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::list(json!({"kind": "List", "items": [{"kind": "Node"}, {"kind": "Node"}]}), Some(2))]
    #[case::node_list(json!({"kind": "NodeList", "items": [{}]}), Some(1))]
    #[case::single_node(json!({"kind": "Node"}), Some(1))]
    #[case::list_of_something_else(json!({"kind": "List", "items": [{"kind": "Pod"}]}), None)]
    #[case::empty_list(json!({"kind": "List", "items": []}), None)]
    #[case::sequence(json!([{"kind": "Node"}]), None)]
    #[case::text(json!("nodes"), None)]
    fn only_nodes_are_read(#[case] document: Value, #[case] expected: Option<usize>) {
        let nodes = read_nodes(vec![document]).ok();
        assert_eq!(nodes.map(|nodes| nodes.len()), expected);
    }
}
