//! Tests what tests/data/findings.yaml says about each requirement. Also tests how the requirements
//! are judged together, and what they say about nodes.

use super::*;
use crate::host::{Host, NoHost};
use crate::workload::pod::RuntimeAnnotations;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Returns the requirements that look only at the pod, not at nodes.
fn pod_requirements() -> Vec<Requirement> {
    let mut all = Vec::from(Requirement::ALL);
    all.retain(|requirement| {
        !matches!(
            requirement,
            Requirement::NodeKubernetes | Requirement::NodeContainerd
        )
    });
    all
}

/// Judges `pod` by the requirements in `modes`. The other requirements are ignored.
fn judge_by(modes: &[(Requirement, Mode)], pod: &Pod<'_>, host: &dyn Host) -> Findings {
    let mode_of = |requirement| {
        let listed = modes.iter().find(|(listed, _)| *listed == requirement);
        listed.map_or(Mode::Ignore, |(_, mode)| *mode)
    };
    let settings = Settings {
        requirements: Requirements::new(mode_of),
        ..Settings::default()
    };
    let nodes = NodeList::ask(&settings, host);
    check_all(pod, &settings, &nodes, &mut Budget::for_request()).expect("little work")
}

/// Returns each of the findings as `PLACES: PROBLEM`.
fn texts(findings: &[Finding]) -> Vec<String> {
    let text = |finding: &Finding| format!("{}: {}", finding.places.join(", "), finding.problem);
    findings.iter().map(text).collect()
}

/// Returns the requirement of each finding.
fn requirements(findings: &[Finding]) -> Vec<Requirement> {
    findings.iter().map(|finding| finding.requirement).collect()
}

fn pod<'a>(spec: &'a Value, metadata: &'a Value) -> Pod<'a> {
    let pod = Pod::read(spec).expect("a pod spec");
    let annotations = RuntimeAnnotations::read(metadata, "metadata");
    pod.placed_at(String::from("spec"), PodSource::Pod, annotations)
}

/// What the table says of one requirement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    /// The `problem` of the cases that do not have their own.
    problem: String,
    /// The `places` of the cases that do not have their own.
    #[serde(default)]
    places: Vec<String>,
    met: Vec<Case>,
    not_met: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    annotations: Value,
    /// Whether the pod is a pod template.
    #[serde(default)]
    template: bool,
    #[serde(default)]
    spec: Value,
    /// The terms of the required node affinity, in place of `spec`.
    terms: Option<Value>,
    problem: Option<String>,
    places: Option<Vec<String>>,
}

impl Case {
    /// Returns the findings of `requirement` in mode deny.
    fn findings(&self, requirement: Requirement) -> Vec<Finding> {
        let mut spec = self.spec.clone();
        if let Some(terms) = &self.terms {
            spec = json!({"affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
            }}});
        }
        let metadata = json!({"annotations": self.annotations});
        let mut pod = pod(&spec, &metadata);
        if self.template {
            pod.source = PodSource::Template;
        }
        judge_by(&[(requirement, Mode::Deny)], &pod, &NoHost).denied
    }
}

#[test]
fn each_requirement_finds_what_its_table_says() {
    let tables = include_str!("../../tests/data/findings.yaml");
    let mut tables: BTreeMap<String, Table> = serde_saphyr::from_str(tables).expect("the table");
    for requirement in pod_requirements() {
        let table = tables.remove(requirement.key());
        let table = table.unwrap_or_else(|| panic!("no table of {requirement:?}"));

        for case in &table.met {
            let found = case.findings(requirement);
            assert_eq!(found, [], "{requirement:?}: {}", case.name);
        }

        for case in &table.not_met {
            let expected = Finding {
                requirement,
                places: case.places.as_ref().unwrap_or(&table.places).clone(),
                problem: case.problem.as_ref().unwrap_or(&table.problem).clone(),
            };
            let found = case.findings(requirement);
            assert_eq!(found, [expected], "{requirement:?}: {}", case.name);
        }
    }
    assert!(tables.is_empty(), "the table names unknown requirements");
}

#[rstest]
#[case::deny(Mode::Deny, pod_requirements(), vec![])]
#[case::warn(Mode::Warn, vec![], pod_requirements())]
#[case::ignore(Mode::Ignore, vec![], vec![])]
fn the_mode_decides_what_a_requirement_that_is_not_met_does(
    #[case] mode: Mode,
    #[case] denied: Vec<Requirement>,
    #[case] warned: Vec<Requirement>,
) {
    // A pod that meets none of the requirements.
    let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
    let options = json!({"hostProcess": true});
    let spec = json!({
        "runtimeClassName": "hyperv",
        "containers": [
            {
                "securityContext": {"runAsNonRoot": true, "windowsOptions": options},
                "volumeMounts": [{"name": "pipe"}, {"name": "socket"}],
            },
            {"name": "not HostProcess"},
        ],
        "volumes": [
            {"name": "pipe", "hostPath": {"path": r"\\.\pipe\x"}},
            {"name": "socket", "hostPath": {"path": r"C:\s", "type": "Socket"}},
        ],
    });

    let modes: Vec<_> = pod_requirements()
        .into_iter()
        .map(|requirement| (requirement, mode))
        .collect();
    let findings = judge_by(&modes, &pod(&spec, &metadata), &NoHost);
    assert_eq!(requirements(&findings.denied), denied);
    assert_eq!(requirements(&findings.warned), warned);
}

