//! tests/data/findings.yaml has what each requirement finds; here stands how they are judged
//! together, and what is said of nodes.

use super::*;
use crate::host::{Host, NoHost};
use crate::workload::pod::RuntimeAnnotations;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every requirement that needs nothing but the pod.
fn of_the_pod() -> Vec<Requirement> {
    let mut all = Vec::from(Requirement::ALL);
    all.retain(|requirement| {
        !matches!(
            requirement,
            Requirement::NodeKubernetes | Requirement::NodeContainerd
        )
    });
    all
}

/// Judges `pod` by `modes`; every other requirement is ignored.
fn judged(pod: &Pod<'_>, modes: &[(Requirement, Mode)], host: &dyn Host) -> Findings {
    let mode_of = |requirement| match modes.iter().find(|(named, _)| *named == requirement) {
        Some((_, mode)) => *mode,
        None => Mode::Ignore,
    };
    let settings = Settings {
        requirements: Requirements::new(mode_of),
        ..Settings::default()
    };
    let nodes = NodeList::ask(&settings, host);
    judge(pod, &settings, &nodes, &mut Budget::for_request()).expect("little work")
}

/// Each of the findings as `PLACES: PROBLEM`.
fn texts(findings: &[Finding]) -> Vec<String> {
    let text = |finding: &Finding| format!("{}: {}", finding.places.join(", "), finding.problem);
    findings.iter().map(text).collect()
}

/// The requirements that the findings are of.
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
    /// What is wrong in the cases that do not say it themselves.
    problem: String,
    /// Where it is wrong in these cases.
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
    #[serde(default)]
    template: bool,
    #[serde(default)]
    spec: Value,
    /// The terms of the required node affinity.
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
        judged(&pod, &[(requirement, Mode::Deny)], &NoHost).denied
    }
}

