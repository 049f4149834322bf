//! Policies and settings in a file: what `-s` and `validate` read.

use std::fmt;
use std::sync::LazyLock;

use serde_json::Value;
use windows_hostprocess_policy::format_step;

use super::label_selector;
use super::malformed_field::MalformedField;
use super::module::ModuleOwner;
use super::policy_fields::PolicyDocument;
use super::policy_kind::PolicyKind;
use super::policy_problem::{PolicyFinding, PolicyProblem};
use super::scope::{PolicyScope, Scope};
use super::webhook_rule;
use crate::reading::field::DocumentPlaces;
use crate::reading::printable::printable;
use crate::reading::yaml::{self, Node};

/// The complete policy that the project publishes.
pub const PUBLISHED_POLICY: &str = include_str!("../../../artefacts/policy.yaml");

/// What a policy without a name is called.
const UNNAMED: &str = "(unnamed)";
/// The modes of a policy.
const MODES: [&str; 2] = ["protect", "monitor"];
/// What Kubernetes may do while no policy server answers.
const FAILURE_POLICIES: [&str; 2] = ["Fail", "Ignore"];
/// The mode of a policy that does not say it.
const DEFAULT_MODE: &str = "protect";

/// Settings as a file holds them: those of a policy, or settings on their own.
#[derive(Debug)]
pub struct PolicySettings {
    /// The settings as they are written.
    pub settings: Value,
    /// The path of the settings in the document: `spec.settings`; empty for settings on their own.
    pub path: String,
    /// Where the document and its fields stand in the file.
    pub places: DocumentPlaces,
    /// The policy around the settings; `None` for settings on their own.
    pub policy: Option<Policy>,
}

/// A policy resource of Kubewarden, or a member of a policy group.
#[derive(Debug)]
pub struct Policy {
    /// `NAME`, and `GROUP/MEMBER` for a member of a group; printable. If the policy has no name, this is
    /// its `generateName` or `(unnamed)`.
    pub name: String,
    /// What the policy is sent, by the webhook rules and the selectors.
    pub scope: PolicyScope,
    /// What Kubernetes does not accept in the webhook rules and the selectors.
    pub malformed_fields: Vec<MalformedField>,
    /// What is wrong with the keys of the policy.
    pub field_problems: Vec<PolicyFinding>,
    /// Whether it says anything about webhook rules. Kubernetes demands `rules`: without them this is
    /// no more than a frame for settings.
    has_webhook_rules: bool,
    /// Whether it has `matchConditions`, which leave out some requests.
    pub has_match_conditions: bool,
    /// Whether it has other `matchConditions` than those of artefacts/policy.yaml, which leave out
    /// nothing that runs.
    pub has_own_match_conditions: bool,
    /// Whether the policy is for its own namespace. Such a policy cannot look up anything.
    pub is_namespaced: bool,
    /// Whether it is a member of a policy group, whose expression decides on the verdict.
    pub is_group_member: bool,
    /// Whether the audit scanner judges by the policy.
    pub background_audit: bool,
    /// The path of the policy's `contextAwareResources` in the document.
    pub grants_path: String,
    mode: Option<String>,
    failure_policy: Option<String>,
    module_owner: ModuleOwner,
    context_aware_resources: Value,
}

/// Why a file has no settings to judge by.
#[derive(Debug, PartialEq)]
pub enum Unsuitable {
    /// There is no document.
    Empty,
    /// There are several documents, and none is a policy.
    SeveralDocuments,
    /// There are several policies of these names, and none was chosen.
    SeveralPolicies(Vec<String>),
    /// There is no policy of the chosen name; these are there.
    NoSuchPolicy {
        /// The name that was chosen.
        chosen: String,
        /// The names of the policies.
        known: Vec<String>,
    },
}

