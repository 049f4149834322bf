//! `runAsNonRoot`: the field says nothing about Windows accounts.
//!
//! Field: `securityContext.runAsNonRoot` of the pod, and of each HostProcess container.
//! Allowed: false, or unset. A container's own value wins over the pod's.
//! Demanded by: Kubernetes' page on HostProcess pods. It only warns by default, because such pods
//! run: the kubelet refuses nothing but the account ContainerAdministrator, so that even SYSTEM
//! passes for a user that is not root.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::container::Container;
use crate::workload::pod::Pod;

const FIELD: &str = "securityContext.runAsNonRoot";

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut places = Vec::new();
    // The value that containers inherit is named once, at the pod.
    if pod.security_context.run_as_non_root == Some(true) && pod.host_processes().any(inherits) {
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
