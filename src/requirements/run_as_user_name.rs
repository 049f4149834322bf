//! `runAsUserName`: every HostProcess container runs as an account that Windows can know.
//!
//! Field: `securityContext.windowsOptions.runAsUserName` of the pod and of each container, and the
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

const MISSING: &str = r"must name an account, like NT AUTHORITY\SYSTEM";

/// A `runAsUserName` that is missing or malformed.
struct WrongAccount {
    /// The field that has the account, or that lacks it.
    place: String,
    problem: String,
}

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut wrong_accounts = Vec::new();
    // If all HostProcess containers lack an account, only the pod is named, not each container.
    let is_missing_at_the_pod = all_lack_an_account(pod);
    let account_of_pod = pod.security_context.run_as_user_name;
    if let Some(problem) = problem_of(account_of_pod, is_missing_at_the_pod) {
        let place = String::from(RUN_AS_USER_NAME);
        wrong_accounts.push(WrongAccount { place, problem });
    }

    for container in &pod.containers {
        let is_missing = !is_missing_at_the_pod && lacks_account(pod, container);
        let account = container.security_context.run_as_user_name;
        if let Some(problem) = problem_of(account, is_missing) {
            let place = format!("{}.{RUN_AS_USER_NAME}", container.place());
            wrong_accounts.push(WrongAccount { place, problem });
        }
    }

    let problem = shared_problem(&wrong_accounts)?.to_owned();
    let places = wrong_accounts.into_iter().map(|wrong| wrong.place);
    Finding::at_places(Requirement::RunAsUserName, places.collect(), problem)
}

/// Returns what is wrong with the account of a pod or a container; `None` if nothing is wrong.
/// `is_missing` says that there has to be an account of which nothing is written.
fn problem_of(account: Option<&str>, is_missing: bool) -> Option<String> {
    if let Some(account) = account
        && let Err(error) = account::check(account)
    {
        return Some(error.to_string());
    }
    if is_missing {
        return Some(String::from(MISSING));
    }
    None
}

/// Returns true if `pod` has HostProcess containers, and none of them has an account.
fn all_lack_an_account(pod: &Pod<'_>) -> bool {
    let has_host_processes = pod.host_processes().next().is_some();
    has_host_processes
        && pod
            .host_processes()
            .all(|container| lacks_account(pod, container))
}

fn lacks_account(pod: &Pod<'_>, container: &Container<'_>) -> bool {
    pod.is_host_process(container) && pod.run_as_user_name(container).is_none()
}

/// Returns the problem that all `accounts` share; `None` if there are no accounts. If their problems
/// differ, it returns [`MISSING`], because that says what each of them must be.
fn shared_problem(accounts: &[WrongAccount]) -> Option<&str> {
    let first = &*accounts.first()?.problem;
    let is_shared = accounts.iter().all(|wrong| wrong.problem == first);
    Some(if is_shared { first } else { MISSING })
}
