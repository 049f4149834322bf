//! How a policy whose settings are valid may fail to do what its author means.

use std::fmt;

use windows_hostprocess_policy::settings::Requirement;

use super::policy_kind::TIMEOUTS;
use super::webhook_rule::WebhookRule;
use crate::reading::printable::printable;

/// A problem, and the field of the policy that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyFinding {
    /// The path of the field: `spec.mode`. Without a policy, it begins in the settings:
    /// `allow[0].connectBy`.
    pub path: String,
    /// The problem with this field.
    pub problem: PolicyProblem,
}

impl PolicyFinding {
    /// The problem of the field at `path`.
    pub fn new(path: impl Into<String>, problem: PolicyProblem) -> Self {
        PolicyFinding {
            path: path.into(),
            problem,
        }
    }
}

/// Writes `PATH: PROBLEM` on one line, with unprintable characters escaped.
impl fmt::Display for PolicyFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PolicyFinding { path, problem } = self;
        f.write_str(&printable(&format!("{path}: {problem}")))
    }
}

/// A way in which a policy probably does not do what its author means. `Display` writes what follows
/// the path of the field: `leaves out pods: …` in `spec.rules: leaves out pods: …`.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyProblem {
    /// A policy has no such key. The value probably belongs in the settings, at `destination`.
    MisplacedKey {
        /// `spec.settings`
        destination: String,
    },
    /// The object has no such key, and the value belongs nowhere else.
    UnknownKey {
        /// The known key that was probably meant.
        meant: Option<String>,
        /// What has no such key: `an AdmissionPolicy`.
        object: String,
    },
    /// Kubewarden requires the key, and the policy does not have it.
    MissingKey {
        /// What to write: `write false`.
        instead: &'static str,
    },
    /// The policy runs this module, which is another policy's by its name.
    ModuleOfAnotherPolicy(String),
    /// A timeout that Kubernetes does not accept.
    TimeoutOutOfRange,
    /// The policy has no webhook rules.
    NoWebhookRules,
    /// The webhook rule has keys that no webhook rule has.
    UnknownKeys {
        /// The unknown keys.
        keys: Vec<String>,
        /// Where the settings have their rules: `spec.settings.allow`. The unknown keys probably belong
        /// there.
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
    /// The policy is sent only one of exec and attach. This is the other one: `pods/exec` or
    /// `pods/attach`.
    ConnectionUnguarded(&'static str),
    /// The webhook rule names built-in kinds in versions that do not exist.
    NonexistentVersions,
    /// The policy is sent these requests, of which a cluster makes many, and has no `matchConditions` to
    /// send it only those that can ask for HostProcess.
    DailyRequestsSelected(Vec<&'static str>),
    /// The policy has a `namespaceSelector`, which leaves out namespaces.
    NamespacesLeftOut,
    /// The policy has an `objectSelector`. Users set the labels of their objects, so they can evade the
    /// policy.
    SelectedByLabels,
    /// The policy has an `objectSelector`. Requests for exec and attach cannot have labels, so it
    /// leaves them out.
    ConnectionsWithoutLabels,
    /// The `matchConditions` are not those of artefacts/policy.yaml. The policy does not judge what
    /// they exclude.
    UnjudgedMatchConditions,
    /// Kubernetes has no such failure policy.
    UnknownFailurePolicy(String),
    /// `failurePolicy` is `Ignore`: everything is admitted while no policy server answers.
    FailuresIgnored,
    /// The policy is for one namespace, so it cannot look up the pod of an exec.
    NoLookupOfPods,
    /// The rule has `connectBy`, and the policy is sent no exec.
    ConnectByHasNoEffect,
    /// The policy is not sent this namespace of a rule.
    NamespaceNotSent(String),
    /// Nobody may use the rule, and it lets nobody connect.
    RuleWithoutEffect,
    /// The rule has `connectBy` and no `requestedBy`, so anyone may create its workload. The author
    /// may have meant a rule for shells alone.
    AnyoneMayCreate,
    /// The `requestedBy` of the rule does not cover the controller manager, which creates the pods of
    /// workloads.
    ControllersLeftOut,
    /// The policy is sent execs, but `contextAwareResources` does not name v1 Pod.
    NoGrantForPods,
    /// This requirement looks at nodes, but `contextAwareResources` does not name v1 Node.
    NoGrantForNodes(Requirement),
    /// The requirement looks at nodes, and the policy is for one namespace, so it cannot look them up.
    NoLookupOfNodes,
    /// `backgroundAudit` is on and a rule has `requestedBy`, but the audit scanner does not know the
    /// requester.
    RequesterUnknownToAudit,
    /// Kubewarden has no such mode.
    UnknownMode(String),
    /// The kubelet replaces this variable in a word by a value of the container's environment.
    WordWithVariable(String),
    /// The word consists of `*` and `?` alone, but is compared literally.
    WordOfWildcards(String),
    /// The word is a path in which YAML has read a backslash and a letter as one character.
    WordWithoutBackslash,
}

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Severity {
    /// The policy almost certainly does not do what is meant: `validate` fails.
    Failure,
    /// This may be intended: `validate` reports it, and does not fail.
    Note,
}

impl PolicyProblem {
    /// How much the problem weighs.
    pub fn severity(&self) -> Severity {
        match self {
            PolicyProblem::WorkloadsUnguarded(_)
            | PolicyProblem::ChangesUnguarded(_)
            | PolicyProblem::EphemeralContainersUnguarded
            | PolicyProblem::DailyRequestsSelected(_)
            | PolicyProblem::NamespacesLeftOut
            | PolicyProblem::SelectedByLabels
            | PolicyProblem::UnjudgedMatchConditions
            | PolicyProblem::FailuresIgnored
            | PolicyProblem::AnyoneMayCreate
            | PolicyProblem::ControllersLeftOut
            | PolicyProblem::NamespaceNotSent(_)
            | PolicyProblem::RuleWithoutEffect
            // The file may be a template, to which a tool adds the key.
            | PolicyProblem::MissingKey { .. }
            // A mirror may give the module another name.
            | PolicyProblem::ModuleOfAnotherPolicy(_)
            // A program may take a star as it is.
            | PolicyProblem::WordOfWildcards(_)
            | PolicyProblem::WordWithoutBackslash => Severity::Note,
            PolicyProblem::MisplacedKey { .. }
            | PolicyProblem::UnknownKey { .. }
            | PolicyProblem::TimeoutOutOfRange
            | PolicyProblem::NoWebhookRules
            | PolicyProblem::UnknownKeys { .. }
            | PolicyProblem::PodsUnguarded
            | PolicyProblem::ConnectionUnguarded(_)
            | PolicyProblem::NonexistentVersions
            | PolicyProblem::ConnectionsWithoutLabels
            | PolicyProblem::UnknownFailurePolicy(_)
            | PolicyProblem::NoLookupOfPods
            | PolicyProblem::ConnectByHasNoEffect
            | PolicyProblem::NoGrantForPods
            | PolicyProblem::NoGrantForNodes(_)
            | PolicyProblem::NoLookupOfNodes
            | PolicyProblem::RequesterUnknownToAudit
            | PolicyProblem::UnknownMode(_)
            | PolicyProblem::WordWithVariable(_) => Severity::Failure,
        }
    }
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyProblem::MisplacedKey { destination } => write!(
                f,
                "unknown key: Kubernetes refuses or drops it. If it is for the settings, write it in \
                 {destination}"
            ),
            PolicyProblem::UnknownKey {
                meant: Some(meant), ..
            } => write!(
                f,
                "unknown key: Kubernetes refuses or drops it. Did you mean {meant}?"
            ),
            PolicyProblem::UnknownKey {
                meant: None,
                object,
            } => write!(
                f,
                "unknown key: Kubernetes refuses or drops it, because {object} has no such key. \
                 Delete it"
            ),
            PolicyProblem::MissingKey { instead } => write!(f, "is missing: {instead}"),
            PolicyProblem::ModuleOfAnotherPolicy(module) => write!(
                f,
                "{module:?} is the module of another policy by its name. Write the module of this \
                 policy. If it is a mirror or a fork, keep hostprocess in its name"
            ),
            PolicyProblem::TimeoutOutOfRange => write!(
                f,
                "must be a whole number from {} to {}: Kubernetes refuses the policy",
                TIMEOUTS.start(),
                TIMEOUTS.end()
            ),
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
            PolicyProblem::NonexistentVersions => write!(
                f,
                "names neither v1 nor *: the built-in kinds exist only in v1, so the webhook rule \
                 does not select them. Write apiVersions: [v1]"
            ),
            PolicyProblem::DailyRequestsSelected(resources) => write!(
                f,
                "selects {} without matchConditions: every such request in the cluster waits for the \
                 policy. Copy the matchConditions of artefacts/policy.yaml",
                resources.join(" and ")
            ),
            PolicyProblem::NamespacesLeftOut => write!(
                f,
                "leaves out namespaces: the policy does not judge HostProcess pods there. Delete it, \
                 and write a rule in allow for what may run"
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
            PolicyProblem::NamespaceNotSent(namespace) => write!(
                f,
                "has no effect: the policy is not sent namespace {namespace}, so nothing there is \
                 judged. See namespaceSelector, or the policy's own namespace"
            ),
            PolicyProblem::RuleWithoutEffect => write!(
                f,
                "nobody may use the rule, and it has no connectBy, so it has no effect. Delete the \
                 rule, or add connectBy"
            ),
            PolicyProblem::AnyoneMayCreate => write!(
                f,
                "has connectBy but no requestedBy: anyone whom RBAC lets may create its workload, too. \
                 Write requestedBy: [nobody] if the rule is only for shells, or say who may create it"
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
            PolicyProblem::NoLookupOfNodes => write!(
                f,
                "looks at nodes: a policy for one namespace cannot look them up, so no HostProcess \
                 workload meets it. Write ignore, or use a ClusterAdmissionPolicy"
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
            PolicyProblem::WordWithoutBackslash => write!(
                f,
                "has a control character in a path: YAML reads \\t and others as one character in \
                 double quotes. Write it in single quotes"
            ),
            PolicyProblem::WordOfWildcards(word) => write!(
                f,
                "{word:?} is compared literally, so no other word matches. Write {{pattern: \
                 '{word}'}} for a pattern"
            ),
        }
    }
}
