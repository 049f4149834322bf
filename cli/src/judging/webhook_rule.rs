//! The webhook rules of a policy: which requests Kubernetes sends to it.

use serde_json::Value;
use windows_hostprocess_policy::{POD_KINDS, PodKind};

use super::label_selector::strings;
use super::malformed_field::MalformedField;

/// The only version in which Kubernetes has the kinds of [`POD_KINDS`] and their subresources.
const VERSION_OF_POD_KINDS: &str = "v1";

/// An object, as far as webhook rules and selectors look at it.
pub struct Candidate<'a> {
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The version within the group.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// Empty for an object in no namespace. A manifest that names none has that of `--namespace` here.
    pub namespace: &'a str,
    /// `metadata.labels`
    pub labels: &'a Value,
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

impl Candidate<'_> {
    /// Returns whether the object is of a kind of [`POD_KINDS`].
    pub fn is_of_pod_kind(&self) -> bool {
        PodKind::find(self.group, self.kind).is_some()
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
    pub fn read_all(spec: &Value) -> Vec<Self> {
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
            unknown_keys: unknown_keys(rule).map(str::to_owned).collect(),
        }
    }

    /// Returns whether the rule selects `operation` on `resource` of `group` in namespaces. The
    /// resource may be a subresource: `pods/exec`.
    pub fn selects_in_namespaces(&self, operation: &str, group: &str, resource: &str) -> bool {
        self.counts_in_namespaces() && self.selects(operation, group, resource)
    }

    /// Returns whether the rule selects `operation` on `resource` of `group`, whatever its `scope`. A
    /// rule selects a kind of [`POD_KINDS`] only if it names the version `v1`.
    fn selects(&self, operation: &str, group: &str, resource: &str) -> bool {
        let is_named = self
            .resources
            .iter()
            .any(|pattern| selects_resource(pattern, resource));
        is_named
            && has_name_or_star(&self.api_groups, group)
            && has_name_or_star(&self.operations, operation)
            && (self.names_version(VERSION_OF_POD_KINDS)
                || !is_resource_of_pod_kind(group, resource))
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
    /// applied creates its object or changes it. Its version is not compared, because Kubernetes
    /// converts objects; under `matchPolicy: Exact`, `scope` asks [`WebhookRule::names_version`], too.
    pub fn may_select(&self, candidate: &Candidate<'_>) -> bool {
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
            // The plural of a custom kind is not known: it may be any resource that the rule names. A
            // pattern such as `*` selects itself, so it counts, too.
            None => self
                .resources
                .iter()
                .any(|named| !names_subresources_only(named) && selects(named)),
        }
    }

    /// Returns whether the rule names `version`.
    pub fn names_version(&self, version: &str) -> bool {
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
fn is_resource_of_pod_kind(group: &str, resource: &str) -> bool {
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
fn names_subresources_only(pattern: &str) -> bool {
    let subresource = pattern.split_once('/').map(|(_, subresource)| subresource);
    subresource.is_some_and(|subresource| subresource != "*")
}

/// Returns the resource of a kind of Kubernetes (`daemonsets`); `None` for custom kinds, whose
/// definition may call it anything.
fn plural(group: &str, kind: &str) -> Option<String> {
    // Groups of Kubernetes have no dot, or end in `.k8s.io`.
    let is_of_kubernetes = !group.contains('.') || group.ends_with(".k8s.io");
    if !is_of_kubernetes {
        return None;
    }
    let singular = kind.to_ascii_lowercase();
    // The only kind of Kubernetes whose name is a plural.
    if singular == "endpoints" {
        return Some(singular);
    }
    // `NetworkPolicy` is `networkpolicies`, and `Gateway` would be `gateways`.
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

/// Returns the keys of `rule` that no webhook rule has; none if it is not an object.
fn unknown_keys(rule: &Value) -> impl Iterator<Item = &str> {
    let fields = rule.as_object().into_iter().flatten();
    fields
        .map(|(key, _)| key.as_str())
        .filter(|key| !WebhookRule::KEYS.contains(key))
}

/// A list that each webhook rule has.
struct RequiredList {
    key: &'static str,
    /// What to write: `[pods]`.
    example: &'static str,
}

const REQUIRED_LISTS: [RequiredList; 4] = [
    RequiredList {
        key: "apiGroups",
        example: r#"[""] for the core group"#,
    },
    RequiredList {
        key: "apiVersions",
        example: "[v1]",
    },
    RequiredList {
        key: "operations",
        example: "[CREATE, UPDATE]",
    },
    RequiredList {
        key: "resources",
        example: "[pods]",
    },
];

/// The operations of Kubernetes, and what stands for all of them.
const OPERATIONS: [&str; 5] = ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"];
/// What `scope` may be.
const SCOPES: [&str; 3] = ["Cluster", "Namespaced", "*"];

/// Returns what Kubernetes does not accept in the webhook rules of `spec`. Without a field `rules`
/// there are none.
pub fn find_malformed(spec: &Value) -> Vec<MalformedField> {
    let mut found = Vec::new();
    match &spec["rules"] {
        Value::Null => {}
        Value::Array(rules) => {
            for (index, rule) in rules.iter().enumerate() {
                found.extend(find_malformed_in_rule(
                    &format!("spec.rules[{index}]"),
                    rule,
                ));
            }
        }
        _ => found.push(MalformedField::new(
            "spec.rules",
            "must be a list of webhook rules",
        )),
    }
    found
}

fn find_malformed_in_rule(path: &str, rule: &Value) -> Vec<MalformedField> {
    if !rule.is_object() {
        return vec![MalformedField::new(path, "must be a webhook rule")];
    }
    let mut found = Vec::new();
    // A rule with unknown keys is probably one of the settings, put into `spec.rules` by mistake. The
    // module `findings` says so, and its missing lists are not told here.
    let has_only_known_keys = unknown_keys(rule).next().is_none();
    for RequiredList { key, example } in REQUIRED_LISTS {
        let path_of_list = format!("{path}.{key}");
        match &rule[key] {
            Value::Null if has_only_known_keys => {
                let problem = format!("is missing: write {example}");
                found.push(MalformedField::new(&path_of_list, problem));
            }
            Value::Null => {}
            Value::Array(entries) if entries.is_empty() => {
                let problem = format!("is empty, so the rule selects nothing: write {example}");
                found.push(MalformedField::new(&path_of_list, problem));
            }
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    let problem = problem_with_entry(key, entry);
                    let path_of_entry = format!("{path_of_list}[{index}]");
                    found.extend(problem.map(|text| MalformedField::new(path_of_entry, text)));
                }
            }
            _ => {
                let problem = format!("must be a list: write {example}");
                found.push(MalformedField::new(&path_of_list, problem));
            }
        }
    }
    if let Some(problem) = problem_with_scope(&rule["scope"]) {
        found.push(MalformedField::new(format!("{path}.scope"), problem));
    }
    found
}

/// Returns the problem with an entry of the list `key`.
fn problem_with_entry(key: &str, entry: &Value) -> Option<String> {
    match entry.as_str() {
        None => Some(String::from("must be a string")),
        Some(operation) if key == "operations" && !OPERATIONS.contains(&operation) => {
            Some(format!(
                "{operation:?} is not an operation: write one of {}",
                OPERATIONS.join(", ")
            ))
        }
        Some(_) => None,
    }
}

fn problem_with_scope(scope: &Value) -> Option<String> {
    let is_known = scope.as_str().is_some_and(|scope| SCOPES.contains(&scope));
    if scope.is_null() || is_known {
        return None;
    }
    Some(format!("must be one of {}", SCOPES.join(", ")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::no_list(json!({}), "spec.rules: must be a list of webhook rules")]
    #[case::no_object(json!(["pods"]), "spec.rules[0]: must be a webhook rule")]
    #[case::string_in_place_of_a_list(
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": "pods"}]),
        "spec.rules[0].resources: must be a list: write [pods]"
    )]
    #[case::missing_list(
        json!([{"apiGroups": [""], "operations": ["*"], "resources": ["pods"]}]),
        "spec.rules[0].apiVersions: is missing: write [v1]"
    )]
    #[case::empty_list(
        json!([{"apiGroups": [], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"]}]),
        "spec.rules[0].apiGroups: is empty, so the rule selects nothing: write [\"\"] for the core group"
    )]
    #[case::operation_in_small_letters(
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["create"], "resources": ["pods"]}]),
        "spec.rules[0].operations[0]: \"create\" is not an operation: write one of CREATE, UPDATE, DELETE, CONNECT, *"
    )]
    #[case::number(
        json!([{"apiGroups": [""], "apiVersions": [1], "operations": ["*"], "resources": ["pods"]}]),
        "spec.rules[0].apiVersions[0]: must be a string"
    )]
    #[case::scope_in_small_letters(
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"],
            "scope": "namespaced"}]),
        "spec.rules[0].scope: must be one of Cluster, Namespaced, *"
    )]
    fn malformed_webhook_rules(#[case] rules: Value, #[case] expected: &str) {
        let found = find_malformed(&json!({"rules": rules}));
        let [MalformedField { path, problem }] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(format!("{path}: {problem}"), expected);
    }

    #[test]
    fn a_rule_of_the_settings_is_told_as_such_elsewhere() {
        let rule = json!({"name": "a", "namespaces": ["*"]});
        assert_eq!(find_malformed(&json!({"rules": [rule]})), []);
    }

    #[test]
    fn the_resources_of_pod_kinds_are_their_plurals() {
        for PodKind {
            group,
            kind,
            resource,
            ..
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
