//! `namedPipeMounts`: a HostProcess container reaches named pipes without a mount.
//!
//! Field: `hostPath.path` of the volumes that a container mounts.
//! Allowed: any path but those of named pipes below.
//!
//! | path | |
//! |---|---|
//! | `\\.\pipe\...`, `\\?\pipe\...` | on the node |
//! | `\\HOST\pipe\...`, `\\?\UNC\HOST\pipe\...` | on any host |
//! | `\\.\GLOBALROOT\Device\NamedPipe\...` | the device that all these names stand for |
//!
//! Upper and lower case are the same, and so are `/` and `\`. More slashes in a row change nothing, nor
//! do detours by `.` and `..`. Demanded by: AKS's page on HostProcess containers. The runtime fails
//! such a mount.

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
    // The first name is `.`, `?` or a host. Windows resolves `.` and `..` behind it.
    let names = path.split('\\').filter(|name| !name.is_empty()).skip(1);
    let mut resolved = Vec::new();
    for name in names {
        match name {
            "." => {}
            ".." => {
                resolved.pop();
            }
            _ => resolved.push(name),
        }
    }
    matches!(
        resolved[..],
        ["pipe", ..] | ["unc", _, "pipe", ..] | ["globalroot", "device", "namedpipe", ..]
    )
}
