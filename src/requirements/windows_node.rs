//! `windowsNode`: the workload says that it belongs on Windows, or is bound to a node. Allows the
//! label `kubernetes.io/os` (or its old name with `beta.`) selected as `windows`, by `nodeSelector`
//! or by every required term of `nodeAffinity`; `os.name: windows`; a node chosen already, by
//! `nodeName` or, as the DaemonSet controller does, by the field `metadata.name` in a term.
//! Demanded by: nobody, so it only warns; without it the scheduler may choose a Linux node, where
//! the pod cannot start. AKS's example selects the label.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::{NodeSelectorRequirement, Pod};

const LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let mut selected = pod.node_selector.iter();
    let terms = pod.node_selector_terms.as_deref().unwrap_or_default();
    let found_its_place = pod.os_name == Some("windows")
        || pod.node_name.is_some()
        || selected.any(|(label, value)| LABELS.contains(label) && *value == "windows")
        // The terms are alternatives: each has to say it.
        || (!terms.is_empty() && terms.iter().all(|term| term.iter().any(says_where)));
    let problem = "must say kubernetes.io/os: windows";
    (!found_its_place).then(|| Finding::at_field(Requirement::WindowsNode, "nodeSelector", problem))
}

/// Whether `requirement` says Windows, or names the node.
fn says_where(requirement: &NodeSelectorRequirement<'_>) -> bool {
    match (
        requirement.is_of_field,
        requirement.operator,
        requirement.key,
    ) {
        (true, "In", key) => key == "metadata.name",
        (false, "In", key) => LABELS.contains(&key) && requirement.values == ["windows"],
        _ => false,
    }
}