#[test]
fn each_requirement_finds_what_its_table_says() {
    let tables = include_str!("../../tests/data/findings.yaml");
    let mut tables: BTreeMap<String, Table> = serde_saphyr::from_str(tables).expect("the table");
    for requirement in of_the_pod() {
        let table = tables.remove(requirement.key());
        let table = table.unwrap_or_else(|| panic!("no table of {requirement:?}"));
        for case in &table.met {
            assert_eq!(
                case.findings(requirement),
                [],
                "{requirement:?}: {}",
                case.name
            );
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
    assert!(tables.is_empty(), "no such requirement");
}

#[rstest]
#[case::denied(Mode::Deny, true, false)]
#[case::warned(Mode::Warn, false, true)]
#[case::ignored(Mode::Ignore, false, false)]
fn modes(#[case] mode: Mode, #[case] denies: bool, #[case] warns: bool) {
    let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
    let options = json!({"hostProcess": true});
    let spec = json!({
        "runtimeClassName": "hyperv",
        "containers": [
            {"securityContext": {"runAsNonRoot": true, "windowsOptions": options},
                "volumeMounts": [{"name": "p"}, {"name": "s"}]},
            {"name": "other"},
        ],
        "volumes": [
            {"name": "p", "hostPath": {"path": r"\\.\pipe\x"}},
            {"name": "s", "hostPath": {"path": r"C:\s", "type": "Socket"}},
        ],
    });
    let all = of_the_pod();
    let modes: Vec<_> = all.iter().map(|requirement| (*requirement, mode)).collect();
    let findings = judged(&pod(&spec, &metadata), &modes, &NoHost);
    let all_if = |condition| if condition { all.clone() } else { Vec::new() };
    assert_eq!(requirements(&findings.denied), all_if(denies));
    assert_eq!(requirements(&findings.warned), all_if(warns));
}

#[test]
fn what_is_outside_of_a_pod_spec_is_held_to_the_annotation_only() {
    let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
    let options = json!({"hostProcess": true});
    let stray = Pod::read_bare_options(&options).expect("a flag").placed_at(
        String::from("spec"),
        PodSource::BareWindowsOptions,
        RuntimeAnnotations::read(&metadata, "metadata"),
    );
    let modes: Vec<_> = of_the_pod()
        .iter()
        .map(|requirement| (*requirement, Mode::Deny))
        .collect();
    let findings = judged(&stray, &modes, &NoHost);
    assert_eq!(
        requirements(&findings.denied),
        [Requirement::RootfsLocation]
    );
}

const KUBERNETES: Requirement = Requirement::NodeKubernetes;
const CONTAINERD: Requirement = Requirement::NodeContainerd;

#[rstest]
#[case::both(Mode::Deny, Mode::Deny, &[KUBERNETES], &[])]
#[case::stricter_first(Mode::Deny, Mode::Warn, &[KUBERNETES], &[])]
#[case::stricter_last(Mode::Warn, Mode::Deny, &[CONTAINERD], &[])]
#[case::both_warn(Mode::Warn, Mode::Warn, &[], &[KUBERNETES])]
#[case::one(Mode::Ignore, Mode::Warn, &[], &[CONTAINERD])]
fn unknown_nodes_are_told_once(
    #[case] kubernetes: Mode,
    #[case] containerd: Mode,
    #[case] denied: &[Requirement],
    #[case] warned: &[Requirement],
) {
    let modes = [(KUBERNETES, kubernetes), (CONTAINERD, containerd)];
    let findings = judged(&pod(&Value::Null, &Value::Null), &modes, &NoHost);
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

#[rstest]
#[case::kubernetes("v1.23.0", &[CONTAINERD])]
#[case::newer("v1.30.1-gke.100", &[CONTAINERD])]
#[case::older("v1.22.17", &[KUBERNETES, CONTAINERD])]
#[case::no_version("latest", &[KUBERNETES, CONTAINERD])]
#[case::containerd("containerd://1.6.0", &[KUBERNETES])]
#[case::newer_containerd("containerd://1.7.20+unknown", &[KUBERNETES])]
#[case::older_containerd("containerd://1.5.9", &[KUBERNETES, CONTAINERD])]
#[case::other_runtime("docker://20.10.9", &[KUBERNETES, CONTAINERD])]
fn versions(#[case] version: &'static str, #[case] too_old: &[Requirement]) {
    let pod = pod(&Value::Null, &Value::Null);
    let modes = [(KUBERNETES, Mode::Deny), (CONTAINERD, Mode::Deny)];
    let findings = judged(&pod, &modes, &Cluster(vec![("w", version)]));
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
    let old = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, ""));
    let cluster = Cluster([("new", "v1.23")].into_iter().chain(old).collect());
    let found = |spec: &Value| {
        let modes = [(KUBERNETES, Mode::Deny)];
        texts(&judged(&pod(spec, &Value::Null), &modes, &cluster).denied)
    };
    assert_eq!(
        found(&Value::Null),
        [
            "nodeSelector: must leave out nodes below Kubernetes 1.23: \"a\" (no version), \
             \"b\" (no version), \"c\" (no version), \"d\" (no version), \"e\" (no version) \
             and 2 more"
        ]
    );
    assert_eq!(found(&json!({"nodeName": "new"})), [""; 0]);
}

#[test]
fn a_pod_that_reaches_no_known_node_is_told_from_others() {
    let reaches_no_node = |node_name: &str, mode, host: &dyn Host| {
        let spec = json!({"nodeName": node_name});
        judged(&pod(&spec, &Value::Null), &[(KUBERNETES, mode)], host).reaches_no_node
    };
    let cluster = Cluster(vec![("w", "v1.33.0")]);
    assert!(!reaches_no_node("w", Mode::Warn, &cluster));
    assert!(reaches_no_node("other", Mode::Warn, &cluster));
    assert!(!reaches_no_node("other", Mode::Ignore, &cluster));
    assert!(!reaches_no_node("other", Mode::Warn, &NoHost));
}
