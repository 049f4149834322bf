//! `namedPipeMounts`: a HostProcess container reaches named pipes without a mount.
//!
//! Field: `hostPath.path` of the volumes that a container mounts.
//! Allowed: any path but that of a named pipe: `\\.\pipe\...`, `\\?\pipe\...`, `\\HOST\pipe\...` with any
//! host, or `\\.\GLOBALROOT\Device\NamedPipe\...`. Upper and lower case are the same, and so are `/` and `\`. More slashes in a row change
//! nothing.
//! Demanded by: AKS's page on HostProcess containers. The runtime fails such a mount.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let pipes = pod
        .mounted_host_paths()
        .filter(|volume| is_named_pipe(volume.path));
    let places = pipes
        .map(|volume| format!("volumes[{}].hostPath.path", volume.index))
        .collect();
    Finding::at_places(
        Requirement::NamedPipeMounts,
        places,
        "must not be a named pipe, which needs no mount",
    )
}

fn is_named_pipe(path: &str) -> bool {
    let path = path.replace('/', r"\").to_ascii_lowercase();
    if !path.starts_with(r"\\") {
        return false;
    }
    // The first component is `.`, `?` or a host. Windows resolves `..` behind it.
    let mut components = Vec::new();
    for component in path.split('\\').filter(|component| !component.is_empty()) {
        match component {
            ".." if components.len() > 1 => {
                components.pop();
            }
            _ => components.push(component),
        }
    }
    match components[..] {
        [_, "pipe", ..] => true,
        // The name of the device behind the others.
        [_, "globalroot", "device", "namedpipe", ..] => true,
        _ => false,
    }
}
