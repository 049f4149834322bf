//! The Kustomization: its resources exist, its patches apply, and what comes of
//! them is a policy that the module accepts.

use json_patch::{Patch, patch};
use published::{files, judge};
use serde_json::Value;

const FILE: &str = "artefacts/kustomization.yaml";

/// The resources with the patches applied, as `kubectl kustomize` would print them.
fn built() -> Vec<Value> {
    let kustomization = files::document(FILE);
    let mut resources: Vec<Value> = kustomization["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .flat_map(|path| files::documents(&format!("artefacts/{}", path.as_str().expect("a path"))))
        .collect();
    for change in kustomization["patches"].as_array().expect("patches") {
        let target = &change["target"];
        let operations: Patch = serde_saphyr::from_str(change["patch"].as_str().expect("a patch"))
            .expect("a JSON patch");
        let mut targets = resources.iter_mut().filter(|resource| {
            let group = target["group"].as_str().expect("a group");
            resource["kind"] == target["kind"]
                && resource["metadata"]["name"] == target["name"]
                && resource["apiVersion"]
                    .as_str()
                    .is_some_and(|version| version.starts_with(group))
        });
        let resource = targets
            .next()
            .unwrap_or_else(|| panic!("no resource for {target}"));
        assert!(targets.next().is_none(), "several resources for {target}");
        patch(resource, &operations).expect("the patch applies");
    }
    resources
}

fn policy() -> Value {
    let found = built()
        .into_iter()
        .find(|resource| resource["kind"] == "ClusterAdmissionPolicy");
    found.expect("the Kustomization holds a policy")
}

#[test]
fn its_policy_is_valid_and_admits_what_it_adds() {
    let settings = &policy()["spec"]["settings"];
    let verdict = judge::settings(settings);
    assert_eq!((verdict.valid, verdict.message.as_str()), (true, ""));
    let manifest = files::document("tests/data/workloads/csi-proxy/manifest.yaml");
    let verdict = judge::request(&judge::creation(&manifest), settings);
    assert!(verdict.accepted, "{}", verdict.message);
}

#[test]
fn its_policy_runs_on_its_policy_server() {
    let servers: Vec<Value> = built()
        .into_iter()
        .filter(|resource| resource["kind"] == "PolicyServer")
        .map(|server| server["metadata"]["name"].clone())
        .collect();
    assert_eq!(servers, [policy()["spec"]["policyServer"].clone()]);
}
