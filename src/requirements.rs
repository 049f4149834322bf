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
    /// Whether the pod can reach none of the nodes. False if the nodes are not known.
    pub reaches_no_node: bool,
}

/// What the requirements look at.
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
    let mut findings = Findings::default();
    let mut reachable_nodes = Vec::new();
    if let NodeList::Known(nodes) = nodes {
        reachable_nodes = node_selection::reachable_nodes(pod, nodes, budget)?;
        findings.reaches_no_node = reachable_nodes.is_empty();
    }
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

/// Returns what `requirement` finds wrong; `None` if the requirement is met or does not apply.
fn check(requirement: Requirement, subject: &Subject<'_, '_>) -> Option<Finding> {
    let Subject { pod, settings, .. } = subject;
    // Of a bare `windowsOptions` nothing is known that the other requirements look at. They judge
    // the pods that the operator makes later.
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

/// Returns what `nodeKubernetes` or `nodeContainerd` finds wrong. If the nodes are unavailable, only
/// the stricter of the two requirements says so, so that messages say it once.
fn check_nodes(requirement: Requirement, subject: &Subject<'_, '_>) -> Option<Finding> {
    let minimum = &subject.settings.minimum_versions;
    let nodes = &subject.reachable_nodes;
    match subject.nodes {
        NodeList::NotAsked => None,
        NodeList::Unavailable(reason) => {
            if requirement != stricter_node_requirement(&subject.settings.requirements) {
                return None;
            }
            Some(node_version::unknown_nodes(requirement, reason))
        }
        NodeList::Known(_) if requirement == Requirement::NodeKubernetes => {
            node_kubernetes::check(nodes, &minimum.kubernetes)
        }
        NodeList::Known(_) => node_containerd::check(nodes, &minimum.containerd),
    }
}

/// Returns which of `nodeKubernetes` and `nodeContainerd` has the stricter mode; `nodeKubernetes` if
/// both have the same mode.
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
