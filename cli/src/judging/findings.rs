//! What is questionable about a policy whose settings are valid.

use std::fmt;

use serde_json::Value;
use windows_hostprocess_policy::settings::{Mode, Requirement, Rule, Settings};

use super::policy::{Policy, PolicySettings};
use super::scope::{POD_KINDS, WebhookRule};

/// What is questionable, at a field of the policy.
#[derive(Debug, PartialEq)]
pub struct PolicyFinding {
    /// The field: `spec.mode`, or in settings on their own `allow[0].connectBy`.
    pub path: String,
    /// What is questionable there.
    pub problem: PolicyProblem,
}

/// What is questionable about a policy.
#[derive(Debug, PartialEq)]
pub enum PolicyProblem {
    /// The policy has no webhook rules.
    NoWebhookRules,
    /// The webhook rule has keys that no webhook rule has.
    UnknownKeys {
        /// The unknown keys.
        keys: Vec<String>,
        /// The path of the rules of the settings, which have other keys: `spec.settings.allow`.
        path_of_rules: String,
    },
    /// The policy is not sent the creation of pods.
    PodsUnguarded,
    /// The policy is not sent the creation of these resources, which have pod templates.
    WorkloadsUnguarded(Vec<&'static str>),
    /// The policy is sent the creation of these resources, but not their changes.
    ChangesUnguarded(Vec<&'static str>),
    /// The policy is not sent the containers that `kubectl debug` adds.
    EphemeralContainersUnguarded,
    /// The policy is sent one of exec and attach, and not this one.
    ConnectionUnguarded(&'static str),
    /// The webhook rule names built-in kinds in versions that do not exist.
    MissingVersions,
    /// Users set the labels by which the policy leaves out objects.
    SelectedByLabels,
    /// The policy is sent no exec and no attach, because their requests have no labels.
    ConnectionsWithoutLabels,
    /// The policy has other `matchConditions` than the published one.
    UnjudgedMatchConditions,
    /// Kubernetes has no such failure policy.
    UnknownFailurePolicy(String),
    /// Everything is admitted while no policy server answers.
    FailuresIgnored,
    /// The policy is for one namespace, so it cannot look up the pod of an exec.
    NoLookupOfPods,
    /// The rule has `connectBy`, and the policy is sent no exec.
    ConnectByHasNoEffect,
    /// The rule has `requestedBy`, and it leaves out the controller manager.
    ControllersLeftOut,
    /// The policy is sent execs, and may not look up the pods.
    NoGrantForPods,
    /// This requirement looks at nodes, and the policy may not list them.
    NoGrantForNodes(Requirement),
    /// The audit scanner does not say who asked.
    RequesterUnknownToAudit,
    /// Kubewarden has no such mode.
    UnknownMode(String),
    /// The kubelet replaces this variable in a word by a value of the container's environment.
    WordWithVariable(String),
    /// The word looks like a pattern, and is compared literally.
    WordOfWildcards(String),
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Severity {
    /// The policy hardly does what is meant: `validate` fails.
    Failure,
    /// It may be meant so: `validate` reports it, and does not fail.
    Note,
}

impl PolicyProblem {
    /// How much the problem weighs.
    pub fn severity(&self) -> Severity {
        match self {
            PolicyProblem::WorkloadsUnguarded(_)
            | PolicyProblem::ChangesUnguarded(_)
            | PolicyProblem::EphemeralContainersUnguarded
            | PolicyProblem::SelectedByLabels
            | PolicyProblem::UnjudgedMatchConditions
            | PolicyProblem::FailuresIgnored
            | PolicyProblem::ControllersLeftOut
            | PolicyProblem::WordOfWildcards(_) => Severity::Note,
            PolicyProblem::NoWebhookRules
            | PolicyProblem::UnknownKeys { .. }
            | PolicyProblem::PodsUnguarded
            | PolicyProblem::ConnectionUnguarded(_)
            | PolicyProblem::MissingVersions
            | PolicyProblem::ConnectionsWithoutLabels
            | PolicyProblem::UnknownFailurePolicy(_)
            | PolicyProblem::NoLookupOfPods
            | PolicyProblem::ConnectByHasNoEffect
            | PolicyProblem::NoGrantForPods
            | PolicyProblem::NoGrantForNodes(_)
            | PolicyProblem::RequesterUnknownToAudit
            | PolicyProblem::UnknownMode(_)
            | PolicyProblem::WordWithVariable(_) => Severity::Failure,
        }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyProblem::NoWebhookRules => write!(
                f,
                "names nothing: the policy is sent no request. Copy the webhook rules of \
                 artefacts/policy.yaml"
            ),
            PolicyProblem::UnknownKeys {
                keys,
                path_of_rules,
            } => write!(
                f,
                "unknown keys {}: a webhook rule has only {}. Rules of the settings belong in \
                 {path_of_rules}",
                keys.join(", "),
                WebhookRule::KEYS.join(", ")
            ),
            PolicyProblem::PodsUnguarded => write!(
                f,
                "leaves out pods: anyone may create HostProcess pods. Copy the webhook rules of \
                 artefacts/policy.yaml"
            ),
            PolicyProblem::WorkloadsUnguarded(resources) => write!(
                f,
                "leaves out {}: the policy does not judge who creates them. Copy the webhook rules \
                 of artefacts/policy.yaml",
                resources.join(", ")
            ),
            PolicyProblem::ChangesUnguarded(resources) => write!(
                f,
                "leaves out changes of {}: a change may bring another image or command. Add UPDATE \
                 to the operations",
                resources.join(", ")
            ),
            PolicyProblem::EphemeralContainersUnguarded => write!(
                f,
                "leaves out pods/ephemeralcontainers: kubectl debug may add any container to a \
                 HostProcess pod. Add a webhook rule for UPDATE on pods/ephemeralcontainers"
            ),
            PolicyProblem::ConnectionUnguarded(resource) => write!(
                f,
                "leaves out {resource}: RBAC alone says who may use it, whatever connectBy says. Add \
                 {resource} to the webhook rule for CONNECT"
            ),
            PolicyProblem::MissingVersions => write!(
                f,
                "names neither v1 nor *: the built-in kinds exist only in v1, so the webhook rule \
                 does not select them. Write apiVersions: [v1]"
            ),
            PolicyProblem::SelectedByLabels => write!(
                f,
                "decides by labels: users set the labels of their own objects, and so can evade the \
                 policy. Delete it, and write a rule in allow for what may run"
            ),
            PolicyProblem::ConnectionsWithoutLabels => write!(
                f,
                "leaves out every exec and attach, because their requests have no labels. Delete it, \
                 or connectBy has no effect"
            ),
            PolicyProblem::UnjudgedMatchConditions => write!(
                f,
                "are not those of artefacts/policy.yaml: the policy does not judge what they exclude. \
                 Make sure that they exclude no HostProcess container"
            ),
            PolicyProblem::UnknownFailurePolicy(failure_policy) => write!(
                f,
                "{failure_policy:?} is not a failure policy: write Fail or Ignore"
            ),
            PolicyProblem::FailuresIgnored => write!(
                f,
                "Ignore admits everything while no policy server answers. Write Fail, the default"
            ),
            PolicyProblem::NoLookupOfPods => write!(
                f,
                "selects exec or attach: a policy for one namespace cannot look up the pods, so every \
                 exec is denied. Write the webhook rule in a ClusterAdmissionPolicy"
            ),
            PolicyProblem::ConnectByHasNoEffect => write!(
                f,
                "has no effect: the policy is sent no exec. Add a webhook rule for CONNECT on \
                 pods/exec and pods/attach"
            ),
            PolicyProblem::ControllersLeftOut => write!(
                f,
                "leaves out controllers: pods that the controller manager makes are denied, unless \
                 another rule admits them. Add controllers if the rule is for more than single pods"
            ),
            PolicyProblem::NoGrantForPods => write!(
                f,
                "v1 Pod is missing: exec is denied everywhere, because the policy cannot look up \
                 the pods. Add apiVersion: v1, kind: Pod"
            ),
            PolicyProblem::NoGrantForNodes(requirement) => write!(
                f,
                "v1 Node is missing: {} cannot look at the nodes. Add apiVersion: v1, kind: Node",
                requirement.key()
            ),
            PolicyProblem::RequesterUnknownToAudit => write!(
                f,
                "rules have requestedBy, and the audit scanner does not say who asked: it would \
                 report what is admitted. Write backgroundAudit: false"
            ),
            PolicyProblem::UnknownMode(mode) => {
                write!(f, "{mode:?} is not a mode: write protect or monitor")
            }
            PolicyProblem::WordWithVariable(variable) => write!(
                f,
                "the kubelet replaces {variable} from the container's environment: whoever sets \
                 the environment chooses the word. If you mean that, use --allow-variables"
            ),
            PolicyProblem::WordOfWildcards(word) => write!(
                f,
                "{word:?} is compared literally, so no other word matches. Write {{pattern: \
                 '{word}'}} for a pattern, or leave out command and args to admit any words"
            ),
        }
    }
}

/// Returns what is questionable about the policy, or about settings without one.
pub fn find(
    source: &PolicySettings,
    settings: &Settings,
    allow_variables: bool,
) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if let Some(policy) = &source.policy {
        findings.extend(find_unknown_keys(source, policy));
        findings.extend(find_missing_versions(policy));
        findings.extend(find_connections_without_lookup(policy));
        let mut unguarded = find_unguarded(policy);
        unguarded.extend(find_unguarded_connection(policy));
        for problem in unguarded {
            let path = String::from("spec.rules");
            findings.push(PolicyFinding { path, problem });
        }
        findings.extend(find_in_selection(policy));
        findings.extend(find_in_fields(policy, settings));
        findings.extend(find_in_rules(source, policy, settings));
    }
    for word in literal_words(source) {
        if let Some(problem) = find_in_word(word.text, allow_variables) {
            let path = word.path;
            findings.push(PolicyFinding { path, problem });
        }
    }
    findings
}

/// Returns the webhook rules with keys that no webhook rule has. They are probably rules of the settings.
fn find_unknown_keys(source: &PolicySettings, policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (index, rule) in policy.webhook_rules.iter().enumerate() {
        if !rule.unknown_keys.is_empty() {
            findings.push(PolicyFinding {
                path: format!("spec.rules[{index}]"),
                problem: PolicyProblem::UnknownKeys {
                    keys: rule.unknown_keys.clone(),
                    path_of_rules: source.path_of("allow"),
                },
            });
        }
    }
    findings
}

/// Returns the webhook rules that select none of the built-in kinds that they name.
fn find_missing_versions(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (index, rule) in policy.webhook_rules.iter().enumerate() {
        if rule.names_only_missing_versions() {
            findings.push(PolicyFinding {
                path: format!("spec.rules[{index}].apiVersions"),
                problem: PolicyProblem::MissingVersions,
            });
        }
    }
    findings
}

/// Returns the webhook rules for exec and attach of a policy that cannot look up pods.
fn find_connections_without_lookup(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if !policy.is_namespaced {
        return findings;
    }
    for (index, rule) in policy.webhook_rules.iter().enumerate() {
        if rule.selects("CONNECT", "", "pods/exec") || rule.selects("CONNECT", "", "pods/attach") {
            findings.push(PolicyFinding {
                path: format!("spec.rules[{index}]"),
                problem: PolicyProblem::NoLookupOfPods,
            });
        }
    }
    findings
}

/// Returns which of exec and attach is open although the other one is guarded. Both open a shell in
/// a container that runs one.
fn find_unguarded_connection(policy: &Policy) -> Option<PolicyProblem> {
    match (policy.guards_exec(), policy.guards_attach()) {
        (true, false) => Some(PolicyProblem::ConnectionUnguarded("pods/attach")),
        (false, true) => Some(PolicyProblem::ConnectionUnguarded("pods/exec")),
        (true, true) | (false, false) => None,
    }
}

/// Returns which requests that ask for HostProcess the webhook rules leave out. Exec is not among
/// them, because to guard it has a price that not everybody wants to pay (block 3 of
/// artefacts/policy.yaml).
fn find_unguarded(policy: &Policy) -> Vec<PolicyProblem> {
    if policy.webhook_rules.is_empty() {
        return vec![PolicyProblem::NoWebhookRules];
    }

    let mut problems = Vec::new();
    let mut without_creation = Vec::new();
    let mut without_changes = Vec::new();
    for kind in &POD_KINDS {
        if policy.is_sent("CREATE", kind.group, kind.resource) {
            if !policy.is_sent("UPDATE", kind.group, kind.resource) {
                without_changes.push(kind.resource);
            }
        } else if kind.kind == "Pod" {
            problems.push(PolicyProblem::PodsUnguarded);
        } else {
            without_creation.push(kind.resource);
        }
    }
    if !without_creation.is_empty() {
        problems.push(PolicyProblem::WorkloadsUnguarded(without_creation));
    }
    if !without_changes.is_empty() {
        problems.push(PolicyProblem::ChangesUnguarded(without_changes));
    }
    if !policy.is_sent("UPDATE", "", "pods/ephemeralcontainers") {
        problems.push(PolicyProblem::EphemeralContainersUnguarded);
    }
    problems
}

/// Returns what is questionable about the fields that leave out some of what the webhook rules
/// select.
fn find_in_selection(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    let mut add = |path: &str, problem| {
        findings.push(PolicyFinding {
            path: path.to_owned(),
            problem,
        });
    };

    if policy.has_object_selector {
        add("spec.objectSelector", PolicyProblem::SelectedByLabels);
        if policy.guards_connections() {
            add(
                "spec.objectSelector",
                PolicyProblem::ConnectionsWithoutLabels,
            );
        }
    }
    if policy.has_match_conditions {
        add(
            "spec.matchConditions",
            PolicyProblem::UnjudgedMatchConditions,
        );
    }
    findings
}

/// Returns what is questionable about the policy's `failurePolicy`. While a policy only monitors, it
/// admits everything anyway.
fn find_in_failure_policy(policy: &Policy) -> Option<PolicyProblem> {
    if let Some(failure_policy) = policy.unknown_failure_policy() {
        return Some(PolicyProblem::UnknownFailurePolicy(
            failure_policy.to_owned(),
        ));
    }
    let matters = policy.ignores_failures() && policy.mode() != "monitor";
    matters.then_some(PolicyProblem::FailuresIgnored)
}

/// Returns what is questionable about the fields of the policy beside its webhook rules.
fn find_in_fields(policy: &Policy, settings: &Settings) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    let mut add = |path: &str, problem| {
        findings.push(PolicyFinding {
            path: path.to_owned(),
            problem,
        });
    };

    if let Some(mode) = policy.unknown_mode() {
        add("spec.mode", PolicyProblem::UnknownMode(mode.to_owned()));
    }
    if let Some(problem) = find_in_failure_policy(policy) {
        add("spec.failurePolicy", problem);
    }
    if policy.background_audit && settings.allow.iter().any(depends_on_requester) {
        add(
            "spec.backgroundAudit",
            PolicyProblem::RequesterUnknownToAudit,
        );
    }
    if policy.guards_connections() && !policy.is_namespaced && !policy.grants("Pod") {
        add(&policy.grants_path, PolicyProblem::NoGrantForPods);
    }
    if !policy.grants("Node")
        && let Some(requirement) = requirement_on_nodes(settings)
    {
        add(
            &policy.grants_path,
            PolicyProblem::NoGrantForNodes(requirement),
        );
    }
    findings
}

/// Returns whether `rule` admits requests of some requesters only. The audit scanner does not say who
/// the requester is, so a policy with such a rule needs `backgroundAudit: false`.
pub fn depends_on_requester(rule: &Rule) -> bool {
    let requesters = rule.requested_by.as_deref().unwrap_or_default();
    let admits_anyone = requesters.is_empty() || requesters.iter().any(|it| it == "*");
    let admits_nobody = requesters == ["nobody"];
    !admits_anyone && !admits_nobody
}

/// Returns the first requirement that looks at nodes; `None` if both are ignored.
fn requirement_on_nodes(settings: &Settings) -> Option<Requirement> {
    [Requirement::NodeKubernetes, Requirement::NodeContainerd]
        .into_iter()
        .find(|requirement| settings.requirements.mode(*requirement) != Mode::Ignore)
}

/// Returns what the rules of the settings do not do in this policy.
fn find_in_rules(
    source: &PolicySettings,
    policy: &Policy,
    settings: &Settings,
) -> Vec<PolicyFinding> {
    // Nobody judges the pods of a controller if the policy is not sent pods.
    let guards_pods = policy.is_sent("CREATE", "", "pods");
    // A policy without webhook rules has a finding of its own.
    let is_sent_no_exec = !policy.webhook_rules.is_empty() && !policy.guards_connections();
    let mut findings = Vec::new();
    for (index, rule) in settings.allow.iter().enumerate() {
        if guards_pods && leaves_out_controllers(rule) {
            findings.push(PolicyFinding {
                path: source.path_of(&format!("allow[{index}].requestedBy")),
                problem: PolicyProblem::ControllersLeftOut,
            });
        }
        if is_sent_no_exec && rule.connect_by.is_some() {
            findings.push(PolicyFinding {
                path: source.path_of(&format!("allow[{index}].connectBy")),
                problem: PolicyProblem::ConnectByHasNoEffect,
            });
        }
    }
    findings
}

/// Returns whether the pods that a controller makes of a workload are not admitted by `rule`. If RBAC
/// decides, it may let controllers use the rule.
fn leaves_out_controllers(rule: &Rule) -> bool {
    let asks_rbac = rule.requested_by.iter().flatten().any(|it| it == "rbac");
    depends_on_requester(rule) && !asks_rbac && !rule.covers_controllers()
}

/// A word of `command`, `args` or `exec` in the settings that is compared literally.
struct LiteralWord<'s> {
    path: String,
    text: &'s str,
}

