//! `nodeContainerd`: the nodes' container runtime can run HostProcess. Allows as
//! `status.nodeInfo.containerRuntimeVersion` containerd of the setting `minimumVersions.containerd`
//! and above. Demanded by: AKS's page on HostProcess containers (containerd 1.6, better 1.7).

use super::node_version;
use crate::requirements::finding::Finding;
use crate::requirements::nodes::Nodes;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>, nodes: &Nodes, minimum: &str) -> Option<Finding> {
    let software = ["containerd", "containerd://", minimum];
    node_version::check(pod, nodes, Requirement::NodeContainerd, software, |node| {
        &node.container_runtime
    })
}
