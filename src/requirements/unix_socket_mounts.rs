//! `unixSocketMounts`: Unix domain sockets are reached by the folder that they lie in. Allows any
//! `hostPath` type but `Socket`; a volume that no container mounts is no matter, nor is an address
//! like `unix://C:\csi\csi.sock` in a variable. Demanded by: AKS's page on HostProcess containers.

use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let sockets = pod
        .mounted_host_paths()
        .filter(|volume| volume.kind == "Socket");
    let places = sockets
        .map(|volume| format!("volumes[{}].hostPath.type", volume.index))
        .collect();
    let problem = "must not be Socket: mount the folder that it lies in";
    Finding::at("unixSocketMounts", places, problem)
}
