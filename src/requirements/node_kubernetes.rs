//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//!
//! Field: `status.nodeInfo.kubeletVersion` of the Windows nodes that the pod can reach.
//! Allowed: the setting `minimumVersions.kubernetes`, and newer versions.
//! Demanded by: AKS's page on HostProcess containers (Kubernetes 1.23). The requirement needs a
//! grant to list nodes, so it is ignored by default.

use crate::requirements::finding::Finding;
use crate::requirements::node_version::{self, Software};
use crate::requirements::nodes::Node;
use crate::settings::Requirement;

pub fn check(reachable_nodes: &[&Node], minimum: &str) -> Option<Finding> {
    let kubelet = Software {
        name: "Kubernetes",
        minimum,
        reported_by: |node| &node.kubelet_version,
    };
    node_version::check(Requirement::NodeKubernetes, &kubelet, reachable_nodes)
}
