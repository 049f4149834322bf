//! `windowsNode`: the workload says that it belongs on Windows, or is bound to a node.
//!
//! Reads `nodeSelector`, the required terms of `affinity.nodeAffinity`, `os.name` and
//! `nodeName`.
//! Allows: the label `kubernetes.io/os` (or its old name with `beta.`) selected as `windows`,
//! by `nodeSelector` or by every term; `os.name: windows`; a node chosen already, by
//! `nodeName` or, as the DaemonSet controller does, by the field `metadata.name` in a term.
//! Demanded by: nobody, so it only warns; without it the scheduler may choose a Linux node,
//! where the pod cannot start. The source document's example (D12) selects the label.

use super::found;
use crate::finding::Finding;
use crate::pod::{NodeSelectorRequirement, NodeSelectorTerm, Pod};

const LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// What is wrong with the node selection of `pod`.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let selects = |(label, value): &(&str, &str)| LABELS.contains(label) && *value == "windows";
    let found_its_place = pod.os_name == Some("windows")
        || pod.node_name.is_some()
        || pod.node_selector.iter().any(selects)
        // The terms are alternatives: each has to say it.
        || pod.node_selector_terms.as_ref().is_some_and(|terms| {
            !terms.is_empty() && terms.iter().all(says_where)
        });
    let places = (!found_its_place).then_some("nodeSelector");
    found::at("windowsNode", places, "must say kubernetes.io/os: windows")
}

/// Whether `term` says Windows, or names the node.
fn says_where(term: &NodeSelectorTerm<'_>) -> bool {
    let is_windows = |expression: &NodeSelectorRequirement<'_>| {
        LABELS.contains(&expression.key)
            && expression.operator == "In"
            && expression.values == ["windows"]
    };
    let is_node = |field: &NodeSelectorRequirement<'_>| {
        field.key == "metadata.name" && field.operator == "In"
    };
    term.match_expressions.iter().any(is_windows) || term.match_fields.iter().any(is_node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    fn assert_windows(spec: &Value, windows: bool) {
        let finding = "windowsNode: nodeSelector: must say kubernetes.io/os: windows";
        assert_eq!(said(check(&pod(spec))), if windows { "" } else { finding });
    }

    #[rstest]
    #[case::nothing(json!({}), false)]
    #[case::label(json!({"nodeSelector": {"kubernetes.io/os": "windows"}}), true)]
    #[case::old_label(json!({"nodeSelector": {"beta.kubernetes.io/os": "windows"}}), true)]
    #[case::linux(json!({"nodeSelector": {"kubernetes.io/os": "linux"}}), false)]
    #[case::other_label(json!({"nodeSelector": {"os": "windows"}}), false)]
    #[case::other_case(json!({"nodeSelector": {"kubernetes.io/os": "Windows"}}), false)]
    #[case::os(json!({"os": {"name": "windows"}}), true)]
    #[case::other_os(json!({"os": {"name": "linux"}}), false)]
    #[case::bound(json!({"nodeName": "win-1"}), true)]
    #[case::a_preference(
        json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution":
            [{"weight": 100, "preference": windows("In")}]}}}),
        false
    )]
    fn fields(#[case] spec: Value, #[case] windows: bool) {
        assert_windows(&spec, windows);
    }

    fn windows(operator: &str) -> Value {
        let expression =
            json!({"key": "kubernetes.io/os", "operator": operator, "values": ["windows"]});
        json!({"matchExpressions": [{"key": "zone", "operator": "Exists"}, expression]})
    }

    fn node(key: &str) -> Value {
        json!({"matchFields": [{"key": key, "operator": "In", "values": ["win-1"]}]})
    }

    #[rstest]
    #[case::no_term(json!([]), false)]
    #[case::every_term(json!([windows("In"), windows("In")]), true)]
    #[case::some_terms(json!([windows("In"), {"matchExpressions": []}]), false)]
    #[case::other_operator(json!([windows("NotIn")]), false)]
    #[case::more_values(
        json!([{"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In",
            "values": ["windows", "linux"]}]}]),
        false
    )]
    #[case::pod_of_a_daemon_set(json!([node("metadata.name")]), true)]
    #[case::either(json!([node("metadata.name"), windows("In")]), true)]
    #[case::other_field(json!([node("metadata.namespace")]), false)]
    fn required_terms(#[case] terms: Value, #[case] is_windows: bool) {
        let spec = json!({"affinity": {"nodeAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}});
        assert_windows(&spec, is_windows);
    }
}
