//! `runAsNonRoot`: it says nothing about Windows accounts.
//!
//! Reads `securityContext.runAsNonRoot` of the pod and of every container.
//! Allows: false or unset.
//! Demanded by: Kubernetes' page on HostProcess pods (the kubelet refuses only
//! the exact name ContainerAdministrator, so SYSTEM would pass for non-root).

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::tape::Ref;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "runAsNonRoot",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "runAsNonRoot is not true, on the pod or any container.",
    short: "runAsNonRoot is true",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let pod = case.pod;
    judge(pod.security.run_as_non_root, pod.spec.0, findings);
    for container in &pod.containers {
        judge(container.security.run_as_non_root, container.at.0, findings);
    }
}

fn judge(value: Option<bool>, owner: Ref<'_>, findings: &mut Findings) {
    if value == Some(true)
        && let Some(detail) = findings.at(owner, "securityContext.runAsNonRoot")
    {
        text::put(
            detail,
            "Invalid value: true: HostProcess containers run as a Windows account, most of them as \
             SYSTEM: leave runAsNonRoot out, runAsUserName names the account",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use alloc::vec::Vec;
    use rstest::rstest;

    const POD: &str = "spec.securityContext.runAsNonRoot";
    const CONTAINER: &str = "spec.containers[0].securityContext.runAsNonRoot";
    const INIT: &str = "spec.initContainers[0].securityContext.runAsNonRoot";
    const EPHEMERAL: &str = "spec.ephemeralContainers[0].securityContext.runAsNonRoot";
    const TRUE: &str = r#"{"securityContext":{"runAsNonRoot":true}}"#;

    #[rstest]
    #[case::unset(r#"{"containers":[{}]}"#, &[], "")]
    #[case::off(
        r#"{"securityContext":{"runAsNonRoot":false},
            "containers":[{"securityContext":{"runAsNonRoot":false}}]}"#,
        &[],
        "",
    )]
    #[case::pod(TRUE, &[POD], POD)]
    #[case::container(&format!(r#"{{"containers":[{TRUE}]}}"#), &[CONTAINER], CONTAINER)]
    #[case::init(&format!(r#"{{"initContainers":[{TRUE}]}}"#), &[INIT], INIT)]
    #[case::ephemeral(&format!(r#"{{"ephemeralContainers":[{TRUE}]}}"#), &[EPHEMERAL], EPHEMERAL)]
    #[case::every_place(
        r#"{"securityContext":{"runAsNonRoot":true},
            "containers":[{"securityContext":{"runAsNonRoot":true}}],
            "initContainers":[{"securityContext":{"runAsNonRoot":true}}]}"#,
        &[POD, INIT, CONTAINER],
        "spec.securityContext.runAsNonRoot and 2 more",
    )]
    fn places(#[case] spec: &str, #[case] paths: &[&str], #[case] warned: &str) {
        let findings = paths.iter().map(|path| {
            format!(
                "{path}: Invalid value: true: HostProcess containers run as a Windows account, \
                 most of them as SYSTEM: leave runAsNonRoot out, runAsUserName names the account"
            )
        });
        let findings: Vec<_> = findings.collect();
        let findings: Vec<_> = findings.iter().map(|finding| &**finding).collect();
        let warning = format!("runAsNonRoot: runAsNonRoot is true ({warned})");
        Question::spec(&REQUIREMENT, spec).assert_says(&findings, &warning);
    }
}
