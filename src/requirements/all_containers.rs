//! `allContainers`: a HostProcess pod holds only HostProcess containers. Allows HostProcess for
//! all of them, by their own value of `hostProcess`, the pod's or the annotation; and where pod
//! and container both have a value, the same. A container that is not listed has the pod's.
//! Demanded by: AKS's page on HostProcess containers and the API server.

use crate::requirements::finding::Finding;
use crate::workload::container::Role;
use crate::workload::pod::{HOST_PROCESS, Pod};

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let of_pod = pod.security_context.host_process;
    let mut pod_is_wrong = false;
    let mut places = Vec::new();
    for container in &pod.containers {
        let says = (of_pod, container.security_context.host_process);
        let is_wrong = !pod.is_host_process(container) || says == (Some(true), Some(false));
        let is_listed = container.role != Role::Unknown;
        pod_is_wrong |= says == (Some(false), Some(true)) || (is_wrong && !is_listed);
        if is_wrong && is_listed {
            places.push(container.title());
        }
    }
    if pod_is_wrong {
        places.insert(0, String::from(HOST_PROCESS));
    }
    let problem = "must say hostProcess: true, like all containers of a pod";
    Finding::at("allContainers", places, problem)
}
