//! Pods that are compared with the nodes of a large cluster.

use harness::{cost_with_host, policy};
use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::Host;

use super::bounds::check_bounds;
use super::{CUSTOM, payload, pod, request, settings_with_rules};

/// A cluster with these nodes.
#[derive(Clone)]
struct Cluster {
    /// What the API server answers to a question for the nodes.
    answer: String,
}

impl Cluster {
    fn with_nodes(count: usize) -> Self {
        let mut labels: Value = (0..20)
            .map(|number| (format!("example.com/label-{number}"), "a value"))
            .collect();
        labels["kubernetes.io/os"] = json!("windows");
        let node = |number| {
            json!({
                "metadata": {"name": format!("node-{number}"), "labels": labels},
                "status": {"nodeInfo": {
                    "kubeletVersion": "v1.33.1",
                    "containerRuntimeVersion": "containerd://1.7.27",
                }},
            })
        };
        let nodes: Vec<Value> = (0..count).map(node).collect();
        Cluster {
            answer: json!({"items": nodes}).to_string(),
        }
    }
}

impl Host for Cluster {
    fn kubernetes(&self, _operation: &str, _request: &[u8]) -> Result<Vec<u8>, String> {
        Ok(self.answer.clone().into_bytes())
    }
}

/// Returns the payload of a request that creates an object with `count` pod specs, under settings that
/// check the versions of the nodes.
fn payload_with_pods(count: usize) -> String {
    let mut settings = settings_with_rules(1);
    settings["requirements"] = json!({"nodeKubernetes": "deny", "nodeContainerd": "deny"});
    let object = json!({"spec": vec![pod()["spec"].clone(); count]});
    payload(&request(CUSTOM, object), &settings)
}

#[rstest]
#[case::few_pods(10, 3_000, true)]
#[case::a_thousand_pods(1_000, 500, true)]
#[case::a_thousand_pods_on_more_nodes(1_000, 3_000, false)]
fn pods_are_compared_with_many_nodes(
    #[case] pod_count: usize,
    #[case] node_count: usize,
    #[case] is_accepted: bool,
) {
    let cluster = Cluster::with_nodes(node_count);
    let payload = payload_with_pods(pod_count);
    let cost = cost_with_host(payload.as_bytes(), cluster.answer.as_bytes()).expect("an answer");
    check_bounds(cost);

    let instance = policy().instance_with(cluster).expect("it starts");
    let response = instance.validate(payload.as_bytes()).expect("an answer");
    let response: Value = serde_json::from_slice(&response).expect("JSON");
    assert_eq!(response["accepted"], is_accepted, "{response}");
    let is_too_much_work = response["message"]
        .as_str()
        .is_some_and(|message| message.contains("too many containers, words or node labels"));
    assert_eq!(is_too_much_work, !is_accepted, "{response}");
}
