//! `allContainers`: a HostProcess pod holds only HostProcess containers.
//!
//! Reads `securityContext.windowsOptions.hostProcess` of the pod and of every container, and
//! the annotation `microsoft.com/hostprocess-container`.
//! Allows: HostProcess for all of them, by their own value or the pod's; and where pod and
//! container both have a value, the same. A container that is not listed has the pod's.
//! Demanded by: the source document (D4) and the API server.

use super::found;
use crate::container::{Container, Role};
use crate::finding::Finding;
use crate::pod::{HOST_PROCESS, Pod};

/// What is wrong with the containers of `pod`, and with its own value.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let of_pod = pod.security_context.host_process;
    let own = |container: &Container<'_>| container.security_context.host_process;
    let contradicts_the_pod =
        |container: &Container<'_>| of_pod == Some(true) && own(container) == Some(false);
    let mut pod_is_wrong = false;
    let mut places = Vec::new();
    for container in &pod.containers {
        if of_pod == Some(false) && own(container) == Some(true) {
            pod_is_wrong = true;
        }
        if pod.is_host_process(container) && !contradicts_the_pod(container) {
            continue;
        }
        match container.role {
            Role::Unknown => pod_is_wrong = true,
            _ => places.push(container.title()),
        }
    }
    if pod_is_wrong {
        places.insert(0, String::from(HOST_PROCESS));
    }
    let problem = "must say hostProcess: true, like all containers of a pod";
    found::at("allContainers", places, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{annotated, places, pod};
    use rstest::rstest;
    use serde_json::{Value, json};

    const A: &str = r#"containers[0] "a""#;
    const B: &str = r#"containers[1] "b""#;

    fn flag(value: &Value) -> Value {
        json!({"windowsOptions": {"hostProcess": value}})
    }

    #[rstest]
    #[case::all_by_themselves(json!(null), json!(true), json!(true), &[])]
    #[case::all_by_the_pod(json!(true), json!(null), json!(null), &[])]
    #[case::equal(json!(true), json!(true), json!(null), &[])]
    #[case::absent(json!(null), json!(true), json!(null), &[B])]
    #[case::off(json!(null), json!(true), json!(false), &[B])]
    #[case::off_in_a_pod_that_is_on(json!(true), json!(null), json!(false), &[B])]
    #[case::on_in_a_pod_that_is_off(json!(false), json!(true), json!(true), &[HOST_PROCESS])]
    #[case::mixed_in_a_pod_that_is_off(json!(false), json!(true), json!(null), &[HOST_PROCESS, B])]
    #[case::only_the_pod_is_on(json!(true), json!(false), json!(false), &[A, B])]
    fn flags(#[case] of_pod: Value, #[case] a: Value, #[case] b: Value, #[case] wrong: &[&str]) {
        let spec = json!({"securityContext": flag(&of_pod), "containers": [
            {"name": "a", "securityContext": flag(&a)},
            {"name": "b", "securityContext": flag(&b)},
        ]});
        assert_eq!(places(check(&pod(&spec))), wrong);
    }

    #[rstest]
    #[case::init("initContainers", r#"initContainers[0] "i""#)]
    #[case::ephemeral("ephemeralContainers", r#"ephemeralContainers[0] "i""#)]
    fn other_lists(#[case] list: &str, #[case] wrong: &str) {
        let on = json!({"securityContext": flag(&json!(true))});
        let spec = json!({"containers": [on], list: [{"name": "i"}]});
        assert_eq!(places(check(&pod(&spec))), [wrong]);
    }

    #[rstest]
    #[case::of_a_pod_that_is_on(json!(true), &[])]
    #[case::of_a_pod_that_says_nothing(json!(null), &[HOST_PROCESS])]
    fn containers_that_are_not_listed(#[case] of_pod: Value, #[case] wrong: &[&str]) {
        let init = json!({"securityContext": flag(&json!(true))});
        let spec = json!({"securityContext": flag(&of_pod), "initContainers": [init]});
        assert_eq!(places(check(&pod(&spec))), wrong);
    }

    #[test]
    fn the_annotation_makes_every_container_one() {
        let metadata = json!({"annotations": {"microsoft.com/hostprocess-container": "true"}});
        let spec = json!({"containers": [{}, {"securityContext": flag(&json!(false))}]});
        assert_eq!(check(&annotated(&metadata, &spec)), None);
    }
}
