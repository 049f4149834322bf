//! The cluster's Windows nodes, as the host lists them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::findings::Findings;
use crate::host::Host;
use crate::pod::Pod;
use crate::settings::{Mode, Settings};
use crate::tape::{Ref, Shape, Tape};
use crate::text;
use crate::unreadable::Unreadable;

/// What is asked of the host: the names, labels and versions of the Windows
/// nodes. Always the same, so that the policy server keeps one answer for all.
/// It is what the SDK's `ListAllResourcesRequest` says in JSON.
pub(crate) const REQUEST: &str = concat!(
    r#"{"api_version":"v1","kind":"Node","label_selector":"kubernetes.io/os=windows","#,
    r#""field_selector":null,"#,
    r#""field_masks":["metadata.labels","metadata.name","status.nodeInfo"]}"#,
);

static NODES: Shape = Shape::Fields(&[(
    "items",
    Shape::List(&Shape::Fields(&[
        (
            "metadata",
            Shape::Fields(&[("name", Shape::Text), ("labels", Shape::Labels)]),
        ),
        (
            "status",
            Shape::Fields(&[(
                "nodeInfo",
                Shape::Fields(&[
                    ("kubeletVersion", Shape::Text),
                    ("containerRuntimeVersion", Shape::Text),
                ]),
            )]),
        ),
    ])),
)]);

/// The host's answer.
pub(crate) enum Answer {
    /// No requirement asks for the nodes, so the host was not asked.
    NotAsked,
    /// A list of nodes, as JSON.
    Json(Vec<u8>),
    /// The host refused or failed, and says why.
    Failed(String),
}

impl Answer {
    /// Asks `host` for the nodes if a requirement of `settings` needs them.
    pub(crate) fn get(settings: &Settings<'_>, host: &dyn Host) -> Self {
        let needed = crate::requirements::REQUIREMENTS
            .iter()
            .zip(settings.requirements.0)
            .any(|(requirement, mode)| requirement.needs_nodes && mode != Mode::Off);
        if !needed {
            return Answer::NotAsked;
        }
        match host.list_all_resources(REQUEST.as_bytes()) {
            Ok(json) => Answer::Json(json),
            Err(reason) => Answer::Failed(reason),
        }
    }

    /// Reads the answer; none where there is none to read.
    pub(crate) fn read(&self) -> Option<Result<Tape<'_>, Unreadable>> {
        match self {
            Answer::Json(json) => {
                Some(text::from_utf8(json).and_then(|json| Tape::read(json, &NODES, "nodes")))
            }
            _ => None,
        }
    }
}

/// The cluster's Windows nodes, or why they are not known.
pub(crate) enum Nodes<'n> {
    /// No requirement asks for them.
    NotAsked,
    Known(Vec<Node<'n>>),
    Unknown(String),
}

/// A node.
pub(crate) struct Node<'n> {
    pub(crate) name: &'n str,
    labels: Option<Ref<'n>>,
    /// `status.nodeInfo.kubeletVersion`
    pub(crate) kubelet: &'n str,
    /// `status.nodeInfo.containerRuntimeVersion`
    pub(crate) runtime: &'n str,
}

impl<'n> Nodes<'n> {
    /// The nodes of `answer`, which has been read into `tape`.
    pub(crate) fn of(answer: &Answer, tape: Option<&'n Result<Tape<'n>, Unreadable>>) -> Self {
        match (answer, tape) {
            (Answer::Failed(reason), _) => Nodes::Unknown(reason.clone()),
            (_, Some(Err(unreadable))) => Nodes::Unknown(unreadable.0.clone()),
            (_, Some(Ok(tape))) => match read(tape.root()) {
                Ok(nodes) => Nodes::Known(nodes),
                Err(unreadable) => Nodes::Unknown(unreadable.0),
            },
            (_, None) => Nodes::NotAsked,
        }
    }

