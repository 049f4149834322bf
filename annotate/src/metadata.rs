//! Reads and checks `metadata.yml`.
//!
//! The file is read into a plain value and walked by hand, since a derived
//! reader stops at the first error and this one names them all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Problems, yaml};

/// Annotation keys that `metadata.yml` states and the tools around it read.
pub mod keys {
    /// The policy's name, an RFC 1123 label.
    pub const TITLE: &str = "io.kubewarden.policy.title";
    /// The policy's version, without a leading `v`.
    pub const VERSION: &str = "io.kubewarden.policy.version";
    /// One sentence for lists of policies.
    pub const DESCRIPTION: &str = "io.kubewarden.policy.description";
    /// Where the module is published: registry and repository, without a tag.
    pub const OCI_URL: &str = "io.kubewarden.policy.ociUrl";
    /// The maintainer, as `Name <mail>`.
    pub const AUTHOR: &str = "io.kubewarden.policy.author";
    /// The policy's home page.
    pub const URL: &str = "io.kubewarden.policy.url";
    /// Where the sources are.
    pub const SOURCE: &str = "io.kubewarden.policy.source";
    /// An SPDX licence expression.
    pub const LICENSE: &str = "io.kubewarden.policy.license";
    /// The group of policies this one belongs to.
    pub const CATEGORY: &str = "io.kubewarden.policy.category";
    /// How bad a violation is: info, low, medium, high or critical.
    pub const SEVERITY: &str = "io.kubewarden.policy.severity";
    /// The README, put in when the module is annotated.
    pub const USAGE: &str = "io.kubewarden.policy.usage";
    /// The policy's name for people.
    pub const DISPLAY_NAME: &str = "io.artifacthub.displayName";
    /// The Kubernetes kinds that are judged, separated by commas.
    pub const RESOURCES: &str = "io.artifacthub.resources";
    /// Search words, separated by commas.
    pub const KEYWORDS: &str = "io.artifacthub.keywords";
}

/// What a policy server and the hub know of the policy, checked.
///
/// Serialises to the JSON of the module's metadata section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Version of the protocol between policy server and module.
    pub protocol_version: &'static str,
    /// Which requests the policy is asked about.
    pub rules: Vec<Rule>,
    /// The keys in [`keys`], and any others the file states.
    pub annotations: BTreeMap<String, String>,
    /// Whether the policy changes objects.
    pub mutating: bool,
    /// Whether the audit scanner runs the policy on objects that exist.
    pub background_audit: bool,
    /// Kinds the policy asks the cluster for.
    pub context_aware_resources: Vec<ContextAwareResource>,
    /// How a policy server calls the module.
    pub execution_mode: &'static str,
    /// What the policy judges.
    pub policy_type: &'static str,
}

/// One rule of an admission webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// API groups; `""` is the core group.
    pub api_groups: Vec<String>,
    /// API versions.
    pub api_versions: Vec<String>,
    /// Resources in plural, with a subresource after a slash.
    pub resources: Vec<String>,
    /// CREATE, UPDATE, DELETE, CONNECT, or `*` alone.
    pub operations: Vec<String>,
    /// Cluster, Namespaced or `*`; left out where the file leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// A kind the policy asks the cluster for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextAwareResource {
    /// Group and version, or the version alone for the core group.
    pub api_version: String,
    /// The kind, in singular.
    pub kind: String,
}

impl Metadata {
    /// Reads `metadata.yml`'s text and checks all of it.
    ///
    /// `package_version` is what the version in the file must be equal to.
    ///
    /// # Errors
    /// Every problem found, in the order of the file's keys as listed in
    /// [`Metadata`]; the YAML error alone when the text is not YAML.
    pub fn from_yaml(text: &str, package_version: &str) -> Result<Self, Problems> {
        let value = yaml::read(text)?;
        let mut problems = Problems::default();
        let empty = Map::new();
        let root = object(&value, "", &mut problems).unwrap_or(&empty);
        let known = [
            "rules",
            "annotations",
            "mutating",
            "backgroundAudit",
            "contextAwareResources",
            "executionMode",
            "policyType",
        ];
        refuse_unknown_keys(root, &known, "", &mut problems);

        let metadata = Self {
            protocol_version: "v1",
            rules: rules(root, &mut problems),
            annotations: annotations(root, package_version, &mut problems),
            mutating: required(root, "mutating", "", &mut problems)
                .and_then(|value| boolean(value, "mutating", &mut problems))
                .unwrap_or_default(),
            background_audit: optional(root, "backgroundAudit")
                .and_then(|value| boolean(value, "backgroundAudit", &mut problems))
                .unwrap_or(true),
            context_aware_resources: context_aware_resources(root, &mut problems),
            execution_mode: only(root, "executionMode", "kubewarden-wapc", &mut problems),
            policy_type: only(root, "policyType", "kubernetes", &mut problems),
        };
        problems.or(metadata)
    }

