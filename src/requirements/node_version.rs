//! What `nodeKubernetes` and `nodeContainerd` have in common: a version that the
//! nodes report, and the oldest that will do.

use super::Case;
use crate::findings::Findings;
use crate::nodes::Node;
use crate::text;
use crate::version::Version;

/// What the nodes have to run.
pub(super) struct Demand<'c> {
    /// The oldest version.
    pub(super) minimum: &'c str,
    /// How a message goes on behind a node's name, up to what it reports.
    pub(super) runs: &'static str,
    /// What is needed, before the version.
    pub(super) needs: &'static str,
    /// What a node reports.
    pub(super) reported: fn(&Node<'c>) -> &'c str,
    /// The version in it; none where it is none, or something else runs.
    pub(super) version: fn(&str) -> Option<Version>,
}

impl<'c> Demand<'c> {
    /// Adds a finding for each node that the pod can reach and that is too old
    /// or does not tell.
    pub(super) fn judge(&self, case: &Case<'c, '_>, findings: &mut Findings) {
        for node in case.nodes.reached_by(case.pod, findings) {
            let reported = (self.reported)(node);
            if (self.version)(reported) >= Version::parse(self.minimum) {
                continue;
            }
            if let Some(detail) = findings.at(case.pod.spec.0, "nodeSelector") {
                text::put(detail, "Forbidden: node ");
                text::push_quoted(detail, node.name);
                text::put(detail, self.runs);
                text::push_quoted(detail, reported);
                text::put(detail, ", needed is ");
                text::put(detail, self.needs);
                text::put(detail, "at least ");
                text::put(detail, self.minimum);
                text::put(detail, ": select other nodes, or update it");
            }
        }
    }
}