    /// The nodes that `pod` can reach: all that have the labels of its
    /// nodeSelector, or the one that its nodeName names. That there are none is
    /// no finding (nodes may come later); that they are not known is one.
    pub(crate) fn reached_by<'c>(
        &'c self,
        pod: &Pod<'_>,
        findings: &mut Findings,
    ) -> Vec<&'c Node<'n>> {
        if let Nodes::Unknown(reason) = self
            && let Some(detail) = findings.at(pod.spec.0, "nodeSelector")
        {
            text::put(
                detail,
                "Internal error: the nodes cannot be read: grant v1 Node in the policy's \
                 contextAwareResources, and its policy server to get, list and watch nodes: ",
            );
            text::push_quoted(detail, reason);
            // Two requirements ask for the nodes.
            findings.say_once();
        }
        self.matching(pod).collect()
    }

    /// Whether the nodes are known and `pod` can reach none of them.
    pub(crate) fn none_for(&self, pod: &Pod<'_>) -> bool {
        matches!(self, Nodes::Known(_)) && self.matching(pod).next().is_none()
    }

    fn matching<'c>(&'c self, pod: &Pod<'_>) -> impl Iterator<Item = &'c Node<'n>> {
        let nodes = match self {
            Nodes::Known(nodes) => &nodes[..],
            _ => &[],
        };
        nodes.iter().filter(move |node| node.is_reached_by(pod))
    }
}

impl Node<'_> {
    fn is_reached_by(&self, pod: &Pod<'_>) -> bool {
        let label = |name: &str| self.labels?.get(name)?.as_text();
        pod.node_name.is_none_or(|name| name == self.name)
            && pod
                .node_selector
                .iter()
                .flat_map(|selector| selector.children())
                .all(|wanted| label(wanted.key()) == Some(wanted.as_text().unwrap_or_default()))
    }
}

