//! Finds where a policy with valid settings probably does not do what its author means.

use serde_json::Value;
use windows_hostprocess_policy::POD_KINDS;
use windows_hostprocess_policy::settings::{Mode, Requirement, Rule, Settings, asks_rbac};

use super::policy::{Policy, PolicySettings};
use super::policy_problem::{PolicyFinding, PolicyProblem};

/// Returns the problems of a policy. In settings without a policy, only what does not depend on it is
/// checked.
///
/// `settings` are what `Settings::read` made of the settings in `source`. `allow_variables` turns off
/// [`PolicyProblem::WordWithVariable`].
pub fn find(
    source: &PolicySettings,
    settings: &Settings,
    allow_variables: bool,
) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if let Some(policy) = &source.policy {
        findings.extend(policy.field_problems.iter().cloned());
        findings.extend(find_unknown_keys_of_webhook_rules(source, policy));
        findings.extend(find_nonexistent_versions(policy));
        findings.extend(find_connections_without_lookup(policy));
        for problem in find_unguarded(policy) {
            findings.push(PolicyFinding::new("spec.rules", problem));
        }
        if let Some(problem) = find_daily_requests(policy) {
            findings.push(PolicyFinding::new("spec.rules", problem));
        }
        findings.extend(find_in_selection(policy));
        findings.extend(find_in_fields(policy, settings));
        findings.extend(find_nodes_without_lookup(source, policy, settings));
        findings.extend(find_in_rules(source, policy, settings));
    }
    findings.extend(find_in_requesters(source, settings));
    for word in collect_literal_words(source) {
        if let Some(problem) = find_in_word(word.text, allow_variables) {
            findings.push(PolicyFinding::new(word.path, problem));
        }
    }
    findings
}

/// Returns the webhook rules with keys that no webhook rule has. The author probably meant rules of the
/// settings.
fn find_unknown_keys_of_webhook_rules(
    source: &PolicySettings,
    policy: &Policy,
) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (index, rule) in policy.scope.webhook_rules.iter().enumerate() {
        if !rule.unknown_keys.is_empty() {
            let problem = PolicyProblem::UnknownKeys {
                keys: rule.unknown_keys.clone(),
                path_of_rules: source.path_of("allow"),
            };
            findings.push(PolicyFinding::new(format!("spec.rules[{index}]"), problem));
        }
    }
    findings
}

/// Returns the webhook rules that name built-in kinds and select none of them, because these kinds
/// exist only in the version `v1`.
fn find_nonexistent_versions(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (index, rule) in policy.scope.webhook_rules.iter().enumerate() {
        if rule.names_only_nonexistent_versions() {
            let path = format!("spec.rules[{index}].apiVersions");
            findings.push(PolicyFinding::new(path, PolicyProblem::NonexistentVersions));
        }
    }
    findings
}

/// Returns the webhook rules for exec and attach of a policy that cannot look up pods: a policy for one
/// namespace.
fn find_connections_without_lookup(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if !policy.is_namespaced {
        return findings;
    }
    for (index, rule) in policy.scope.webhook_rules.iter().enumerate() {
        let is_sent = |resource| rule.selects_in_namespaces("CONNECT", "", resource);
        if is_sent("pods/exec") || is_sent("pods/attach") {
            let path = format!("spec.rules[{index}]");
            findings.push(PolicyFinding::new(path, PolicyProblem::NoLookupOfPods));
        }
    }
    findings
}

/// Returns the unguarded one of exec and attach if the other one is guarded. Attach opens a shell, too,
/// where the container runs a shell. To guard neither is no problem, because guarding has a cost (block
/// 3 of artefacts/policy.yaml).
fn find_unguarded_connection(policy: &Policy) -> Option<PolicyProblem> {
    match (policy.guards_exec(), policy.guards_attach()) {
        (true, false) => Some(PolicyProblem::ConnectionUnguarded("pods/attach")),
        (false, true) => Some(PolicyProblem::ConnectionUnguarded("pods/exec")),
        (true, true) | (false, false) => None,
    }
}