#[test]
fn bare_windows_options_are_judged_by_rootfs_location_only() {
    let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
    let options = json!({"hostProcess": true});
    let pod = Pod::read_bare_options(&options).expect("a flag").placed_at(
        String::from("spec"),
        PodSource::BareWindowsOptions,
        RuntimeAnnotations::read(&metadata, "metadata"),
    );
    let modes: Vec<_> = pod_requirements()
        .into_iter()
        .map(|requirement| (requirement, Mode::Deny))
        .collect();
    let findings = judge_by(&modes, &pod, &NoHost);
    assert_eq!(
        requirements(&findings.denied),
        [Requirement::RootfsLocation]
    );
}

const KUBERNETES: Requirement = Requirement::NodeKubernetes;
const CONTAINERD: Requirement = Requirement::NodeContainerd;

#[rstest]
#[case::both_deny(Mode::Deny, Mode::Deny, &[KUBERNETES], &[])]
#[case::kubernetes_is_stricter(Mode::Deny, Mode::Warn, &[KUBERNETES], &[])]
#[case::containerd_is_stricter(Mode::Warn, Mode::Deny, &[CONTAINERD], &[])]
#[case::both_warn(Mode::Warn, Mode::Warn, &[], &[KUBERNETES])]
#[case::kubernetes_is_ignored(Mode::Ignore, Mode::Warn, &[], &[CONTAINERD])]
fn one_finding_says_that_the_nodes_are_unknown(
    #[case] kubernetes: Mode,
    #[case] containerd: Mode,
    #[case] denied: &[Requirement],
    #[case] warned: &[Requirement],
) {
    let modes = [(KUBERNETES, kubernetes), (CONTAINERD, containerd)];
    let findings = judge_by(&modes, &pod(&Value::Null, &Value::Null), &NoHost);
    assert_eq!(requirements(&findings.denied), denied);
    assert_eq!(requirements(&findings.warned), warned);

    let all: Vec<_> = findings.denied.iter().chain(&findings.warned).collect();
    let [finding] = all[..] else {
        panic!("{findings:?}")
    };
    assert_eq!(finding.places, ["nodeSelector"]);
    assert_eq!(
        finding.problem,
        "the nodes are unknown: grant v1 Node in contextAwareResources, and list and watch of \
         nodes to the policy server: \"no cluster can be asked here\""
    );
}

/// A host that lists these nodes: the name of each, and the version that its kubelet and its container
/// runtime both report.
struct Cluster(Vec<(&'static str, &'static str)>);

impl Host for Cluster {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        let mut items = Vec::new();
        for (name, version) in &self.0 {
            let info = json!({"kubeletVersion": version, "containerRuntimeVersion": version});
            items.push(json!({"metadata": {"name": name}, "status": {"nodeInfo": info}}));
        }
        Ok(json!({"items": items}).to_string().into_bytes())
    }
}

#[rstest]
#[case::oldest_kubernetes("v1.23.0", &[CONTAINERD])]
#[case::newer_kubernetes("v1.30.1-gke.100", &[CONTAINERD])]
#[case::older_kubernetes("v1.22.17", &[KUBERNETES, CONTAINERD])]
#[case::not_a_version("latest", &[KUBERNETES, CONTAINERD])]
#[case::oldest_containerd("containerd://1.6.0", &[KUBERNETES])]
#[case::newer_containerd("containerd://1.7.20+unknown", &[KUBERNETES])]
#[case::older_containerd("containerd://1.5.9", &[KUBERNETES, CONTAINERD])]
#[case::other_runtime("docker://20.10.9", &[KUBERNETES, CONTAINERD])]
fn nodes_with_older_or_other_software_are_found(
    #[case] version: &'static str,
    #[case] too_old: &[Requirement],
) {
    let pod = pod(&Value::Null, &Value::Null);
    let modes = [(KUBERNETES, Mode::Deny), (CONTAINERD, Mode::Deny)];
    let findings = judge_by(&modes, &pod, &Cluster(vec![("w", version)]));
    assert_eq!(requirements(&findings.denied), too_old);
    for finding in &findings.denied {
        let needed = match finding.requirement {
            KUBERNETES => "Kubernetes 1.23",
            _ => "containerd 1.6",
        };
        assert_eq!(finding.places, ["nodeSelector"]);
        assert_eq!(
            finding.problem,
            format!("must leave out nodes below {needed}: \"w\" (\"{version}\")")
        );
    }
}

#[test]
fn five_nodes_are_named_and_the_rest_counted() {
    let mut nodes = vec![("new", "v1.23")];
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        nodes.push((name, ""));
    }
    let cluster = Cluster(nodes);
    let find = |spec: &Value| {
        let modes = [(KUBERNETES, Mode::Deny)];
        judge_by(&modes, &pod(spec, &Value::Null), &cluster).denied
    };

    assert_eq!(
        texts(&find(&Value::Null)),
        [
            "nodeSelector: must leave out nodes below Kubernetes 1.23: \"a\" (no version), \
             \"b\" (no version), \"c\" (no version), \"d\" (no version), \"e\" (no version) \
             and 2 more"
        ]
    );
    assert_eq!(find(&json!({"nodeName": "new"})), []);
}

#[test]
fn a_pod_reaches_no_node_only_if_the_nodes_are_known() {
    let reaches_no_node = |node_name: &str, mode, host: &dyn Host| {
        let spec = json!({"nodeName": node_name});
        judge_by(&[(KUBERNETES, mode)], &pod(&spec, &Value::Null), host).reaches_no_node
    };
    let cluster = Cluster(vec![("w", "v1.33.0")]);
    assert!(!reaches_no_node("w", Mode::Warn, &cluster));
    assert!(reaches_no_node("other", Mode::Warn, &cluster));
    assert!(!reaches_no_node("other", Mode::Ignore, &cluster));
    assert!(!reaches_no_node("other", Mode::Warn, &NoHost));
}
