//! `rootfsLocation`: the container's root stays where the runtime puts it. Allows no annotation
//! `microsoft.com/hostprocess-rootfs-location`, whatever it says. Demanded by: AKS's page on
//! HostProcess containers (nothing but the runtime may choose the host path that becomes the root).

use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let places = pod
        .rootfs_location
        .iter()
        .map(|annotation| annotation.path.clone());
    Finding::at("rootfsLocation", places.collect(), "must not be there")
}