    /// The annotation `key`, which is one of [`keys`] other than the README's.
    pub(crate) fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).map_or("", String::as_str)
    }

    /// Where this version of the module is published, tag included.
    pub(crate) fn module_reference(&self) -> String {
        format!(
            "{}:v{}",
            self.annotation(keys::OCI_URL),
            self.annotation(keys::VERSION)
        )
    }
}

fn rules(root: &Map<String, Value>, problems: &mut Problems) -> Vec<Rule> {
    let Some(list) =
        required(root, "rules", "", problems).and_then(|value| list(value, "rules", problems))
    else {
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (i, value) in list.iter().enumerate() {
        let path = format!("rules[{i}]");
        let Some(rule) = object(value, &path, problems) else {
            continue;
        };
        let known = [
            "apiGroups",
            "apiVersions",
            "resources",
            "operations",
            "scope",
        ];
        refuse_unknown_keys(rule, &known, &path, problems);
        rules.push(Rule {
            api_groups: names(rule, "apiGroups", &path, problems),
            api_versions: names(rule, "apiVersions", &path, problems),
            resources: resources(rule, &path, problems),
            operations: operations(rule, &path, problems),
            scope: scope(rule, &path, problems),
        });
    }
    rules
}

/// The subresources of a rule stand alone, and without CREATE: the audit scanner
/// passes over rules without CREATE, and fails on a subresource in any other.
fn resources(rule: &Map<String, Value>, path: &str, problems: &mut Problems) -> Vec<String> {
    let resources = names(rule, "resources", path, problems);
    let creates = rule
        .get("operations")
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|it| it == "CREATE" || it == "*"));
    for (i, resource) in resources.iter().enumerate() {
        let at = format!("{path}.resources[{i}]");
        if resource.is_empty() {
            problems.add(at, "a resource is expected, found an empty string");
        } else if resource.contains('/') && creates {
            problems.add(
                at,
                format!("the subresource {resource:?} needs a rule of its own without CREATE, which the audit scanner passes over"),
            );
        }
    }
    resources
}

fn operations(rule: &Map<String, Value>, path: &str, problems: &mut Problems) -> Vec<String> {
    let operations = names(rule, "operations", path, problems);
    for (i, operation) in operations.iter().enumerate() {
        if !["CREATE", "UPDATE", "DELETE", "CONNECT", "*"].contains(&operation.as_str()) {
            problems.add(
                format!("{path}.operations[{i}]"),
                format!(
                    "one of CREATE, UPDATE, DELETE, CONNECT, * is expected, found {operation:?}"
                ),
            );
        }
    }
    operations
}

fn scope(rule: &Map<String, Value>, path: &str, problems: &mut Problems) -> Option<String> {
    let path = format!("{path}.scope");
    let scope = string(optional(rule, "scope")?, &path, problems)?;
    if !["Cluster", "Namespaced", "*"].contains(&scope) {
        problems.add(
            path,
            format!("one of Cluster, Namespaced, * is expected, found {scope:?}"),
        );
    }
    Some(scope.to_owned())
}

/// A list of distinct strings with at least one entry, in which `*` stands alone.
fn names(map: &Map<String, Value>, key: &str, path: &str, problems: &mut Problems) -> Vec<String> {
    let at = format!("{path}.{key}");
    let Some(values) =
        required(map, key, path, problems).and_then(|value| list(value, &at, problems))
    else {
        return Vec::new();
    };
    let names: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(i, value)| string(value, &format!("{at}[{i}]"), problems))
        .map(str::to_owned)
        .collect();
    if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
        problems.add(&at, "an entry stands twice");
    }
    if names.len() > 1 && names.iter().any(|name| name == "*") {
        problems.add(
            &at,
            "\"*\" stands for everything, so nothing may stand beside it",
        );
    }
    names
}

