//! Which objects Kubernetes sends to a policy, by the policy's webhook rules and selectors.
//!
//! Some of it only a cluster knows: the labels of a namespace (all but its name), the plural of a
//! custom kind, and what `matchConditions` evaluate to. Where these decide, the object counts as sent,
//! so that it is judged rather than passed over.

use std::fmt;

use serde_json::Value;

use super::label_selector::{LabelSelector, Labels};
use super::policy_kind::PolicyKind;
use super::webhook_rule::{Candidate, WebhookRule};
use crate::reading::printable::name;

/// The objects that are judged.
#[derive(Debug)]
pub enum Scope {
    /// The objects of the kinds of Kubernetes that have a pod spec: what settings without a policy guard.
    PodKinds,
    /// What the webhook rules and selectors of a policy select.
    Policy(PolicyScope),
}

/// The webhook rules and selectors of a policy.
#[derive(Debug)]
pub struct PolicyScope {
    /// What kinds of requests the policy is sent: `spec.rules`.
    pub webhook_rules: Vec<WebhookRule>,
    /// Whether a webhook rule selects objects of the named versions only: `matchPolicy: Exact`. If not,
    /// Kubernetes converts objects of other versions. Either way a rule for a built-in kind has to name
    /// the version that exists ([`WebhookRule::selects`]).
    matches_exact_version: bool,
    /// The policy's own namespace, if it is sent requests of no other.
    only_namespace: Option<String>,
    namespace_selector: LabelSelector,
    object_selector: LabelSelector,
}

/// Why a policy is not sent an object; printable.
#[derive(Clone, Debug, PartialEq)]
pub struct NotSent {
    kind: String,
    reason: NotSentReason,
}

#[derive(Clone, Debug, PartialEq)]
enum NotSentReason {
    /// No webhook rule selects the kind.
    Kind,
    /// The webhook rules select the kind in other versions, and `matchPolicy` is `Exact`.
    Version(String),
    /// The policy is an AdmissionPolicy of another namespace.
    OtherNamespace(String),
    NamespaceSelector(String),
    ObjectSelector,
    /// No webhook rule selects `pods/exec`, or an `objectSelector` leaves all of them out.
    Exec,
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy is not sent {}", self.kind)?;
        match &self.reason {
            NotSentReason::Kind => Ok(()),
            NotSentReason::Version(version) => write!(
                f,
                " of version {version}: no webhook rule names it, and matchPolicy is Exact"
            ),
            NotSentReason::OtherNamespace(namespace) => {
                write!(f, " in namespace {namespace}: the policy is in another")
            }
            NotSentReason::NamespaceSelector(namespace) => {
                write!(f, " in namespace {namespace}: see namespaceSelector")
            }
            NotSentReason::ObjectSelector => write!(f, " with these labels: see objectSelector"),
            NotSentReason::Exec => write!(
                f,
                ": it needs a webhook rule for CONNECT on pods/exec and pods/attach, and no \
                 objectSelector"
            ),
        }
    }
}

impl Scope {
    /// Returns why the policy is not sent `candidate`; `None` if it is, or may be.
    pub fn exclusion(&self, candidate: &Candidate<'_>) -> Option<NotSent> {
        let reason = match self {
            Scope::PodKinds if candidate.is_of_pod_kind() => return None,
            Scope::PodKinds => NotSentReason::Kind,
            Scope::Policy(policy) => policy.exclusion(candidate)?,
        };
        Some(NotSent {
            kind: name(candidate.kind),
            reason,
        })
    }

    /// Returns why the policy is not sent `kubectl exec` into pods of `namespace`; `None` if it is.
    /// Settings without a policy count as those of a policy that is sent every exec.
    pub fn exec_exclusion(&self, namespace: &str) -> Option<NotSent> {
        let Scope::Policy(policy) = self else {
            return None;
        };
        let reason = if policy.includes_exec() {
            policy.exclusion_by_namespace(namespace)?
        } else {
            NotSentReason::Exec
        };
        Some(NotSent {
            kind: String::from("exec"),
            reason,
        })
    }
}

impl PolicyScope {
    /// Reads the `spec` of a policy of `kind` in the namespace `own_namespace`. A policy for its own
    /// namespace has no `namespaceSelector`: Kubernetes drops it.
    pub fn read(spec: &Value, kind: PolicyKind, own_namespace: Option<&str>) -> Self {
        let (only_namespace, namespace_selector) = match kind.is_namespaced() {
            true => (own_namespace.map(str::to_owned), &Value::Null),
            false => (None, &spec["namespaceSelector"]),
        };
        PolicyScope {
            webhook_rules: WebhookRule::read_all(spec),
            matches_exact_version: spec["matchPolicy"] == "Exact",
            only_namespace,
            namespace_selector: LabelSelector::read(namespace_selector),
            object_selector: LabelSelector::read(&spec["objectSelector"]),
        }
    }

