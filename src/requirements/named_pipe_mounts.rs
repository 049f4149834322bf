//! `namedPipeMounts`: named pipes are reached without a mount.
//! Allows any host path but one to a named pipe (`\\.\pipe\...` or `\\?\pipe\...`, in any case, with
//! either slash and any number of them); a volume that no container mounts is no matter.
//! Demanded by: AKS's page on HostProcess containers; the runtime fails such a mount.

use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let pipes = pod
        .mounted_host_paths()
        .filter(|volume| is_pipe(volume.path));
    let places = pipes
        .map(|volume| format!("volumes[{}].hostPath.path", volume.index))
        .collect();
    Finding::at(
        "namedPipeMounts",
        places,
        "must not be a named pipe, which needs no mount",
    )
}

fn is_pipe(path: &str) -> bool {
    let path = path.replace('/', r"\").to_ascii_lowercase();
    let mut steps = path.split('\\').filter(|step| !step.is_empty());
    let device = steps.next().filter(|_| path.starts_with(r"\\"));
    matches!(device, Some("." | "?")) && steps.next() == Some("pipe")
}
