//! The ready-made policies: made of metadata.yml, their settings valid, their grants enough.
//! tests/data/policies.yaml has what those that stand for no workload of somebody's answer.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::judging::{answer_on, assert_valid, passes};
use crate::{files, metadata};

/// The complete policy.
const POLICY: &str = "artefacts/policy.yaml";

/// The policy NAME, and what stands beside it in its file.
fn read(name: &str) -> (Value, Vec<Value>) {
    let path = match name {
        "policy" => POLICY.to_owned(),
        _ => format!("artefacts/policies/{name}.yaml"),
    };
    let mut documents = files::yaml(&path, &files::text(&path));
    (documents.remove(0), documents)
}

/// The settings of the policy NAME.
pub fn settings(name: &str) -> Value {
    read(name).0["spec"]["settings"].clone()
}

/// Asserts what holds for every policy, which stands in `place`.
pub fn assert_of_the_metadata(place: &str, policy: &Value) {
    let spec = &policy["spec"];
    assert_eq!(spec["module"], metadata::module_reference(), "{place}");
    assert_eq!(spec["mutating"], false, "{place}");
    for name in ["severity", "category"] {
        let key = format!("io.kubewarden.policy.{name}");
        assert_eq!(
            policy["metadata"]["annotations"][key],
            metadata::annotation(name),
            "{place}"
        );
    }
    assert_valid(place, &spec["settings"]);
    // The audit scanner does not say who asks.
    let asks_who = spec["settings"].to_string().contains("requestedBy");
    assert_eq!(spec["backgroundAudit"], !asks_who, "{place}");
}

#[test]
fn every_policy_is_made_of_the_metadata_and_has_its_grants() {
    for path in files::below("artefacts/policies") {
        let name = path
            .rsplit('/')
            .next()
            .and_then(|name| name.strip_suffix(".yaml"));
        let name = name.unwrap_or_else(|| panic!("{path} is no YAML"));
        let (policy, beside) = read(name);
        assert_of_the_metadata(name, &policy);
        let spec = &policy["spec"];
        assert_eq!(spec["mode"], "protect", "{name}");
        assert_eq!(spec["rules"], metadata::all()["rules"], "{name}");
        let (kind, resource, verbs) = match name {
            "node-checks" => ("Node", "nodes", json!(["get", "list", "watch"])),
            _ => {
                assert!(
                    spec["contextAwareResources"].is_null() && beside.is_empty(),
                    "{name}"
                );
                continue;
            }
        };
        assert_eq!(
            spec["contextAwareResources"],
            json!([{ "apiVersion": "v1", "kind": kind }])
        );
        let [role, binding] = &beside[..] else {
            panic!("a role and its binding in {name}")
        };
        let rule = json!({ "apiGroups": [""], "resources": [resource], "verbs": verbs });
        assert_eq!(role["rules"], json!([rule]), "{name}");
        assert_eq!(
            binding["roleRef"]["name"], role["metadata"]["name"],
            "{name}"
        );
        let server =
            json!({ "kind": "ServiceAccount", "name": "policy-server", "namespace": "kubewarden" });
        assert_eq!(binding["subjects"], json!([server]), "{name}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    policy: String,
    request: Value,
    #[serde(default)]
    host: Value,
    accepted: bool,
}

#[test]
fn each_answers_as_it_is_meant_to() {
    let cases = files::document("tests/data/policies.yaml");
    let cases: Vec<Case> = serde_json::from_value(cases).expect("cases");
    for Case {
        name,
        policy,
        request,
        host,
        accepted,
    } in cases
    {
        let spec = read(&policy).0["spec"].clone();
        let subresource = request["subResource"]
            .as_str()
            .map(|name| format!("pods/{name}"));
        let resource = json!(subresource.unwrap_or("pods".to_owned()));
        let has = |list: &Value, entry| list.as_array().is_some_and(|all| all.contains(entry));
        let sent = spec["rules"].as_array().expect("rules").iter().any(|rule| {
            has(&rule["resources"], &resource) && has(&rule["operations"], &request["operation"])
        });
        assert!(sent, "{name}: no rule of the policy sends it");
        let answer = answer_on(&host, &request, &spec["settings"]);
        assert_eq!(passes(&answer), accepted, "{name}: {answer}");
    }
}

/// The resources that the webhook rules of the complete policy name, each with its operations.
fn resources_with_operations(webhook_rules: &Value) -> Vec<(String, Value)> {
    let mut resources = Vec::new();
    for rule in webhook_rules.as_array().expect("webhook rules") {
        for resource in rule["resources"].as_array().expect("resources") {
            let name = resource.as_str().expect("a resource").to_owned();
            resources.push((name, rule["operations"].clone()));
        }
    }
    resources
}

#[test]
fn the_complete_policy_sends_what_the_metadata_names_and_more() {
    let policy = read("policy").0;
    assert_of_the_metadata(POLICY, &policy);

    let spec = &policy["spec"];
    let metadata_rules = metadata::all()["rules"].clone();
    let count = metadata_rules.as_array().map_or(0, Vec::len);
    let webhook_rules = spec["rules"].as_array().expect("webhook rules");
    assert_eq!(json!(webhook_rules[..count]), metadata_rules);

    let beyond = resources_with_operations(&json!(webhook_rules[count..]));
    let expected = [
        ("pods/exec", "CONNECT"),
        ("pods/attach", "CONNECT"),
        ("pods/status", "UPDATE"),
        ("bindings", "CREATE"),
        ("pods/binding", "CREATE"),
    ];
    let expected = expected.map(|(resource, operation)| (resource.to_owned(), json!([operation])));
    assert_eq!(beyond, expected);
}

/// A webhook rule with CREATE and a subresource makes the audit scanner count the whole policy
/// as an error, unless a wildcard makes it skip the webhook rule.
#[test]
fn the_audit_scanner_can_resolve_every_webhook_rule_that_it_does_not_skip() {
    let spec = read("policy").0["spec"].clone();
    for rule in spec["rules"].as_array().expect("webhook rules") {
        let creates = rule["operations"].to_string().contains("CREATE");
        let skipped = rule["apiVersions"] == json!(["*"]) || !creates;
        let resources = rule["resources"].to_string();
        let is_listable = !resources.contains('/') && !resources.contains("bindings");
        assert!(skipped || is_listable, "{rule}");
    }
}

/// The scheduler binds pods and the kubelets write their status without waiting for the webhook,
/// an exec does not wait long, and draining a node does not take the policy server away.
#[test]
fn the_cluster_keeps_going() {
    let spec = read("policy").0["spec"].clone();
    let condition = spec["matchConditions"][0]["expression"].clone();
    let condition = condition.as_str().expect("an expression");
    for part in [
        r#"request.subResource in ["binding","status"]"#,
        r#"request.resource.resource == "bindings""#,
        r#"k.startsWith("microsoft.com/hostprocess-")"#,
        r#"request.userInfo.username == "system:kube-scheduler""#,
        r#""system:nodes" in request.userInfo.groups"#,
    ] {
        assert!(condition.contains(part), "{part} is missing");
    }
    assert_eq!(spec["timeoutSeconds"], 5);
    assert_eq!(
        spec["contextAwareResources"],
        json!([{ "apiVersion": "v1", "kind": "Pod" }])
    );

    let server = files::document("artefacts/policy-server/policy-server.yaml")["spec"].clone();
    assert!(server["replicas"].as_u64() > server["maxUnavailable"].as_u64());
}
