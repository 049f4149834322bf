//! `windowsNode`: the workload chooses Windows nodes, or nodes by name.
//!
//! Fields: `nodeSelector`, the required node affinity, `nodeName` and `runtimeClassName` of the pod
//! spec.
//! Allowed: one of the choices below, in the node selector or in every term of the affinity. The
//! terms are alternatives: one term without a choice can lead to any node.
//!
//! | label | values |
//! |---|---|
//! | `kubernetes.io/os`, `beta.kubernetes.io/os` | `windows` |
//! | `node.kubernetes.io/windows-build` | any value, or `Exists`: only Windows nodes have the label |
//! | `kubernetes.azure.com/os-sku` | values that begin with `Windows`, such as `Windows2022` |
//! | `kubernetes.io/hostname`, and the field `metadata.name` | any value: it chooses nodes by name |
//!
//! Allowed as well: a `nodeName`, and in a pod template a `runtimeClassName`, because the class may
//! choose the nodes. It cannot choose Windows nodes if the node selector names another system. In a Pod
//! the class does not count: the API server has merged the node selector of the class into the Pod
//! before the policy sees it. Not allowed: `os.name: windows` alone. The scheduler ignores it, and the
//! kubelet of a Linux node then refuses the pod. Demanded by: nobody, so it warns by default. Without a
//! choice the scheduler may send the pod to a Linux node, where it cannot start.

use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::{NodeSelectorRequirement, Pod, PodSource};

const WINDOWS_BUILD: &str = "node.kubernetes.io/windows-build";

pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    if chooses_nodes(pod) {
        return None;
    }
    let problem = if pod.os_name == Some("windows") {
        "may be scheduled to Linux nodes (os.name does not count): write kubernetes.io/os: windows"
    } else {
        "may be scheduled to Linux nodes: write kubernetes.io/os: windows"
    };
    Some(Finding::at_field(
        Requirement::WindowsNode,
        "nodeSelector",
        problem,
    ))
}

/// Returns true if `pod` chooses Windows nodes, or nodes by name, as the table above says.
fn chooses_nodes(pod: &Pod<'_>) -> bool {
    let runtime_class_may_choose = pod.source == PodSource::Template
        && pod.runtime_class_name.is_some()
        && !selects_another_system(pod);
    let selector_chooses = pod
        .node_selector
        .iter()
        .any(|(label, value)| label_chooses(label, value));
    pod.node_name.is_some() || runtime_class_may_choose || selector_chooses || affinity_chooses(pod)
}

/// Returns true if the node selector names another system than Windows. A runtime class only adds to
/// the selector, so it cannot choose Windows nodes then.
fn selects_another_system(pod: &Pod<'_>) -> bool {
    pod.node_selector
        .iter()
        .any(|(label, value)| is_system_label(label) && *value != "windows")
}

/// Returns true if every term of the required node affinity makes a choice, and there is one.
fn affinity_chooses(pod: &Pod<'_>) -> bool {
    let terms = pod.node_selector_terms.as_deref().unwrap_or_default();
    !terms.is_empty()
        && terms
            .iter()
            .all(|term| term.iter().any(affinity_requirement_chooses))
}

/// Returns true if only Windows nodes, or only nodes that are named, meet `requirement` of the
/// affinity.
fn affinity_requirement_chooses(requirement: &NodeSelectorRequirement<'_>) -> bool {
    let key = requirement.key;
    let values = &requirement.values;
    if requirement.key_is_field {
        return requirement.operator == "In" && key == "metadata.name" && !values.is_empty();
    }
    match requirement.operator {
        // The API server refuses `Exists` with values.
        "Exists" => key == WINDOWS_BUILD && values.is_empty(),
        "In" => !values.is_empty() && values.iter().all(|value| label_chooses(key, value)),
        _ => false,
    }
}

/// Returns true if only Windows nodes, or a single node, have `label` with this `value`.
fn label_chooses(label: &str, value: &str) -> bool {
    match label {
        label if is_system_label(label) => value == "windows",
        "kubernetes.azure.com/os-sku" => value.starts_with("Windows"),
        WINDOWS_BUILD | "kubernetes.io/hostname" => true,
        _ => false,
    }
}

fn is_system_label(label: &str) -> bool {
    matches!(label, "kubernetes.io/os" | "beta.kubernetes.io/os")
}
