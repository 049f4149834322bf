//! `namedPipeMounts`: named pipes are reached without a mount.
//!
//! Reads `volumes[*].hostPath.path` and the `volumeMounts` of every container.
//! Allows: any host path but one to a named pipe (`\\.\pipe\...`, in any case
//! and with either slash); a volume that no container mounts is no matter.
//! Demanded by: the source document (D11); the runtime fails such a mount.

use alloc::vec::Vec;

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::pod::{Container, Pod};
use crate::settings::Mode;
use crate::tape::Ref;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "namedPipeMounts",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "No container mounts a hostPath volume of a named pipe.",
    short: "a named pipe is mounted",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    for (volume, path, container) in mounted_host_paths(case.pod, "path", is_named_pipe) {
        if let Some(detail) = findings.at(volume, "hostPath.path") {
            text::put(detail, "Invalid value: ");
            text::push_quoted(detail, path);
            text::put(detail, ": ");
            container.write_name(detail);
            text::put(
                detail,
                " mounts a named pipe, which HostProcess containers cannot: it reaches the pipe \
                 at this host path without a mount: remove the mount",
            );
        }
    }
}

/// How many volumes are looked up among the mounts. A pod with more of this kind
/// is refused for all of them, mounted or not.
const MOST_LOOKED_UP: usize = 64;

/// The volumes whose `hostPath` has a `field` that is `wanted`, and which a
/// container mounts: each with that field and the first container that does.
pub(super) fn mounted_host_paths<'p, 't>(
    pod: &'p Pod<'t>,
    field: &str,
    wanted: fn(&str) -> bool,
) -> Vec<(Ref<'t>, &'t str, &'p Container<'t>)> {
    let mut found = Vec::new();
    let mut looked_up = 0;
    for volume in pod.volumes {
        let value = volume.object("hostPath").and_then(|path| path.text(field));
        let Some(value) = value.filter(|value| wanted(value)) else {
            continue;
        };
        looked_up += 1;
        let name = volume.text("name").unwrap_or_default();
        let mounts = |container: &&Container<'_>| {
            let named = |mount: Ref<'_>| mount.text("name").unwrap_or_default() == name;
            looked_up > MOST_LOOKED_UP || { container.mounts }.any(named)
        };
        if let Some(container) = pod.containers.iter().find(mounts) {
            found.push((volume, value, container));
        }
    }
    found
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
    use crate::requirements::tests::Question;
    use alloc::format;
    use alloc::string::String;
    use rstest::rstest;

    fn pipe(volume: &str) -> String {
        format!(r#"{{"name":"{volume}","hostPath":{{"path":"\\\\.\\pipe\\x"}}}}"#)
    }

    fn finding(index: usize, container: &str) -> String {
        format!(
            r#"spec.volumes[{index}].hostPath.path: Invalid value: "\\\\.\\pipe\\x": {container} mounts a named pipe, which HostProcess containers cannot: it reaches the pipe at this host path without a mount: remove the mount"#
        )
    }

    const MOUNTED: &str = r#""containers":[{"name":"a","volumeMounts":[{"name":"v"}]}]"#;

    #[rstest]
    #[case::mounted(MOUNTED, Some("container \"a\""))]
    #[case::twice(
        r#""containers":[{"name":"a","volumeMounts":[{"name":"v"}]},
            {"name":"b","volumeMounts":[{"name":"v"}]}]"#,
        Some("container \"a\"")
    )]
    #[case::by_an_ephemeral_container(
        r#""ephemeralContainers":[{"name":"e","volumeMounts":[{"name":"v"}]}]"#,
        Some("ephemeral container \"e\"")
    )]
    #[case::not_mounted(r#""containers":[{"volumeMounts":[{"name":"w"}]}]"#, None)]
    fn mounts(#[case] lists: &str, #[case] by: Option<&str>) {
        let spec = format!(r#"{{{lists},"volumes":[{}]}}"#, pipe("v"));
        let finding = by.map(|container| finding(0, container));
        Question::spec(&REQUIREMENT, &spec).assert_says(
            finding.as_deref().as_slice(),
            "namedPipeMounts: a named pipe is mounted (spec.volumes[0].hostPath.path)",
        );
    }

    #[test]
    fn volumes_are_looked_up_among_the_mounts_up_to_a_number() {
        for (count, found) in [(64, 0), (65, 1), (66, 2)] {
            let volumes = [&*pipe("v")].repeat(count).join(",");
            let spec = format!(r#"{{"containers":[{{"name":"a"}}],"volumes":[{volumes}]}}"#);
            let findings = [
                finding(64, "container \"a\""),
                finding(65, "container \"a\""),
            ];
            let findings = findings.each_ref().map(|finding| &**finding);
            let more = ["", "", " and 1 more"][found];
            Question::spec(&REQUIREMENT, &spec).assert_says(
                &findings[..found],
                &format!(
                    "namedPipeMounts: a named pipe is mounted \
                     (spec.volumes[64].hostPath.path{more})"
                ),
            );
        }
    }

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
