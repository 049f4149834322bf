//! The ready-made policies admit the workloads that they are made for, by the
//! rule that is meant, and nothing says more than it should.

use published::{files, judge};
use rstest::rstest;
use serde_json::Value;

#[rstest]
#[case::azure_disk("aks-cluster-add-ons", "csi-azuredisk-node-windows", "azure-disk")]
#[case::azure_file("aks-cluster-add-ons", "csi-azurefile-node-windows", "azure-file")]
#[case::cloud_node_manager(
    "aks-cluster-add-ons",
    "cloud-node-manager-windows",
    "cloud-node-manager"
)]
#[case::azure_cni("aks-cluster-add-ons", "azure-cni-windows", "azure-cni")]
#[case::calico("calico-for-windows", "calico-node-windows", "calico-node")]
#[case::kube_proxy("calico-for-windows", "kube-proxy-windows", "kube-proxy")]
#[case::csi_proxy("csi-drivers", "csi-proxy", "csi-proxy")]
#[case::smb("csi-drivers", "csi-smb-node-windows", "csi-smb")]
#[case::ebs("csi-drivers", "ebs-csi-node-windows", "ebs-csi")]
#[case::vsphere("csi-drivers", "vsphere-csi-node-windows", "vsphere-csi")]
fn a_policy_admits_what_it_is_for(
    #[case] policy: &str,
    #[case] workload: &str,
    #[case] rule: &str,
) {
    admitted(
        policy,
        &format!("tests/data/workloads/{workload}/manifest.yaml"),
        rule,
    );
}

#[test]
fn the_exporters_policy_admits_it_with_its_own_firewall_rule() {
    admitted(
        "windows-exporter",
        "published/tests/data/windows-exporter.yaml",
        "windows-exporter",
    );
}

#[test]
fn the_exporters_policy_admits_no_other_command_of_the_base_image() {
    let mut manifest = files::document("published/tests/data/windows-exporter.yaml");
    let arguments = &mut manifest["spec"]["template"]["spec"]["initContainers"][0]["args"];
    let arguments = arguments.as_array_mut().expect("arguments");
    arguments.push("; Get-ChildItem".into());
    let verdict = judge::request(&judge::creation(&manifest), &settings("windows-exporter"));
    assert!(!verdict.accepted);
    assert!(
        verdict.message.contains("initContainers[0].command"),
        "{}",
        verdict.message
    );
}

/// Asserts that `policy` admits the objects in `file`, one of them by `rule`.
fn admitted(policy: &str, file: &str, rule: &str) {
    let settings = settings(policy);
    let mut rules = Vec::new();
    for manifest in files::documents(file) {
        let verdict = judge::request(&judge::creation(&manifest), &settings);
        assert!(verdict.accepted, "{}", verdict.message);
        assert_eq!(verdict.warnings, [] as [&str; 0]);
        rules.extend(verdict.audit_annotations.get("allowed-by").cloned());
    }
    assert_eq!(rules, [rule]);
}

#[rstest]
#[case::deny_all("deny-all")]
#[case::monitor_only("monitor-only")]
fn a_policy_without_rules_admits_none_of_them(#[case] policy: &str) {
    let settings = settings(policy);
    for file in files::below("tests/data/workloads") {
        if !file.ends_with("/manifest.yaml") {
            continue;
        }
        let denied = files::documents(&file)
            .iter()
            .filter(|manifest| !judge::request(&judge::creation(manifest), &settings).accepted)
            .count();
        assert_eq!(denied, 1, "denied objects in {file}");
    }
}

fn settings(policy: &str) -> Value {
    files::document(&format!("artefacts/policies/{policy}.yaml"))["spec"]["settings"].clone()
}