/// Returns what the webhook rules leave out although it can bring HostProcess containers or a shell in
/// them.
fn find_unguarded(policy: &Policy) -> Vec<PolicyProblem> {
    if policy.scope.webhook_rules.is_empty() {
        return vec![PolicyProblem::NoWebhookRules];
    }

    let mut problems = Vec::new();
    let mut without_creation = Vec::new();
    let mut without_changes = Vec::new();
    for pod_kind in &POD_KINDS {
        let is_sent = |operation: &str| {
            policy
                .scope
                .is_sent(operation, pod_kind.group, pod_kind.resource)
        };
        match (is_sent("CREATE"), is_sent("UPDATE")) {
            (true, true) => {}
            (true, false) => without_changes.push(pod_kind.resource),
            (false, _) if pod_kind.kind == "Pod" => problems.push(PolicyProblem::PodsUnguarded),
            (false, _) => without_creation.push(pod_kind.resource),
        }
    }
    if !without_creation.is_empty() {
        problems.push(PolicyProblem::WorkloadsUnguarded(without_creation));
    }
    if !without_changes.is_empty() {
        problems.push(PolicyProblem::ChangesUnguarded(without_changes));
    }
    if !policy
        .scope
        .is_sent("UPDATE", "", "pods/ephemeralcontainers")
    {
        problems.push(PolicyProblem::EphemeralContainersUnguarded);
    }
    problems.extend(find_unguarded_connection(policy));
    problems
}

/// Returns the problem with webhook rules that send the policy every status update or binding of a pod.
/// Only those with an annotation of the runtime can ask for HostProcess (block 4 of
/// artefacts/policy.yaml).
fn find_daily_requests(policy: &Policy) -> Option<PolicyProblem> {
    if policy.has_match_conditions {
        return None;
    }
    let mut selected = Vec::new();
    for (operation, resource) in [("UPDATE", "pods/status"), ("CREATE", "pods/binding")] {
        if policy.scope.is_sent(operation, "", resource) {
            selected.push(resource);
        }
    }
    (!selected.is_empty()).then_some(PolicyProblem::DailyRequestsSelected(selected))
}

/// Returns the problems with `namespaceSelector`, `objectSelector` and `matchConditions`, which leave out
/// some of what the webhook rules select.
fn find_in_selection(policy: &Policy) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if policy.scope.has_namespace_selector() {
        let path = "spec.namespaceSelector";
        findings.push(PolicyFinding::new(path, PolicyProblem::NamespacesLeftOut));
    }
    if policy.scope.has_object_selector() {
        let path = "spec.objectSelector";
        findings.push(PolicyFinding::new(path, PolicyProblem::SelectedByLabels));
        if policy.guards_connections() {
            let problem = PolicyProblem::ConnectionsWithoutLabels;
            findings.push(PolicyFinding::new(path, problem));
        }
    }
    if policy.has_own_match_conditions {
        let problem = PolicyProblem::UnjudgedMatchConditions;
        findings.push(PolicyFinding::new("spec.matchConditions", problem));
    }
    findings
}

/// Returns the problem with the policy's `failurePolicy`.
fn find_in_failure_policy(policy: &Policy) -> Option<PolicyProblem> {
    if let Some(failure_policy) = policy.unknown_failure_policy() {
        let failure_policy = failure_policy.to_owned();
        return Some(PolicyProblem::UnknownFailurePolicy(failure_policy));
    }
    if policy.mode() == "monitor" {
        // A policy in this mode enforces no verdict, whatever a failure admits.
        return None;
    }
    policy
        .ignores_failures()
        .then_some(PolicyProblem::FailuresIgnored)
}

