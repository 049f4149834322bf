//! What every HostProcess workload must satisfy, whichever rule admits it.
//!
//! Each requirement has a file of its own, whose opening comment names the fields that it reads,
//! what it allows, and who demands it. CONTRIBUTING.md says how to add one.

pub mod all_containers;
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
use crate::host::HostError;
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

/// The nodes that a pod can reach, as far as the policy knows the nodes.
enum ReachableNodes<'n> {
    /// The host was not asked, because no requirement needs the nodes.
    NotAsked,
    /// The host did not list the nodes, or its list cannot be read.
    Unavailable(&'n HostError),
    Known(Vec<&'n Node>),
}

impl<'n> ReachableNodes<'n> {
    fn find(pod: &Pod<'_>, nodes: &'n NodeList, budget: &mut Budget) -> Result<Self, BudgetSpent> {
        Ok(match nodes {
            NodeList::NotAsked => ReachableNodes::NotAsked,
            NodeList::Unavailable(error) => ReachableNodes::Unavailable(error),
            NodeList::Known(nodes) => {
                ReachableNodes::Known(node_selection::reachable_nodes(pod, nodes, budget)?)
            }
        })
    }
}

/// Judges `pod`, which asks for HostProcess, by every requirement of `settings`.
///
/// # Errors
/// The pod selects nodes by too many labels to be compared with all `nodes`.
pub fn check_all(
    pod: &Pod<'_>,
    settings: &Settings,
    nodes: &NodeList,
    budget: &mut Budget,
) -> Result<Findings, BudgetSpent> {
    let reachable = ReachableNodes::find(pod, nodes, budget)?;

    let mut findings = Findings::default();
    if let ReachableNodes::Known(nodes) = &reachable {
        findings.reaches_no_node = nodes.is_empty();
    }
    for requirement in Requirement::ALL {
        let find = || check(requirement, pod, settings, &reachable);
        match settings.requirements.mode(requirement) {
            Mode::Deny => findings.denied.extend(find()),
            Mode::Warn => findings.warned.extend(find()),
            Mode::Ignore => {}
        }
    }
    Ok(findings)
}

/// Returns what `requirement` finds wrong; `None` if the requirement is met or does not apply.
fn check(
    requirement: Requirement,
    pod: &Pod<'_>,
    settings: &Settings,
    reachable: &ReachableNodes<'_>,
) -> Option<Finding> {
    // A bare `windowsOptions` says too little about a pod. The operator that reads it makes pods of it
    // later, and the other requirements judge those.
    if pod.source == PodSource::BareWindowsOptions && requirement != Requirement::RootfsLocation {
        return None;
    }
    let minimum = &settings.minimum_versions;
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
        Requirement::NodeKubernetes => check_nodes(requirement, settings, reachable, |nodes| {
            node_kubernetes::check(nodes, &minimum.kubernetes)
        }),
        Requirement::NodeContainerd => check_nodes(requirement, settings, reachable, |nodes| {
            node_containerd::check(nodes, &minimum.containerd)
        }),
    }
}

/// Returns what `requirement`, which is `nodeKubernetes` or `nodeContainerd`, finds wrong:
/// `check_known` checks the nodes if they are known. If they are unavailable, only the stricter of the
/// two requirements says so, so that messages say it once.
fn check_nodes(
    requirement: Requirement,
    settings: &Settings,
    reachable: &ReachableNodes<'_>,
    check_known: impl Fn(&[&Node]) -> Option<Finding>,
) -> Option<Finding> {
    match reachable {
        ReachableNodes::NotAsked => None,
        ReachableNodes::Unavailable(error) => {
            if requirement != stricter_node_requirement(&settings.requirements) {
                return None;
            }
            Some(node_version::unknown_nodes(requirement, error))
        }
        ReachableNodes::Known(nodes) => check_known(nodes),
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
