//! What `nodeKubernetes` and `nodeContainerd` share: a version that the Windows nodes report
//! which the pod's `nodeName`, `nodeSelector` and required node affinity can reach.

use crate::matching::version::Version;
use crate::requirements::finding::Finding;
use crate::requirements::nodes::{Node, Nodes};
use crate::settings::Requirement;
use crate::text;
use crate::workload::pod::Pod;

/// The finding for the nodes that are too old or do not tell, of which five are named, or that
/// are not known.
pub fn check(
    pod: &Pod<'_>,
    nodes: &Nodes,
    requirement: Requirement,
    [software, prefix, minimum]: [&str; 3],
    reported: fn(&Node) -> &str,
) -> Option<Finding> {
    if let Some(reason) = nodes.unknown() {
        let problem = format!(
            "cannot be compared with nodes: grant v1 Node in contextAwareResources, and list \
             and watch of nodes to the policy server: {}",
            text::quote(reason)
        );
        return Some(Finding::at_field(requirement, "nodeSelector", problem));
    }
    let needed = Version::parse(minimum);
    let is_old = |node: &Node| {
        let version = reported(node).strip_prefix(prefix).and_then(Version::parse);
        needed.is_none() || version < needed
    };
    let old: Vec<_> = nodes.reached_by(pod, is_old).collect();
    let named = old.iter().take(5).map(|node| {
        let version = match reported(node) {
            "" => String::from("no version"),
            text => text::quote(text),
        };
        format!("{} ({version})", text::quote(&node.name))
    });
    let named = text::join_first_names(&named.collect::<Vec<_>>(), old.len());
    let problem = format!("must leave out nodes below {software} {minimum}: {named}");
    (!old.is_empty()).then(|| Finding::at_field(requirement, "nodeSelector", problem))
}