    /// Returns whether a webhook rule selects `operation` on `resource` (`pods/exec`) of `group` in
    /// namespaces. Selectors may leave out some of these requests.
    pub fn is_sent(&self, operation: &str, group: &str, resource: &str) -> bool {
        self.webhook_rules
            .iter()
            .any(|rule| rule.selects_in_namespaces(operation, group, resource))
    }

    /// Returns whether the policy is sent nothing of `namespace`.
    pub fn leaves_out_namespace(&self, namespace: &str) -> bool {
        self.exclusion_by_namespace(namespace).is_some()
    }

    /// Returns whether a `namespaceSelector` leaves out namespaces by their labels.
    pub fn has_namespace_selector(&self) -> bool {
        !self.namespace_selector.is_empty()
    }

    /// Returns whether an `objectSelector` leaves out objects by their labels.
    pub fn has_object_selector(&self) -> bool {
        !self.object_selector.is_empty()
    }

    /// Returns whether the policy is sent `kubectl exec`, as far as the namespace does not matter. The
    /// object of such a request cannot have labels, and Kubernetes lets no `objectSelector` but the
    /// empty one match such an object.
    fn includes_exec(&self) -> bool {
        self.is_sent("CONNECT", "", "pods/exec") && !self.has_object_selector()
    }

    fn exclusion(&self, candidate: &Candidate<'_>) -> Option<NotSentReason> {
        self.exclusion_by_webhook_rules(candidate)
            .or_else(|| self.exclusion_by_namespace(candidate.namespace))
            .or_else(|| self.exclusion_by_labels(candidate.labels))
    }

    fn exclusion_by_webhook_rules(&self, candidate: &Candidate<'_>) -> Option<NotSentReason> {
        let mut has_rule_for_kind = false;
        for rule in &self.webhook_rules {
            if !rule.may_select(candidate) {
                continue;
            }
            if !self.matches_exact_version || rule.names_version(candidate.version) {
                return None;
            }
            has_rule_for_kind = true;
        }
        Some(match has_rule_for_kind {
            true => NotSentReason::Version(name(candidate.version)),
            false => NotSentReason::Kind,
        })
    }

    /// Compares the namespace of an object. It is empty for an object in none, which neither the
    /// selector nor the namespace of the policy excludes.
    fn exclusion_by_namespace(&self, namespace: &str) -> Option<NotSentReason> {
        if namespace.is_empty() {
            return None;
        }
        if let Some(only) = &self.only_namespace
            && only != namespace
        {
            return Some(NotSentReason::OtherNamespace(name(namespace)));
        }
        let labels = Labels::OfNamespace(namespace);
        if !self.namespace_selector.may_match(&labels) {
            return Some(NotSentReason::NamespaceSelector(name(namespace)));
        }
        None
    }

    fn exclusion_by_labels(&self, labels: &Value) -> Option<NotSentReason> {
        let is_selected = self.object_selector.may_match(&Labels::Known(labels));
        (!is_selected).then_some(NotSentReason::ObjectSelector)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    /// A DaemonSet of namespace `web` without labels.
    const DAEMON_SET: Candidate<'_> = Candidate {
        group: "apps",
        version: "v1",
        kind: "DaemonSet",
        namespace: "web",
        labels: &Value::Null,
    };

    fn spec_for_daemon_sets() -> Value {
        json!({"rules": [{
            "apiGroups": ["apps"], "apiVersions": ["v1"],
            "resources": ["daemonsets"], "operations": ["CREATE", "UPDATE"],
        }]})
    }

    /// Why a policy with `spec_for_daemon_sets()` and `more` in its spec is not sent `candidate`.
    fn exclusion(more: Value, candidate: &Candidate<'_>) -> Option<String> {
        let mut spec = spec_for_daemon_sets();
        spec.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let scope = Scope::Policy(PolicyScope::read(
            &spec,
            PolicyKind::ClusterAdmissionPolicy,
            None,
        ));
        scope
            .exclusion(candidate)
            .map(|not_sent| not_sent.to_string())
    }

    #[test]
    fn a_policy_is_sent_the_kinds_that_its_webhook_rules_name() {
        assert_eq!(exclusion(json!({}), &DAEMON_SET), None);
        let job = Candidate {
            group: "batch",
            kind: "Job",
            ..DAEMON_SET
        };
        assert_eq!(
            exclusion(json!({}), &job).unwrap(),
            "the policy is not sent Job"
        );
    }

