//! The cluster's Windows nodes, as the host lists them.

use serde_json::{Map, Value};

use crate::host::{self, Host, HostError};
use crate::matching::version::Version;
use crate::request::fields::{Fields, ReadError, ReadResult};
use crate::settings::{Mode, Requirement, Settings};

/// The cluster's Windows nodes, as far as the policy knows them.
#[derive(Debug, PartialEq)]
pub enum NodeList {
    /// The host was not asked, because no requirement needs the nodes.
    NotAsked,
    /// The host did not list the nodes, or its list cannot be read.
    Unavailable(HostError),
    Known(Vec<Node>),
}

/// What the policy reads of a node. A field that the node does not have is empty here.
#[derive(Debug, PartialEq)]
pub struct Node {
    pub name: String,
    /// `status.nodeInfo.kubeletVersion`: `v1.33.1`.
    pub kubelet_version: ReportedVersion,
    /// `status.nodeInfo.containerRuntimeVersion`: `containerd://1.7.27`.
    pub containerd_version: ReportedVersion,
    /// `metadata.labels`, whose values are texts. A JSON object holds them, because a second kind of
    /// map would add kilobytes to the module.
    labels: Map<String, Value>,
}

/// The version of a piece of software, as a node reports it.
#[derive(Debug, PartialEq)]
pub struct ReportedVersion {
    /// The whole report. Empty if there is none.
    pub text: String,
    /// `None` if there is no report, or if it is about other software, or is not a version.
    pub version: Option<Version>,
}

impl ReportedVersion {
    /// Reads a report, which begins with `prefix` if it is about the right software. It is read once for
    /// all pods of a request.
    fn read(text: &str, prefix: &str) -> Self {
        ReportedVersion {
            text: text.to_owned(),
            version: text.strip_prefix(prefix).and_then(Version::parse),
        }
    }
}

impl NodeList {
    /// Asks `host` for the nodes if a requirement of `settings` needs them.
    pub fn ask(settings: &Settings, host: &dyn Host) -> Self {
        let are_ignored = Requirement::OF_NODES
            .iter()
            .all(|requirement| settings.requirements.mode(*requirement) == Mode::Ignore);
        if are_ignored {
            return NodeList::NotAsked;
        }
        match list_nodes(host) {
            Ok(nodes) => NodeList::Known(nodes),
            Err(error) => NodeList::Unavailable(error),
        }
    }
}

impl Node {
    /// Returns the value of a label; `None` if the node does not have it.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name)?.as_str()
    }

    fn read(node: Fields<'_>) -> ReadResult<Self> {
        let mut labels = Map::new();
        for (label, value) in node.labels("metadata.labels")? {
            labels.insert(label.to_owned(), Value::from(value));
        }

        let kubelet = node.text_or_empty("status.nodeInfo.kubeletVersion")?;
        let runtime = node.text_or_empty("status.nodeInfo.containerRuntimeVersion")?;
        Ok(Node {
            name: node.text_or_empty("metadata.name")?.to_owned(),
            kubelet_version: ReportedVersion::read(kubelet, ""),
            containerd_version: ReportedVersion::read(runtime, "containerd://"),
            labels,
        })
    }
}

/// Asks `host` for the nodes.
///
/// # Errors
/// The host does not answer, or its answer is not a list of nodes.
fn list_nodes(host: &dyn Host) -> Result<Vec<Node>, HostError> {
    let list = host::list_windows_nodes(host)?;
    read_nodes(&list).map_err(|error| HostError::unreadable(error.within("nodes").to_string()))
}

