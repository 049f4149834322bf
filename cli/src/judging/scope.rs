//! Which objects Kubernetes sends to a policy, by the policy's webhook rules and selectors.
//!
//! Some of it only a cluster knows: the labels of a namespace (all but its name), the plural of a custom
//! kind, and what `matchConditions` evaluate to. Where these decide, the object counts as sent, so that
//! it is judged rather than passed over.

use std::fmt;

use serde_json::Value;

use super::label_selector::{LabelSelector, Labels, strings};
use crate::reading::printable::name;

/// The objects that are judged.
#[derive(Debug)]
pub enum Scope {
    /// The objects of [`POD_KINDS`]: what settings without a policy guard.
    NineKinds,
    /// What the webhook rules and selectors of a policy select.
    Policy(PolicyScope),
}

/// A kind of Kubernetes whose objects have a pod spec.
pub struct PodKind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// The kind's name in webhook rules.
    pub resource: &'static str,
}

/// The nine kinds of Kubernetes that have a pod spec. The policy's
/// `src/workload/pod_spec_location.rs` says where they have it.
pub const POD_KINDS: [PodKind; 9] = [
    PodKind::new("", "Pod", "pods"),
    PodKind::new("", "ReplicationController", "replicationcontrollers"),
    PodKind::new("", "PodTemplate", "podtemplates"),
    PodKind::new("apps", "Deployment", "deployments"),
    PodKind::new("apps", "DaemonSet", "daemonsets"),
    PodKind::new("apps", "StatefulSet", "statefulsets"),
    PodKind::new("apps", "ReplicaSet", "replicasets"),
    PodKind::new("batch", "Job", "jobs"),
    PodKind::new("batch", "CronJob", "cronjobs"),
];

/// The only version in which Kubernetes has the kinds of [`POD_KINDS`] and their subresources.
const VERSION_OF_POD_KINDS: &str = "v1";

impl PodKind {
    const fn new(group: &'static str, kind: &'static str, resource: &'static str) -> Self {
        PodKind {
            group,
            kind,
            resource,
        }
    }
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

/// A webhook rule: an item of a policy's `spec.rules`.
#[derive(Debug)]
pub struct WebhookRule {
    api_groups: Vec<String>,
    api_versions: Vec<String>,
    resources: Vec<String>,
    operations: Vec<String>,
    scope: Option<String>,
    /// The keys that no webhook rule has.
    pub unknown_keys: Vec<String>,
}

/// An object, as far as webhook rules and selectors look at it.
pub struct Candidate<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version within the group.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// Empty for an object without a namespace.
    pub namespace: &'a str,
    /// `metadata.labels`
    pub labels: &'a Value,
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
        }
    }
}

impl Scope {
    /// Returns why the policy is not sent `candidate`; `None` if it is, or may be.
    pub fn exclusion(&self, candidate: &Candidate<'_>) -> Option<NotSent> {
        let reason = match self {
            Scope::NineKinds if candidate.is_of_pod_kind() => return None,
            Scope::NineKinds => NotSentReason::Kind,
            Scope::Policy(policy) => policy.exclusion(candidate)?,
        };
        Some(NotSent {
            kind: name(candidate.kind),
            reason,
        })
    }

    /// Returns whether the policy is sent `kubectl exec`. Settings without a policy count as those of a
    /// policy that is.
    pub fn includes_exec(&self) -> bool {
        match self {
            Scope::NineKinds => true,
            Scope::Policy(policy) => policy.includes_exec(),
        }
    }
}