fn literal_words(source: &PolicySettings) -> Vec<LiteralWord<'_>> {
    let mut words = Vec::new();
    for (rule_index, rule) in items(&source.settings["allow"]) {
        for (entry_index, entry) in items(&rule["containers"]) {
            for key in ["command", "args", "exec"] {
                let path = format!("allow[{rule_index}].containers[{entry_index}].{key}");
                add_literal_words(source.path_of(&path), &entry[key], &mut words);
            }
        }
    }
    words
}

/// Adds the words in `value`, which stands at `path`: a word, or a list of words or of such lists. A
/// pattern is an object, so nothing is added for it.
fn add_literal_words<'s>(path: String, value: &'s Value, words: &mut Vec<LiteralWord<'s>>) {
    for (index, item) in items(value) {
        add_literal_words(format!("{path}[{index}]"), item, words);
    }
    if let Some(text) = value.as_str() {
        words.push(LiteralWord { path, text });
    }
}

/// Returns what is questionable about a word that is compared literally.
fn find_in_word(word: &str, allow_variables: bool) -> Option<PolicyProblem> {
    if is_of_wildcards(word) {
        return Some(PolicyProblem::WordOfWildcards(word.to_owned()));
    }
    if allow_variables {
        return None;
    }
    let variable = first_variable(word)?;
    Some(PolicyProblem::WordWithVariable(variable.to_owned()))
}

