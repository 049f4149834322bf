//! `allContainers`: a HostProcess pod holds only HostProcess containers.
//!
//! Reads `securityContext.windowsOptions.hostProcess` of the pod and of every
//! container, init container and ephemeral container.
//! Allows: true for all of them, their own or inherited; and where pod and
//! container both say something, the same.
//! Demanded by: the source document (D4) and the API server.

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "allContainers",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "All containers of the pod are HostProcess containers, init and ephemeral ones \
        too, and where pod and container both set hostProcess, they set it alike.",
    short: "HostProcess and other containers are mixed",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let pod = case.pod;
    for container in &pod.containers {
        let own = container.security.host_process;
        let mixed = !pod.is_host_process(container);
        let unequal = own.is_some()
            && pod.security.host_process.is_some()
            && own != pod.security.host_process;
        if !mixed && !unequal {
            continue;
        }
        let field = "securityContext.windowsOptions.hostProcess";
        let Some(detail) = findings.at(container.at.0, field) else {
            continue;
        };
        if mixed {
            text::put(
                detail,
                match own {
                    Some(_) => "Invalid value: false: ",
                    None => "Required value: ",
                },
            );
            container.write_name(detail);
            text::put(
                detail,
                " is no HostProcess container and cannot share a pod with one: all containers of \
                 a pod are, init containers too: make it one, or give it a pod of its own",
            );
        } else {
            text::put(detail, "Invalid value: ");
            container.write_name(detail);
            text::put(
                detail,
                " says true and its pod false: where both are set they have to be equal: leave \
                 one of them out",
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

    const ABSENT: &str = "securityContext.windowsOptions.hostProcess: Required value: ";
    const FALSE: &str = "securityContext.windowsOptions.hostProcess: Invalid value: false: ";
    const MIXED: &str = "is no HostProcess container and cannot share a pod with one: all \
        containers of a pod are, init containers too: make it one, or give it a pod of its own";
    const UNEQUAL: &str = "says true and its pod false: where both are set they have to be equal: \
        leave one of them out";

    /// `pod` and `own` are the flags of the pod and of two containers, the
    /// second of them in `list`; `expected` is about that one, at `place`.
    #[rstest]
    #[case::all_by_themselves("null", "containers", ["true", "true"], "", "")]
    #[case::all_by_the_pod("true", "initContainers", ["null", "null"], "", "")]
    #[case::equal("true", "ephemeralContainers", ["true", "true"], "", "")]
    #[case::absent("null", "containers", ["true", "null"], "....containers[1]",
        &format!("spec.containers[1].{ABSENT}container \"b\" {MIXED}"))]
    #[case::off("null", "containers", ["true", "false"], "....containers[1]",
        &format!("spec.containers[1].{FALSE}container \"b\" {MIXED}"))]
    #[case::off_in_a_pod_that_is_on("true", "containers", ["null", "false"], "....containers[1]",
        &format!("spec.containers[1].{FALSE}container \"b\" {MIXED}"))]
    #[case::init("null", "initContainers", ["true", "null"], "...tContainers[0]",
        &format!("spec.initContainers[0].{ABSENT}init container \"b\" {MIXED}"))]
    #[case::ephemeral("null", "ephemeralContainers", ["true", "false"], "...lContainers[0]",
        &format!("spec.ephemeralContainers[0].{FALSE}ephemeral container \"b\" {MIXED}"))]
    fn flags(
        #[case] pod: &str,
        #[case] list: &str,
        #[case] own: [&str; 2],
        #[case] place: &str,
        #[case] expected: &str,
    ) {
        let context =
            |flag| format!(r#""securityContext":{{"windowsOptions":{{"hostProcess":{flag}}}}}"#);
        let [a, b] = [("a", own[0]), ("b", own[1])]
            .map(|(name, flag)| format!(r#"{{"name":"{name}",{}}}"#, context(flag)));
        let lists = match list {
            "containers" => format!(r#""containers":[{a},{b}]"#),
            _ => format!(r#""containers":[{a}],"{list}":[{b}]"#),
        };
        let warning = format!(
            "allContainers: HostProcess and other containers are mixed \
             ({place}.securityContext.windowsOptions.hostProcess)"
        );
        Question::spec(&REQUIREMENT, &format!("{{{},{lists}}}", context(pod)))
            .assert_says(&[expected][..usize::from(!expected.is_empty())], &warning);
    }

    #[test]
    fn a_container_may_not_say_otherwise_than_its_pod() {
        let question = Question::spec(
            &REQUIREMENT,
            r#"{"securityContext":{"windowsOptions":{"hostProcess":false}},"containers":[
                {"name":"a","securityContext":{"windowsOptions":{"hostProcess":true}}}]}"#,
        );
        question.assert_says(
            &[&format!(
                "spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: \
                 container \"a\" {UNEQUAL}"
            )],
            "allContainers: HostProcess and other containers are mixed \
             (....containers[0].securityContext.windowsOptions.hostProcess)",
        );
    }

    #[test]
    fn the_annotation_makes_every_container_one() {
        let annotation = r#"{"microsoft.com/hostprocess-container":"true"}"#;
        Question::pod(
            &REQUIREMENT,
            format!(
                r#"{{"metadata":{{"annotations":{annotation}}},
                    "spec":{{"containers":[{{"name":"a"}},{{"name":"b"}}]}}}}"#
            ),
        )
        .assert_says(&[], "");
    }
}