impl PolicyScope {
    /// Reads the `spec` of a policy. `only_namespace` is the policy's own namespace if it is sent
    /// requests of no other.
    pub fn read(spec: &Value, only_namespace: Option<String>) -> Self {
        PolicyScope {
            webhook_rules: WebhookRule::read_all(spec),
            matches_exact_version: spec["matchPolicy"] == "Exact",
            only_namespace,
            namespace_selector: LabelSelector::read(&spec["namespaceSelector"]),
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

    /// Returns whether an `objectSelector` leaves out objects by their labels.
    pub fn has_object_selector(&self) -> bool {
        !self.object_selector.is_empty()
    }

    /// Returns whether the policy is sent `kubectl exec`. The object of such a request has no labels, so
    /// no `objectSelector` but the empty one matches it.
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

impl Candidate<'_> {
    fn is_of_pod_kind(&self) -> bool {
        POD_KINDS
            .iter()
            .any(|known| known.group == self.group && known.kind == self.kind)
    }
}

impl WebhookRule {
    /// The keys that a webhook rule may have.
    pub const KEYS: [&str; 5] = [
        "apiGroups",
        "apiVersions",
        "operations",
        "resources",
        "scope",
    ];

    /// Reads the items of `spec.rules`.
    fn read_all(spec: &Value) -> Vec<Self> {
        let rules = spec["rules"].as_array();
        rules.into_iter().flatten().map(WebhookRule::read).collect()
    }

    fn read(rule: &Value) -> Self {
        WebhookRule {
            api_groups: strings(&rule["apiGroups"]),
            api_versions: strings(&rule["apiVersions"]),
            resources: strings(&rule["resources"]),
            operations: strings(&rule["operations"]),
            scope: rule["scope"].as_str().map(str::to_owned),
            unknown_keys: keys(rule)
                .filter(|key| !WebhookRule::KEYS.contains(key))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Returns whether the rule selects `operation` on `resource` of `group` in namespaces. The resource
    /// may be a subresource: `pods/exec`.
    pub fn selects_in_namespaces(&self, operation: &str, group: &str, resource: &str) -> bool {
        self.counts_in_namespaces() && self.selects(operation, group, resource)
    }

    /// Returns whether the rule selects `operation` on `resource` of `group`, whatever its `scope`. A rule
    /// selects a kind of [`POD_KINDS`] only if it names the version `v1`.
    fn selects(&self, operation: &str, group: &str, resource: &str) -> bool {
        let is_named = self
            .resources
            .iter()
            .any(|pattern| selects_resource(pattern, resource));
        is_named
            && has_name_or_star(&self.api_groups, group)
            && has_name_or_star(&self.operations, operation)
            && (self.names_version(VERSION_OF_POD_KINDS) || !is_of_pod_kind(group, resource))
    }

    /// Returns whether the rule names a kind of [`POD_KINDS`], or a subresource of one, and only
    /// versions in which these do not exist. Such a rule selects none of them.
    pub fn names_only_nonexistent_versions(&self) -> bool {
        let names_pod_kind = POD_KINDS.iter().any(|kind| self.names_kind(kind));
        names_pod_kind && !self.names_version(VERSION_OF_POD_KINDS)
    }

    /// Returns whether the rule names `kind` or a subresource of it, in any version.
    fn names_kind(&self, kind: &PodKind) -> bool {
        let is_named = self
            .resources
            .iter()
            .map(|pattern| without_subresource(pattern))
            .any(|resource| resource == "*" || resource == kind.resource);
        is_named && has_name_or_star(&self.api_groups, kind.group)
    }

    /// Returns whether the rule counts for objects in namespaces.
    fn counts_in_namespaces(&self) -> bool {
        self.scope.as_deref() != Some("Cluster")
    }

    fn counts_outside_of_namespaces(&self) -> bool {
        self.scope.as_deref() != Some("Namespaced")
    }

    /// Returns whether the rule may select the creation or an update of `candidate`: a manifest that is
    /// applied creates its object or changes it.
    fn may_select(&self, candidate: &Candidate<'_>) -> bool {
        let is_in_scope = if candidate.namespace.is_empty() {
            self.counts_outside_of_namespaces()
        } else {
            self.counts_in_namespaces()
        };
        if !is_in_scope {
            return false;
        }

        let selects = |resource: &str| {
            self.selects("CREATE", candidate.group, resource)
                || self.selects("UPDATE", candidate.group, resource)
        };
        match plural(candidate.group, candidate.kind) {
            Some(resource) => selects(&resource),
            // The plural of a custom kind is not known: it may be any resource that the rule names. (If the
            // rule names a pattern, that pattern selects itself.)
            None => self
                .resources
                .iter()
                .any(|named| !names_subresource(named) && selects(named)),
        }
    }

    fn names_version(&self, version: &str) -> bool {
        has_name_or_star(&self.api_versions, version)
    }
}

/// Returns whether `pattern`, an entry of a webhook rule's `resources`, selects `resource`. `*` selects
/// all resources without their subresources, `*/exec` this subresource of all, `pods/*` pods with all
/// their subresources, and `*/*` everything.
fn selects_resource(pattern: &str, resource: &str) -> bool {
    let Some((pattern_of_resource, pattern_of_subresource)) = pattern.split_once('/') else {
        return pattern == resource || pattern == "*" && !resource.contains('/');
    };
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let is_match = |pattern: &str, name: &str| pattern == "*" || pattern == name;
    is_match(pattern_of_resource, resource) && is_match(pattern_of_subresource, subresource)
}

/// Returns whether `resource` of `group` is that of a kind of [`POD_KINDS`], or a subresource of it.
fn is_of_pod_kind(group: &str, resource: &str) -> bool {
    let resource = without_subresource(resource);
    POD_KINDS
        .iter()
        .any(|kind| kind.group == group && kind.resource == resource)
}

/// Returns `pods` for `pods/exec`.
fn without_subresource(resource: &str) -> &str {
    resource
        .split_once('/')
        .map_or(resource, |(resource, _)| resource)
}

/// Returns whether an entry of `resources` names subresources alone. For the API server `widgets/*`
/// names widgets, too.
fn names_subresource(pattern: &str) -> bool {
    let subresource = pattern.split_once('/').map(|(_, subresource)| subresource);
    subresource.is_some_and(|subresource| subresource != "*")
}

/// Returns the resource of a kind of Kubernetes (`daemonsets`); `None` for custom kinds, whose
/// definition may call it anything.
fn plural(group: &str, kind: &str) -> Option<String> {
    let is_of_kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
    if !is_of_kubernetes {
        return None;
    }
    let singular = kind.to_ascii_lowercase();
    // The only kind of Kubernetes whose name is a plural.
    if singular == "endpoints" {
        return Some(singular);
    }
    if let Some(stem) = singular.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'o'])
    {
        return Some(format!("{stem}ies"));
    }
    let needs_es = singular.ends_with(['s', 'x']) || singular.ends_with("ch");
    Some(match needs_es {
        true => format!("{singular}es"),
        false => format!("{singular}s"),
    })
}

fn has(list: &[String], name: &str) -> bool {
    list.iter().any(|listed| listed == name)
}

fn has_name_or_star(list: &[String], name: &str) -> bool {
    has(list, name) || has(list, "*")
}

/// Returns the keys of an object; none if `value` is something else.
fn keys(value: &Value) -> impl Iterator<Item = &str> {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(key, _)| key.as_str())
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
        let scope = Scope::Policy(PolicyScope::read(&spec, None));
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
    fn matches_exact_version_under_match_policy_exact(
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
        let scope = Scope::Policy(PolicyScope::read(
            &spec_for_daemon_sets(),
            Some(String::from("db")),
        ));
        let expected =
            "the policy is not sent DaemonSet in namespace web: the policy is in another";
        assert_eq!(scope.exclusion(&DAEMON_SET).unwrap().to_string(), expected);
    }

    #[test]
    fn the_resources_of_pod_kinds_are_their_plurals() {
        for PodKind {
            group,
            kind,
            resource,
        } in &POD_KINDS
        {
            assert_eq!(plural(group, kind).as_deref(), Some(*resource));
        }
    }

    #[rstest]
    #[case::policies("networking.k8s.io", "NetworkPolicy", Some("networkpolicies"))]
    #[case::classes("node.k8s.io", "RuntimeClass", Some("runtimeclasses"))]
    #[case::endpoints("", "Endpoints", Some("endpoints"))]
    #[case::custom("example.com", "Agent", None)]
    fn plurals(#[case] group: &str, #[case] kind: &str, #[case] expected: Option<&str>) {
        assert_eq!(plural(group, kind).as_deref(), expected);
    }

    #[rstest]
    #[case::the_version("apps", &["v1"], "daemonsets", true)]
    #[case::any_version("apps", &["*"], "daemonsets", true)]
    #[case::a_version_that_does_not_exist("apps", &["v1beta1", "v2"], "daemonsets", false)]
    #[case::one_that_does_and_one_that_does_not("apps", &["v1", "v2"], "daemonsets", true)]
    #[case::a_subresource("", &["v2"], "pods/exec", false)]
    #[case::the_same_plural_in_another_group("example.com", &["v2"], "pods", true)]
    fn built_in_kinds_are_selected_in_their_only_version(
        #[case] group: &str,
        #[case] versions: &[&str],
        #[case] resource: &str,
        #[case] expected: bool,
    ) {
        let spec = json!({"rules": [{"apiGroups": [group], "apiVersions": versions,
            "resources": [resource], "operations": ["*"]}]});
        let rule = &WebhookRule::read_all(&spec)[0];
        assert_eq!(rule.selects("CREATE", group, resource), expected);
        assert_eq!(rule.names_only_nonexistent_versions(), !expected);
    }

    #[rstest]
    #[case::none(json!({}), true)]
    #[case::that_no_label_is_there(json!({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}), false)]
    fn exec_is_sent_without_an_object_selector(#[case] selector: Value, #[case] expected: bool) {
        let spec = json!({"objectSelector": selector, "rules": [{"apiGroups": [""], "apiVersions": ["v1"],
            "resources": ["pods/exec"], "operations": ["CONNECT"]}]});
        let scope = Scope::Policy(PolicyScope::read(&spec, None));
        assert_eq!(scope.includes_exec(), expected);
    }

    #[rstest]
    #[case::named("CONNECT", "pods/exec", true)]
    #[case::other_subresource("CONNECT", "pods/attach", false)]
    #[case::other_operation("CREATE", "pods/exec", false)]
    fn subresources_are_selected_by_name(
        #[case] operation: &str,
        #[case] resource: &str,
        #[case] expected: bool,
    ) {
        let spec = json!({"rules": [{"apiGroups": [""], "apiVersions": ["v1"],
            "resources": ["pods/exec"], "operations": ["CONNECT"]}]});
        assert_eq!(
            WebhookRule::read_all(&spec)[0].selects(operation, "", resource),
            expected
        );
    }
}
