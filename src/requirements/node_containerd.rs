//! `nodeContainerd`: the nodes' container runtime can run HostProcess.
//!
//! Reads `status.nodeInfo.containerRuntimeVersion` of the cluster's Windows
//! nodes that the pod's nodeSelector and nodeName can reach.
//! Allows: containerd, of the setting `minimumVersions.containerd` and above.
//! Demanded by: the source document (D3: containerd 1.6, better 1.7).

use super::node_version::Demand;
use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::version::Version;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "nodeContainerd",
    default: Mode::Off,
    needs_nodes: true,
    judges_strays: false,
    description: "The Windows nodes that the workload can reach run containerd, at least that of \
        minimumVersions. Needs a grant for v1 Node in the policy's contextAwareResources.",
    // The finding names the node.
    short: "",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let demand = Demand {
        minimum: case.settings.minimum_versions.containerd,
        runs: " runs ",
        needs: "containerd, ",
        reported: |node| node.runtime,
        version: |runtime| Version::parse(runtime.strip_prefix("containerd://")?),
    };
    demand.judge(case, findings);
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::nodes::Answer;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    const NEWER: &str = r#"{"minimumVersions":{"containerd":"1.7"}}"#;

    #[rstest]
    #[case::at_least("{}", "containerd://1.6.0", None)]
    #[case::newer("{}", "containerd://1.7.20+unknown", None)]
    #[case::older("{}", "containerd://1.5.9", Some("1.6"))]
    #[case::older_than_the_setting(NEWER, "containerd://1.6.8", Some("1.7"))]
    #[case::as_in_the_setting(NEWER, "containerd://1.7.0", None)]
    #[case::other_runtime("{}", "docker://20.10.9", Some("1.6"))]
    #[case::no_version("{}", "containerd://", Some("1.6"))]
    fn versions(#[case] settings: &str, #[case] version: &str, #[case] minimum: Option<&str>) {
        let list = format!(
            r#"{{"items":[{{"metadata":{{"name":"w1"}},
                "status":{{"nodeInfo":{{"containerRuntimeVersion":"{version}"}}}}}}]}}"#
        );
        let question = Question {
            settings,
            nodes: Answer::Json(list.into_bytes()),
            ..Question::spec(&REQUIREMENT, "{}")
        };
        let detail = format!(
            "Forbidden: node \"w1\" runs \"{version}\", needed is containerd, at least {}",
            minimum.unwrap_or_default()
        );
        let advice = ": select other nodes, or update it";
        let finding = minimum.map(|_| format!("spec.nodeSelector: {detail}{advice}"));
        let mut warning = format!("nodeContainerd: {detail}{advice}");
        crate::text::cut(&mut warning, 120);
        question.assert_says(finding.as_deref().as_slice(), &warning);
    }
}
