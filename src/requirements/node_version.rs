//! What `nodeKubernetes` and `nodeContainerd` share. Both compare a version that nodes report with a
//! minimum, for the nodes that the pod can reach.

use crate::host::HostError;
use crate::matching::version::Version;
use crate::requirements::finding::Finding;
use crate::requirements::nodes::{Node, ReportedVersion};
use crate::settings::Requirement;
use crate::text;

/// How many nodes a message names.
const MOST_NAMED: usize = 5;

/// A piece of software whose version every node reports.
pub struct Software<'s> {
    /// What messages call it.
    pub name: &'static str,
    /// The oldest version that may run.
    pub minimum: &'s str,
    /// Returns the version that a node reports.
    pub reported_by: fn(&Node) -> &ReportedVersion,
}

/// Returns the finding that some of `reachable_nodes` run an older version or other software, or do
/// not report what they run. Returns `None` if all nodes run the software in a new enough version.
pub fn check(
    requirement: Requirement,
    software: &Software<'_>,
    reachable_nodes: &[&Node],
) -> Option<Finding> {
    // The settings have been checked, so there is a minimum. Without one, no node would be new enough.
    let parsed_minimum = Version::parse(software.minimum);
    let is_new_enough = |node: &Node| {
        let version = (software.reported_by)(node).version;
        parsed_minimum.is_some() && version >= parsed_minimum
    };

    let mut old_nodes = reachable_nodes.to_vec();
    old_nodes.retain(|node| !is_new_enough(node));
    if old_nodes.is_empty() {
        return None;
    }

    let named = old_nodes.iter().take(MOST_NAMED);
    let named: Vec<String> = named.map(|node| software.describe(node)).collect();
    let nodes = text::join_first_names(&named, old_nodes.len());
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
    /// Returns the name of `node` and the version that it reports.
    fn describe(&self, node: &Node) -> String {
        let name = text::quote(&node.name);
        match &*(self.reported_by)(node).text {
            "" => format!("{name} (no version)"),
            version => format!("{name} ({})", text::quote(version)),
        }
    }
}
