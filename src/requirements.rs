//! What every HostProcess workload must satisfy, whichever rule admits it.
//!
//! One file per requirement: its opening comment names the fields it reads, what it allows,
//! and who demands it. A new one is a new file, a key of the settings' `requirements` and a
//! line in [`judge`].

use crate::finding::Finding;
use crate::nodes::Nodes;
use crate::pod::Pod;
use crate::settings::{Mode, Settings};

mod all_containers;
mod found;
mod host_network;
mod hyper_v_isolation;
mod mounted;
mod named_pipe_mounts;
mod node_containerd;
mod node_kubernetes;
#[cfg(test)]
mod node_tests;
mod node_version;
mod rootfs_location;
mod run_as_non_root;
mod run_as_user_name;
#[cfg(test)]
mod testing;
mod unix_socket_mounts;
mod warning;
mod windows_node;

pub use warning::warning;

/// What the requirements find wrong with a pod, in their order.
#[derive(Debug, Default, PartialEq)]
pub struct Judged {
    /// By those whose mode is `deny`.
    pub denied: Vec<Finding>,
    /// By those whose mode is `warn`.
    pub warned: Vec<Finding>,
}

/// Judges `pod`, which asks for HostProcess, by every requirement of `settings` that is not
/// off. What stands outside of any pod spec is held to `rootfsLocation` only: next to nothing
/// else is known of it, and the pods that come of it are judged themselves.
pub fn judge(pod: &Pod<'_>, settings: &Settings, nodes: &Nodes) -> Judged {
    let mut judged = Judged::default();
    let mut by = |mode: Mode, check: &dyn Fn() -> Option<Finding>| match mode {
        Mode::Deny => judged.denied.extend(check()),
        Mode::Warn => judged.warned.extend(check()),
        Mode::Off => {}
    };
    let modes = &settings.requirements;
    if pod.is_stray() {
        by(modes.rootfs_location, &|| rootfs_location::check(pod));
        return judged;
    }
    let hyper_v = &settings.hyper_v_runtime_class_names;
    let minimum = &settings.minimum_versions;
    by(modes.all_containers, &|| all_containers::check(pod));
    by(modes.host_network, &|| host_network::check(pod));
    by(modes.run_as_user_name, &|| run_as_user_name::check(pod));
    by(modes.run_as_non_root, &|| run_as_non_root::check(pod));
    by(modes.named_pipe_mounts, &|| named_pipe_mounts::check(pod));
    by(modes.unix_socket_mounts, &|| unix_socket_mounts::check(pod));
    by(modes.hyper_v_isolation, &|| hyper_v_isolation::check(pod, hyper_v));
    by(modes.rootfs_location, &|| rootfs_location::check(pod));
    by(modes.windows_node, &|| windows_node::check(pod));
    let [kubernetes, containerd] = node_modes(settings, nodes);
    by(kubernetes, &|| node_kubernetes::check(pod, nodes, &minimum.kubernetes));
    by(containerd, &|| node_containerd::check(pod, nodes, &minimum.containerd));
    judged
}

/// The modes of `nodeKubernetes` and `nodeContainerd`. That the nodes are not known is said
/// once, by the stricter of the two.
fn node_modes(settings: &Settings, nodes: &Nodes) -> [Mode; 2] {
    let modes = &settings.requirements;
    match (modes.node_kubernetes, modes.node_containerd) {
        (Mode::Warn, Mode::Deny) if nodes.unknown().is_some() => [Mode::Off, Mode::Deny],
        (kubernetes @ (Mode::Deny | Mode::Warn), _) if nodes.unknown().is_some() => {
            [kubernetes, Mode::Off]
        }
        (kubernetes, containerd) => [kubernetes, containerd],
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{annotated, pod};
    use super::*;
    use crate::host::NoHost;
    use rstest::rstest;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    /// Settings with these modes, all others off.
    fn settings(modes: &[(&str, &str)]) -> Settings {
        let off = ALL.map(|requirement| (requirement, "off"));
        let modes: BTreeMap<_, _> = off.iter().chain(modes).copied().collect();
        Settings::read(&json!({"requirements": modes})).expect("settings")
    }

    fn names(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.requirement).collect()
    }

    const ALL: [&str; 9] = [
        "allContainers",
        "hostNetwork",
        "runAsUserName",
        "runAsNonRoot",
        "namedPipeMounts",
        "unixSocketMounts",
        "hyperVIsolation",
        "rootfsLocation",
        "windowsNode",
    ];

    #[rstest]
    #[case::denied("deny", &ALL, &[])]
    #[case::warned("warn", &[], &ALL)]
    #[case::off("off", &[], &[])]
    fn modes(#[case] mode: &str, #[case] denied: &[&str], #[case] warned: &[&str]) {
        let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
        let options = json!({"hostProcess": true});
        let spec = json!({
            "runtimeClassName": "hyperv",
            "containers": [
                {"securityContext": {"runAsNonRoot": true, "windowsOptions": options},
                    "volumeMounts": [{"name": "p"}, {"name": "s"}]},
                {"name": "other"},
            ],
            "volumes": [
                {"name": "p", "hostPath": {"path": r"\\.\pipe\x"}},
                {"name": "s", "hostPath": {"path": r"C:\s", "type": "Socket"}},
            ],
        });
        let settings = settings(&ALL.map(|requirement| (requirement, mode)));
        let nodes = Nodes::ask(&settings, &NoHost);
        let judged = judge(&annotated(&metadata, &spec), &settings, &nodes);
        assert_eq!(names(&judged.denied), denied);
        assert_eq!(names(&judged.warned), warned);
    }

    #[test]
    fn what_is_outside_of_a_pod_spec_is_held_to_the_annotation_only() {
        let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
        let annotations = annotated(&metadata, &Value::Null).annotations;
        let options = json!({"hostProcess": true});
        let pod = Pod::stray(&options, String::from("spec"), annotations).expect("a flag");
        let settings = settings(&ALL.map(|requirement| (requirement, "deny")));
        let judged = judge(&pod, &settings, &Nodes::ask(&settings, &NoHost));
        assert_eq!(names(&judged.denied), ["rootfsLocation"]);
    }

    #[rstest]
    #[case::both("deny", "deny", &["nodeKubernetes"], &[])]
    #[case::stricter_first("deny", "warn", &["nodeKubernetes"], &[])]
    #[case::stricter_last("warn", "deny", &["nodeContainerd"], &[])]
    #[case::both_warn("warn", "warn", &[], &["nodeKubernetes"])]
    #[case::one("off", "warn", &[], &["nodeContainerd"])]
    fn unknown_nodes_are_told_once(
        #[case] kubernetes: &str,
        #[case] containerd: &str,
        #[case] denied: &[&str],
        #[case] warned: &[&str],
    ) {
        let modes = [("nodeKubernetes", kubernetes), ("nodeContainerd", containerd)];
        let settings = settings(&modes);
        let nodes = Nodes::ask(&settings, &NoHost);
        let judged = judge(&pod(&json!({})), &settings, &nodes);
        assert_eq!(names(&judged.denied), denied);
        assert_eq!(names(&judged.warned), warned);
    }
}
