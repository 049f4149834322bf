//! What `nodeKubernetes` and `nodeContainerd` share. Both compare a version that nodes report with a
//! minimum, for the nodes that the pod can reach.

use crate::host::HostError;
use crate::matching::version::Version;
use crate::requirements::finding::Finding;
use crate::requirements::nodes::Node;
use crate::settings::Requirement;
use crate::text;

/// How many nodes a message names.
const MOST_NAMED: usize = 5;

/// A piece of software whose version every node reports.
pub struct Software<'s> {
    /// What messages call it.
    pub name: &'static str,
    /// What a report of its version begins with, such as `containerd://`.
    pub prefix: &'static str,
    /// The oldest version that may run.
    pub minimum: &'s str,
    /// Returns the version that a node reports; empty if it reports none.
    pub reported_by: fn(&Node) -> &str,
}

/// Returns the finding that some of `reachable_nodes` run an older version or other software, or do
/// not report what they run. Returns `None` if all nodes run the software in a new enough version.
pub fn check(
    requirement: Requirement,
    software: &Software<'_>,
    reachable_nodes: &[&Node],
) -> Option<Finding> {
    let mut old_nodes = Vec::new();
    for node in reachable_nodes {
        if !software.is_new_enough_on(node) {
            old_nodes.push(software.describe(node));
        }
    }
    if old_nodes.is_empty() {
        return None;
    }

    let named = &old_nodes[..old_nodes.len().min(MOST_NAMED)];
    let nodes = text::join_first_names(named, old_nodes.len());
    let Software { name, minimum, .. } = software;
    let problem = format!("must leave out nodes below {name} {minimum}: {nodes}");
    Some(Finding::at_field(requirement, "nodeSelector", problem))
}

/// Returns the finding that the versions of the nodes are unknown. `error` says why.
pub fn unknown_nodes(requirement: Requirement, error: &HostError) -> Finding {
    let problem = match error {
        HostError::Refused(reason) => format!(
            "the nodes are unknown: grant v1 Node in contextAwareResources, and list and watch of \
             nodes to the policy server: {}",
            text::quote(reason)
        ),
        HostError::UnreadableAnswer(problem) => format!("the nodes are unknown: {problem}"),
    };
    Finding::at_field(requirement, "nodeSelector", problem)
}

impl Software<'_> {
    /// Returns true if `node` reports at least the minimum. The settings have been checked, so the
    /// minimum is a version.
    fn is_new_enough_on(&self, node: &Node) -> bool {
        let Some(minimum) = Version::parse(self.minimum) else {
            return false;
        };
        let reported = (self.reported_by)(node).strip_prefix(self.prefix);
        match reported.and_then(Version::parse) {
            Some(version) => version >= minimum,
            None => false,
        }
    }

    /// Returns the name of `node` and the version that it reports.
    fn describe(&self, node: &Node) -> String {
        let name = text::quote(&node.name);
        match (self.reported_by)(node) {
            "" => format!("{name} (no version)"),
            version => format!("{name} ({})", text::quote(version)),
        }
    }
}
