//! `unixSocketMounts`: a HostProcess container reaches Unix domain sockets by their folder.
//!
//! Field: `hostPath.type` of the volumes that a container mounts.
//! Allowed: any type but `Socket`. An address such as `unix://C:\csi\csi.sock` in an environment
//! variable is not a mount.
//! Demanded by: AKS's page on HostProcess containers.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let sockets = pod
        .mounted_host_paths()
        .filter(|volume| volume.path_type == "Socket");
    let places = sockets
        .map(|volume| format!("volumes[{}].hostPath.type", volume.index))
        .collect();
    Finding::at_places(
        Requirement::UnixSocketMounts,
        places,
        "must not be Socket: mount the folder that it lies in",
    )
}