fn context_aware_resources(
    root: &Map<String, Value>,
    problems: &mut Problems,
) -> Vec<ContextAwareResource> {
    let key = "contextAwareResources";
    let Some(values) = optional(root, key) else {
        return Vec::new();
    };
    let Some(values) = values.as_array() else {
        problems.add(
            key,
            format!("a list is expected, found {}", kind_of(values)),
        );
        return Vec::new();
    };
    let mut resources = BTreeSet::new();
    for (i, value) in values.iter().enumerate() {
        let path = format!("{key}[{i}]");
        let Some(resource) = object(value, &path, problems) else {
            continue;
        };
        refuse_unknown_keys(resource, &["apiVersion", "kind"], &path, problems);
        let mut text = |key| {
            required(resource, key, &path, problems)
                .and_then(|value| filled(value, &format!("{path}.{key}"), problems))
                .unwrap_or_default()
                .to_owned()
        };
        let resource = ContextAwareResource {
            api_version: text("apiVersion"),
            kind: text("kind"),
        };
        if !resources.insert(resource) {
            problems.add(path, "an entry stands twice");
        }
    }
    resources.into_iter().collect()
}

fn annotations(
    root: &Map<String, Value>,
    package_version: &str,
    problems: &mut Problems,
) -> BTreeMap<String, String> {
    let Some(map) = required(root, "annotations", "", problems)
        .and_then(|value| object(value, "annotations", problems))
    else {
        return BTreeMap::new();
    };
    let mut annotations = BTreeMap::new();
    for (key, value) in map {
        if let Some(text) = filled(value, &annotation_path(key), problems) {
            annotations.insert(key.clone(), text.to_owned());
        }
    }
    type Check = fn(&str) -> Result<(), String>;
    let checks: [(&str, Check); 13] = [
        (keys::TITLE, check_label),
        (keys::VERSION, check_version),
        (keys::DESCRIPTION, check_one_line),
        (keys::OCI_URL, check_repository),
        (keys::AUTHOR, |text| author(text).map(|_| ())),
        (keys::URL, check_url),
        (keys::SOURCE, check_url),
        (keys::LICENSE, check_licence),
        (keys::CATEGORY, check_one_line),
        (keys::SEVERITY, check_severity),
        (keys::DISPLAY_NAME, check_one_line),
        (keys::RESOURCES, check_list),
        (keys::KEYWORDS, check_list),
    ];
    for (key, check) in checks {
        match annotations.get(key) {
            Some(text) => {
                if let Err(reason) = check(text) {
                    problems.add(annotation_path(key), reason);
                }
            }
            None if map.contains_key(key) => {}
            None => problems.add(annotation_path(key), "is required"),
        }
    }
    // A misspelt key of Kubewarden's or the hub's would go unread.
    for key in annotations.keys() {
        let ours = key.starts_with("io.kubewarden.") || key.starts_with("io.artifacthub.");
        if key == keys::USAGE {
            problems.add(
                annotation_path(key),
                "is made from the README and may not stand here",
            );
        } else if ours && !checks.iter().any(|(known, _)| known == key) {
            problems.add(annotation_path(key), "unknown key");
        }
    }
    if let Some(version) = annotations.get(keys::VERSION)
        && version != package_version
    {
        problems.add(
            annotation_path(keys::VERSION),
            format!("{version} is not the package's version, {package_version}"),
        );
    }
    annotations
}

fn annotation_path(key: &str) -> String {
    format!("annotations[{key:?}]")
}

/// The name and the mail address in `Name <mail>`.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn author(text: &str) -> Result<(&str, &str), String> {
    let malformed = || format!("\"Name <mail>\" is expected, found {text:?}");
    let (name, rest) = text.split_once('<').ok_or_else(malformed)?;
    let mail = rest.strip_suffix('>').ok_or_else(malformed)?;
    let (user, host) = mail.split_once('@').ok_or_else(malformed)?;
    let strange = |c: char| c.is_whitespace() || c.is_control() || "<>@".contains(c);
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(malformed());
    }
    if user.is_empty() || host.is_empty() || user.contains(strange) || host.contains(strange) {
        return Err(malformed());
    }
    Ok((name.trim(), mail))
}

/// The entries of a list written with commas.
pub(crate) fn comma_list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// RFC 1123 label: what Kubernetes accepts as the name of a policy resource.
fn check_label(text: &str) -> Result<(), String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-');
    fits.then_some(()).ok_or_else(|| {
        format!("an RFC 1123 label is expected (at most 63 of a-z, 0-9 and -, no - at the ends), found {text:?}")
    })
}

fn check_version(text: &str) -> Result<(), String> {
    semver::Version::parse(text)
        .map(|_| ())
        .map_err(|error| format!("a semantic version is expected, found {text:?}: {error}"))
}

fn check_one_line(text: &str) -> Result<(), String> {
    (!text.contains(char::is_control))
        .then_some(())
        .ok_or_else(|| "one line is expected, found control characters".to_owned())
}

