//! `allContainers`: a HostProcess pod holds only HostProcess containers.
//!
//! Fields: `hostProcess` in the `securityContext.windowsOptions` of the pod and of each container,
//! and the annotation `microsoft.com/hostprocess-container`.
//! Allowed: every container is a HostProcess container, by its own value, by the pod's value or by the
//! annotation. The values of a container and of its pod do not contradict each other.
//! Demanded by: AKS's page on HostProcess containers, and the API server.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::container::Container;
use crate::workload::pod::{HOST_PROCESS, Pod};

/// What the container of a HostProcess pod has to change if it is not a HostProcess container.
pub const PROBLEM: &str = "must say hostProcess: true, like all containers of a pod";

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut places = Vec::new();
    if is_wrong_at_the_pod(pod) {
        places.push(String::from(HOST_PROCESS));
    }
    for container in &pod.containers {
        if container.is_listed() && is_wrong_at_the_container(pod, container) {
            places.push(container.title());
        }
    }
    Finding::at_places(Requirement::AllContainers, places, PROBLEM)
}

/// Returns true if the pod's own value has to change: it contradicts the value of a container, or a
/// container is wrong that is not listed, and so has no value of its own to change.
fn is_wrong_at_the_pod(pod: &Pod<'_>) -> bool {
    for container in &pod.containers {
        let contradicts = pod.security_context.host_process == Some(false)
            && container.security_context.host_process == Some(true);
        if contradicts {
            return true;
        }
        if !container.is_listed() && is_wrong_at_the_container(pod, container) {
            return true;
        }
    }
    false
}

/// Returns true if `container` is not a HostProcess container, or if it says false and the pod says
/// true.
fn is_wrong_at_the_container(pod: &Pod<'_>, container: &Container<'_>) -> bool {
    let contradicts = pod.security_context.host_process == Some(true)
        && container.security_context.host_process == Some(false);
    contradicts || !pod.is_host_process(container)
}