    #[rstest]
    #[case::of_the_group(&["*"], &["helmreleases"], true)]
    #[case::of_a_name_that_is_not_the_regular_plural(&["helm.toolkit.fluxcd.io"], &["hr"], true)]
    #[case::of_another_group(&["apps"], &["helmreleases"], false)]
    #[case::of_a_subresource(&["helm.toolkit.fluxcd.io"], &["helmreleases/status"], false)]
    #[case::of_all_subresources(&["helm.toolkit.fluxcd.io"], &["helmreleases/*"], true)]
    fn a_custom_kind_is_sent_by_a_webhook_rule(
        #[case] groups: &[&str],
        #[case] resources: &[&str],
        #[case] is_sent: bool,
    ) {
        let release = Candidate {
            group: "helm.toolkit.fluxcd.io",
            version: "v2",
            kind: "HelmRelease",
            ..DAEMON_SET
        };
        let rules = json!({"rules": [{
            "apiGroups": groups, "apiVersions": ["v1"], "resources": resources, "operations": ["*"],
        }]});
        assert_eq!(exclusion(rules, &release).is_none(), is_sent);
    }

    #[rstest]
    #[case::equivalent("Equivalent", None)]
    #[case::exact(
        "Exact",
        Some(
            "the policy is not sent DaemonSet of version v1beta1: no webhook rule names it, and matchPolicy is Exact"
        )
    )]
    fn versions_count_under_match_policy_exact(
        #[case] policy: &str,
        #[case] expected: Option<&str>,
    ) {
        let old = Candidate {
            version: "v1beta1",
            ..DAEMON_SET
        };
        assert_eq!(
            exclusion(json!({"matchPolicy": policy}), &old).as_deref(),
            expected
        );
    }

    #[rstest]
    #[case::the_name_matches(json!({"matchLabels": {"kubernetes.io/metadata.name": "web"}}), true)]
    #[case::the_name_differs(json!({"matchLabels": {"kubernetes.io/metadata.name": "db"}}), false)]
    #[case::the_name_is_excluded(json!({"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["db", "web"]}]}), false)]
    #[case::other_labels_are_unknown(json!({"matchLabels": {"team": "a"}}), true)]
    #[case::unknown_labels_do_not_outweigh_the_name(json!({"matchLabels": {
        "team": "a", "kubernetes.io/metadata.name": "db"}}), false)]
    fn namespace_selector(#[case] selector: Value, #[case] is_sent: bool) {
        let excluded = exclusion(json!({"namespaceSelector": selector}), &DAEMON_SET);
        let expected = "the policy is not sent DaemonSet in namespace web: see namespaceSelector";
        assert_eq!(excluded, (!is_sent).then(|| expected.to_owned()));
    }

    #[rstest]
    #[case::the_label_matches(json!({"matchLabels": {"app": "agent"}}), true)]
    #[case::the_label_differs(json!({"matchLabels": {"app": "other"}}), false)]
    #[case::a_label_is_absent(json!({"matchExpressions": [{"key": "x", "operator": "Exists"}]}), false)]
    #[case::a_label_has_to_be_absent(json!({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}), false)]
    #[case::an_absent_label_is_in_no_list(json!({"matchExpressions": [
        {"key": "x", "operator": "NotIn", "values": ["y"]}]}), true)]
    fn object_selector(#[case] selector: Value, #[case] is_sent: bool) {
        let labels = json!({"app": "agent"});
        let labelled = Candidate {
            labels: &labels,
            ..DAEMON_SET
        };
        let excluded = exclusion(json!({"objectSelector": selector}), &labelled);
        let expected = "the policy is not sent DaemonSet with these labels: see objectSelector";
        assert_eq!(excluded, (!is_sent).then(|| expected.to_owned()));
    }

    #[test]
    fn an_admission_policy_is_sent_its_own_namespace() {
        let kind = PolicyKind::AdmissionPolicy;
        let spec = spec_for_daemon_sets();
        let scope = Scope::Policy(PolicyScope::read(&spec, kind, Some("db")));
        let expected =
            "the policy is not sent DaemonSet in namespace web: the policy is in another";
        assert_eq!(scope.exclusion(&DAEMON_SET).unwrap().to_string(), expected);
    }

    #[test]
    fn an_admission_policy_has_no_namespace_selector() {
        let kind = PolicyKind::AdmissionPolicy;
        let mut spec = spec_for_daemon_sets();
        spec["namespaceSelector"] = json!({"matchLabels": {"kubernetes.io/metadata.name": "db"}});
        let scope = Scope::Policy(PolicyScope::read(&spec, kind, Some("web")));
        assert_eq!(scope.exclusion(&DAEMON_SET), None);
    }

    #[rstest]
    #[case::none(json!({}), true)]
    #[case::that_no_label_is_there(json!({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}), false)]
    fn exec_is_sent_without_an_object_selector(#[case] selector: Value, #[case] expected: bool) {
        let spec = json!({"objectSelector": selector, "rules": [{"apiGroups": [""], "apiVersions": ["v1"],
            "resources": ["pods/exec"], "operations": ["CONNECT"]}]});
        let scope = Scope::Policy(PolicyScope::read(
            &spec,
            PolicyKind::ClusterAdmissionPolicy,
            None,
        ));
        assert_eq!(scope.exec_exclusion("web").is_none(), expected);
    }
}
