//! What every HostProcess workload must satisfy, whichever rule admits it.
//!
//! Each requirement has a file of its own, whose opening comment names the fields that it reads,
//! what it allows, and who demands it. To add a requirement, add
//!
//! 1. a variant of [`Requirement`] in `src/settings/requirement.rs`, with its key and default mode,
//! 2. a file here with its `check`, and its line in [`check`],
//! 3. its cases in `tests/data/findings.yaml`.
//!
//! The compiler, the tests of the schema and those of the documents name what is missing.

mod all_containers;
pub mod finding;
mod host_network;
mod hyper_v_isolation;
mod named_pipe_mounts;
mod node_containerd;
mod node_kubernetes;
mod node_selection;
mod node_version;
pub mod nodes;
mod rootfs_location;
mod run_as_non_root;
mod run_as_user_name;
mod unix_socket_mounts;
mod windows_node;

use crate::budget::{Budget, BudgetSpent};
use crate::requirements::finding::Finding;
use crate::requirements::nodes::{Node, NodeList};
use crate::settings::{Mode, Requirement, Requirements, Settings};
use crate::workload::pod::{Pod, PodSource};

/// What the requirements find wrong with a pod.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// The findings of requirements whose mode is `deny`.
    pub denied: Vec<Finding>,
    /// The findings of requirements whose mode is `warn`.
    pub warned: Vec<Finding>,
    /// Whether the nodes are known, and the pod can reach none of them.
    pub reaches_no_node: bool,
}

/// What a requirement may look at.
struct Subject<'s, 'a> {
    pod: &'s Pod<'a>,
    settings: &'s Settings,
    nodes: &'s NodeList,
    /// The nodes that the pod can reach; empty if the nodes are not known.
    reachable_nodes: Vec<&'s Node>,
}

/// Judges `pod`, which asks for HostProcess, by every requirement of `settings`.
///
/// # Errors
/// The pod selects nodes by too many labels to be compared with all `nodes`.
pub fn judge(
    pod: &Pod<'_>,
    settings: &Settings,
    nodes: &NodeList,
    budget: &mut Budget,
) -> Result<Findings, BudgetSpent> {
    let reachable_nodes = match nodes {
        NodeList::Known(nodes) => node_selection::reachable_nodes(pod, nodes, budget)?,
        NodeList::NotAsked | NodeList::Unavailable(_) => Vec::new(),
    };
    let are_nodes_known = matches!(nodes, NodeList::Known(_));
    let mut findings = Findings {
        reaches_no_node: are_nodes_known && reachable_nodes.is_empty(),
        ..Findings::default()
    };
    let subject = Subject {
        pod,
        settings,
        nodes,
        reachable_nodes,
    };

    for requirement in Requirement::ALL {
        match settings.requirements.mode(requirement) {
            Mode::Deny => findings.denied.extend(check(requirement, &subject)),
            Mode::Warn => findings.warned.extend(check(requirement, &subject)),
            Mode::Ignore => {}
        }
    }
    Ok(findings)
}

/// Returns what `requirement` finds wrong; `None` if it is met, or does not apply.
fn check(requirement: Requirement, subject: &Subject<'_, '_>) -> Option<Finding> {
    let Subject { pod, settings, .. } = subject;
    // Nothing else is known of a flag outside of any pod spec. The pods that come of it are judged
    // themselves.
    if pod.source == PodSource::BareWindowsOptions && requirement != Requirement::RootfsLocation {
        return None;
    }
    match requirement {
        Requirement::AllContainers => all_containers::check(pod),
        Requirement::HostNetwork => host_network::check(pod),
        Requirement::RunAsUserName => run_as_user_name::check(pod),
        Requirement::RunAsNonRoot => run_as_non_root::check(pod),
        Requirement::NamedPipeMounts => named_pipe_mounts::check(pod),
        Requirement::UnixSocketMounts => unix_socket_mounts::check(pod),
        Requirement::HyperVIsolation => {
            hyper_v_isolation::check(pod, &settings.hyper_v_runtime_class_names)
        }
        Requirement::RootfsLocation => rootfs_location::check(pod),
        Requirement::WindowsNode => windows_node::check(pod),
        Requirement::NodeKubernetes | Requirement::NodeContainerd => {
            check_nodes(requirement, subject)
        }
    }
}

/// Returns what a `requirement` of the nodes finds wrong. That the nodes are unknown is said once,
/// even if both requirements need them.
fn check_nodes(requirement: Requirement, subject: &Subject<'_, '_>) -> Option<Finding> {
    let minimum = &subject.settings.minimum_versions;
    let nodes = &subject.reachable_nodes;
    match subject.nodes {
        NodeList::NotAsked => None,
        NodeList::Unavailable(reason) => {
            let teller = stricter_node_requirement(&subject.settings.requirements);
            let tells = requirement == teller;
            tells.then(|| node_version::unknown_nodes(requirement, reason))
        }
        NodeList::Known(_) if requirement == Requirement::NodeKubernetes => {
            node_kubernetes::check(nodes, &minimum.kubernetes)
        }
        NodeList::Known(_) => node_containerd::check(nodes, &minimum.containerd),
    }
}

/// Returns the requirement of the nodes that has the stricter mode; `nodeKubernetes` if both have
/// the same.
fn stricter_node_requirement(requirements: &Requirements) -> Requirement {
    let kubernetes = requirements.mode(Requirement::NodeKubernetes);
    let containerd = requirements.mode(Requirement::NodeContainerd);
    match (kubernetes, containerd) {
        (Mode::Ignore, _) | (Mode::Warn, Mode::Deny) => Requirement::NodeContainerd,
        _ => Requirement::NodeKubernetes,
    }
}

#[cfg(test)]
mod tests;
