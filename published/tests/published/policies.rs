//! The ready-made policies: they name this version of the module, watch what
//! metadata.yml says, and carry settings that are valid.

use published::{files, judge, metadata};
use serde_json::{Value, json};

/// Each policy resource below artefacts/policies, with the file it stands in.
fn policies() -> Vec<(String, Value)> {
    let mut policies = Vec::new();
    for file in files::below("artefacts/policies") {
        for document in files::documents(&file) {
            if document["apiVersion"] == "policies.kubewarden.io/v1" {
                policies.push((file.clone(), document));
            }
        }
    }
    policies
}

/// The one document of `kind` in `file`.
fn one(file: &str, kind: &str) -> Value {
    let found: Vec<Value> = files::documents(file)
        .into_iter()
        .filter(|document| document["kind"] == kind)
        .collect();
    assert_eq!(found.len(), 1, "documents of kind {kind} in {file}");
    found.into_iter().next().expect("there is one")
}

#[test]
fn every_policy_file_holds_one_policy() {
    let found: Vec<String> = policies().into_iter().map(|(file, _)| file).collect();
    assert_eq!(found, files::below("artefacts/policies"));
}

#[test]
fn every_policy_is_made_of_the_metadata() {
    let metadata = metadata::all();
    for (file, policy) in policies() {
        let spec = &policy["spec"];
        assert_eq!(
            spec["module"],
            metadata::module_reference(),
            "module of {file}"
        );
        assert_eq!(spec["rules"], metadata["rules"], "rules of {file}");
        assert_eq!(spec["mutating"], metadata["mutating"], "mutating of {file}");
        // The audit scanner does not say who asked.
        let mut rules = spec["settings"]["allow"].as_array().into_iter().flatten();
        let asks_who = rules.any(|rule| !rule["requestedBy"].is_null());
        assert_eq!(metadata["backgroundAudit"], true);
        assert_eq!(
            spec["backgroundAudit"], !asks_who,
            "backgroundAudit of {file}"
        );
    }
}

#[test]
fn every_policy_protects_but_the_one_that_monitors() {
    for (file, policy) in policies() {
        let expected = if file.ends_with("/monitor-only.yaml") {
            "monitor"
        } else {
            "protect"
        };
        assert_eq!(policy["spec"]["mode"], expected, "mode of {file}");
    }
}

#[test]
fn every_settings_are_valid() {
    for (file, policy) in policies() {
        let verdict = judge::settings(&policy["spec"]["settings"]);
        assert_eq!(
            (verdict.valid, verdict.message.as_str()),
            (true, ""),
            "settings of {file}"
        );
    }
}

#[test]
fn one_namespace_is_an_admission_policy_whose_rules_name_that_namespace() {
    let policy = one("artefacts/policies/one-namespace.yaml", "AdmissionPolicy");
    let namespace = &policy["metadata"]["namespace"];
    assert!(
        namespace.is_string(),
        "an AdmissionPolicy stands in a namespace"
    );
    for rule in policy["spec"]["settings"]["allow"]
        .as_array()
        .expect("rules")
    {
        assert_eq!(rule["namespaces"], json!([namespace]));
    }
}

#[test]
fn node_checks_grant_exactly_what_the_metadata_asks_for() {
    let file = "artefacts/policies/node-checks.yaml";
    let policy = one(file, "ClusterAdmissionPolicy");
    assert_eq!(
        policy["spec"]["contextAwareResources"],
        metadata::all()["contextAwareResources"]
    );
    let role = one(file, "ClusterRole");
    assert_eq!(
        role["rules"],
        json!([{ "apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch"] }])
    );
    let binding = one(file, "ClusterRoleBinding");
    assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
    assert_eq!(
        binding["subjects"],
        json!([{ "kind": "ServiceAccount", "name": "policy-server", "namespace": "kubewarden" }])
    );
}

#[test]
fn only_node_checks_reach_for_the_cluster() {
    for (file, policy) in policies() {
        let modes = &policy["spec"]["settings"]["requirements"];
        let asks = ["nodeKubernetes", "nodeContainerd"]
            .iter()
            .any(|name| modes[name].is_string());
        let granted = policy["spec"].get("contextAwareResources").is_some();
        assert_eq!(granted, asks, "contextAwareResources of {file}");
    }
}

#[test]
fn the_policy_server_survives_the_drain_of_a_node() {
    let server = one("artefacts/policy-server/policy-server.yaml", "PolicyServer");
    let spec = &server["spec"];
    assert!(
        spec["replicas"].as_u64() > spec["maxUnavailable"].as_u64(),
        "{spec}"
    );
    for resource in ["cpu", "memory"] {
        assert!(
            spec["requests"][resource].is_string(),
            "a request for {resource}"
        );
    }
    let own = &spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        [0]["podAffinityTerm"]["labelSelector"]["matchLabels"]["kubewarden/policy-server"];
    assert_eq!(*own, server["metadata"]["name"]);
}
