//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//!
//! Reads `status.nodeInfo.kubeletVersion` of the cluster's Windows nodes that the pod's
//! `nodeName`, `nodeSelector` and required node affinity can reach.
//! Allows: the setting `minimumVersions.kubernetes` and above.
//! Demanded by: the source document (D2: Kubernetes 1.23).

use super::node_version::{self, Demand};
use crate::finding::Finding;
use crate::nodes::Nodes;
use crate::pod::Pod;

/// What is wrong with the nodes that `pod` can reach, by the oldest version that will do.
pub fn check(pod: &Pod<'_>, nodes: &Nodes, minimum: &str) -> Option<Finding> {
    let demand = Demand {
        requirement: "nodeKubernetes",
        software: "Kubernetes",
        minimum,
        reported: |node| &node.kubelet,
    };
    node_version::check(pod, nodes, &demand)
}
