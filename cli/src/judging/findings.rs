//! What is questionable about a policy whose settings are valid.

use std::fmt;

use serde_json::Value;
use windows_hostprocess_policy::settings::{Mode, Requirement, Rule, Settings};

use super::policy::{Policy, PolicySettings};

/// What is questionable, at a field of the policy.
#[derive(Debug, PartialEq)]
pub struct PolicyFinding {
    /// The field: `spec.mode`, or in settings on their own `allow[0].connectBy`.
    pub path: String,
    /// What is questionable there.
    pub problem: Problem,
}

/// What is questionable about a policy.
#[derive(Debug, PartialEq)]
pub enum Problem {
    /// The policy has no webhook rules.
    NoWebhookRules,
    /// Rules have `connectBy`, and the policy is sent no exec.
    ConnectByHasNoEffect,
    /// The policy is sent execs, and may not look up the pods.
    NoGrantForPods,
    /// Requirements look at nodes, and the policy may not list them.
    NoGrantForNodes(&'static str),
    /// The audit scanner does not say who asked.
    RequesterUnknownToAudit,
    /// Kubewarden has no such mode.
    UnknownMode(String),
    /// A word is as open as the container's environment.
    WordWithVariable(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoWebhookRules => write!(
                f,
                "names nothing: the policy is sent no request. Copy the webhook rules of \
                 artefacts/policy.yaml"
            ),
            Problem::ConnectByHasNoEffect => write!(
                f,
                "has no effect: the policy is sent no exec. Add a webhook rule for CONNECT on \
                 pods/exec and pods/attach"
            ),
            Problem::NoGrantForPods => write!(
                f,
                "v1 Pod is missing: exec is denied everywhere, because the policy cannot look up \
                 the pods. Add apiVersion: v1, kind: Pod"
            ),
            Problem::NoGrantForNodes(requirement) => write!(
                f,
                "v1 Node is missing: {requirement} cannot look at the nodes. Add apiVersion: v1, \
                 kind: Node"
            ),
            Problem::RequesterUnknownToAudit => write!(
                f,
                "rules have requestedBy, and the audit scanner does not say who asked: it would \
                 report what is admitted. Write backgroundAudit: false"
            ),
            Problem::UnknownMode(mode) => {
                write!(f, "{mode:?} is not a mode: write protect or monitor")
            }
            Problem::WordWithVariable(variable) => write!(
                f,
                "the kubelet replaces {variable} from the container's environment: whoever sets \
                 the environment chooses the word. If you mean that, use --allow-variables"
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
        findings.extend(find_in_policy(policy, settings));
        findings.extend(find_connect_by_without_effect(source, policy, settings));
    }
    if !allow_variables {
        findings.extend(find_variables(source));
    }
    findings
}

fn find_in_policy(policy: &Policy, settings: &Settings) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    let mut add = |path: &str, problem| {
        findings.push(PolicyFinding {
            path: path.to_owned(),
            problem,
        });
    };

    if policy.webhook_rules.is_empty() {
        add("spec.rules", Problem::NoWebhookRules);
    }
    if let Some(mode) = policy.unknown_mode() {
        add("spec.mode", Problem::UnknownMode(mode.to_owned()));
    }
    if policy.background_audit && settings.allow.iter().any(has_requested_by) {
        add("spec.backgroundAudit", Problem::RequesterUnknownToAudit);
    }
    if policy.guards_connections() && !policy.grants("Pod") {
        add(&policy.grants_path, Problem::NoGrantForPods);
    }
    if !policy.grants("Node")
        && let Some(requirement) = requirement_on_nodes(settings)
    {
        add(&policy.grants_path, Problem::NoGrantForNodes(requirement));
    }
    findings
}

/// Returns whether it matters for `rule` who asks.
fn has_requested_by(rule: &Rule) -> bool {
    let requesters = rule.requested_by.as_deref().unwrap_or_default();
    !requesters.is_empty() && requesters != ["*"] && requesters != ["nobody"]
}

/// Returns the first requirement that looks at nodes.
fn requirement_on_nodes(settings: &Settings) -> Option<&'static str> {
    [Requirement::NodeKubernetes, Requirement::NodeContainerd]
        .into_iter()
        .find(|requirement| settings.requirements.mode(*requirement) != Mode::Ignore)
        .map(Requirement::key)
}

fn find_connect_by_without_effect(
    source: &PolicySettings,
    policy: &Policy,
    settings: &Settings,
) -> Vec<PolicyFinding> {
    if policy.guards_connections() || policy.webhook_rules.is_empty() {
        return Vec::new();
    }
    let rules = settings.allow.iter().enumerate();
    rules
        .filter(|(_, rule)| rule.connect_by.is_some())
        .map(|(index, _)| PolicyFinding {
            path: source.path_of(&format!("allow[{index}].connectBy")),
            problem: Problem::ConnectByHasNoEffect,
        })
        .collect()
}

/// Returns the words in which the kubelet replaces a variable.
fn find_variables(source: &PolicySettings) -> Vec<PolicyFinding> {
    let mut findings = Vec::new();
    for (rule_index, rule) in items(&source.settings["allow"]) {
        for (entry_index, entry) in items(&rule["containers"]) {
            for key in ["command", "args", "exec"] {
                let path = format!("allow[{rule_index}].containers[{entry_index}].{key}");
                find_variables_below(&source.path_of(&path), &entry[key], &mut findings);
            }
        }
    }
    findings
}

fn find_variables_below(path: &str, value: &Value, findings: &mut Vec<PolicyFinding>) {
    if let Some(variable) = value.as_str().and_then(first_variable) {
        findings.push(PolicyFinding {
            path: path.to_owned(),
            problem: Problem::WordWithVariable(variable.to_owned()),
        });
    }
    for (index, item) in items(value) {
        find_variables_below(&format!("{path}[{index}]"), item, findings);
    }
}

/// Returns the first `$(…)` in a word: `$(NAME)` of `--address=$(NAME)`.
pub fn first_variable(word: &str) -> Option<&str> {
    let start = word.find("$(")?;
    let end = word[start..].find(')')?;
    Some(&word[start..=start + end])
}

fn items(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}