impl fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsuitable::Empty => {
                write!(
                    f,
                    "there are no settings in it: write allow: [] for no rules"
                )
            }
            Unsuitable::SeveralDocuments => write!(
                f,
                "has several documents, and none is a policy: write the settings alone, or a policy"
            ),
            Unsuitable::SeveralPolicies(names) => write!(
                f,
                "has several policies: choose one with --policy: {}",
                names.join(", ")
            ),
            Unsuitable::NoSuchPolicy { chosen, known } if known.is_empty() => {
                write!(f, "has no policy, so --policy {chosen} chooses nothing")
            }
            Unsuitable::NoSuchPolicy { chosen, known } => write!(
                f,
                "has no policy {chosen}: write --policy with one of {}",
                known.join(", ")
            ),
        }
    }
}

/// Returns all settings in `documents`: those of every policy, or the only document.
///
/// If one of the policies names this policy's module, those that name another module are left out. If
/// none does, all of them count: a module may have another name on a mirror or in a file.
///
/// # Errors
/// There are no documents, or several without a policy among them.
pub fn read(documents: Vec<Node>) -> Result<Vec<PolicySettings>, Unsuitable> {
    let mut policies = Vec::new();
    for document in &documents {
        policies.extend(read_document(document));
    }
    if policies.iter().any(PolicySettings::is_of_this_module) {
        policies.retain(PolicySettings::is_of_this_module);
    }
    if !policies.is_empty() {
        return Ok(policies);
    }

    if documents.len() > 1 {
        return Err(Unsuitable::SeveralDocuments);
    }
    let Some(document) = documents.into_iter().next() else {
        return Err(Unsuitable::Empty);
    };
    Ok(vec![PolicySettings {
        settings: document.value,
        path: String::new(),
        places: DocumentPlaces::new(document.position, document.fields),
        policy: None,
    }])
}

/// Returns the settings in `all` of the policy named `chosen`. If no name is given, returns the only
/// settings.
///
/// # Errors
/// There are several to choose from, or none has the name.
pub fn choose(
    mut all: Vec<PolicySettings>,
    chosen: Option<&str>,
) -> Result<PolicySettings, Unsuitable> {
    if let Some(chosen) = chosen {
        let known = names(&all);
        all.retain(|settings| settings.is_called(chosen));
        if all.is_empty() {
            return Err(Unsuitable::NoSuchPolicy {
                chosen: chosen.to_owned(),
                known,
            });
        }
    }
    if all.len() > 1 {
        return Err(Unsuitable::SeveralPolicies(names(&all)));
    }
    all.pop().ok_or(Unsuitable::Empty)
}

fn names(all: &[PolicySettings]) -> Vec<String> {
    all.iter().filter_map(PolicySettings::name).collect()
}

impl PolicySettings {
    /// The objects that are judged by these settings.
    pub fn into_scope(self) -> Scope {
        match self.policy {
            Some(policy) if policy.has_webhook_rules => Scope::Policy(policy.scope),
            _ => Scope::PodKinds,
        }
    }

    /// Notes on what else decides in a cluster.
    pub fn notes(&self) -> Vec<String> {
        let Some(policy) = &self.policy else {
            return Vec::new();
        };
        let name = &policy.name;
        let mut notes = Vec::new();
        if policy.mode() == "monitor" {
            notes.push(String::from(
                "the policy's mode is monitor: the cluster would not enforce this yet",
            ));
        }
        if policy.module_owner == ModuleOwner::AnotherPolicy {
            notes.push(format!(
                "policy {name} runs the module of another policy: its answers may differ from these"
            ));
        }
        if policy.has_own_match_conditions {
            notes.push(format!(
                "the matchConditions of policy {name} are not evaluated: what they exclude is judged too"
            ));
        }
        if policy.is_group_member {
            notes.push(format!(
                "{name} is a member of a policy group: the group's expression is not evaluated"
            ));
        }
        notes
    }

