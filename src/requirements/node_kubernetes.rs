//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//! Allows a `status.nodeInfo.kubeletVersion` of the setting `minimumVersions.kubernetes` and above.
//! Demanded by: AKS's page on HostProcess containers (Kubernetes 1.23).

use super::node_version;
use crate::requirements::finding::Finding;
use crate::requirements::nodes::Nodes;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>, nodes: &Nodes, minimum: &str) -> Option<Finding> {
    let software = ["Kubernetes", "", minimum];
    node_version::check(pod, nodes, Requirement::NodeKubernetes, software, |node| {
        &node.kubelet
    })
}
