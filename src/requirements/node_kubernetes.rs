//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//!
//! Reads `status.nodeInfo.kubeletVersion` of the cluster's Windows nodes that
//! the pod's nodeSelector and nodeName can reach.
//! Allows: the setting `minimumVersions.kubernetes` and above.
//! Demanded by: the source document (D2: Kubernetes 1.23).

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;
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
    let minimum = case.settings.minimum_versions.kubernetes;
    for node in case.nodes.reached_by(case.pod, findings) {
        if Version::parse(node.kubelet) >= Version::parse(minimum) {
            continue;
        }
        if let Some(detail) = findings.at(case.pod.spec.0, "nodeSelector") {
            text::put(detail, "Forbidden: node ");
            text::push_quoted(detail, node.name);
            text::put(detail, " runs Kubernetes ");
            text::push_quoted(detail, node.kubelet);
            text::put(detail, ", HostProcess needs at least ");
            text::put(detail, minimum);
            text::put(detail, ": select other nodes, or update it");
        }
    }
}