    /// Returns the path in the document of a field of the settings: `spec.settings.allow[0]` for
    /// `allow[0]`. The policy calls the settings as a whole `settings`.
    pub fn path_of(&self, field: &str) -> String {
        let are_on_their_own = self.path.is_empty();
        if are_on_their_own {
            return field.to_owned();
        }
        let is_whole = field.is_empty() || field == "settings";
        if is_whole {
            return self.path.clone();
        }
        format!("{}.{field}", self.path)
    }

    fn name(&self) -> Option<String> {
        Some(self.policy.as_ref()?.name.clone())
    }

    /// Returns whether `name` is the policy's name. The name of a policy group is that of all its
    /// members.
    fn is_called(&self, name: &str) -> bool {
        let Some(policy) = &self.policy else {
            return false;
        };
        let group = policy.name.split('/').next().unwrap_or_default();
        policy.name == name || group == name
    }

    fn is_of_this_module(&self) -> bool {
        let Some(policy) = &self.policy else {
            return false;
        };
        policy.module_owner == ModuleOwner::ThisPolicy
    }
}

impl Policy {
    /// Reads the policy `name`.
    fn read(name: String, policy: &PolicyDocument<'_>) -> Self {
        let PolicyDocument {
            document,
            kind,
            member_path,
            member,
        } = policy;
        let spec = &document["spec"];
        let own_namespace = document["metadata"]["namespace"].as_str();
        Policy {
            name,
            scope: PolicyScope::read(spec, *kind, own_namespace),
            malformed_fields: find_malformed_fields(spec),
            field_problems: policy.find_problems(),
            has_webhook_rules: !spec["rules"].is_null(),
            has_match_conditions: has_match_conditions(spec),
            has_own_match_conditions: has_own_match_conditions(spec),
            is_namespaced: kind.is_namespaced(),
            is_group_member: kind.is_group(),
            grants_path: format!("{member_path}.contextAwareResources"),
            mode: spec["mode"].as_str().map(str::to_owned),
            failure_policy: spec["failurePolicy"].as_str().map(str::to_owned),
            background_audit: spec["backgroundAudit"] != false,
            module_owner: policy.module_owner(),
            context_aware_resources: member["contextAwareResources"].clone(),
        }
    }

    /// Returns whether `contextAwareResources` names `kind` of the core group.
    pub fn grants(&self, kind: &str) -> bool {
        let resources = self.context_aware_resources.as_array();
        resources
            .into_iter()
            .flatten()
            .any(|resource| resource["apiVersion"] == "v1" && resource["kind"] == kind)
    }

    /// Returns whether a webhook rule selects `kubectl exec` or `kubectl attach`.
    pub fn guards_connections(&self) -> bool {
        self.guards_exec() || self.guards_attach()
    }

    /// Returns whether a webhook rule selects `kubectl exec`.
    pub fn guards_exec(&self) -> bool {
        self.scope.is_sent("CONNECT", "", "pods/exec")
    }

    /// Returns whether a webhook rule selects `kubectl attach`.
    pub fn guards_attach(&self) -> bool {
        self.scope.is_sent("CONNECT", "", "pods/attach")
    }

    /// Returns the mode, as the policy says it.
    pub fn mode(&self) -> &str {
        self.mode.as_deref().unwrap_or(DEFAULT_MODE)
    }

    /// Returns whether Kubernetes admits everything while no policy server answers.
    pub fn ignores_failures(&self) -> bool {
        self.failure_policy.as_deref() == Some("Ignore")
    }

    /// Returns the problem with the module if it is another policy's.
    pub fn find_module_of_another_policy(&self) -> Option<&PolicyFinding> {
        self.field_problems
            .iter()
            .find(|finding| matches!(finding.problem, PolicyProblem::ModuleOfAnotherPolicy(_)))
    }

    /// Returns the failure policy if Kubernetes does not know it.
    pub fn unknown_failure_policy(&self) -> Option<&str> {
        let failure_policy = self.failure_policy.as_deref();
        failure_policy.filter(|failure_policy| !FAILURE_POLICIES.contains(failure_policy))
    }