/// Returns the first `$(…)` in a word that the kubelet replaces: `$(NAME)` of `--address=$(NAME)`.
///
/// The kubelet reads a word from left to right. It takes `$$` for an escaped `$`, whatever follows: there
/// is no variable in `$$(NAME)`, and one in `$$$(NAME)` (`k8s.io/kubernetes/third_party/forked/golang/expansion`).
pub fn first_variable(word: &str) -> Option<&str> {
    let mut rest = word;
    while let Some(start) = rest.find('$') {
        let from_dollar = &rest[start..];
        if from_dollar.starts_with("$(")
            && let Some(end) = from_dollar.find(')')
        {
            return Some(&from_dollar[..=end]);
        }
        let escaped_dollar = from_dollar.strip_prefix("$$");
        rest = escaped_dollar.unwrap_or(&from_dollar["$".len()..]);
    }
    None
}

/// Returns whether nothing but wildcards of patterns is in `word`.
fn is_of_wildcards(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c == '*' || c == '?')
}

/// Returns the items of `list` with their indexes; none if it is not a list.
fn items(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::super::policy;
    use super::*;
    use crate::reading::position::Position;
    use crate::reading::yaml::Node;

    /// Returns what is found in a policy of `kind` that guards all workloads and has these fields and
    /// webhook rules in addition, as `PATH: PolicyProblem`.
    fn findings(kind: &str, fields: &Value, more_rules: &[Value]) -> Vec<String> {
        let workloads = json!({"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"],
            "operations": ["CREATE", "UPDATE"]});
        let rules = [&[workloads], more_rules].concat();
        let mut spec = json!({
            "rules": rules,
            "contextAwareResources": [{"apiVersion": "v1", "kind": "Pod"}],
            "settings": {"allow": []},
        });
        spec.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let document = Node {
            position: Position::START,
            value: json!({"apiVersion": "policies.kubewarden.io/v1", "kind": kind, "spec": spec}),
            fields: Vec::new(),
        };
        let source = policy::read(vec![document]).unwrap().remove(0);
        find(&source, &Settings::default(), false)
            .iter()
            .map(|finding| format!("{}: {:?}", finding.path, finding.problem))
            .collect()
    }

    fn connect(resources: &[&str]) -> Value {
        json!({"apiGroups": [""], "apiVersions": ["v1"], "resources": resources, "operations": ["CONNECT"]})
    }

    #[rstest]
    #[case::neither(&["services/proxy"], &[])]
    #[case::both(&["pods/exec", "pods/attach"], &[])]
    #[case::only_exec(&["pods/exec"], &["spec.rules: ConnectionUnguarded(\"pods/attach\")"])]
    #[case::only_attach(&["pods/attach"], &["spec.rules: ConnectionUnguarded(\"pods/exec\")"])]
    fn exec_and_attach_are_guarded_together(#[case] resources: &[&str], #[case] expected: &[&str]) {
        let found = findings("ClusterAdmissionPolicy", &json!({}), &[connect(resources)]);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_webhook_rule_in_a_version_that_does_not_exist_guards_nothing() {
        let mut rule = connect(&["pods/exec", "pods/attach"]);
        rule["apiVersions"] = json!(["v2"]);
        let found = findings("ClusterAdmissionPolicy", &json!({}), &[rule]);
        assert_eq!(found, ["spec.rules[1].apiVersions: MissingVersions"]);
    }

    #[rstest]
    #[case::of_the_namespace("AdmissionPolicy", &["spec.rules[1]: NoLookupOfPods"])]
    #[case::of_the_cluster("ClusterAdmissionPolicy", &[])]
    fn a_policy_for_one_namespace_cannot_look_up_pods(
        #[case] kind: &str,
        #[case] expected: &[&str],
    ) {
        let more_rules = [connect(&["pods/exec", "pods/attach"])];
        assert_eq!(findings(kind, &json!({}), &more_rules), expected);
    }

    #[rstest]
    #[case::no_labels(json!({"objectSelector": {}}), &[])]
    #[case::labels(json!({"objectSelector": {"matchLabels": {"a": "b"}}}),
        &["spec.objectSelector: SelectedByLabels", "spec.objectSelector: ConnectionsWithoutLabels"])]
    #[case::no_conditions(json!({"matchConditions": []}), &[])]
    #[case::conditions(json!({"matchConditions": [{"name": "x", "expression": "false"}]}),
        &["spec.matchConditions: UnjudgedMatchConditions"])]
    #[case::failures_are_denied(json!({"failurePolicy": "Fail"}), &[])]
    #[case::failures_are_ignored(json!({"failurePolicy": "Ignore"}),
        &["spec.failurePolicy: FailuresIgnored"])]
    #[case::failures_while_monitoring(json!({"failurePolicy": "Ignore", "mode": "monitor"}), &[])]
    #[case::unknown_failure_policy(json!({"failurePolicy": "ignore", "mode": "monitor"}),
        &["spec.failurePolicy: UnknownFailurePolicy(\"ignore\")"])]
    fn fields_that_admit_what_is_not_judged(#[case] fields: Value, #[case] expected: &[&str]) {
        let more_rules = [connect(&["pods/exec", "pods/attach"])];
        let found = findings("ClusterAdmissionPolicy", &fields, &more_rules);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::behind_other_text("--address=$(NAME)", Some("$(NAME)"))]
    #[case::subexpression_of_powershell("\"$($_.Name)\"", Some("$($_.Name)"))]
    #[case::first_of_two("$(A)$(B)", Some("$(A)"))]
    #[case::escaped("$$(NAME)", None)]
    #[case::behind_an_escape("$$$(NAME)", Some("$(NAME)"))]
    #[case::two_escapes("$$$$(NAME)", None)]
    #[case::behind_an_escaped_one("$$(A) $(B)", Some("$(B)"))]
    #[case::behind_another_dollar("$a$(B)", Some("$(B)"))]
    #[case::without_an_end("$(NAME", None)]
    #[case::dollar_at_the_end("100$", None)]
    #[case::environment_of_windows("%NAME%", None)]
    fn variables(#[case] word: &str, #[case] expected: Option<&str>) {
        assert_eq!(first_variable(word), expected);
    }

    #[rstest]
    #[case::anyone(&["*"], false)]
    #[case::anyone_beside_others(&["controllers", "*"], false)]
    #[case::nobody(&["nobody"], false)]
    #[case::controllers(&["controllers"], true)]
    #[case::rbac(&["rbac"], true)]
    #[case::user_named_nobody(&["user:nobody"], true)]
    fn rules_that_depend_on_the_requester(#[case] requested_by: &[&str], #[case] expected: bool) {
        let rule = Rule {
            requested_by: Some(requested_by.iter().map(ToString::to_string).collect()),
            ..Rule::default()
        };
        assert_eq!(depends_on_requester(&rule), expected);
    }

    #[test]
    fn a_rule_without_requested_by_does_not_depend_on_the_requester() {
        assert!(!depends_on_requester(&Rule::default()));
    }
}
