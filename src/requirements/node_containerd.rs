//! `nodeContainerd`: the nodes' container runtime can run HostProcess.
//!
//! Reads `status.nodeInfo.containerRuntimeVersion` of the cluster's Windows nodes that the
//! pod's `nodeName`, `nodeSelector` and required node affinity can reach.
//! Allows: containerd, of the setting `minimumVersions.containerd` and above.
//! Demanded by: the source document (D3: containerd 1.6, better 1.7).

use super::node_version::{self, Demand};
use crate::finding::Finding;
use crate::nodes::Nodes;
use crate::pod::Pod;

/// What is wrong with the nodes that `pod` can reach, by the oldest version that will do.
pub fn check(pod: &Pod<'_>, nodes: &Nodes, minimum: &str) -> Option<Finding> {
    let demand = Demand {
        requirement: "nodeContainerd",
        software: "containerd",
        minimum,
        reported: |node| &node.containerd,
    };
    node_version::check(pod, nodes, &demand)
}
