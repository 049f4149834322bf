//! `runAsNonRoot`: no HostProcess container says `runAsNonRoot: true`, which means little on Windows.
//!
//! Field: `securityContext.runAsNonRoot` of the pod, and of each HostProcess container.
//! Allowed: false, or unset. A container's own value wins over the pod's.
//! Demanded by: Kubernetes' page on HostProcess pods. It only warns by default, because pods with
//! `runAsNonRoot: true` run: the kubelet takes only the account ContainerAdministrator for root, and
//! not even SYSTEM.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::container::Container;
use crate::workload::pod::Pod;

const FIELD: &str = "securityContext.runAsNonRoot";

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut places = Vec::new();
    // If containers inherit the pod's value, the pod is the place to change it.
    let is_true_at_the_pod = pod.security_context.run_as_non_root == Some(true);
    if is_true_at_the_pod && pod.host_processes().any(inherits) {
        places.push(String::from(FIELD));
    }
    for container in pod.host_processes() {
        if container.security_context.run_as_non_root == Some(true) {
            places.push(format!("{}.{FIELD}", container.place()));
        }
    }
    Finding::at_places(
        Requirement::RunAsNonRoot,
        places,
        "must be false or left out",
    )
}

/// Returns true if `container` has no value of its own, so that the pod's counts.
fn inherits(container: &Container<'_>) -> bool {
    container.security_context.run_as_non_root.is_none()
}