fn check_url(text: &str) -> Result<(), String> {
    let strange = |c: char| c.is_whitespace() || c.is_control();
    text.strip_prefix("https://")
        .filter(|rest| !rest.contains(strange))
        .filter(|rest| {
            rest.split('/')
                .next()
                .is_some_and(|host| host.contains('.'))
        })
        .map(|_| ())
        .ok_or_else(|| format!("a https:// address is expected, found {text:?}"))
}

/// A repository of a registry: the version is its tag and is added later.
fn check_repository(text: &str) -> Result<(), String> {
    let expected = || {
        format!(
            "registry and repository without scheme, tag and digest are expected, found {text:?}"
        )
    };
    let (registry, path) = text.split_once('/').ok_or_else(expected)?;
    let component = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
    };
    let host = registry
        .split(':')
        .next()
        .is_some_and(|host| host.contains('.') && component(host));
    (host && path.split('/').all(component))
        .then_some(())
        .ok_or_else(expected)
}

fn check_licence(text: &str) -> Result<(), String> {
    spdx::Expression::parse(text).map(|_| ()).map_err(|error| {
        format!(
            "an SPDX licence expression is expected, found {text:?}: {}",
            error.reason
        )
    })
}

fn check_severity(text: &str) -> Result<(), String> {
    ["info", "low", "medium", "high", "critical"]
        .contains(&text)
        .then_some(())
        .ok_or_else(|| {
            format!("one of info, low, medium, high, critical is expected, found {text:?}")
        })
}

fn check_list(text: &str) -> Result<(), String> {
    check_one_line(text)?;
    (!comma_list(text).any(str::is_empty))
        .then_some(())
        .ok_or_else(|| format!("entries separated by single commas are expected, found {text:?}"))
}

/// A key that takes one value only, which it has when it is absent as well.
fn only(
    map: &Map<String, Value>,
    key: &str,
    value: &'static str,
    problems: &mut Problems,
) -> &'static str {
    if let Some(found) = optional(map, key)
        && found != value
    {
        problems.add(key, format!("{value:?} is expected, found {found}"));
    }
    value
}

fn refuse_unknown_keys(
    map: &Map<String, Value>,
    known: &[&str],
    path: &str,
    problems: &mut Problems,
) {
    for key in map.keys() {
        if !known.contains(&key.as_str()) {
            problems.add(
                join(path, key),
                format!("unknown key, known are {}", known.join(", ")),
            );
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// The value of `key`, unless it is absent or null.
fn optional<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    map.get(key).filter(|value| !value.is_null())
}

fn required<'v>(
    map: &'v Map<String, Value>,
    key: &str,
    path: &str,
    problems: &mut Problems,
) -> Option<&'v Value> {
    let value = optional(map, key);
    if value.is_none() {
        problems.add(join(path, key), "is required");
    }
    value
}

fn object<'v>(
    value: &'v Value,
    path: &str,
    problems: &mut Problems,
) -> Option<&'v Map<String, Value>> {
    let map = value.as_object();
    if map.is_none() {
        problems.add(
            path,
            format!("a mapping is expected, found {}", kind_of(value)),
        );
    }
    map
}

/// A list with at least one entry.
fn list<'v>(value: &'v Value, path: &str, problems: &mut Problems) -> Option<&'v Vec<Value>> {
    let list = value.as_array();
    match list {
        None => problems.add(
            path,
            format!("a list is expected, found {}", kind_of(value)),
        ),
        Some(list) if list.is_empty() => problems.add(path, "at least one entry is expected"),
        Some(_) => {}
    }
    list
}

fn string<'v>(value: &'v Value, path: &str, problems: &mut Problems) -> Option<&'v str> {
    let text = value.as_str();
    if text.is_none() {
        problems.add(
            path,
            format!("a string is expected, found {}", kind_of(value)),
        );
    }
    text
}

/// A string that is more than blanks.
fn filled<'v>(value: &'v Value, path: &str, problems: &mut Problems) -> Option<&'v str> {
    let text = string(value, path, problems)?;
    if text.trim().is_empty() {
        problems.add(path, "is empty");
        return None;
    }
    Some(text)
}

fn boolean(value: &Value, path: &str, problems: &mut Problems) -> Option<bool> {
    let flag = value.as_bool();
    if flag.is_none() {
        problems.add(
            path,
            format!("true or false is expected, found {}", kind_of(value)),
        );
    }
    flag
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
pub(crate) mod tests;
