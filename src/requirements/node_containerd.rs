//! `nodeContainerd`: the nodes' container runtime can run HostProcess.
//!
//! Reads `status.nodeInfo.containerRuntimeVersion` of the cluster's Windows
//! nodes that the pod's nodeSelector and nodeName can reach.
//! Allows: containerd, of the setting `minimumVersions.containerd` and above.
//! Demanded by: the source document (D3: containerd 1.6, better 1.7).

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;
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
    let minimum = case.settings.minimum_versions.containerd;
    for node in case.nodes.reached_by(case.pod, findings) {
        let containerd = node.runtime.strip_prefix("containerd://");
        if containerd.and_then(Version::parse) >= Version::parse(minimum) {
            continue;
        }
        if let Some(detail) = findings.at(case.pod.spec.0, "nodeSelector") {
            text::put(detail, "Forbidden: node ");
            text::push_quoted(detail, node.name);
            text::put(detail, " runs ");
            text::push_quoted(detail, node.runtime);
            text::put(detail, ", HostProcess needs containerd, at least ");
            text::put(detail, minimum);
            text::put(detail, ": select other nodes, or update it");
        }
    }
}
