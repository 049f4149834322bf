//! tests/data/findings.yaml has what each requirement finds; here stands how they are judged
//! together, and what is said of nodes.

use super::*;
use crate::host::{Host, NoHost};
use crate::workload::pod::Annotation;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ALL: [&str; 9] = [
    "allContainers",
    "hostNetwork",
    "runAsUserName",
    "runAsNonRoot",
    "namedPipeMounts",
    "unixSocketMounts",
    "hyperVIsolation",
    "rootfsLocation",
    "windowsNode",
];

/// What is denied and what is warned about with these modes and all others ignore, each as
/// `REQUIREMENT: PLACES: PROBLEM`.
fn judged(pod: &Pod<'_>, modes: &[(&str, &str)], host: &dyn Host) -> [Vec<String>; 2] {
    let ignored = ALL.map(|requirement| (requirement, "ignore"));
    let modes: BTreeMap<_, _> = ignored.iter().chain(modes).copied().collect();
    let settings = Settings::read(json!({"requirements": modes})).expect("settings");
    judge(pod, &settings, &Nodes::ask(&settings, host)).map(|findings| {
        let said = findings.iter().map(|finding| {
            format!(
                "{}: {}: {}",
                finding.requirement,
                finding.places.join(", "),
                finding.problem
            )
        });
        said.collect()
    })
}

fn pod<'a>(spec: &'a Value, metadata: &'a Value) -> Pod<'a> {
    at_its_place(Pod::read(spec).expect("a pod spec"), metadata)
}

fn at_its_place<'a>(pod: Pod<'a>, metadata: &'a Value) -> Pod<'a> {
    let path = || String::from("metadata");
    pod.at(String::from("spec"), |name| {
        Annotation::of(name, metadata, path)
    })
}

/// The requirements of those that were said.
fn names(said: &[String]) -> Vec<&str> {
    said.iter()
        .filter_map(|said| said.split(':').next())
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    annotations: Value,
    spec: Value,
    finding: Option<String>,
}

#[test]
fn each_finds_what_it_is_to_find() {
    let table = include_str!("../../tests/data/findings.yaml");
    let table: BTreeMap<String, Vec<Case>> = serde_saphyr::from_str(table).expect("a table");
    assert_eq!(table.len(), ALL.len());
    for (requirement, cases) in &table {
        for Case {
            name,
            annotations,
            spec,
            finding,
        } in cases
        {
            let metadata = json!({"annotations": annotations});
            let [denied, _] = judged(&pod(spec, &metadata), &[(requirement, "deny")], &NoHost);
            let expected = finding
                .iter()
                .map(|finding| format!("{requirement}: {finding}"));
            assert_eq!(
                denied,
                expected.collect::<Vec<_>>(),
                "{requirement}: {name}"
            );
        }
    }
}

#[rstest]
#[case::denied("deny", &ALL, &[])]
#[case::warned("warn", &[], &ALL)]
#[case::ignore("ignore", &[], &[])]
fn modes(#[case] mode: &str, #[case] denied: &[&str], #[case] warned: &[&str]) {
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
    let modes = ALL.map(|requirement| (requirement, mode));
    let found = judged(&pod(&spec, &metadata), &modes, &NoHost);
    assert_eq!(found.each_ref().map(|said| names(said)), [denied, warned]);
}

#[test]
fn what_is_outside_of_a_pod_spec_is_held_to_the_annotation_only() {
    let metadata = json!({"annotations": {"microsoft.com/hostprocess-rootfs-location": "x"}});
    let options = json!({"hostProcess": true});
    let stray = at_its_place(Pod::stray(&options).expect("a flag"), &metadata);
    let [denied, _] = judged(
        &stray,
        &ALL.map(|requirement| (requirement, "deny")),
        &NoHost,
    );
    assert_eq!(names(&denied), ["rootfsLocation"]);
}

const KUBERNETES: &str = "nodeKubernetes";
const CONTAINERD: &str = "nodeContainerd";

#[rstest]
#[case::both("deny", "deny", &[KUBERNETES], &[])]
#[case::stricter_first("deny", "warn", &[KUBERNETES], &[])]
#[case::stricter_last("warn", "deny", &[CONTAINERD], &[])]
#[case::both_warn("warn", "warn", &[], &[KUBERNETES])]
#[case::one("ignore", "warn", &[], &[CONTAINERD])]
fn unknown_nodes_are_told_once(
    #[case] kubernetes: &str,
    #[case] containerd: &str,
    #[case] denied: &[&str],
    #[case] warned: &[&str],
) {
    let modes = [(KUBERNETES, kubernetes), (CONTAINERD, containerd)];
    let found = judged(&pod(&Value::Null, &Value::Null), &modes, &NoHost);
    assert_eq!(found.each_ref().map(|said| names(said)), [denied, warned]);
    let [said] = &found.concat()[..] else {
        panic!("{found:?}")
    };
    assert!(said.ends_with(
        ": nodeSelector: cannot be compared with nodes: grant v1 Node in contextAwareResources, \
         and list and watch of nodes to the policy server: \"no cluster can be asked here\""
    ));
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
fn versions(#[case] version: &'static str, #[case] wrong: &[&str]) {
    let modes = [(KUBERNETES, "deny"), (CONTAINERD, "deny")];
    let needed = |name| {
        if name == KUBERNETES {
            "Kubernetes 1.23"
        } else {
            "containerd 1.6"
        }
    };
    let expected = wrong.iter().map(|name| {
        let needed = needed(*name);
        format!("{name}: nodeSelector: must leave out nodes below {needed}: \"w\" (\"{version}\")")
    });
    let pod = pod(&Value::Null, &Value::Null);
    let [denied, _] = judged(&pod, &modes, &Cluster(vec![("w", version)]));
    assert_eq!(denied, expected.collect::<Vec<_>>());
}

#[test]
fn five_nodes_are_named_and_the_rest_counted() {
    let old = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, ""));
    let cluster = Cluster([("new", "v1.23")].into_iter().chain(old).collect());
    let expected = "nodeKubernetes: nodeSelector: must leave out nodes below Kubernetes 1.23: \
        \"a\" (no version), \"b\" (no version), \"c\" (no version), \"d\" (no version), \
        \"e\" (no version) and 2 more";
    let said = |spec: &Value| judged(&pod(spec, &Value::Null), &[(KUBERNETES, "deny")], &cluster);
    assert_eq!(said(&Value::Null), [vec![expected.to_owned()], vec![]]);
    assert_eq!(said(&json!({"nodeName": "new"})).concat(), [""; 0]);
}
