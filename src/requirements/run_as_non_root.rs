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
