//! The cluster's Windows nodes, as the host lists them, and which of them a pod can reach.

use std::cell::Cell;

use serde_json::Value;

use crate::host::{self, Host};
use crate::request::fields::{Fields, ReadError, ReadResult};
use crate::settings::{Mode, Requirement, Settings};
use crate::workload::pod::{NodeSelectorRequirement, Pod};

/// The warning where [`Nodes::none_reachable`].
pub const NONE_REACHABLE: &str =
    "nodes: no Windows node matches nodeName, nodeSelector and the required node affinity";

/// How many labels and values are compared for one request; beyond that every node counts.
const MOST_COMPARED: usize = 2_000_000;

pub struct Nodes {
    /// None where they were not asked for; else the nodes, or why they are not known.
    answer: Option<Result<Vec<Node>, String>>,
    comparisons_left: Cell<usize>,
}

pub struct Node {
    pub name: String,
    /// `status.nodeInfo.kubeletVersion`; empty where it does not say.
    pub kubelet: String,
    /// `status.nodeInfo.containerRuntimeVersion`, likewise.
    pub container_runtime: String,
    /// `metadata.labels`, all of them strings.
    labels: Value,
}

impl Nodes {
    /// Asks `host` for the nodes, where a requirement of `settings` needs them.
    pub fn ask(settings: &Settings, host: &dyn Host) -> Self {
        let modes = &settings.requirements;
        let needed = [Requirement::NodeKubernetes, Requirement::NodeContainerd]
            .iter()
            .any(|requirement| modes.mode(*requirement) != Mode::Ignore);
        let answer = needed.then(|| Node::list(host));
        Nodes {
            answer,
            comparisons_left: Cell::new(MOST_COMPARED),
        }
    }

    /// Why the nodes are not known, where they were asked for: the host's words, unescaped.
    pub fn unknown(&self) -> Option<&str> {
        self.answer.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// The nodes that are `wanted` and that `pod` can reach.
    pub fn reached_by<'n>(
        &'n self,
        pod: &'n Pod<'_>,
        wanted: impl Fn(&Node) -> bool + 'n,
    ) -> impl Iterator<Item = &'n Node> {
        // How much of a node is compared at most.
        let terms = pod.node_selector_terms.as_deref().unwrap_or_default();
        let values = terms
            .iter()
            .flatten()
            .map(|one| 1 + one.values.len())
            .sum::<usize>();
        let comparisons = 1 + pod.node_selector.len() + terms.len() + values;
        let wanted = self
            .answer
            .iter()
            .flatten()
            .flatten()
            .filter(move |node| wanted(node));
        wanted.filter(move |node| {
            let left = self.comparisons_left.get().saturating_sub(comparisons);
            self.comparisons_left.set(left);
            left == 0 || node.is_reached_by(pod)
        })
    }

    /// Whether the nodes are known, and `pod` can reach none of them.
    pub fn none_reachable(&self, pod: &Pod<'_>) -> bool {
        matches!(self.answer, Some(Ok(_))) && self.reached_by(pod, |_| true).next().is_none()
    }
}

impl Node {
    /// The nodes that `host` lists, or why there is no such list.
    fn list(host: &dyn Host) -> Result<Vec<Self>, String> {
        let list = host::list_windows_nodes(host)?;
        let nodes = Fields::new(&list).and_then(|list| {
            let missing = || ReadError::missing("items");
            list.value("items")?.ok_or_else(missing)?;
            list.list("items", |_, node| Node::read(node))
        });
        nodes.map_err(|error| error.within("nodes").to_string())
    }

    fn read(node: Fields<'_>) -> ReadResult<Self> {
        node.labels("metadata.labels")?;
        let text = |path| Ok(node.text(path)?.unwrap_or_default().to_owned());
        Ok(Node {
            name: text("metadata.name")?,
            kubelet: text("status.nodeInfo.kubeletVersion")?,
            container_runtime: text("status.nodeInfo.containerRuntimeVersion")?,
            labels: node.value("metadata.labels")?.cloned().unwrap_or_default(),
        })
    }

    /// As the scheduler decides; what only a newer one understands is taken as met.
    fn is_reached_by(&self, pod: &Pod<'_>) -> bool {
        let matches = |term: &Vec<_>| !term.is_empty() && term.iter().all(|one| self.meets(one));
        pod.node_name.is_none_or(|name| name == self.name)
            && pod
                .node_selector
                .iter()
                .all(|(label, value)| self.label(label) == Some(value))
            && pod
                .node_selector_terms
                .as_ref()
                .is_none_or(|terms| terms.iter().any(matches))
    }

    fn meets(&self, requirement: &NodeSelectorRequirement<'_>) -> bool {
        let found = match (requirement.is_of_field, requirement.key) {
            (false, label) => self.label(label),
            (true, "metadata.name") => Some(&*self.name),
            (true, _) => return true,
        };
        let number = |text: &str| text.parse::<i64>().ok();
        let numbers = || match requirement.values[..] {
            [bound] => found.and_then(number).zip(number(bound)),
            _ => None,
        };
        match requirement.operator {
            "In" => found.is_some_and(|found| requirement.values.contains(&found)),
            "NotIn" => found.is_none_or(|found| !requirement.values.contains(&found)),
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            "Gt" => numbers().is_some_and(|(found, bound)| found > bound),
            "Lt" => numbers().is_some_and(|(found, bound)| found < bound),
            _ => true,
        }
    }

