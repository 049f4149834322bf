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
    let problem = match misplaced_field(pod) {
        Some(place) => format!("must be true: {place} is the wrong place for it"),
        None => String::from("must be true"),
    };
    Some(Finding::at_field(
        Requirement::HostNetwork,
        "hostNetwork",
        problem,
    ))
}

/// Returns the field of a `hostNetwork: true` that has no effect because it stands in a
/// `securityContext`; `None` if there is no such field.
fn misplaced_field(pod: &Pod<'_>) -> Option<String> {
    const FIELD: &str = "securityContext.hostNetwork";
    if pod.security_context.misplaced_host_network {
        return Some(String::from(FIELD));
    }
    let container = pod
        .containers
        .iter()
        .find(|container| container.security_context.misplaced_host_network)?;
    Some(format!("{}.{FIELD}", container.place()))
}