/// Returns the problems with `mode`, `failurePolicy`, `backgroundAudit` and `contextAwareResources`.
fn find_in_fields(policy: &Policy, settings: &Settings) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    if let Some(mode) = policy.unknown_mode() {
        let problem = PolicyProblem::UnknownMode(mode.to_owned());
        findings.push(PolicyFinding::new("spec.mode", problem));
    }
    if let Some(problem) = find_in_failure_policy(policy) {
        findings.push(PolicyFinding::new("spec.failurePolicy", problem));
    }
    // The audit scanner does not say who the requester is.
    if policy.background_audit && settings.allow.iter().any(Rule::depends_on_requester) {
        let problem = PolicyProblem::RequesterUnknownToAudit;
        findings.push(PolicyFinding::new("spec.backgroundAudit", problem));
    }

    // The path of `contextAwareResources`. In a policy group each member has its own.
    let grants = &policy.grants_path;
    // `find_connections_without_lookup` reports a policy for one namespace.
    if policy.guards_connections() && !policy.is_namespaced && !policy.grants("Pod") {
        findings.push(PolicyFinding::new(grants, PolicyProblem::NoGrantForPods));
    }
    if let Some(requirement) = find_requirement_on_nodes(settings)
        // `find_nodes_without_lookup` reports a policy for one namespace.
        && !policy.is_namespaced
        && !policy.grants("Node")
    {
        let problem = PolicyProblem::NoGrantForNodes(requirement);
        findings.push(PolicyFinding::new(grants, problem));
    }
    findings
}

/// Returns the first requirement that looks at nodes, in a policy that cannot look them up: a policy
/// for one namespace.
fn find_nodes_without_lookup(
    source: &PolicySettings,
    policy: &Policy,
    settings: &Settings,
) -> Option<PolicyFinding> {
    let requirement = find_requirement_on_nodes(settings)?;
    if !policy.is_namespaced {
        return None;
    }
    let path = source.path_of(&format!("requirements.{}", requirement.key()));
    Some(PolicyFinding::new(path, PolicyProblem::NoLookupOfNodes))
}

/// Returns the first requirement that looks at nodes and whose mode is not `ignore`.
fn find_requirement_on_nodes(settings: &Settings) -> Option<Requirement> {
    Requirement::OF_NODES
        .into_iter()
        .find(|requirement| settings.requirements.mode(*requirement) != Mode::Ignore)
}

/// Returns the rules whose `connectBy` has no effect in this policy, those whose `requestedBy` leaves
/// out the controllers, and the namespaces that the policy is not sent.
fn find_in_rules(
    source: &PolicySettings,
    policy: &Policy,
    settings: &Settings,
) -> Vec<PolicyFinding> {
    // Nobody judges the pods of a controller if the policy is not sent pods.
    let is_sent_pods = policy.scope.is_sent("CREATE", "", "pods");
    // `find_unguarded` reports a policy without webhook rules.
    let connect_by_has_no_effect =
        !policy.scope.webhook_rules.is_empty() && !policy.guards_connections();
    let mut findings = Vec::new();
    for (index, rule) in settings.allow.iter().enumerate() {
        if is_sent_pods && leaves_out_controllers(rule) {
            let path = source.path_of(&format!("allow[{index}].requestedBy"));
            findings.push(PolicyFinding::new(path, PolicyProblem::ControllersLeftOut));
        }
        for (position, namespace) in rule.namespaces.iter().enumerate() {
            // A pattern may match other namespaces, too.
            let is_name = !namespace.contains(['*', '?']);
            if is_name && policy.scope.leaves_out_namespace(namespace) {
                let path = source.path_of(&format!("allow[{index}].namespaces[{position}]"));
                let problem = PolicyProblem::NamespaceNotSent(namespace.clone());
                findings.push(PolicyFinding::new(path, problem));
            }
        }
        if connect_by_has_no_effect && rule.connect_by.is_some() {
            let path = source.path_of(&format!("allow[{index}].connectBy"));
            findings.push(PolicyFinding::new(
                path,
                PolicyProblem::ConnectByHasNoEffect,
            ));
        }
    }
    findings
}

