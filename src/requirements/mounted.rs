//! Which host paths the containers of a pod mount.

use std::collections::BTreeSet;

use crate::pod::{HostPathVolume, Pod};

/// The places of the `field` of each `hostPath` that a container mounts and that is `wrong`:
/// `volumes[2].hostPath.path`.
pub fn host_paths(
    pod: &Pod<'_>,
    field: &str,
    wrong: impl Fn(&HostPathVolume<'_>) -> bool,
) -> Vec<String> {
    let mounts = pod.containers.iter().flat_map(|container| &container.volume_mounts);
    let mut mounted = BTreeSet::new();
    mounted.extend(mounts.copied());
    pod.host_path_volumes
        .iter()
        .filter(|volume| mounted.contains(volume.name) && wrong(volume))
        .map(|volume| format!("volumes[{}].hostPath.{field}", volume.index))
        .collect()
}
