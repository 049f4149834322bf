//! The host's recorded answer to a question for the cluster's nodes.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the host answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A list of these nodes.
    Nodes(Vec<Node>),
    /// A refusal in these words.
    Refusal {
        /// The host's words.
        error: String,
    },
    /// This text as it stands.
    Text {
        /// The answer's bytes.
        answer: String,
    },
}

/// One Windows node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    name: String,
    #[serde(default)]
    labels: Map<String, Value>,
    kubelet: String,
    runtime: String,
}

impl Answer {
    /// The answer as the host gives it: a Kubernetes list, or its words of refusal.
    ///
    /// # Errors
    /// The host's words.
    pub fn give(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Nodes(nodes) => {
                let items: Vec<Value> = nodes.iter().map(Node::object).collect();
                let list = json!({ "apiVersion": "v1", "kind": "NodeList", "metadata": { "resourceVersion": "" }, "items": items });
                Ok(list.to_string().into_bytes())
            }
            Self::Refusal { error } => Err(error.clone()),
            Self::Text { answer } => Ok(answer.clone().into_bytes()),
        }
    }
}

impl Node {
    fn object(&self) -> Value {
        let mut labels = self.labels.clone();
        labels.insert("kubernetes.io/os".into(), "windows".into());
        json!({
            "metadata": { "name": self.name, "labels": labels },
            "status": { "nodeInfo": {
                "architecture": "amd64",
                "containerRuntimeVersion": self.runtime,
                "kubeletVersion": self.kubelet,
                "operatingSystem": "windows",
            } },
        })
    }
}