    fn label(&self, name: &str) -> Option<&str> {
        // A label that is null is empty, as the API reads it.
        self.labels
            .get(name)
            .map(|value| value.as_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{NoHost, WINDOWS_NODES};
    use crate::settings::Requirements;
    use rstest::rstest;
    use serde::Deserialize;
    use serde_json::json;
    use std::cell::RefCell;

    /// A host with one answer, that notes what it is asked.
    struct Answering(Vec<u8>, RefCell<Vec<String>>);

    impl Host for Answering {
        fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
            let request = String::from_utf8_lossy(request);
            self.1.borrow_mut().push(format!("{operation} {request}"));
            Ok(self.0.clone())
        }
    }

    fn ask(host: &dyn Host, kubernetes: Mode, containerd: Mode) -> Nodes {
        let mut settings = Settings::default();
        settings.requirements = Requirements::new(|requirement| match requirement {
            Requirement::NodeKubernetes => kubernetes,
            Requirement::NodeContainerd => containerd,
            _ => Mode::Ignore,
        });
        Nodes::ask(&settings, host)
    }

    fn nodes(answer: &[u8]) -> Nodes {
        ask(
            &Answering(answer.to_vec(), RefCell::default()),
            Mode::Warn,
            Mode::Ignore,
        )
    }

    /// The names of the nodes that a pod of `spec` reaches.
    fn reached(nodes: &Nodes, spec: &Value) -> Vec<String> {
        let pod = Pod::read(spec).expect("a pod spec");
        let names: Vec<_> = nodes
            .reached_by(&pod, |_| true)
            .map(|node| node.name.clone())
            .collect();
        let known = nodes.unknown().is_none() && nodes.answer.is_some();
        assert_eq!(nodes.none_reachable(&pod), known && names.is_empty());
        names
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

    fn table() -> (Nodes, Vec<Case>) {
        let table = include_str!("../../tests/data/reached-nodes.yaml");
        let table: Table = serde_saphyr::from_str(table).expect("a table");
        let list = json!({"items": table.nodes}).to_string();
        (nodes(list.as_bytes()), table.cases)
    }

    /// A pod spec with these terms of the required node affinity.
    fn with_terms(terms: &Value) -> Value {
        json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
        }}})
    }

    #[test]
    fn each_pod_reaches_its_nodes() {
        let (nodes, cases) = table();
        for case in cases {
            let spec = case.terms.as_ref().map_or(case.spec, with_terms);
            assert_eq!(reached(&nodes, &spec), case.reaches, "{}", case.name);
        }
    }

    #[test]
    fn what_is_too_long_to_be_compared_reaches_every_node() {
        let values = vec!["x"; MOST_COMPARED / 2];
        let required = json!({"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "os", "operator": "In", "values": values}]}]});
        let spec = json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": required}}});
        assert_eq!(reached(&table().0, &spec), ["w22", "bare"]);
    }

    #[rstest]
    #[case::no_json(
        "[",
        "the answer is not JSON: EOF while parsing a list at line 1 column 1"
    )]
    #[case::no_list("{}", "nodes.items: is missing")]
    #[case::null("null", "nodes.items: is missing")]
    #[case::null_items(r#"{"items":null}"#, "nodes.items: is missing")]
    #[case::wrong_name(
        r#"{"items":[{"metadata":{"name":1}}]}"#,
        "nodes.items[0].metadata.name: must be a string, but is a number"
    )]
    #[case::wrong_version(
        r#"{"items":[{"status":{"nodeInfo":{"kubeletVersion":1.3}}}]}"#,
        "nodes.items[0].status.nodeInfo.kubeletVersion: must be a string, but is a number"
    )]
    fn answers_that_are_no_nodes(#[case] answer: &str, #[case] reason: &str) {
        let nodes = nodes(answer.as_bytes());
        assert_eq!(nodes.unknown(), Some(reason));
        assert_eq!(reached(&nodes, &json!({})), [""; 0]);
    }

    #[rstest]
    #[case::ignored(Mode::Ignore, Mode::Ignore, None)]
    #[case::kubernetes(Mode::Warn, Mode::Ignore, Some("no cluster can be asked here"))]
    #[case::containerd(Mode::Ignore, Mode::Deny, Some("no cluster can be asked here"))]
    fn the_host_is_asked_where_a_requirement_needs_it(
        #[case] kubernetes: Mode,
        #[case] containerd: Mode,
        #[case] unknown: Option<&str>,
    ) {
        let nodes = ask(&NoHost, kubernetes, containerd);
        assert_eq!(nodes.unknown(), unknown);
        assert_eq!(reached(&nodes, &json!({})), [""; 0]);
    }

    #[test]
    fn one_question_is_asked_and_always_the_same() {
        let host = Answering(br#"{"items":[]}"#.to_vec(), RefCell::default());
        let nodes = ask(&host, Mode::Deny, Mode::Deny);
        assert_eq!(
            *host.1.borrow(),
            [format!("list_resources_all {WINDOWS_NODES}")]
        );
        assert_eq!(reached(&nodes, &json!({})), [""; 0]);
    }
}
