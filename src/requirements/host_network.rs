//! `hostNetwork`: a HostProcess pod shares the node's network.
//!
//! Field: `hostNetwork` of the pod spec.
//! Allowed: true.
//! Demanded by: AKS's page on HostProcess containers, and the API server.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    if pod.host_network == Some(true) {
        return None;
    }
    Some(Finding::at_field(
        Requirement::HostNetwork,
        "hostNetwork",
        "must be true",
    ))
}
