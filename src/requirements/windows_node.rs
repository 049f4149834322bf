//! `windowsNode`: the workload says that it belongs on Windows.
//!
//! Reads `nodeSelector`, the required terms of `affinity.nodeAffinity` and
//! `os.name` of the pod spec.
//! Allows: the label `kubernetes.io/os` (or its old name with `beta.`) selected
//! as `windows`, by nodeSelector or by every term; or `os.name: windows`.
//! Demanded by: nobody, so it only warns; without it the scheduler may choose a
//! Linux node, where the pod cannot start. The source document's example (D12)
//! selects the label.

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::pod::Pod;
use crate::settings::Mode;
use crate::tape::Ref;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "windowsNode",
    default: Mode::Warn,
    needs_nodes: false,
    judges_strays: false,
    description: "nodeSelector, a required node affinity or spec.os says Windows.",
    short: "nothing keeps the pod on Windows nodes",
    check,
};

const LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    if says_windows(case.pod) {
        return;
    }
    if let Some(detail) = findings.at(case.pod.spec.0, "nodeSelector") {
        text::put(
            detail,
            "Required value: nothing keeps the pod on Windows nodes: write kubernetes.io/os: \
             windows",
        );
    }
}

fn says_windows(pod: &Pod<'_>) -> bool {
    let selected = |label: &&str| {
        let value = pod.node_selector.and_then(|labels| labels.text(label));
        value == Some("windows")
    };
    let required = |expression: Ref<'_>| {
        let key = expression.text("key").unwrap_or_default();
        LABELS.contains(&key)
            && expression.text("operator") == Some("In")
            && expression.texts("values").iter().eq(["windows"])
    };
    pod.os == Some("windows")
        || LABELS.iter().any(selected)
        // The terms are alternatives: each has to say it.
        || (pod.node_terms != pod.spec.0.nothing()
            && { pod.node_terms }.all(|term| term.objects("matchExpressions").any(required)))
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    fn assert_windows(spec: &str, windows: bool) {
        let finding = "spec.nodeSelector: Required value: nothing keeps the pod on Windows nodes: \
            write kubernetes.io/os: windows";
        Question::spec(&REQUIREMENT, spec).assert_says(
            &[finding][..usize::from(!windows)],
            "windowsNode: nothing keeps the pod on Windows nodes (spec.nodeSelector)",
        );
    }

    #[rstest]
    #[case::nothing("{}", false)]
    #[case::label(r#"{"nodeSelector":{"kubernetes.io/os":"windows"}}"#, true)]
    #[case::old_label(r#"{"nodeSelector":{"beta.kubernetes.io/os":"windows"}}"#, true)]
    #[case::linux(r#"{"nodeSelector":{"kubernetes.io/os":"linux"}}"#, false)]
    #[case::other_label(r#"{"nodeSelector":{"os":"windows"}}"#, false)]
    #[case::other_case(r#"{"nodeSelector":{"kubernetes.io/os":"Windows"}}"#, false)]
    #[case::os(r#"{"os":{"name":"windows"}}"#, true)]
    #[case::other_os(r#"{"os":{"name":"linux"}}"#, false)]
    fn labels(#[case] spec: &str, #[case] windows: bool) {
        assert_windows(spec, windows);
    }

    const IN: &str =
        r#"{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["windows"]}]}"#;
    const OTHER: &str = r#"{"matchExpressions":[{"key":"zone","operator":"Exists"}]}"#;

    #[rstest]
    #[case::no_term("", false)]
    #[case::one_term(IN, true)]
    #[case::every_term(&format!("{IN},{IN}"), true)]
    #[case::some_terms(&format!("{IN},{OTHER}"), false)]
    #[case::one_expression_of_a_term(
        r#"{"matchExpressions":[{"key":"zone","operator":"Exists"},
            {"key":"beta.kubernetes.io/os","operator":"In","values":["windows"]}]}"#,
        true
    )]
    #[case::other_operator(&IN.replace("In", "NotIn"), false)]
    #[case::more_values(&IN.replace(r#""windows""#, r#""windows","linux""#), false)]
    #[case::empty_term("{}", false)]
    fn required_terms(#[case] terms: &str, #[case] windows: bool) {
        assert_windows(
            &format!(
                r#"{{"affinity":{{"nodeAffinity":{{
                    "requiredDuringSchedulingIgnoredDuringExecution":{{
                    "nodeSelectorTerms":[{terms}]}}}}}}}}"#
            ),
            windows,
        );
    }

    #[test]
    fn a_preference_keeps_no_pod_on_windows() {
        assert_windows(
            &format!(
                r#"{{"affinity":{{"nodeAffinity":{{
                    "preferredDuringSchedulingIgnoredDuringExecution":[
                    {{"weight":100,"preference":{IN}}}]}}}}}}"#
            ),
            false,
        );
    }
}
