//! `namedPipeMounts`: named pipes are reached without a mount.
//! Allows any host path but one to a named pipe (`\\.\pipe\...`, in any case and with either
//! slash); a volume that no container mounts is no matter.
//! Demanded by: AKS's page on HostProcess containers; the runtime fails such a mount.

use crate::finding::Finding;
use crate::pod::Pod;

const START: &str = r"\\.\pipe\";

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let is_start = |path: &str| path.replace('/', r"\").eq_ignore_ascii_case(START);
    let is_pipe = |path: &str| path.get(..START.len()).is_some_and(is_start);
    let pipes = pod.mounted_host_paths().filter(|volume| is_pipe(volume.path));
    let places = pipes.map(|volume| format!("volumes[{}].hostPath.path", volume.index)).collect();
    Finding::at("namedPipeMounts", places, "must not be a named pipe, which needs no mount")
}
