//! `nodeContainerd`: the nodes' container runtime can run HostProcess.
//!
//! Reads `status.nodeInfo.containerRuntimeVersion` of the cluster's Windows
//! nodes that the pod's nodeSelector and nodeName can reach.
//! Allows: containerd, of the setting `minimumVersions.containerd` and above.
//! Demanded by: the source document (D3: containerd 1.6, better 1.7).

use super::node_version::Demand;
use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::version::Version;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "nodeContainerd",
    default: Mode::Off,
    needs_nodes: true,
    description: "The Windows nodes that the workload can reach run containerd, at least that of \
        minimumVersions. Needs a grant for v1 Node in the policy's contextAwareResources.",
    // The finding names the node.
    short: "",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let demand = Demand {
        minimum: case.settings.minimum_versions.containerd,
        runs: " runs ",
        needs: "containerd, ",
        reported: |node| node.runtime,
        version: |runtime| Version::parse(runtime.strip_prefix("containerd://")?),
    };
    demand.judge(case, findings);
}
