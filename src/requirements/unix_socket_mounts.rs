//! `unixSocketMounts`: Unix domain sockets are not mounted.
//!
//! Reads `volumes[*].hostPath.type` and the `volumeMounts` of every container.
//! Allows: any type but `Socket`; a volume that no container mounts is no
//! matter, nor is an address like `unix://C:\csi\csi.sock` in a variable.
//! Demanded by: the source document (D11).

use super::named_pipe_mounts::mounted_host_paths;
use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "unixSocketMounts",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "No container mounts a hostPath volume of the type Socket.",
    short: "a Unix domain socket is mounted",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let sockets = mounted_host_paths(case.pod, "type", |kind| kind == "Socket");
    for (volume, _, container) in sockets {
        if let Some(detail) = findings.at(volume, "hostPath.type") {
            text::put(detail, "Invalid value: \"Socket\": ");
            container.write_name(detail);
            text::put(
                detail,
                " mounts a Unix domain socket, which HostProcess containers cannot: mount the \
                 folder it lies in, or let the container open it at its host path",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    const MOUNTED: &str = r#""containers":[{"name":"a","volumeMounts":[{"name":"csi"}]}]"#;

    #[rstest]
    #[case::mounted("Socket", MOUNTED, Some("container \"a\""))]
    #[case::by_an_init_container(
        "Socket",
        r#""initContainers":[{"name":"b","volumeMounts":[{"name":"x"},{"name":"csi"}]}]"#,
        Some("init container \"b\"")
    )]
    #[case::folder("Directory", MOUNTED, None)]
    #[case::other_case("socket", MOUNTED, None)]
    #[case::not_mounted("Socket", r#""containers":[{"volumeMounts":[{"name":"x"}]}]"#, None)]
    #[case::in_a_variable(
        "Socket",
        r#""containers":[{"env":[{"name":"CSI","value":"unix://C:\\csi\\csi.sock"}]}]"#,
        None
    )]
    fn mounts(#[case] kind: &str, #[case] lists: &str, #[case] by: Option<&str>) {
        let spec = format!(
            r#"{{{lists},"volumes":[{{"name":"x","emptyDir":{{}}}},
                {{"name":"csi","hostPath":{{"path":"C:\\csi\\csi.sock","type":"{kind}"}}}}]}}"#
        );
        let finding = by.map(|container| {
            format!(
                "spec.volumes[1].hostPath.type: Invalid value: \"Socket\": {container} mounts a \
                 Unix domain socket, which HostProcess containers cannot: mount the folder it lies \
                 in, or let the container open it at its host path"
            )
        });
        Question::spec(&REQUIREMENT, &spec).assert_says(
            finding.as_deref().as_slice(),
            "unixSocketMounts: a Unix domain socket is mounted (spec.volumes[1].hostPath.type)",
        );
    }
}
