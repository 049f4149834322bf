//! What every HostProcess workload must satisfy, whichever rule admits it.
//!
//! One file per requirement: its opening comment names the fields it reads, what
//! it allows, and who demands it. A new one is a new file and a line in
//! [`REQUIREMENTS`].

use alloc::string::String;
use alloc::vec::Vec;

use crate::findings::Findings;
use crate::nodes::Nodes;
use crate::pod::{Pod, Role};
use crate::settings::{Mode, Settings};

mod all_containers;
mod host_network;
mod hyper_v_isolation;
mod named_pipe_mounts;
mod node_containerd;
mod node_kubernetes;
mod node_version;
mod rootfs_location;
mod run_as_non_root;
mod run_as_user_name;
#[cfg(test)]
mod tests;
mod unix_socket_mounts;
mod windows_node;

/// A requirement.
pub struct Requirement {
    /// Its key under `requirements` in the settings.
    pub name: &'static str,
    /// Its mode where the settings say nothing.
    pub default: Mode,
    /// Whether it asks the host for the cluster's nodes.
    pub needs_nodes: bool,
    /// Whether it is judged of a container outside of any pod spec, too.
    pub(crate) judges_strays: bool,
    /// What it demands, in a sentence: its description in the settings' schema.
    pub description: &'static str,
    /// What is wrong where it fails, for a warning; empty where the finding
    /// itself is short enough.
    pub(crate) short: &'static str,
    /// Adds to the findings what is wrong with a pod that asks for HostProcess.
    pub(crate) check: fn(&Case<'_, '_>, &mut Findings),
}

/// All requirements, in the order in which their findings are told.
pub const REQUIREMENTS: [Requirement; 11] = [
    all_containers::REQUIREMENT,
    host_network::REQUIREMENT,
    run_as_user_name::REQUIREMENT,
    run_as_non_root::REQUIREMENT,
    named_pipe_mounts::REQUIREMENT,
    unix_socket_mounts::REQUIREMENT,
    hyper_v_isolation::REQUIREMENT,
    rootfs_location::REQUIREMENT,
    windows_node::REQUIREMENT,
    node_kubernetes::REQUIREMENT,
    node_containerd::REQUIREMENT,
];

/// What a requirement is judged by.
pub(crate) struct Case<'c, 't> {
    /// The pod, which asks for HostProcess.
    pub(crate) pod: &'c Pod<'t>,
    pub(crate) settings: &'c Settings<'c>,
    /// The cluster's Windows nodes, where a requirement asks for them.
    pub(crate) nodes: &'c Nodes<'c>,
}

/// Judges `pods`, all of which ask for HostProcess, by every requirement: adds
/// the findings of those that deny, and a warning for each that warns.
pub(crate) fn judge(
    pods: &[Pod<'_>],
    settings: &Settings<'_>,
    nodes: &Nodes<'_>,
    denied: &mut Findings,
    warnings: &mut Vec<String>,
) {
    for (requirement, mode) in REQUIREMENTS.iter().zip(settings.requirements.0) {
        let mut warned = Findings::default();
        let findings = match mode {
            Mode::Deny => &mut *denied,
            Mode::Warn => &mut warned,
            Mode::Off => continue,
        };
        // Of a container outside of any pod spec next to nothing is known that could be
        // held to a requirement; the pods that come of it are.
        let judged = |pod: &&Pod<'_>| requirement.judges_strays || !pod.has(Role::Stray);
        for pod in pods.iter().filter(judged) {
            let case = Case {
                pod,
                settings,
                nodes,
            };
            (requirement.check)(&case, findings);
        }
        warnings.extend(warned.warning(requirement.name, requirement.short));
    }
}
