//! What the policy would learn from a cluster, as far as it is given: nodes, recorded answers, and
//! the pod that somebody connects to.

use serde_json::{Value, json};
use windows_hostprocess_policy::Host;

use super::replay::{self, Replay};

/// What is given of a cluster.
#[derive(Default)]
pub struct Cluster {
    /// The nodes, from a file such as `kubectl get nodes -o yaml` writes.
    pub nodes: Option<Vec<Value>>,
    /// Answers that `kwctl run` recorded.
    pub recorded: Option<Replay>,
}

/// What is assumed about the grants of RBAC, which no file tells.
#[derive(Clone, Copy, PartialEq)]
pub enum Rbac {
    /// RBAC lets every requester use every rule.
    GrantsAll,
    /// RBAC lets no requester use any rule.
    GrantsNothing,
}

/// A host that answers by a [`Cluster`].
#[derive(Clone, Copy)]
pub struct ClusterHost<'a> {
    /// What is given of the cluster.
    pub cluster: &'a Cluster,
    /// The pod that somebody connects to.
    pub pod: Option<&'a Value>,
    /// What is assumed about RBAC.
    pub rbac: Rbac,
}

impl Cluster {
    /// Reads the nodes in `documents`: a list as `kubectl get nodes` writes it, or nodes one after
    /// another.
    ///
    /// # Errors
    /// There is no node, or something else than nodes.
    pub fn read_nodes(documents: Vec<Value>) -> Result<Vec<Value>, String> {
        let expected = || String::from("is not what `kubectl get nodes -o yaml` writes");
        let mut nodes = Vec::new();
        for mut document in documents {
            // The items of a NodeList need not say their kind.
            let is_node_list = document["kind"] == "NodeList";
            let candidates = match document["items"].take() {
                Value::Array(items) => items,
                _ => vec![document],
            };
            for candidate in candidates {
                if !is_node_list && candidate["kind"] != "Node" {
                    return Err(expected());
                }
                nodes.push(candidate);
            }
        }
        if nodes.is_empty() {
            return Err(expected());
        }
        Ok(nodes)
    }

    /// Returns the list of Windows nodes that the policy asks for.
    fn windows_nodes(&self) -> Option<Value> {
        let is_windows =
            |node: &&Value| node["metadata"]["labels"]["kubernetes.io/os"] == "windows";
        let nodes: Vec<&Value> = self.nodes.as_ref()?.iter().filter(is_windows).collect();
        Some(json!({"items": nodes}))
    }
}

impl Host for ClusterHost<'_> {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let recorded = self.cluster.recorded.as_ref();
        if let Some(answer) = recorded.and_then(|replay| replay.answer(operation, request)) {
            return answer;
        }
        let known = match operation {
            "list_resources_all" => self.cluster.windows_nodes(),
            "get_resource" => self.pod.cloned(),
            "can_i" => Some(json!({"allowed": self.rbac == Rbac::GrantsAll})),
            _ => None,
        };
        match known {
            Some(answer) => Ok(answer.to_string().into_bytes()),
            None if recorded.is_some() => Err(replay::not_recorded(operation, request)),
            None if operation == "get_resource" => Err(String::from(
                "no cluster is asked here: give the pod with --connect, or recorded answers with \
                 --replay-host-capabilities-interactions",
            )),
            None => Err(String::from(
                "no cluster is asked here: give the nodes with --nodes, or recorded answers with \
                 --replay-host-capabilities-interactions",
            )),
        }
    }
}
