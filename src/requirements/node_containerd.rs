//! `nodeContainerd`: the container runtime of the nodes can run HostProcess containers.
//!
//! Field: `status.nodeInfo.containerRuntimeVersion` of the Windows nodes that the pod can reach.
//! Allowed: containerd in the version of the setting `minimumVersions.containerd`, and newer
//! versions.
//! Demanded by: AKS's page on HostProcess containers (containerd 1.6, better 1.7). The
//! requirement needs a grant to list nodes, so it is ignored by default.

use crate::requirements::finding::Finding;
use crate::requirements::node_version::{self, Software};
use crate::requirements::nodes::Node;
use crate::settings::Requirement;

pub fn check(reachable_nodes: &[&Node], minimum: &str) -> Option<Finding> {
    let containerd = Software {
        name: "containerd",
        minimum,
        reported_by: |node| &node.containerd_version,
    };
    node_version::check(Requirement::NodeContainerd, &containerd, reachable_nodes)
}
