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
    by(modes.hyper_v_isolation, &|| {
        hyper_v_isolation::check(pod, hyper_v)
    });
    by(modes.rootfs_location, &|| rootfs_location::check(pod));
    by(modes.windows_node, &|| windows_node::check(pod));
    let [kubernetes, containerd] = node_modes(settings, nodes);
    by(kubernetes, &|| {
        node_kubernetes::check(pod, nodes, &minimum.kubernetes)
    });
    by(containerd, &|| {
        node_containerd::check(pod, nodes, &minimum.containerd)
    });
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

    /// Settings with every requirement in this mode, but the two of nodes.
    fn all(mode: Mode) -> Settings {
        let mut settings = Settings::default();
        let modes = &mut settings.requirements;
        for each in [
            &mut modes.all_containers,
            &mut modes.host_network,
            &mut modes.run_as_user_name,
            &mut modes.run_as_non_root,
            &mut modes.named_pipe_mounts,
            &mut modes.unix_socket_mounts,
            &mut modes.hyper_v_isolation,
            &mut modes.rootfs_location,
            &mut modes.windows_node,
        ] {
            *each = mode;
        }
        settings
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
    #[case::denied(Mode::Deny, &ALL, &[])]
    #[case::warned(Mode::Warn, &[], &ALL)]
    #[case::off(Mode::Off, &[], &[])]
    fn modes(#[case] mode: Mode, #[case] denied: &[&str], #[case] warned: &[&str]) {
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
        let settings = all(mode);
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
        let settings = all(Mode::Deny);
        let judged = judge(&pod, &settings, &Nodes::ask(&settings, &NoHost));
        assert_eq!(names(&judged.denied), ["rootfsLocation"]);
    }

    #[rstest]
    #[case::both(Mode::Deny, Mode::Deny, &["nodeKubernetes"], &[])]
    #[case::stricter_first(Mode::Deny, Mode::Warn, &["nodeKubernetes"], &[])]
    #[case::stricter_last(Mode::Warn, Mode::Deny, &["nodeContainerd"], &[])]
    #[case::both_warn(Mode::Warn, Mode::Warn, &[], &["nodeKubernetes"])]
    #[case::one(Mode::Off, Mode::Warn, &[], &["nodeContainerd"])]
    fn unknown_nodes_are_told_once(
        #[case] kubernetes: Mode,
        #[case] containerd: Mode,
        #[case] denied: &[&str],
        #[case] warned: &[&str],
    ) {
        let mut settings = all(Mode::Off);
        settings.requirements.node_kubernetes = kubernetes;
        settings.requirements.node_containerd = containerd;
        let nodes = Nodes::ask(&settings, &NoHost);
        let judged = judge(&pod(&json!({})), &settings, &nodes);
        assert_eq!(names(&judged.denied), denied);
        assert_eq!(names(&judged.warned), warned);
    }
}
