//! What `nodeKubernetes` and `nodeContainerd` share: a version that the nodes report which the pod
//! can reach.

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

/// Returns the finding that some of `reachable_nodes` run another or an older software, or do not
/// say which; `None` if none does.
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

/// Returns the finding that no node can be compared, because the host does not list them for
/// `reason`.
pub fn unknown_nodes(requirement: Requirement, reason: &str) -> Finding {
    let problem = format!(
        "the nodes are unknown: grant v1 Node in contextAwareResources, and list and watch of \
         nodes to the policy server: {}",
        text::quote(reason)
    );
    Finding::at_field(requirement, "nodeSelector", problem)
}

impl Software<'_> {
    /// Returns true if `node` reports at least the minimum. Settings hold no minimum that cannot be
    /// parsed; if they did, no node would be new enough.
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