/// Reads the host's answer, which is an object of the Kubernetes API with the nodes in `items`.
fn read_nodes(list: &Value) -> ReadResult<Vec<Node>> {
    let list = Fields::new(list)?;
    if list.value("items")?.is_none() {
        return Err(ReadError::missing("items"));
    }
    list.list("items", |_, node| Node::read(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{NoHost, WINDOWS_NODES};
    use crate::settings::Requirements;
    use rstest::rstest;
    use std::cell::RefCell;

    /// A host that gives the same answer to every question, and keeps the questions.
    struct OneAnswerHost {
        answer: &'static str,
        questions: RefCell<Vec<String>>,
    }

    impl OneAnswerHost {
        fn new(answer: &'static str) -> Self {
            OneAnswerHost {
                answer,
                questions: RefCell::default(),
            }
        }
    }

    impl Host for OneAnswerHost {
        fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
            let request = String::from_utf8_lossy(request);
            let question = format!("{operation} {request}");
            self.questions.borrow_mut().push(question);
            Ok(self.answer.into())
        }
    }

    /// Asks `host` for the nodes, with these modes of `nodeKubernetes` and `nodeContainerd`.
    fn ask(host: &dyn Host, kubernetes: Mode, containerd: Mode) -> NodeList {
        let requirements = Requirements::new(|requirement| match requirement {
            Requirement::NodeKubernetes => kubernetes,
            Requirement::NodeContainerd => containerd,
            _ => Mode::Ignore,
        });
        let settings = Settings {
            requirements,
            ..Settings::default()
        };
        NodeList::ask(&settings, host)
    }

    #[test]
    fn a_node_is_read_with_its_labels_and_versions() {
        let host = OneAnswerHost::new(
            r#"{"items": [
                {
                    "metadata": {"name": "w", "labels": {"pool": "a", "zone": null}},
                    "status": {"nodeInfo": {
                        "kubeletVersion": "v1.33.1",
                        "containerRuntimeVersion": "containerd://1.7.27"
                    }}
                },
                {}
            ]}"#,
        );
        let NodeList::Known(nodes) = ask(&host, Mode::Warn, Mode::Ignore) else {
            panic!("the nodes are known")
        };
        let [node, bare] = &nodes[..] else {
            panic!("{nodes:?}")
        };
        assert_eq!(node.name, "w");
        assert_eq!(node.kubelet_version.text, "v1.33.1");
        assert_eq!(node.kubelet_version.version, Version::parse("1.33.1"));
        assert_eq!(node.containerd_version.text, "containerd://1.7.27");
        assert_eq!(node.containerd_version.version, Version::parse("1.7.27"));
        assert_eq!(node.label("pool"), Some("a"));
        // The API server reads null as the empty string.
        assert_eq!(node.label("zone"), Some(""));
        assert_eq!(node.label("other"), None);
        assert_eq!(bare.name, "");
        assert_eq!(bare.label("pool"), None);
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
    #[case::wrong_label(
        r#"{"items":[{"metadata":{"labels":{"x":1}}}]}"#,
        "nodes.items[0].metadata.labels.x: must be a string, but is a number"
    )]
    #[case::wrong_version(
        r#"{"items":[{"status":{"nodeInfo":{"kubeletVersion":1.3}}}]}"#,
        "nodes.items[0].status.nodeInfo.kubeletVersion: must be a string, but is a number"
    )]
    fn an_answer_that_is_no_list_of_nodes_is_a_reason(
        #[case] answer: &'static str,
        #[case] reason: &str,
    ) {
        let nodes = ask(&OneAnswerHost::new(answer), Mode::Warn, Mode::Ignore);
        assert_eq!(nodes, NodeList::Unavailable(HostError::unreadable(reason)));
    }

    #[rstest]
    #[case::both_ignored(Mode::Ignore, Mode::Ignore, NodeList::NotAsked)]
    #[case::kubernetes(Mode::Warn, Mode::Ignore, unavailable())]
    #[case::containerd(Mode::Ignore, Mode::Deny, unavailable())]
    fn the_host_is_asked_if_a_requirement_needs_the_nodes(
        #[case] kubernetes: Mode,
        #[case] containerd: Mode,
        #[case] expected: NodeList,
    ) {
        assert_eq!(ask(&NoHost, kubernetes, containerd), expected);
    }

    fn unavailable() -> NodeList {
        NodeList::Unavailable(HostError::Refused("no cluster can be asked here".into()))
    }

    #[test]
    fn the_host_is_asked_one_question_which_is_always_the_same() {
        let host = OneAnswerHost::new(r#"{"items":[]}"#);
        let nodes = ask(&host, Mode::Deny, Mode::Deny);
        assert_eq!(nodes, NodeList::Known(Vec::new()));
        let question = format!("list_resources_all {WINDOWS_NODES}");
        assert_eq!(*host.questions.borrow(), [question]);
    }
}
