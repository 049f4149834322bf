//! `rootfsLocation`: only the runtime chooses the folder of the node that becomes a container's root.
//!
//! Annotation: `microsoft.com/hostprocess-rootfs-location`.
//! Allowed: no such annotation, whatever its value.
//! Demanded by: AKS's page on HostProcess containers.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let annotation = pod.annotations.rootfs_location.as_ref()?;
    Some(Finding::at_field(
        Requirement::RootfsLocation,
        &annotation.path,
        "must not be there",
    ))
}
