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
mod node_version;
pub mod nodes;
mod rootfs_location;
mod run_as_non_root;
mod run_as_user_name;
mod unix_socket_mounts;
mod windows_node;

use crate::requirements::finding::Finding;
use crate::requirements::nodes::Nodes;
use crate::settings::{Mode, Requirement, Requirements, Settings};
use crate::workload::pod::{Pod, PodSource};

/// What the requirements find wrong with a pod.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// The findings of requirements whose mode is `deny`.
    pub denied: Vec<Finding>,
    /// The findings of requirements whose mode is `warn`.
    pub warned: Vec<Finding>,
}

/// Judges `pod`, which asks for HostProcess, by every requirement of `settings`.
pub fn judge(pod: &Pod<'_>, settings: &Settings, nodes: &Nodes) -> Findings {
    let mut findings = Findings::default();
    for requirement in Requirement::ALL {
        let mode = settings.requirements.mode(requirement);
        if mode == Mode::Ignore || !applies_to(requirement, pod, settings, nodes) {
            continue;
        }
        let finding = check(requirement, pod, settings, nodes);
        match mode {
            Mode::Deny => findings.denied.extend(finding),
            Mode::Warn => findings.warned.extend(finding),
            Mode::Ignore => {}
        }
    }
    findings
}

/// Returns what `requirement` finds wrong with `pod`; `None` if the pod meets it.
fn check(
    requirement: Requirement,
    pod: &Pod<'_>,
    settings: &Settings,
    nodes: &Nodes,
) -> Option<Finding> {
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
        Requirement::NodeKubernetes => {
            node_kubernetes::check(pod, nodes, &settings.minimum_versions.kubernetes)
        }
        Requirement::NodeContainerd => {
            node_containerd::check(pod, nodes, &settings.minimum_versions.containerd)
        }
    }
}

/// Returns true if `pod` is to be held to `requirement`.
fn applies_to(requirement: Requirement, pod: &Pod<'_>, settings: &Settings, nodes: &Nodes) -> bool {
    match requirement {
        Requirement::RootfsLocation => true,
        // Of a flag outside of any pod spec nothing else is known. The pods that come of it are
        // judged themselves.
        _ if pod.source == PodSource::BareWindowsOptions => false,
        // That the nodes are unknown is said once.
        Requirement::NodeKubernetes | Requirement::NodeContainerd if nodes.unknown().is_some() => {
            requirement == stricter_node_requirement(&settings.requirements)
        }
        _ => true,
    }
}

/// Returns the requirement that says that the nodes are unknown: the one with the stricter mode,
/// and `nodeKubernetes` if both have the same.
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
