//! What `nodeKubernetes` and `nodeContainerd` have in common: a version that the nodes
//! report, and the oldest that will do.

use super::found;
use crate::finding::Finding;
use crate::message;
use crate::nodes::{Node, Nodes, Reported};
use crate::pod::Pod;
use crate::version::Version;

/// How many nodes are named.
const MOST_NAMED: usize = 5;

/// What the nodes have to run.
pub struct Demand<'a> {
    /// The requirement that says so.
    pub requirement: &'static str,
    /// What it is about, as messages call it.
    pub software: &'static str,
    /// The oldest version that will do.
    pub minimum: &'a str,
    /// What a node reports of it.
    pub reported: fn(&Node) -> &Reported,
}

/// The finding for the nodes that `pod` can reach and that are too old or do not tell, or
/// for nodes that are not known.
pub fn check(pod: &Pod<'_>, nodes: &Nodes, demand: &Demand<'_>) -> Option<Finding> {
    if let Some(reason) = nodes.unknown() {
        let problem = format!(
            "cannot be compared with nodes: grant v1 Node in contextAwareResources, and list \
             and watch of nodes to the policy server: {}",
            message::quoted(reason)
        );
        return found::at(demand.requirement, ["nodeSelector"], problem);
    }
    let minimum = Version::parse(demand.minimum);
    let is_old = |node: &Node| {
        let version = (demand.reported)(node).version;
        minimum.is_none_or(|minimum| version < Some(minimum))
    };
    let old: Vec<_> = nodes.reached_by(pod, is_old).collect();
    let named = old.iter().take(MOST_NAMED).map(|node| {
        let version = match &*(demand.reported)(node).text {
            "" => String::from("no version"),
            text => message::quoted(text),
        };
        format!("{} ({version})", message::quoted(&node.name))
    });
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match old.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (software, minimum) = (demand.software, demand.minimum);
    let problem = format!("must leave out nodes below {software} {minimum}: {named}{more}");
    found::at(demand.requirement, old.first().map(|_| "nodeSelector"), problem)
}
