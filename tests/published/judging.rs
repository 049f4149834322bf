//! Answers of the policy, by the library's own entry points, in words.

use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Host, NoHost, validate};

/// A host that gives the same answer to every question.
struct OneAnswer<'a>(&'a Value);

impl Host for OneAnswer<'_> {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Ok(self.0.to_string().into_bytes())
    }
}

/// A host with the RBAC of a manifest: its roles, and the bindings that refer to them.
pub struct Rbac(pub Vec<Value>);

impl Rbac {
    /// True if a binding in the namespace of `review` gives one of its groups a role that allows
    /// what it asks.
    fn allows(&self, review: &Value) -> bool {
        let attributes = &review["resource_attributes"];
        self.0.iter().any(|binding| {
            binding["kind"] == "RoleBinding"
                && binding["metadata"]["namespace"] == attributes["namespace"]
                && has(&binding["subjects"], |subject| {
                    has(&review["groups"], |group| subject["name"] == *group)
                })
                && self.role_allows(&binding["roleRef"], attributes)
        })
    }

    /// True if the role that `reference` names allows what `attributes` ask.
    fn role_allows(&self, reference: &Value, attributes: &Value) -> bool {
        let mut roles = self.0.iter().filter(|object| {
            object["kind"] == reference["kind"] && object["metadata"]["name"] == reference["name"]
        });
        roles.any(|role| has(&role["rules"], |rule| rule_allows(rule, attributes)))
    }
}

/// True if each list in the rule of a role names what `attributes` ask.
fn rule_allows(rule: &Value, attributes: &Value) -> bool {
    let lists_and_attributes = [
        ("apiGroups", "group"),
        ("resources", "resource"),
        ("resourceNames", "name"),
        ("verbs", "verb"),
    ];
    lists_and_attributes
        .iter()
        .all(|(list, attribute)| has(&rule[list], |allowed| *allowed == attributes[attribute]))
}

impl Host for Rbac {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        assert_eq!(operation, "can_i");
        let request: Value = serde_json::from_slice(request).expect("JSON");
        let allowed = self.allows(&request["subject_access_review"]);
        Ok(json!({ "allowed": allowed }).to_string().into_bytes())
    }
}

fn has(list: &Value, is_searched: impl Fn(&Value) -> bool) -> bool {
    list.as_array()
        .is_some_and(|items| items.iter().any(is_searched))
}

/// The policy's answer to `request` under `settings`, in words: `admitted by rule NAME`,
/// `accepted` or the denial, and a line for each warning.
pub fn answer(request: &Value, settings: &Value) -> String {
    answer_on(&NoHost, request, settings)
}

/// The same on a host that gives `given` whatever it is asked.
pub fn answer_given(given: &Value, request: &Value, settings: &Value) -> String {
    answer_on(&OneAnswer(given), request, settings)
}

/// The same on `host`.
pub fn answer_on(host: &dyn Host, request: &Value, settings: &Value) -> String {
    let payload = json!({ "request": request, "settings": settings }).to_string();
    let response = validate(payload.as_bytes(), host);
    let response: Value = serde_json::from_slice(&response).expect("JSON");

    let mut lines = Vec::new();
    if response["accepted"] != true {
        lines.push(text(&response["message"]));
    } else if let Some(rule) = response["audit_annotations"]["allowed-by"].as_str() {
        lines.push(format!("admitted by rule {rule}"));
    } else {
        lines.push("accepted".to_owned());
    }
    for warning in response["warnings"].as_array().into_iter().flatten() {
        lines.push(format!("Warning: {}", text(warning)));
    }
    lines.join("\n") + "\n"
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The rule that `answer` says has admitted the request.
pub fn admitted_by(answer: &str) -> Option<&str> {
    let first_line = answer.lines().next()?;
    first_line.strip_prefix("admitted by rule ")
}

/// True if `answer` is a denial.
pub fn is_denied(answer: &str) -> bool {
    answer.contains(" denied: ")
}

/// Asserts that `settings`, which stand in `place`, are valid.
pub fn assert_valid(place: &str, settings: &Value) {
    if let Err(problems) = Settings::read(settings.clone()) {
        panic!("{place}: {problems}");
    }
}

/// The request to create the object of `manifest`, by a user without any special group.
pub fn creation(manifest: &Value) -> Value {
    let api_version = manifest["apiVersion"].as_str().expect("an apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let metadata = &manifest["metadata"];
    json!({
        "kind": { "group": group, "version": version, "kind": manifest["kind"] },
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "operation": "CREATE",
        "userInfo": { "username": "alice", "groups": ["system:authenticated"] },
        "object": manifest,
    })
}