/// Returns the rules that nobody may use and that let nobody connect either, and those that say who may
/// connect but not who may create the workload.
fn find_in_requesters(source: &PolicySettings, settings: &Settings) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (index, rule) in settings.allow.iter().enumerate() {
        let path = source.path_of(&format!("allow[{index}]"));
        if rule.is_for_nobody() && rule.connect_by.is_none() {
            let path = format!("{path}.requestedBy");
            findings.push(PolicyFinding::new(path, PolicyProblem::RuleWithoutEffect));
        }
        if rule.requested_by.is_none() && rule.connect_by.is_some() {
            findings.push(PolicyFinding::new(path, PolicyProblem::AnyoneMayCreate));
        }
    }
    findings
}

/// Returns whether `rule` covers no controller, and so denies the pods that controllers make of its
/// workload. A rule for anyone covers them. A rule for `nobody` is not meant to admit pods, and with
/// `rbac` RBAC may admit controllers.
fn leaves_out_controllers(rule: &Rule) -> bool {
    // `depends_on_requester` is false for a rule for anyone, and for one for nobody.
    let is_left_to_rbac = rule.requested_by.as_deref().is_some_and(asks_rbac);
    rule.depends_on_requester() && !is_left_to_rbac && !rule.covers_a_controller()
}

/// A word of `command`, `args` or `exec` in the settings that is compared literally.
struct LiteralWord<'s> {
    path: String,
    text: &'s str,
}

/// Collects the literal words of the raw settings, with their paths. `command` and `args` are lists of
/// words, and `exec` is a list of such lists.
fn collect_literal_words(source: &PolicySettings) -> Vec<LiteralWord<'_>> {
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

/// Adds the words in `value`, which stands at `path`.
fn add_literal_words<'s>(path: String, value: &'s Value, words: &mut Vec<LiteralWord<'s>>) {
    match value {
        Value::String(text) => words.push(LiteralWord { path, text }),
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                add_literal_words(format!("{path}[{index}]"), item, words);
            }
        }
        // A pattern is an object.
        _ => {}
    }
}

/// Returns the problem with a word that is compared literally.
fn find_in_word(word: &str, allow_variables: bool) -> Option<PolicyProblem> {
    if consists_of_wildcards(word) {
        return Some(PolicyProblem::WordOfWildcards(word.to_owned()));
    }
    if has_lost_backslash(word) {
        return Some(PolicyProblem::WordWithoutBackslash);
    }
    if allow_variables {
        return None;
    }
    let variable = first_variable(word)?;
    Some(PolicyProblem::WordWithVariable(variable.to_owned()))
}

/// Returns the first `$(…)` in a word that the kubelet replaces: `$(NAME)` of `--address=$(NAME)`.
///
/// The kubelet reads a word from left to right. It takes `$$` for an escaped `$`, whatever follows:
/// there is no variable in `$$(NAME)`, and one in `$$$(NAME)`
/// (`k8s.io/kubernetes/third_party/forked/golang/expansion`).
pub fn first_variable(word: &str) -> Option<&str> {
    let mut rest = word;
    while let Some(start) = rest.find('$') {
        let from_dollar = &rest[start..];
        if let Some(after_escape) = from_dollar.strip_prefix("$$") {
            rest = after_escape;
            continue;
        }
        if from_dollar.starts_with("$(")
            && let Some(end) = from_dollar.find(')')
        {
            return Some(&from_dollar[..=end]);
        }
        rest = &from_dollar["$".len()..];
    }
    None
}

/// Returns whether `word` has only `*` and `?`, and at least one.
fn consists_of_wildcards(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c == '*' || c == '?')
}

