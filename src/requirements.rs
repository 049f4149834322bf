//! What every HostProcess workload must satisfy, whichever rule admits it.
//!
//! One file per requirement: its opening comment says what it allows, and who demands it; its
//! cases stand in tests/data/findings.yaml. A new one is a new file, a key of the settings'
//! `requirements`, and a line in [`judge`].

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
use crate::settings::{Mode, Settings};
use crate::workload::pod::Pod;

/// Judges `pod`, which asks for HostProcess, by every requirement of `settings`: what those find
/// wrong whose mode is `deny`, and those whose mode is `warn`. What stands outside of any pod spec
/// is held to `rootfsLocation` only: the pods that come of it are judged themselves.
pub fn judge(pod: &Pod<'_>, settings: &Settings, nodes: &Nodes) -> [Vec<Finding>; 2] {
    let (mut denied, mut warned) = (Vec::new(), Vec::new());
    let mut by = |mode: Mode, check: &dyn Fn() -> Option<Finding>| match mode {
        Mode::Deny => denied.extend(check()),
        Mode::Warn => warned.extend(check()),
        Mode::Ignore => {}
    };
    let modes = &settings.requirements;
    if pod.is_stray() {
        by(modes.rootfs_location, &|| rootfs_location::check(pod));
        return [denied, warned];
    }
    let hyper_v = &settings.hyper_v_runtime_class_names;
    let minimum = &settings.minimum_versions;
    by(modes.all_containers, &|| all_containers::check(pod));
    by(modes.host_network, &|| host_network::check(pod));
    by(modes.run_as_user_name, &|| run_as_user_name::check(pod));
    by(modes.run_as_non_root, &|| run_as_non_root::check(pod));
    by(modes.named_pipe_mounts, &|| named_pipe_mounts::check(pod));
    by(modes.unix_socket_mounts, &|| unix_socket_mounts::check(pod));
    by(modes.hyper_v_isolation, &|| {
        hyper_v_isolation::check(pod, hyper_v)
    });
    by(modes.rootfs_location, &|| rootfs_location::check(pod));
    by(modes.windows_node, &|| windows_node::check(pod));
    // That the nodes are not known is said once, by the stricter of the two.
    let mut both = [modes.node_kubernetes, modes.node_containerd];
    if nodes.unknown().is_some() && !both.contains(&Mode::Ignore) {
        both[usize::from(both != [Mode::Warn, Mode::Deny])] = Mode::Ignore;
    }
    by(both[0], &|| {
        node_kubernetes::check(pod, nodes, &minimum.kubernetes)
    });
    by(both[1], &|| {
        node_containerd::check(pod, nodes, &minimum.containerd)
    });
    [denied, warned]
}

#[cfg(test)]
mod tests;
