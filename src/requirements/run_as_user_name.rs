//! `runAsUserName`: every HostProcess container runs as an account that Windows can know.
//!
//! Fields: `securityContext.windowsOptions.runAsUserName` of the pod and of each container, and the
//! annotation `microsoft.com/hostprocess-inherit-user`, which makes the account SYSTEM.
//! Allowed: an account for every HostProcess container: its own, the pod's, or SYSTEM by the
//! annotation. Every account in the pod spec has the form that the API server accepts.
//! Demanded by: AKS's page on HostProcess containers and Kubernetes' page on HostProcess pods. The
//! API server demands the form.

use crate::matching::account;
use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::container::Container;
use crate::workload::pod::{Pod, RUN_AS_USER_NAME};

const NAME_AN_ACCOUNT: &str = r"must name an account, like NT AUTHORITY\SYSTEM";

/// A `runAsUserName` that is missing or malformed.
struct WrongAccount {
    /// The field that has the account, or that lacks it.
    place: String,
    problem: String,
}

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut wrong_accounts = Vec::new();
    // If no HostProcess container has an account, the pod needs one, and that is enough for all of
    // them. The same is true if a container that is not listed has none. Otherwise each container that
    // has none needs its own.
    let pod_needs_account = all_lack_an_account(pod) || unlisted_lacks_an_account(pod);
    let account_of_pod = pod.security_context.run_as_user_name;
    if let Some(problem) = find_problem(account_of_pod, pod_needs_account) {
        let place = String::from(RUN_AS_USER_NAME);
        wrong_accounts.push(WrongAccount { place, problem });
    }

    for container in &pod.containers {
        let needs_account = lacks_account(pod, container) && !pod_needs_account;
        let account = container.security_context.run_as_user_name;
        if let Some(problem) = find_problem(account, needs_account) {
            let place = format!("{}.{RUN_AS_USER_NAME}", container.place());
            wrong_accounts.push(WrongAccount { place, problem });
        }
    }

    let problem = summarize_problems(&wrong_accounts)?.to_owned();
    let places = wrong_accounts.into_iter().map(|wrong| wrong.place);
    Finding::at_places(Requirement::RunAsUserName, places.collect(), problem)
}

/// Returns what is wrong with the `account` of a pod or a container; `None` if nothing is wrong.
/// An account that is absent is wrong only if it `is_needed`.
fn find_problem(account: Option<&str>, is_needed: bool) -> Option<String> {
    match account {
        Some(account) => account::check(account).err().map(|error| error.to_string()),
        None if is_needed => Some(String::from(NAME_AN_ACCOUNT)),
        None => None,
    }
}

/// Returns true if `pod` has HostProcess containers, and none of them has an account.
fn all_lack_an_account(pod: &Pod<'_>) -> bool {
    let has_host_processes = pod.host_processes().next().is_some();
    has_host_processes
        && pod
            .host_processes()
            .all(|container| lacks_account(pod, container))
}

/// Returns true if a container that is not listed in the pod spec is a HostProcess container, and has no
/// account.
fn unlisted_lacks_an_account(pod: &Pod<'_>) -> bool {
    let mut containers = pod.containers.iter();
    containers.any(|container| !container.is_listed() && lacks_account(pod, container))
}

fn lacks_account(pod: &Pod<'_>, container: &Container<'_>) -> bool {
    pod.is_host_process(container) && pod.run_as_user_name(container).is_none()
}

/// Returns one problem for all `accounts`: the one that they share. If their problems differ, returns
/// [`NAME_AN_ACCOUNT`], because that is true for each of them. `None` if there are no accounts.
fn summarize_problems(accounts: &[WrongAccount]) -> Option<&str> {
    let first = accounts.first()?.problem.as_str();
    let is_shared = accounts.iter().all(|wrong| wrong.problem == first);
    Some(if is_shared { first } else { NAME_AN_ACCOUNT })
}
