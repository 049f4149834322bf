//! `runAsUserName`: every HostProcess container has an account that Windows can know.
//!
//! Reads `securityContext.windowsOptions.runAsUserName` of the pod and of every container,
//! and the annotation `microsoft.com/hostprocess-inherit-user`.
//! Allows: an effective account for every HostProcess container (its own, the pod's, or
//! SYSTEM where the annotation makes it so), and wherever one is written, only names of the
//! form that the API server accepts.
//! Demanded by: the source document (D9), Kubernetes' page on HostProcess pods, and for the
//! form the API server.

use super::found;
use crate::account;
use crate::container::{Container, SecurityContext};
use crate::finding::Finding;
use crate::pod::{Pod, RUN_AS_USER_NAME};

/// What is wrong with the accounts of `pod`: one that is missing everywhere is missed at the
/// pod. Where the places have different problems, it says what is right for all of them.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    const MISSING: &str = r"must name an account, like NT AUTHORITY\SYSTEM";
    let malformed =
        |context: &SecurityContext<'_>| context.run_as_user_name.and_then(account::malformed);
    let has_none = |container: &Container<'_>| {
        pod.is_host_process(container) && pod.run_as_user_name(container).is_none()
    };
    let has_one = |container: &Container<'_>| {
        pod.is_host_process(container) && pod.run_as_user_name(container).is_some()
    };
    let containers = &pod.containers;
    let none_has_one = containers.iter().any(has_none) && !containers.iter().any(has_one);

    let mut wrong = Vec::new();
    let of_pod = malformed(&pod.security_context).or(none_has_one.then_some(MISSING));
    wrong.extend(of_pod.map(|problem| (String::from(RUN_AS_USER_NAME), problem)));
    for container in containers {
        let is_missing = !none_has_one && has_none(container);
        let problem = malformed(&container.security_context).or(is_missing.then_some(MISSING));
        let field = || format!("{}.{RUN_AS_USER_NAME}", container.place());
        wrong.extend(problem.map(|problem| (field(), problem)));
    }
    let (places, problems): (Vec<_>, Vec<_>) = wrong.into_iter().unzip();
    let problem = match &problems[..] {
        [one, others @ ..] if others.iter().all(|other| other == one) => one,
        _ => MISSING,
    };
    found::at("runAsUserName", places, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{annotated, places, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    const FIELD: &str = RUN_AS_USER_NAME;
    const A: &str = "containers[0].securityContext.windowsOptions.runAsUserName";
    const B: &str = "containers[1].securityContext.windowsOptions.runAsUserName";
    const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

    /// A `securityContext` of a HostProcess container.
    fn runs_as(account: &Value) -> Value {
        json!({"windowsOptions": {"hostProcess": true, "runAsUserName": account}})
    }

    /// The finding for a pod and its two containers with these accounts.
    fn found(inherit: &str, of_pod: &Value, [a, b]: [&Value; 2]) -> Option<Finding> {
        let metadata = json!({"annotations": {"microsoft.com/hostprocess-inherit-user": inherit}});
        let spec = json!({"securityContext": runs_as(of_pod), "containers": [
            {"name": "a", "securityContext": runs_as(a)},
            {"name": "b", "securityContext": runs_as(b)},
        ]});
        check(&annotated(&metadata, &spec))
    }

    #[rstest]
    #[case::own(json!(null), json!(SYSTEM), json!("Administrators"), &[])]
    #[case::of_the_pod(json!(SYSTEM), json!(null), json!(null), &[])]
    #[case::one_is_missing(json!(null), json!(SYSTEM), json!(null), &[B])]
    #[case::all_are_missing(json!(null), json!(null), json!(null), &[FIELD])]
    #[case::malformed(json!(null), json!(SYSTEM), json!(r"a\b\c"), &[B])]
    #[case::malformed_of_the_pod(json!(""), json!(null), json!(null), &[FIELD])]
    #[case::malformed_and_of_no_use(json!(""), json!(SYSTEM), json!(SYSTEM), &[FIELD])]
    #[case::one_is_malformed_the_other_missing(json!(null), json!(""), json!(null), &[A, B])]
    fn accounts(#[case] of_pod: Value, #[case] a: Value, #[case] b: Value, #[case] at: &[&str]) {
        assert_eq!(places(found("false", &of_pod, [&a, &b])), at);
    }

    #[rstest]
    #[case::nothing_is_asked("true", json!(null), &[])]
    #[case::but_the_form_of_what_is_written("true", json!(""), &[A])]
    #[case::other_values_inherit_nothing("True", json!(null), &[FIELD])]
    fn accounts_inherited_from_the_runtime(
        #[case] inherit: &str,
        #[case] own: Value,
        #[case] at: &[&str],
    ) {
        assert_eq!(places(found(inherit, &json!(null), [&own, &json!(null)])), at);
    }

    #[rstest]
    #[case::missing(json!(null), r"must name an account, like NT AUTHORITY\SYSTEM")]
    #[case::malformed(json!(""), account::malformed("").unwrap_or_default())]
    #[case::both(json!(r"a\b\c"), r"must name an account, like NT AUTHORITY\SYSTEM")]
    fn problems(#[case] of_pod: Value, #[case] problem: &str) {
        let other = if of_pod == json!(r"a\b\c") { json!("") } else { of_pod.clone() };
        let finding = found("", &of_pod, [&json!(null), &other]);
        assert_eq!(finding.map(|finding| finding.problem).as_deref(), Some(problem));
    }

    /// What other containers may not be there is the matter of `allContainers`.
    #[rstest]
    #[case::of_another_container(
        json!({"containers": [{"securityContext": runs_as(&json!(SYSTEM))}, {"name": "b"}]}), ""
    )]
    #[case::of_containers_that_are_not_listed(
        json!({"securityContext": runs_as(&json!(null))}),
        r"runAsUserName: securityContext.windowsOptions.runAsUserName: must name an account, like NT AUTHORITY\SYSTEM"
    )]
    fn no_account(#[case] spec: Value, #[case] expected: &str) {
        assert_eq!(said(check(&annotated(&Value::Null, &spec))), expected);
    }
}
