//! `namedPipeMounts`: named pipes are reached without a mount.
//!
//! Reads `volumes[*].hostPath.path` and the `volumeMounts` of every container.
//! Allows: any host path but one to a named pipe (`\\.\pipe\...`, in any case
//! and with either slash); a volume that no container mounts is no matter.
//! Demanded by: the source document (D11); the runtime fails such a mount.

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::pod::{Container, HostPath, Pod};
use crate::settings::Mode;
use crate::table::Table;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "namedPipeMounts",
    default: Mode::Deny,
    needs_nodes: false,
    description: "No container mounts a hostPath volume of a named pipe.",
    short: "a named pipe is mounted",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    for (volume, container) in mounted(case.pod, |volume| is_named_pipe(volume.path)) {
        if let Some(detail) = findings.at(volume.at.0, "hostPath.path") {
            text::put(detail, "Invalid value: ");
            text::push_quoted(detail, volume.path);
            text::put(detail, ": ");
            container.write_name(detail);
            text::put(
                detail,
                " mounts a named pipe, which HostProcess containers cannot: it reaches the pipe \
                 at this host path without a mount; remove the mount",
            );
        }
    }
}

/// The host paths that `wanted` picks and a container mounts, each with the
/// first container that does.
pub(super) fn mounted<'p, 't>(
    pod: &'p Pod<'t>,
    wanted: fn(&HostPath<'t>) -> bool,
) -> impl Iterator<Item = (&'p HostPath<'t>, &'p Container<'t>)> {
    let any = pod.host_paths.iter().any(wanted);
    let containers = if any { &pod.containers[..] } else { &[] };
    let count = containers.iter().map(|container| container.mounts.len());
    let mut mounts = Table::for_names(count.sum());
    for container in containers {
        for mount in &container.mounts {
            mounts.insert(mount, container);
        }
    }
    pod.host_paths
        .iter()
        .filter(move |volume| wanted(volume))
        .filter_map(move |volume| Some((volume, mounts.get(volume.name)?)))
}

/// Whether `path` begins with `\\.\pipe\`, whichever way it is written.
fn is_named_pipe(path: &str) -> bool {
    let mut bytes = path.bytes();
    br"\\.\pipe\".iter().all(|wanted| {
        bytes.next().is_some_and(|found| {
            let found = if found == b'/' { b'\\' } else { found };
            found.eq_ignore_ascii_case(wanted)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::pipe(r"\\.\pipe\csi-proxy-volume-v1", true)]
    #[case::slashes("//./pipe/csi-proxy", true)]
    #[case::mixed_slashes(r"\/.\pipe/x", true)]
    #[case::upper_case(r"\\.\PIPE\x", true)]
    #[case::folder(r"C:\var\lib\kubelet", false)]
    #[case::rooted(r"\var\lib\kubelet", false)]
    #[case::folder_called_pipe(r"C:\pipe\x", false)]
    #[case::other_device(r"\\.\PhysicalDrive0", false)]
    #[case::lookalike(r"\\.\pipes\x", false)]
    #[case::empty("", false)]
    fn spellings_of_named_pipes(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_named_pipe(path), expected);
    }
}
