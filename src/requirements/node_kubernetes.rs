//! `nodeKubernetes`: the nodes are new enough for HostProcess.
//!
//! Reads `status.nodeInfo.kubeletVersion` of the cluster's Windows nodes that
//! the pod's nodeSelector and nodeName can reach.
//! Allows: the setting `minimumVersions.kubernetes` and above.
//! Demanded by: the source document (D2: Kubernetes 1.23).

use super::node_version::Demand;
use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::version::Version;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "nodeKubernetes",
    default: Mode::Off,
    needs_nodes: true,
    judges_strays: false,
    description: "The Windows nodes that the workload can reach run at least the Kubernetes of \
        minimumVersions. Needs a grant for v1 Node in the policy's contextAwareResources.",
    // The finding names the node.
    short: "",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let demand = Demand {
        minimum: case.settings.minimum_versions.kubernetes,
        runs: " runs Kubernetes ",
        needs: "",
        reported: |node| node.kubelet,
        version: Version::parse,
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

    const NEWER: &str = r#"{"minimumVersions":{"kubernetes":"1.29.4"}}"#;

    #[rstest]
    #[case::at_least("{}", "v1.23.0", None)]
    #[case::newer("{}", "v1.30.1-gke.100", None)]
    #[case::older("{}", "v1.22.17", Some("1.23"))]
    #[case::older_than_the_setting(NEWER, "v1.29.3", Some("1.29.4"))]
    #[case::as_in_the_setting(NEWER, "v1.29.4", None)]
    #[case::no_version("{}", "latest", Some("1.23"))]
    fn versions(#[case] settings: &str, #[case] version: &str, #[case] minimum: Option<&str>) {
        let list = format!(
            r#"{{"items":[{{"metadata":{{"name":"w1"}},
                "status":{{"nodeInfo":{{"kubeletVersion":"{version}"}}}}}}]}}"#
        );
        let question = Question {
            settings,
            nodes: Answer::Json(list.into_bytes()),
            ..Question::spec(&REQUIREMENT, "{}")
        };
        let detail = format!(
            "Forbidden: node \"w1\" runs Kubernetes \"{version}\", needed is at least {}",
            minimum.unwrap_or_default()
        );
        let advice = ": select other nodes, or update it";
        let finding = minimum.map(|_| format!("spec.nodeSelector: {detail}{advice}"));
        let mut warning = format!("nodeKubernetes: {detail}{advice}");
        crate::text::cut(&mut warning, 120);
        question.assert_says(finding.as_deref().as_slice(), &warning);
    }
}
