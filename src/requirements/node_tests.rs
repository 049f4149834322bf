//! Tests of `nodeKubernetes` and `nodeContainerd`.

use super::testing::{pod, said};
use super::{node_containerd, node_kubernetes};
use crate::host::{Host, NoHost};
use crate::nodes::Nodes;
use crate::settings::{Mode, Settings};
use rstest::rstest;
use serde_json::{Value, json};

/// A host with these nodes: their names and what they run.
struct Cluster(Vec<(&'static str, &'static str)>);

impl Host for Cluster {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        let node = |(name, version): &(&str, &str)| {
            let info = json!({"kubeletVersion": version, "containerRuntimeVersion": version});
            json!({"metadata": {"name": name}, "status": {"nodeInfo": info}})
        };
        let items: Vec<Value> = self.0.iter().map(node).collect();
        Ok(json!({"items": items}).to_string().into_bytes())
    }
}

/// What both requirements say of a pod of `spec`.
fn judged(host: &dyn Host, spec: &Value) -> [String; 2] {
    let mut settings = Settings::default();
    settings.requirements.node_kubernetes = Mode::Deny;
    let nodes = Nodes::ask(&settings, host);
    let pod = pod(spec);
    [node_kubernetes::check(&pod, &nodes, "1.23"), node_containerd::check(&pod, &nodes, "1.6")]
        .map(said)
}

#[rstest]
#[case::kubernetes("v1.23.0", [false, true])]
#[case::newer("v1.30.1-gke.100", [false, true])]
#[case::older("v1.22.17", [true, true])]
#[case::no_version("latest", [true, true])]
#[case::containerd("containerd://1.6.0", [true, false])]
#[case::newer_containerd("containerd://1.7.20+unknown", [true, false])]
#[case::older_containerd("containerd://1.5.9", [true, true])]
#[case::other_runtime("docker://20.10.9", [true, true])]
fn versions(#[case] version: &'static str, #[case] wrong: [bool; 2]) {
    let said = |wrong, requirement, needed| match wrong {
        true => format!(
            "{requirement}: nodeSelector: must leave out nodes below {needed}: \"w\" (\"{version}\")"
        ),
        false => String::new(),
    };
    let expected = [
        said(wrong[0], "nodeKubernetes", "Kubernetes 1.23"),
        said(wrong[1], "nodeContainerd", "containerd 1.6"),
    ];
    assert_eq!(judged(&Cluster(vec![("w", version)]), &json!({})), expected);
}

#[test]
fn five_nodes_are_named_and_the_rest_counted() {
    let old = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, ""));
    let cluster = Cluster([("new", "v1.23")].into_iter().chain(old).collect());
    let named = r#""a" (no version), "b" (no version), "c" (no version), "d" (no version), "e" (no version) and 2 more"#;
    let expected = format!(
        "nodeKubernetes: nodeSelector: must leave out nodes below Kubernetes 1.23: {named}"
    );
    assert_eq!(judged(&cluster, &json!({}))[0], expected);
    assert_eq!(judged(&cluster, &json!({"nodeName": "new"}))[0], "");
}

#[test]
fn nodes_that_are_not_known() {
    let expected = "nodeKubernetes: nodeSelector: cannot be compared with nodes: grant v1 \
        Node in contextAwareResources, and list and watch of nodes to the policy server: \"no \
        cluster can be asked here\"";
    assert_eq!(judged(&NoHost, &json!({}))[0], expected);
}
