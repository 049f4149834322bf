//! `runAsUserName`: every HostProcess container has an account that Windows can know. Allows an
//! effective account for every HostProcess container (its own, the pod's, or SYSTEM where the
//! annotation `microsoft.com/hostprocess-inherit-user` makes it so), and wherever one is written,
//! only names of the form that the API server accepts. Demanded by: AKS's page on HostProcess
//! containers, Kubernetes' page on HostProcess pods, and for the form the API server.

use crate::matching::account;
use crate::requirements::finding::Finding;
use crate::workload::pod::{Pod, RUN_AS_USER_NAME};

const MISSING: &str = r"must name an account, like NT AUTHORITY\SYSTEM";

/// What is wrong with the accounts of `pod`: one that is missing everywhere is missed at the
/// pod. Where the places have different problems, it says what is right for all of them.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let none_has_one = pod.host_processes().next().is_some()
        && pod
            .host_processes()
            .all(|one| pod.run_as_user_name(one).is_none());
    let mut places = Vec::new();
    let mut problems = Vec::new();
    let mut note = |place: &str, own: Option<&str>, is_missing: bool| {
        let malformed = own.and_then(account::malformed);
        if let Some(problem) = malformed.or(is_missing.then_some(MISSING)) {
            places.push(format!("{place}{RUN_AS_USER_NAME}"));
            problems.push(problem);
        }
    };
    note("", pod.security_context.run_as_user_name, none_has_one);
    for one in &pod.containers {
        let has_none = pod.is_host_process(one) && pod.run_as_user_name(one).is_none();
        let place = format!("{}.", one.place());
        note(
            &place,
            one.security_context.run_as_user_name,
            has_none && !none_has_one,
        );
    }
    let shared = problems
        .first()
        .filter(|one| problems.iter().all(|other| other == *one));
    Finding::at("runAsUserName", places, shared.unwrap_or(&MISSING))
}