    /// Returns the mode if Kubewarden does not know it.
    pub fn unknown_mode(&self) -> Option<&str> {
        self.mode.as_deref().filter(|mode| !MODES.contains(mode))
    }
}

/// Returns what Kubernetes does not accept in the webhook rules and the selectors of `spec`.
fn find_malformed_fields(spec: &Value) -> Vec<MalformedField> {
    let mut found = webhook_rule::find_malformed(spec);
    for key in ["namespaceSelector", "objectSelector"] {
        found.extend(label_selector::find_malformed(
            &format!("spec.{key}"),
            &spec[key],
        ));
    }
    found
}

fn has_match_conditions(spec: &Value) -> bool {
    let conditions = spec["matchConditions"].as_array();
    conditions.is_some_and(|conditions| !conditions.is_empty())
}

/// Returns whether matchConditions may exclude requests that are judged here. Those of
/// artefacts/policy.yaml exclude only status and bindings, for which there are no manifests.
fn has_own_match_conditions(spec: &Value) -> bool {
    let published = &published_policy()["spec"]["matchConditions"];
    has_match_conditions(spec) && spec["matchConditions"] != *published
}

fn published_policy() -> &'static Value {
    static POLICY: LazyLock<Value> = LazyLock::new(|| {
        yaml::read_single(PUBLISHED_POLICY).expect("artefacts/policy.yaml is YAML")
    });
    &POLICY
}

/// Reads the policies in a document, or in each entry of a list: `kubectl get` writes several policies
/// as a list.
fn read_document(document: &Node) -> Vec<PolicySettings> {
    let places = DocumentPlaces::new(document.position, document.fields.clone());
    let Some(items) = document.value["items"].as_array() else {
        return read_policies(&document.value, &places);
    };

    let mut policies = Vec::new();
    for (index, item) in items.iter().enumerate() {
        // Their places are looked up only for policies, because a list may have thousands of others.
        if is_of_kubewarden(item) {
            policies.extend(read_policies(item, &places.of_item(index)));
        }
    }
    policies
}

fn is_of_kubewarden(document: &Value) -> bool {
    let api_version = document["apiVersion"].as_str();
    api_version.is_some_and(|version| version.starts_with("policies.kubewarden.io/"))
}

/// Reads the policies in an object: one of a policy resource, one for each member of a policy
/// group, none of anything else.
fn read_policies(document: &Value, places: &DocumentPlaces) -> Vec<PolicySettings> {
    if !is_of_kubewarden(document) {
        return Vec::new();
    }
    let Some(kind) = document["kind"].as_str().and_then(PolicyKind::find) else {
        return Vec::new();
    };
    let spec = &document["spec"];
    let name = read_name(&document["metadata"]);
    let read = |name: String, member_path: &str, member: &Value| {
        let policy = PolicyDocument {
            document,
            kind,
            member_path,
            member,
        };
        PolicySettings {
            settings: member["settings"].clone(),
            path: format!("{member_path}.settings"),
            places: places.clone(),
            policy: Some(Policy::read(name, &policy)),
        }
    };
    if !kind.is_group() {
        return vec![read(name, "spec", spec)];
    }

    let mut members = Vec::new();
    for (key, member) in spec["policies"].as_object().into_iter().flatten() {
        let path = format!("spec.policies{}", format_step(key));
        members.push(read(format!("{name}/{}", printable(key)), &path, member));
    }
    members
}

