//! `hostNetwork`: a HostProcess pod shares the host's network. Allows nothing but true.
//! Demanded by: AKS's page on HostProcess containers and the API server.

use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let wrong = pod.host_network != Some(true);
    Finding::of("hostNetwork", wrong, "hostNetwork", "must be true")
}
