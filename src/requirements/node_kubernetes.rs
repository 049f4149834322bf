//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//!
//! Reads `status.nodeInfo.kubeletVersion` of the cluster's Windows nodes that
//! the pod's nodeSelector and nodeName can reach.
//! Allows: the setting `minimumVersions.kubernetes` and above.
//! Demanded by: the source document (D2: Kubernetes 1.23).

use super::node_version::Demand;
use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::version::Version;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "nodeKubernetes",
    default: Mode::Off,
    needs_nodes: true,
    description: "The Windows nodes that the workload can reach run at least the Kubernetes of \
        minimumVersions. Needs a grant for v1 Node in the policy's contextAwareResources.",
    // The finding names the node.
    short: "",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let demand = Demand {
        minimum: case.settings.minimum_versions.kubernetes,
        runs: " runs Kubernetes ",
        needs: "",
        reported: |node| node.kubelet,
        version: Version::parse,
    };
    demand.judge(case, findings);
}
