//! `runAsUserName`: every container has an account that Windows can know.
//!
//! Reads `securityContext.windowsOptions.runAsUserName` of the pod and of every
//! container, and the annotation `microsoft.com/hostprocess-inherit-user`.
//! Allows: an effective account for every container (its own, the pod's, or
//! SYSTEM where the annotation makes it so), and only names of the form that
//! the API server accepts wherever one is written.
//! Demanded by: the source document (D9), Kubernetes' page on HostProcess pods,
//! and for the form the API server.

use alloc::string::String;

use super::{Case, Requirement};
use crate::account;
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "runAsUserName",
    default: Mode::Deny,
    needs_nodes: false,
    description: "Every container has an account, its own or the pod's, of a form that the API \
        server accepts.",
    short: "no valid runAsUserName",
    check,
};

const FIELD: &str = "securityContext.windowsOptions.runAsUserName";

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let pod = case.pod;
    if let Some((account, problem)) = malformed(pod.security.account)
        && let Some(detail) = findings.at(pod.spec.0, FIELD)
    {
        invalid(account, problem, detail);
    }
    for container in &pod.containers {
        if let Some((account, problem)) = malformed(container.security.account) {
            if let Some(detail) = findings.at(container.at.0, FIELD) {
                invalid(account, problem, detail);
            }
        } else if pod.account(container).is_none()
            && let Some(detail) = findings.at(container.at.0, FIELD)
        {
            text::put(detail, "Required value: ");
            container.write_name(detail);
            text::put(
                detail,
                " has no account: a HostProcess container names the one it runs as, itself or \
                 its pod, such as NT AUTHORITY\\SYSTEM",
            );
        }
    }
}

/// The account and what is wrong with its form, if something is.
fn malformed(account: Option<&str>) -> Option<(&str, &'static str)> {
    let account = account?;
    Some((account, account::problem(account)?))
}

fn invalid(account: &str, problem: &str, detail: &mut String) {
    text::put(detail, "Invalid value: ");
    text::push_quoted(detail, account);
    text::put(detail, ": ");
    text::put(detail, problem);
}
