//! `runAsNonRoot`: it says nothing about Windows accounts. Allows false or unset, by the own
//! value of each HostProcess container, else the pod's.
//! Demanded by: Kubernetes' page on HostProcess pods (the kubelet refuses only the exact
//! name ContainerAdministrator, so SYSTEM would pass for non-root).

use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

const FIELD: &str = "securityContext.runAsNonRoot";

/// A value that HostProcess containers inherit is named once, at the pod.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let of_pod = pod.security_context.run_as_non_root;
    let inherits = of_pod == Some(true)
        && pod
            .host_processes()
            .any(|one| one.security_context.run_as_non_root.is_none());
    let own = pod
        .host_processes()
        .filter(|one| one.security_context.run_as_non_root == Some(true));
    let own = own.map(|one| format!("{}.{FIELD}", one.place()));
    let places = inherits
        .then(|| String::from(FIELD))
        .into_iter()
        .chain(own)
        .collect();
    Finding::at("runAsNonRoot", places, "must be false or left out")
}
