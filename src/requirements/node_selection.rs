//! Finds the nodes that a pod can reach, by its `nodeName`, its `nodeSelector` and its required node
//! affinity. It decides like the scheduler, but ignores taints, resources and preferences.

use std::cmp::Ordering;

use crate::budget::{Budget, BudgetSpent};
use crate::requirements::nodes::Node;
use crate::workload::pod::{NodeSelectorRequirement, Pod};

/// What it costs to compare one text of the pod with a node, beside the length of the text. Costs are
/// bytes of the [`Budget`].
const COST_OF_A_COMPARISON: usize = 50;

/// Returns the `nodes` that `pod` can reach.
///
/// # Errors
/// The pod selects by too many labels and values to be compared with so many nodes.
pub fn reachable_nodes<'n>(
    pod: &Pod<'_>,
    nodes: &'n [Node],
    budget: &mut Budget,
) -> Result<Vec<&'n Node>, BudgetSpent> {
    budget.spend(nodes.len().saturating_mul(cost_per_node(pod)))?;
    Ok(nodes.iter().filter(|node| reaches(pod, node)).collect())
}

/// Returns what it costs at most to compare `pod` with one node.
fn cost_per_node(pod: &Pod<'_>) -> usize {
    let mut cost = cost_of_text(pod.node_name.unwrap_or_default());
    for (label, value) in &pod.node_selector {
        cost += cost_of_text(label) + cost_of_text(value);
    }
    for term in pod.node_selector_terms.as_deref().unwrap_or_default() {
        for requirement in term {
            cost += cost_of_text(requirement.key);
            for value in &requirement.values {
                cost += cost_of_text(value);
            }
        }
    }
    cost
}

fn cost_of_text(text: &str) -> usize {
    COST_OF_A_COMPARISON + text.len()
}

/// Returns true if the scheduler may choose `node` for `pod`. If the pod is bound to a node, only that node
/// comes into question.
fn reaches(pod: &Pod<'_>, node: &Node) -> bool {
    let is_bound_elsewhere = pod.node_name.is_some_and(|name| name != node.name);
    if is_bound_elsewhere {
        return false;
    }
    let selector_matches = pod
        .node_selector
        .iter()
        .all(|(label, value)| node.label(label) == Some(value));
    if !selector_matches {
        return false;
    }
    match &pod.node_selector_terms {
        // The terms are alternatives.
        Some(terms) => terms.iter().any(|term| matches_term(term, node)),
        None => true,
    }
}