/// Returns the name in `metadata`, fit for a message.
fn read_name(metadata: &Value) -> String {
    let names = [&metadata["name"], &metadata["generateName"]];
    let mut names = names.into_iter().filter_map(Value::as_str);
    let name = names.find(|name| !name.is_empty());
    printable(name.unwrap_or(UNNAMED))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::reading::position::Position;

    fn document(value: Value) -> Node {
        Node {
            position: Position::START,
            value,
            fields: Vec::new(),
        }
    }

    fn policy(name: &str, module: &str) -> Node {
        document(json!({
            "apiVersion": "policies.kubewarden.io/v1", "kind": "ClusterAdmissionPolicy",
            "metadata": {"name": name}, "spec": {"module": module, "settings": {"allow": []}},
        }))
    }

    fn names(documents: Vec<Node>) -> Vec<String> {
        let all = read(documents).unwrap();
        all.iter().filter_map(PolicySettings::name).collect()
    }

    #[test]
    fn policies_of_other_modules_are_left_out() {
        let ours = policy("ours", "registry://ghcr.io/x/windows-hostprocess-policy:v1");
        let other = policy("other", "registry://ghcr.io/x/pod-privileged:v1");
        assert_eq!(names(vec![ours, other]), ["ours"]);
    }

    #[test]
    fn a_module_may_have_another_name() {
        assert_eq!(
            names(vec![policy("mirror", "file:///policy.wasm")]),
            ["mirror"]
        );
    }

    #[rstest]
    #[case::name(json!({"name": "a", "generateName": "b-"}), "a")]
    #[case::beginning_of_a_generated_name(json!({"generateName": "b-"}), "b-")]
    #[case::empty(json!({"name": ""}), "(unnamed)")]
    #[case::missing(json!(null), "(unnamed)")]
    fn a_policy_without_a_name_is_called_something(
        #[case] metadata: Value,
        #[case] expected: &str,
    ) {
        assert_eq!(read_name(&metadata), expected);
    }

    #[test]
    fn members_of_a_group_that_use_the_module_count() {
        let group = json!({
            "apiVersion": "policies.kubewarden.io/v1", "kind": "ClusterAdmissionPolicyGroup",
            "metadata": {"name": "g"}, "spec": {"policies": {
                "a": {"module": "registry://r/windows-hostprocess-policy@sha256:0", "settings": {}},
                "b": {"module": "registry://r/other:v1"},
            }},
        });
        assert_eq!(names(vec![document(group)]), ["g/a"]);
    }

    #[test]
    fn the_name_of_a_member_is_a_step_of_the_path() {
        let group = json!({
            "apiVersion": "policies.kubewarden.io/v1", "kind": "ClusterAdmissionPolicyGroup",
            "metadata": {"name": "g"}, "spec": {"policies": {"a.b": {"settings": {}}}},
        });
        let all = read(vec![document(group)]).unwrap();
        assert_eq!(all[0].path, "spec.policies[a.b].settings");
        assert_eq!(all[0].name().unwrap(), "g/a.b");
    }

    #[test]
    fn a_name_of_several_policies_offers_only_these() {
        let group = json!({
            "apiVersion": "policies.kubewarden.io/v1", "kind": "ClusterAdmissionPolicyGroup",
            "metadata": {"name": "g"}, "spec": {"policies": {"a": {}, "b": {}}},
        });
        let all = read(vec![document(group), policy("other", "m")]).unwrap();
        let names = vec![String::from("g/a"), String::from("g/b")];
        assert_eq!(
            choose(all, Some("g")).unwrap_err(),
            Unsuitable::SeveralPolicies(names)
        );
    }

    #[test]
    fn entries_of_a_list_count() {
        let list =
            json!({"kind": "List", "items": [policy("a", "m").value, policy("b", "m").value]});
        assert_eq!(names(vec![document(list)]), ["a", "b"]);
    }

    #[test]
    fn one_of_several_policies_is_chosen_by_name() {
        let two = || read(vec![policy("a", "m"), policy("b", "m")]).unwrap();
        assert_eq!(choose(two(), Some("b")).unwrap().name().unwrap(), "b");

        let names = vec![String::from("a"), String::from("b")];
        assert_eq!(
            choose(two(), None).unwrap_err(),
            Unsuitable::SeveralPolicies(names.clone())
        );
        let chosen = String::from("c");
        assert_eq!(
            choose(two(), Some("c")).unwrap_err(),
            Unsuitable::NoSuchPolicy {
                chosen,
                known: names
            }
        );
    }
}
