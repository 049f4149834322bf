//! The ready-made policies: made of metadata.yml, their settings valid, their grants enough.
//! tests/data/policies.yaml has what those that stand for no workload of somebody's answer.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::judging::{answer_on, assert_valid, passes};
use crate::{files, metadata};

/// The policy NAME, and what stands beside it in its file.
fn read(name: &str) -> (Value, Vec<Value>) {
    let path = format!("artefacts/policies/{name}.yaml");
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
    // The audit scanner does not say who asks, and lists no subresources.
    let own_rules = spec["rules"] == metadata::all()["rules"];
    let asks_who = spec["settings"].to_string().contains("requestedBy");
    assert_eq!(spec["backgroundAudit"], own_rules && !asks_who, "{place}");
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
        let mode = if name == "monitor-only" {
            "monitor"
        } else {
            "protect"
        };
        assert_eq!(spec["mode"], mode, "{name}");
        let own_rules = !["exec-and-attach", "status-and-binding"].contains(&name);
        assert_eq!(
            spec["rules"] == metadata::all()["rules"],
            own_rules,
            "{name}"
        );
        let (kind, resource, verbs) = match name {
            "node-checks" => ("Node", "nodes", json!(["get", "list", "watch"])),
            "exec-and-attach" => ("Pod", "pods", json!(["get"])),
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

/// No binding of the scheduler's and no status of a kubelet's waits for the webhook, no exec
/// for long, and no drain of a node takes the policy server away.
#[test]
fn the_cluster_keeps_going() {
    let conditions = read("status-and-binding").0["spec"]["matchConditions"].clone();
    let scheduler = r#"request.userInfo.username != "system:kube-scheduler""#;
    assert_eq!(conditions[0]["expression"], scheduler);
    assert_eq!(
        conditions[1]["expression"],
        r#"!("system:nodes" in request.userInfo.groups)"#
    );
    assert_eq!(read("exec-and-attach").0["spec"]["timeoutSeconds"], 5);
    let server = files::document("artefacts/policy-server/policy-server.yaml")["spec"].clone();
    assert!(server["replicas"].as_u64() > server["maxUnavailable"].as_u64());
    let image = server["image"].as_str().expect("an image");
    assert!(
        image.starts_with("ghcr.io/kubewarden/adm-controller/policy-server:v1.36."),
        "{image}"
    );
}