/// Returns whether a path in `word` begins with a drive and a control character. YAML has read a backslash
/// and a letter in double quotes as one then: `"C:\temp"`. A line feed may also stand behind a label.
fn has_lost_backslash(word: &str) -> bool {
    let is_escape = |byte: u8| byte.is_ascii_control() && byte != b'\n' && byte != b'\r';
    word.as_bytes()
        .windows(3)
        .any(|part| part[0].is_ascii_alphabetic() && part[1] == b':' && is_escape(part[2]))
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

    /// Finds problems in a policy of `kind` that guards all workloads. `fields` and `more_rules` are
    /// added to it. Each problem is returned as `PATH: PolicyProblem`.
    fn findings_of_policy(kind: &str, fields: &Value, more_rules: &[Value]) -> Vec<String> {
        let workloads = json!({"apiGroups": ["*"], "apiVersions": ["*"],
            "resources": ["*", "pods/ephemeralcontainers"], "operations": ["CREATE", "UPDATE"]});
        let rules = [&[workloads], more_rules].concat();
        let mut spec = json!({
            "module": "registry://example.com/windows-hostprocess-policy:v1",
            "mutating": false,
            "rules": rules,
            "settings": {"allow": []},
        });
        if kind == "ClusterAdmissionPolicy" {
            spec["contextAwareResources"] = json!([{"apiVersion": "v1", "kind": "Pod"}]);
        }
        spec.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let document = Node {
            position: Position::START,
            value: json!({"apiVersion": "policies.kubewarden.io/v1", "kind": kind,
                "metadata": {"name": "a"}, "spec": spec}),
            fields: Vec::new(),
        };
        let source = policy::read(vec![document]).unwrap().remove(0);
        let settings = Settings::read(source.settings.clone()).unwrap();
        let allow_variables = false;
        find(&source, &settings, allow_variables)
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
        let found = findings_of_policy("ClusterAdmissionPolicy", &json!({}), &[connect(resources)]);
        assert_eq!(found, expected);
    }

    #[test]
    fn a_webhook_rule_in_a_version_that_does_not_exist_guards_nothing() {
        let mut rule = connect(&["pods/exec", "pods/attach"]);
        rule["apiVersions"] = json!(["v2"]);
        let found = findings_of_policy("ClusterAdmissionPolicy", &json!({}), &[rule]);
        assert_eq!(found, ["spec.rules[1].apiVersions: NonexistentVersions"]);
    }

    #[rstest]
    #[case::of_the_namespace("AdmissionPolicy", &["spec.rules[1]: NoLookupOfPods"])]
    #[case::of_the_cluster("ClusterAdmissionPolicy", &[])]
    fn a_policy_for_one_namespace_cannot_look_up_pods(
        #[case] kind: &str,
        #[case] expected: &[&str],
    ) {
        let more_rules = [connect(&["pods/exec", "pods/attach"])];
        assert_eq!(findings_of_policy(kind, &json!({}), &more_rules), expected);
    }

    #[test]
    fn a_webhook_rule_for_objects_without_a_namespace_selects_no_exec() {
        let mut rule = connect(&["pods/exec", "pods/attach"]);
        rule["scope"] = json!("Cluster");
        let found = findings_of_policy("AdmissionPolicy", &json!({}), &[rule]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[rstest]
    #[case::connecting_alone(json!({"connectBy": ["group:a"]}), &["spec.settings.allow[0]: AnyoneMayCreate"])]
    #[case::creating_for_anyone(json!({"connectBy": ["group:a"], "requestedBy": ["*"]}), &[])]
    #[case::creating_for_nobody(json!({"connectBy": ["group:a"], "requestedBy": ["nobody"]}), &[])]
    #[case::neither(json!({}), &[])]
    #[case::nothing(json!({"requestedBy": ["nobody"]}),
        &["spec.settings.allow[0].requestedBy: RuleWithoutEffect"])]
    fn rules_say_who_may_create_and_who_may_connect(
        #[case] requesters: Value,
        #[case] expected: &[&str],
    ) {
        let mut rule =
            json!({"name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]});
        let requesters = requesters.as_object().unwrap().clone();
        rule.as_object_mut().unwrap().extend(requesters);
        let fields = json!({"settings": {"allow": [rule]}});
        let more_rules = [connect(&["pods/exec", "pods/attach"])];
        let found = findings_of_policy("ClusterAdmissionPolicy", &fields, &more_rules);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::of_the_namespace("AdmissionPolicy",
        &["spec.settings.requirements.nodeContainerd: NoLookupOfNodes"])]
    #[case::of_the_cluster("ClusterAdmissionPolicy",
        &["spec.contextAwareResources: NoGrantForNodes(NodeContainerd)"])]
    fn a_policy_for_one_namespace_cannot_look_up_nodes(
        #[case] kind: &str,
        #[case] expected: &[&str],
    ) {
        let settings = json!({"requirements": {"nodeContainerd": "warn"}});
        let found = findings_of_policy(kind, &json!({"settings": settings}), &[]);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::no_labels(json!({"objectSelector": {}}), &[])]
    #[case::labels(json!({"objectSelector": {"matchLabels": {"a": "b"}}}),
        &["spec.objectSelector: SelectedByLabels", "spec.objectSelector: ConnectionsWithoutLabels"])]
    #[case::no_namespaces(json!({"namespaceSelector": {}}), &[])]
    #[case::namespaces(json!({"namespaceSelector": {"matchLabels": {"a": "b"}}}),
        &["spec.namespaceSelector: NamespacesLeftOut"])]
    #[case::no_conditions(json!({"matchConditions": []}), &[])]
    #[case::conditions(json!({"matchConditions": [{"name": "x", "expression": "false"}]}),
        &["spec.matchConditions: UnjudgedMatchConditions"])]
    #[case::failures_are_denied(json!({"failurePolicy": "Fail"}), &[])]
    #[case::failures_are_ignored(json!({"failurePolicy": "Ignore"}),
        &["spec.failurePolicy: FailuresIgnored"])]
    #[case::failures_while_monitoring(json!({"failurePolicy": "Ignore", "mode": "monitor"}), &[])]
    #[case::unknown_failure_policy_while_monitoring(json!({"failurePolicy": "ignore", "mode": "monitor"}),
        &["spec.failurePolicy: UnknownFailurePolicy(\"ignore\")"])]
    fn fields_that_admit_what_is_not_judged(#[case] fields: Value, #[case] expected: &[&str]) {
        let more_rules = [connect(&["pods/exec", "pods/attach"])];
        let found = findings_of_policy("ClusterAdmissionPolicy", &fields, &more_rules);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::status_updates("UPDATE", "pods/status", &["spec.rules: DailyRequestsSelected([\"pods/status\"])"])]
    #[case::bindings("CREATE", "pods/binding", &["spec.rules: DailyRequestsSelected([\"pods/binding\"])"])]
    #[case::all_subresources("*", "pods/*",
        &["spec.rules: DailyRequestsSelected([\"pods/status\", \"pods/binding\"])"])]
    #[case::other_operation("CREATE", "pods/status", &[])]
    fn what_a_cluster_does_all_the_time_needs_conditions(
        #[case] operation: &str,
        #[case] resource: &str,
        #[case] expected: &[&str],
    ) {
        let rule = json!({"apiGroups": [""], "apiVersions": ["*"], "resources": [resource],
            "operations": [operation]});
        let found = findings_of_policy("ClusterAdmissionPolicy", &json!({}), &[rule]);
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
    #[case::tab_in_a_path("C:\temp\\a.ps1", true)]
    #[case::whole_path("C:\\temp\\a.ps1", false)]
    #[case::label_at_the_end_of_a_line("a:\nb", false)]
    #[case::script_with_a_label("if ($a) {\n\tb\n}", false)]
    #[case::byte_order_mark("\u{feff}C:\\a", false)]
    fn lost_backslashes(#[case] word: &str, #[case] expected: bool) {
        assert_eq!(has_lost_backslash(word), expected);
    }
}
