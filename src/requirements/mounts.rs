//! `namedPipeMounts` and `unixSocketMounts`: named pipes are reached without a mount, and Unix
//! domain sockets by the folder that they lie in.
//!
//! Allow any host path but one to a named pipe (`\\.\pipe\...`, in any case and with either
//! slash), of any type but `Socket`. A volume that no container mounts is no matter, nor is an
//! address like `unix://C:\csi\csi.sock` in a variable.
//! Demanded by: the source document (D11); the runtime fails a mount of a pipe.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::pod::{HostPathVolume, Pod};

/// Which volumes of `pod` are named pipes.
pub fn named_pipes(pod: &Pod<'_>) -> Option<Finding> {
    let problem = "must not be a named pipe, which needs no mount";
    Finding::at("namedPipeMounts", mounted(pod, "path", |volume| is_pipe(volume.path)), problem)
}

/// Which volumes of `pod` are Unix domain sockets.
pub fn unix_sockets(pod: &Pod<'_>) -> Option<Finding> {
    let problem = "must not be Socket: mount the folder that it lies in";
    Finding::at("unixSocketMounts", mounted(pod, "type", |volume| volume.kind == "Socket"), problem)
}

/// The places of the `field` of each `hostPath` that a container mounts and that is `wrong`:
/// `volumes[2].hostPath.path`.
fn mounted(pod: &Pod<'_>, field: &str, wrong: fn(&HostPathVolume<'_>) -> bool) -> Vec<String> {
    let mounts = pod.containers.iter().flat_map(|container| &container.volume_mounts);
    // Collecting would sort them first, by 4,500 bytes of the module.
    let mut mounted = BTreeSet::new();
    mounted.extend(mounts.copied());
    let volumes = pod.host_path_volumes.iter();
    let wrong = volumes.filter(|volume| mounted.contains(volume.name) && wrong(volume));
    wrong.map(|volume| format!("volumes[{}].hostPath.{field}", volume.index)).collect()
}

/// Whether `path` begins with `\\.\pipe\`, whichever way it is written.
fn is_pipe(path: &str) -> bool {
    let start = path.get(..r"\\.\pipe\".len());
    start.is_some_and(|start| start.replace('/', r"\").eq_ignore_ascii_case(r"\\.\pipe\"))
}
