//! `runAsNonRoot`: it says nothing about Windows accounts.
//!
//! Reads `securityContext.runAsNonRoot` of the pod and of every HostProcess container.
//! Allows: false or unset, by the container's own value, else the pod's.
//! Demanded by: Kubernetes' page on HostProcess pods (the kubelet refuses only the exact
//! name ContainerAdministrator, so SYSTEM would pass for non-root).

use super::found;
use crate::finding::Finding;
use crate::pod::Pod;

/// What is wrong with the HostProcess containers of `pod`; a value that they inherit is
/// named once, at the pod.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    const FIELD: &str = "securityContext.runAsNonRoot";
    let of_pod = pod.security_context.run_as_non_root;
    let host_processes = || pod.containers.iter().filter(|c| pod.is_host_process(c));
    let inherits = of_pod == Some(true)
        && host_processes().any(|c| c.security_context.run_as_non_root.is_none());
    let own = host_processes()
        .filter(|c| c.security_context.run_as_non_root == Some(true))
        .map(|c| format!("{}.{FIELD}", c.place()));
    let inherited = inherits.then(|| String::from(FIELD));
    let places = inherited.into_iter().chain(own);
    found::at("runAsNonRoot", places, "must be false or left out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    const POD: &str = "securityContext.runAsNonRoot";
    const A: &str = "containers[0].securityContext.runAsNonRoot";
    const B: &str = "containers[1].securityContext.runAsNonRoot";

    #[rstest]
    #[case::unset(json!(null), json!(null), json!(null), &[])]
    #[case::off(json!(false), json!(false), json!(null), &[])]
    #[case::of_the_pod(json!(true), json!(null), json!(null), &[POD])]
    #[case::of_the_pod_where_one_says_no(json!(true), json!(false), json!(null), &[POD])]
    #[case::of_the_pod_where_all_say_no(json!(true), json!(false), json!(false), &[])]
    #[case::own(json!(false), json!(true), json!(null), &[A])]
    #[case::everywhere(json!(true), json!(null), json!(true), &[POD, B])]
    fn values(#[case] of_pod: Value, #[case] a: Value, #[case] b: Value, #[case] at: &[&str]) {
        let spec = json!({
            "securityContext": {"runAsNonRoot": of_pod, "windowsOptions": {"hostProcess": true}},
            "containers": [
                {"securityContext": {"runAsNonRoot": a}},
                {"securityContext": {"runAsNonRoot": b}},
            ],
        });
        let expected = match at {
            [] => String::new(),
            _ => format!("runAsNonRoot: {}: must be false or left out", at.join(", ")),
        };
        assert_eq!(said(check(&pod(&spec))), expected);
    }

    #[test]
    fn other_containers_may_not_be_there_at_all() {
        let spec = json!({"containers": [
            {"securityContext": {"windowsOptions": {"hostProcess": true}}},
            {"securityContext": {"runAsNonRoot": true}},
        ]});
        assert_eq!(check(&pod(&spec)), None);
    }
}