fn read(list: Ref<'_>) -> Result<Vec<Node<'_>>, Unreadable> {
    if list.get("items").is_none() {
        return Err(Unreadable::missing(list, "items"));
    }
    list.check()?;
    let mut nodes = Vec::new();
    for item in list.objects("items") {
        let metadata = item.object("metadata");
        let info = item
            .object("status")
            .and_then(|status| status.object("nodeInfo"));
        let version = |field| info.and_then(|info| info.text(field)).unwrap_or_default();
        nodes.push(Node {
            name: metadata.and_then(|m| m.text("name")).unwrap_or_default(),
            labels: metadata.and_then(|m| m.object("labels")),
            kubelet: version("kubeletVersion"),
            runtime: version("containerRuntimeVersion"),
        });
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find;
    use crate::host::NoHost;
    use crate::kind::Home;
    use alloc::format;
    use alloc::vec;
    use rstest::rstest;

    const LIST: &str = r#"{"items":[
        {"metadata":{"name":"w19","labels":{"os":"windows","build":"10.0.17763"}}},
        {"metadata":{"name":"w22","labels":{"os":"windows","build":"10.0.20348","zone":""}}},
        {"metadata":{"name":"bare"}}]}"#;

    /// The names of the nodes in `answer` that a pod with `spec` reaches, the
    /// denial for nodes that are not known, and whether there are none for it.
    fn reached(answer: &Answer, spec: &str) -> (Vec<String>, String, bool) {
        let object = format!(r#"{{"spec":{spec}}}"#);
        let object = Tape::read(&object, Home::Pod.shape(), "").expect("JSON");
        let pods = find::pods(Home::Pod, object.root()).expect("fields of the right types");
        let tape = answer.read();
        let nodes = Nodes::of(answer, tape.as_ref());
        let mut findings = Findings::default();
        // Two requirements ask.
        nodes.reached_by(&pods[0], &mut findings);
        let reached = nodes.reached_by(&pods[0], &mut findings);
        let names = reached.iter().map(|node| String::from(node.name)).collect();
        let denial = crate::findings::message(&[findings]);
        let denial = denial.replacen("HostProcess denied: ", "", 1);
        (names, denial, nodes.none_for(&pods[0]))
    }

    #[rstest]
    #[case::all("{}", &["w19", "w22", "bare"])]
    #[case::no_labels(r#"{"nodeSelector":{}}"#, &["w19", "w22", "bare"])]
    #[case::label(r#"{"nodeSelector":{"os":"windows"}}"#, &["w19", "w22"])]
    #[case::labels(r#"{"nodeSelector":{"os":"windows","build":"10.0.20348"}}"#, &["w22"])]
    #[case::other_value(r#"{"nodeSelector":{"os":"linux"}}"#, &[])]
    #[case::other_label(r#"{"nodeSelector":{"os":"windows","x":"y"}}"#, &[])]
    #[case::empty_value(r#"{"nodeSelector":{"zone":""}}"#, &["w22"])]
    #[case::null_value(r#"{"nodeSelector":{"zone":null}}"#, &["w22"])]
    #[case::name(r#"{"nodeName":"bare"}"#, &["bare"])]
    #[case::empty_name(r#"{"nodeName":""}"#, &["w19", "w22", "bare"])]
    #[case::name_and_label(r#"{"nodeName":"bare","nodeSelector":{"os":"windows"}}"#, &[])]
    fn reach(#[case] spec: &str, #[case] expected: &[&str]) {
        let expected: Vec<_> = expected.iter().copied().map(String::from).collect();
        let none = expected.is_empty();
        let answer = Answer::Json(LIST.into());
        assert_eq!(reached(&answer, spec), (expected, String::new(), none));
    }

    #[rstest]
    #[case::refused(Answer::Failed("no \"grant\"".into()), r#"no \"grant\""#)]
    #[case::no_json(
        Answer::Json("[".into()),
        "nodes: not JSON: the text ends too early, at line 1 column 1"
    )]
    #[case::no_text(Answer::Json(vec![b'"', 0xff]), "not JSON: byte 1 is not UTF-8")]
    fn unknown_nodes(#[case] answer: Answer, #[case] reason: &str) {
        let denial = format!(
            "spec.nodeSelector: Internal error: the nodes cannot be read: grant v1 Node in the \
             policy's contextAwareResources, and its policy server to get, list and watch nodes: \
             \"{reason}\""
        );
        assert_eq!(reached(&answer, "{}"), (Vec::new(), denial, false));
    }

    #[rstest]
    #[case::no_list("{}", ".items: is missing")]
    #[case::null("null", ".items: is missing")]
    #[case::wrong_type(
        r#"{"items":[{"metadata":{"name":1}}]}"#,
        ".items[0].metadata.name: a string is expected, found a number"
    )]
    #[case::wrong_version(
        r#"{"items":[{"status":{"nodeInfo":{"kubeletVersion":1.3}}}]}"#,
        ".items[0].status.nodeInfo.kubeletVersion: a string is expected, found a number"
    )]
    fn lists_that_are_none(#[case] json: &str, #[case] reason: &str) {
        let (names, denial, none) = reached(&Answer::Json(json.into()), "{}");
        assert_eq!((names, none), (Vec::new(), false));
        let end = format!("{reason}\"");
        assert!(denial.ends_with(&end), "{denial}");
    }

    #[test]
    fn nodes_that_nobody_asks_for() {
        let nothing = (Vec::new(), String::new(), false);
        assert_eq!(reached(&Answer::NotAsked, "{}"), nothing);
        let none = Answer::Json(r#"{"items":[]}"#.into());
        assert_eq!(reached(&none, "{}"), (Vec::new(), String::new(), true));
    }

    #[rstest]
    #[case::defaults(&[], false)]
    #[case::warn(&[("nodeKubernetes", Mode::Warn)], true)]
    #[case::deny(&[("nodeContainerd", Mode::Deny)], true)]
    #[case::others(&[("windowsNode", Mode::Deny)], false)]
    fn the_host_is_asked_where_a_requirement_needs_it(
        #[case] modes: &[(&str, Mode)],
        #[case] expected: bool,
    ) {
        let mut settings = Settings::default();
        for (requirement, mode) in crate::requirements::REQUIREMENTS
            .iter()
            .zip(&mut settings.requirements.0)
        {
            if let Some((_, set)) = modes.iter().find(|(name, _)| *name == requirement.name) {
                *mode = *set;
            }
        }
        // A host without capabilities fails where it is asked.
        let asked = match Answer::get(&settings, &NoHost) {
            Answer::NotAsked => None,
            Answer::Json(_) => Some(String::from("an answer")),
            Answer::Failed(reason) => Some(reason),
        };
        let refusal = expected.then(|| String::from("the host lists no resources"));
        assert_eq!(asked, refusal);
    }

    #[test]
    fn versions_are_read() {
        let answer = Answer::Json(
            r#"{"items":[{"status":{"nodeInfo":{"kubeletVersion":"v1.30.0",
                "containerRuntimeVersion":"containerd://1.7.1"}}}]}"#
                .into(),
        );
        let tape = answer.read();
        let Nodes::Known(nodes) = Nodes::of(&answer, tape.as_ref()) else {
            panic!("the nodes are known");
        };
        let versions: Vec<_> = nodes
            .iter()
            .map(|node| (node.kubelet, node.runtime))
            .collect();
        assert_eq!(versions, [("v1.30.0", "containerd://1.7.1")]);
    }
}
