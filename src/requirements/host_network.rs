//! `hostNetwork`: a HostProcess pod shares the host's network.
//!
//! Reads `hostNetwork` of the pod spec.
//! Allows: true.
//! Demanded by: the source document (D5) and the API server.

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "hostNetwork",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "The pod spec says hostNetwork: true.",
    short: "a HostProcess pod needs hostNetwork: true",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    if case.pod.host_network == Some(true) {
        return;
    }
    if let Some(detail) = findings.at(case.pod.spec.0, "hostNetwork") {
        text::put(
            detail,
            match case.pod.host_network {
                Some(_) => "Invalid value: false: ",
                None => "Required value: ",
            },
        );
        text::put(
            detail,
            "HostProcess containers run in the host's network and have no other: write \
             hostNetwork: true",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use rstest::rstest;

    const WARNING: &str =
        "hostNetwork: a HostProcess pod needs hostNetwork: true (spec.hostNetwork)";
    const ABSENT: &str = "spec.hostNetwork: Required value: HostProcess containers run in the \
        host's network and have no other: write hostNetwork: true";
    const FALSE: &str = "spec.hostNetwork: Invalid value: false: HostProcess containers run in the \
        host's network and have no other: write hostNetwork: true";

    #[rstest]
    #[case::shared(r#"{"hostNetwork":true}"#, &[])]
    #[case::absent("{}", &[ABSENT])]
    #[case::null(r#"{"hostNetwork":null}"#, &[ABSENT])]
    #[case::not_shared(r#"{"hostNetwork":false}"#, &[FALSE])]
    fn host_networks(#[case] spec: &str, #[case] expected: &[&str]) {
        Question::spec(&REQUIREMENT, spec).assert_says(expected, WARNING);
    }
}
