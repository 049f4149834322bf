//! The complete policy, artefacts/policy.yaml, and the policy server beside it.
//! tests/data/policies.yaml has what the policy answers.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::judging::{answer_given, assert_valid, is_denied};
use crate::{files, metadata};

const POLICY: &str = "artefacts/policy.yaml";

const POLICY_SERVER: &str = "artefacts/policy-server/policy-server.yaml";

/// The `spec` of the complete policy.
fn spec() -> Value {
    files::document(POLICY)["spec"].clone()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// True if a rule of `settings` names requesters. The audit scanner does not know who created an
/// object, so it cannot judge by such a rule. By a rule for `nobody` it judges as the policy does:
/// the rule admits nothing.
fn names_requesters(settings: &Value) -> bool {
    let mut rules = list(&settings["allow"]).iter();
    rules.any(|rule| {
        let requesters = &rule["requestedBy"];
        !requesters.is_null() && *requesters != json!(["nobody"])
    })
}

/// Asserts that `policy`, which stands in `place`, names the module, severity and category of
/// metadata.yml, sends at least the requests that metadata.yml names, and has valid settings.
pub fn assert_made_of_the_metadata(place: &str, policy: &Value) {
    let spec = &policy["spec"];
    assert_eq!(spec["module"], metadata::module_reference(), "{place}");
    assert_eq!(spec["mutating"], false, "{place}");
    for name in ["severity", "category"] {
        let key = format!("io.kubewarden.policy.{name}");
        let annotation = &policy["metadata"]["annotations"][key];
        assert_eq!(*annotation, metadata::annotation(name), "{place}");
    }
    for webhook_rule in metadata::webhook_rules() {
        let is_there = list(&spec["rules"]).contains(&webhook_rule);
        assert!(is_there, "{place} has no webhook rule {webhook_rule}");
    }

    assert_valid(place, &spec["settings"]);
    let audits = !names_requesters(&spec["settings"]);
    assert_eq!(spec["backgroundAudit"], audits, "{place}");
}

/// A kind of request that a webhook rule sends to the policy.
#[derive(Debug, PartialEq)]
struct Sent {
    resource: String,
    operation: String,
}

impl Sent {
    fn new(resource: &str, operation: &str) -> Self {
        Sent {
            resource: resource.to_owned(),
            operation: operation.to_owned(),
        }
    }
}

/// What the webhook rules beyond those of metadata.yml send to the policy.
fn sent_beyond_the_metadata() -> Vec<Sent> {
    let of_the_metadata = metadata::webhook_rules();
    let mut sent = Vec::new();
    for webhook_rule in list(&spec()["rules"]) {
        if of_the_metadata.contains(webhook_rule) {
            continue;
        }
        for resource in list(&webhook_rule["resources"]) {
            for operation in list(&webhook_rule["operations"]) {
                let resource = resource.as_str().expect("a text");
                let operation = operation.as_str().expect("a text");
                sent.push(Sent::new(resource, operation));
            }
        }
    }
    sent
}

#[test]
fn the_policy_is_made_of_the_metadata() {
    assert_made_of_the_metadata(POLICY, &files::document(POLICY));
}

#[test]
fn beyond_the_metadata_it_sends_exec_attach_status_and_bindings() {
    let expected = [
        Sent::new("pods/exec", "CONNECT"),
        Sent::new("pods/attach", "CONNECT"),
        Sent::new("pods/status", "UPDATE"),
        Sent::new("bindings", "CREATE"),
        Sent::new("pods/binding", "CREATE"),
    ];
    assert_eq!(sent_beyond_the_metadata(), expected);
}

/// A webhook rule with CREATE and a subresource makes the audit scanner count the whole policy as
/// an error, unless a wildcard makes the scanner skip it.
#[test]
fn the_audit_scanner_can_list_what_it_does_not_skip() {
    for webhook_rule in list(&spec()["rules"]) {
        let creates = list(&webhook_rule["operations"]).contains(&json!("CREATE"));
        let is_skipped = !creates || webhook_rule["apiVersions"] == json!(["*"]);
        let resources = webhook_rule["resources"].to_string();
        let can_be_listed = !resources.contains('/') && !resources.contains("bindings");
        assert!(is_skipped || can_be_listed, "{webhook_rule}");
    }
}

#[test]
fn it_may_look_up_pods_for_exec() {
    let pod = json!({ "apiVersion": "v1", "kind": "Pod" });
    assert_eq!(spec()["contextAwareResources"], json!([pod]));
}

/// The scheduler binds pods and the kubelets write their status without waiting for the policy.
#[test]
fn the_match_condition_leaves_out_the_scheduler_and_the_kubelets() {
    let condition = spec()["matchConditions"][0]["expression"].clone();
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
}

#[test]
fn draining_a_node_does_not_take_the_policy_server_away() {
    let server = files::document(POLICY_SERVER)["spec"].clone();
    let replicas = server["replicas"].as_u64().expect("a number");
    let max_unavailable = server["maxUnavailable"].as_u64().expect("a number");
    assert!(replicas > max_unavailable);
}

/// A request that the policy is sent, and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    request: Value,
    /// What the host returns when the policy asks.
    #[serde(default)]
    host: Value,
    denied: bool,
}

/// True if a webhook rule of the complete policy sends `request`.
fn is_sent(request: &Value) -> bool {
    let resource = request["resource"]["resource"]
        .as_str()
        .expect("a resource");
    let resource = match request["subResource"].as_str() {
        Some(subresource) => format!("{resource}/{subresource}"),
        None => resource.to_owned(),
    };
    list(&spec()["rules"]).iter().any(|webhook_rule| {
        list(&webhook_rule["resources"]).contains(&json!(resource))
            && list(&webhook_rule["operations"]).contains(&request["operation"])
    })
}

#[test]
fn it_answers_as_the_cases_say() {
    let cases = files::document("tests/data/policies.yaml");
    let cases: Vec<Case> = serde_json::from_value(cases).expect("cases");
    for case in cases {
        assert!(is_sent(&case.request), "{}: not sent", case.name);
        let answer = answer_given(&case.host, &case.request, &spec()["settings"]);
        assert_eq!(is_denied(&answer), case.denied, "{}: {answer}", case.name);
    }
}