/// Returns true if `node` meets all requirements of `term`. A term without requirements matches no
/// node.
fn matches_term(term: &[NodeSelectorRequirement<'_>], node: &Node) -> bool {
    !term.is_empty() && term.iter().all(|requirement| meets(requirement, node))
}

/// Returns true if `node` meets `requirement`. A newer scheduler may know more fields and operators
/// than this function. With an unknown one, every node meets the requirement.
fn meets(requirement: &NodeSelectorRequirement<'_>, node: &Node) -> bool {
    let found = match (requirement.key_is_field, requirement.key) {
        (false, label) => node.label(label),
        (true, "metadata.name") => Some(node.name.as_str()),
        (true, _) => return true,
    };
    match (requirement.operator, found) {
        ("In", Some(found)) => requirement.values.contains(&found),
        ("In", None) => false,
        ("NotIn", Some(found)) => !requirement.values.contains(&found),
        ("NotIn", None) => true,
        ("Exists", found) => found.is_some(),
        ("DoesNotExist", found) => found.is_none(),
        ("Gt", found) => compare_numbers(found, &requirement.values) == Some(Ordering::Greater),
        ("Lt", found) => compare_numbers(found, &requirement.values) == Some(Ordering::Less),
        _ => true,
    }
}

/// Compares the number that the node has with a bound. Returns `None` if one of them is not a number,
/// or if there is not exactly one bound.
fn compare_numbers(found: Option<&str>, bounds: &[&str]) -> Option<Ordering> {
    let [bound] = bounds else {
        return None;
    };
    let found: i64 = found?.parse().ok()?;
    let bound: i64 = bound.parse().ok()?;
    Some(found.cmp(&bound))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::requirements::nodes::NodeList;
    use crate::settings::{Mode, Requirements, Settings};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use serde::Deserialize;
    use serde_json::{Value, json};

    /// A host that lists these nodes.
    struct Cluster(Value);

    impl Host for Cluster {
        fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
            Ok(json!({"items": self.0}).to_string().into_bytes())
        }
    }

    /// Reads `items`, nodes as the Kubernetes API has them.
    fn nodes(items: &Value) -> Vec<Node> {
        let settings = Settings {
            requirements: Requirements::new(|_| Mode::Deny),
            ..Settings::default()
        };
        match NodeList::ask(&settings, &Cluster(items.clone())) {
            NodeList::Known(nodes) => nodes,
            other => panic!("{other:?}"),
        }
    }

    /// Returns `spec` with these terms of the required node affinity.
    fn with_terms(mut spec: Value, terms: Option<&Value>) -> Value {
        if let Some(terms) = terms {
            let required = json!({ "nodeSelectorTerms": terms });
            spec["affinity"]["nodeAffinity"] =
                json!({ "requiredDuringSchedulingIgnoredDuringExecution": required });
        }
        spec
    }

    /// Returns the names of the nodes that a pod of `spec` reaches.
    fn reached(spec: &Value, nodes: &[Node]) -> Result<Vec<String>, BudgetSpent> {
        let pod = Pod::read(spec).expect("a pod spec");
        let reached = reachable_nodes(&pod, nodes, &mut Budget::for_request())?;
        Ok(reached.iter().map(|node| node.name.clone()).collect())
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        nodes: Value,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        #[serde(default)]
        spec: Value,
        terms: Option<Value>,
        reaches: Vec<String>,
    }

    #[test]
    fn each_pod_reaches_its_nodes() {
        let table = include_str!("../../tests/data/reached-nodes.yaml");
        let table: Table = serde_saphyr::from_str(table).expect("a table");
        let nodes = nodes(&table.nodes);
        for case in table.cases {
            let spec = with_terms(case.spec, case.terms.as_ref());
            assert_eq!(reached(&spec, &nodes), Ok(case.reaches), "{}", case.name);
        }
    }

    #[test]
    fn a_node_costs_all_labels_and_values_that_are_compared_with_it() {
        let terms =
            json!([{"matchExpressions": [{"key": "k", "operator": "In", "values": ["v", "wx"]}]}]);
        let spec = json!({"nodeName": "abc", "nodeSelector": {"a": "bc"}});
        let spec = with_terms(spec, Some(&terms));
        let pod = Pod::read(&spec).expect("a pod spec");
        let compared = ["abc", "a", "bc", "k", "v", "wx"];
        assert_eq!(
            cost_per_node(&pod),
            compared.len() * COST_OF_A_COMPARISON + compared.concat().len()
        );
    }

    #[test]
    fn too_many_values_to_be_compared_spend_the_budget() {
        let nodes = nodes(&json!(vec![json!({}); 1000]));
        let values = vec!["x"; 10_000];
        let terms =
            json!([{"matchExpressions": [{"key": "os", "operator": "In", "values": values}]}]);
        let spec = with_terms(json!({}), Some(&terms));
        assert_eq!(reached(&spec, &nodes), Err(BudgetSpent));
    }

    /// The scheduler's rules, in a slow and obvious version that works on the JSON of pod and node.
    /// They are `nodeaffinity.NodeSelector` and `labels.Requirement.Matches` of Kubernetes.
    mod scheduler {
        use serde_json::Value;
        use std::cmp::Ordering;

        pub fn reaches(spec: &Value, node: &Value) -> bool {
            let labels = &node["metadata"]["labels"];
            let name = &node["metadata"]["name"];
            if !spec["nodeName"].is_null() && spec["nodeName"] != *name {
                return false;
            }
            for (label, value) in spec["nodeSelector"].as_object().expect("a selector") {
                if labels[label] != *value {
                    return false;
                }
            }
            let required =
                &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
            if required.is_null() {
                return true;
            }
            let mut terms = required["nodeSelectorTerms"]
                .as_array()
                .expect("terms")
                .iter();
            terms.any(|term| matches_term(term, name, labels))
        }

        fn matches_term(term: &Value, name: &Value, labels: &Value) -> bool {
            let expressions = term["matchExpressions"].as_array().expect("a list");
            let fields = term["matchFields"].as_array().expect("a list");
            for expression in expressions {
                let key = expression["key"].as_str().expect("a key");
                if !meets(expression, &labels[key]) {
                    return false;
                }
            }
            for field in fields {
                if !meets(field, name) {
                    return false;
                }
            }
            !expressions.is_empty() || !fields.is_empty()
        }

        fn meets(requirement: &Value, found: &Value) -> bool {
            let values = requirement["values"].as_array().expect("values");
            let exists = !found.is_null();
            let is_listed = values.contains(found);
            let compared = match values.as_slice() {
                [bound] => compare_numbers(found, bound),
                _ => None,
            };
            match requirement["operator"].as_str().expect("an operator") {
                "In" => exists && is_listed,
                "NotIn" => !exists || !is_listed,
                "Exists" => exists,
                "DoesNotExist" => !exists,
                "Gt" => compared == Some(Ordering::Greater),
                "Lt" => compared == Some(Ordering::Less),
                other => panic!("{other}: not an operator of {requirement}"),
            }
        }

        fn compare_numbers(left: &Value, right: &Value) -> Option<Ordering> {
            let left: i64 = left.as_str()?.parse().ok()?;
            let right: i64 = right.as_str()?.parse().ok()?;
            Some(left.cmp(&right))
        }
    }

    const LABELS: &[&str] = &["pool", "build", "zone"];
    const VALUES: &[&str] = &["a", "b", "17763", "20348", "-1", ""];
    const NAMES: &[&str] = &["win-1", "win-2"];

    /// Up to two labels with their values, as a JSON object.
    fn labels() -> impl Strategy<Value = Value> {
        vec((select(LABELS), select(VALUES)), 0..3).prop_map(|labels| {
            let mut object = json!({});
            for (label, value) in labels {
                object[label] = json!(value);
            }
            object
        })
    }

    /// Up to two requirements of a term, with these keys and values.
    fn requirements(
        keys: &'static [&'static str],
        values: &'static [&'static str],
    ) -> impl Strategy<Value = Vec<Value>> {
        const OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];
        let values = subsequence(values, 0..=2);
        let requirement = (select(keys), select(OPERATORS), values);
        let requirement = requirement.prop_map(
            |(key, operator, values)| json!({ "key": key, "operator": operator, "values": values }),
        );
        vec(requirement, 0..3)
    }

    /// A pod spec that chooses nodes in any of the three ways.
    fn spec() -> impl Strategy<Value = Value> {
        let expressions = requirements(LABELS, VALUES);
        let fields = requirements(&["metadata.name"], NAMES);
        let term = (expressions, fields).prop_map(|(expressions, fields)| {
            json!({ "matchExpressions": expressions, "matchFields": fields })
        });
        let terms = proptest::option::of(vec(term, 0..3));
        let name = proptest::option::weighted(0.2, select(NAMES));
        (name, labels(), terms).prop_map(|(name, selector, terms)| {
            let spec = json!({"nodeName": name, "nodeSelector": selector});
            with_terms(spec, terms.map(Value::from).as_ref())
        })
    }

    proptest! {
        #[test]
        fn a_pod_reaches_the_nodes_that_the_scheduler_may_choose(
            spec in spec(),
            first in labels(),
            second in labels(),
        ) {
            let items = json!([
                {"metadata": {"name": "win-1", "labels": first}},
                {"metadata": {"name": "win-2", "labels": second}},
            ]);
            let mut expected = Vec::new();
            for node in items.as_array().expect("a list") {
                if scheduler::reaches(&spec, node) {
                    expected.push(node["metadata"]["name"].as_str().expect("a name").to_owned());
                }
            }
            prop_assert_eq!(reached(&spec, &nodes(&items)), Ok(expected));
        }
    }
}
