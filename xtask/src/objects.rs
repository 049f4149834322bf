//! From documents to Kubernetes objects, and which of them carry a pod spec.

use serde_json::{Map, Value, json};

use crate::documents::{Document, Origin, Unreadable};
use crate::text::one_line;

/// A Kubernetes object of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The document it stands in.
    pub origin: Origin,
    /// Which item of a list it is, counted from 0, where it is one.
    pub item: Option<usize>,
    /// The object itself, with `apiVersion` and `kind`.
    pub value: Value,
}

/// The objects of a document: itself, or the items of a list.
///
/// # Errors
/// For everything in it that is no Kubernetes object.
pub fn of(document: Document) -> Vec<Result<Object, Unreadable>> {
    let Document { origin, mut value } = document;
    let items = if is_list(&value) {
        value.get_mut("items").map(Value::take)
    } else {
        None
    };
    match items {
        None => vec![object(origin, None, value)],
        Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            // The items of a typed list (`kind: PodList`) may leave out what the
            // list says for all of them.
            let api_version = value.get("apiVersion").cloned();
            let item_kind = kind(&value)
                .and_then(|kind| kind.strip_suffix("List"))
                .filter(|kind| !kind.is_empty())
                .map(str::to_owned);
            items
                .into_iter()
                .enumerate()
                .map(|(i, mut item)| {
                    if let (Value::Object(map), Some(kind), Some(api_version)) =
                        (&mut item, &item_kind, &api_version)
                    {
                        map.entry("kind").or_insert_with(|| kind.clone().into());
                        map.entry("apiVersion")
                            .or_insert_with(|| api_version.clone());
                    }
                    object(origin.clone(), Some(i), item)
                })
                .collect()
        }
        Some(_) => vec![Err(Unreadable {
            origin,
            reason: "items: a list is expected".to_owned(),
        })],
    }
}

/// Whether it is a list as the API server gives it. Some objects are called one, but have
/// a name or more than items.
fn is_list(value: &Value) -> bool {
    let has_list_fields = |fields: &Map<String, Value>| {
        fields
            .keys()
            .all(|field| ["apiVersion", "kind", "metadata", "items"].contains(&field.as_str()))
    };
    kind(value).is_some_and(|kind| kind.ends_with("List"))
        && value.as_object().is_some_and(has_list_fields)
        && value["metadata"]["name"].is_null()
}

fn object(origin: Origin, item: Option<usize>, value: Value) -> Result<Object, Unreadable> {
    let problem = if !value.is_object() {
        Some("a mapping is expected")
    } else if kind(&value).is_none_or(str::is_empty) {
        Some("kind is missing")
    } else if text(&value, "apiVersion").is_none_or(str::is_empty) {
        Some("apiVersion is missing")
    } else {
        None
    };
    match problem {
        None => Ok(Object {
            origin,
            item,
            value,
        }),
        Some(problem) => {
            let item = item.map_or(String::new(), |i| format!("items[{i}]: "));
            Err(Unreadable {
                origin,
                reason: format!("{item}not a Kubernetes object: {problem}"),
            })
        }
    }
}

impl Object {
    /// The object's kind.
    pub fn kind(&self) -> &str {
        kind(&self.value).unwrap_or_default()
    }

    /// Group and version of the object's kind; the core group is empty.
    pub fn group_version(&self) -> (&str, &str) {
        let api_version = text(&self.value, "apiVersion").unwrap_or_default();
        api_version.rsplit_once('/').unwrap_or(("", api_version))
    }

    /// The object's name, else the prefix that a name is generated from.
    pub fn name(&self) -> &str {
        self.metadata("name")
            .or_else(|| self.metadata("generateName"))
            .unwrap_or_default()
    }

    /// The namespace that `kubectl` would create it in when none is set elsewhere.
    pub fn namespace(&self) -> &str {
        self.metadata("namespace")
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default")
    }

    /// Makes `namespace` its namespace where it has none, as `kubectl -n` does.
    pub fn put_into(&mut self, namespace: &str) {
        if self
            .metadata("namespace")
            .is_some_and(|own| !own.is_empty())
        {
            return;
        }
        if let Some(object) = self.value.as_object_mut() {
            let metadata = object.entry("metadata").or_insert_with(|| json!({}));
            if let Some(metadata) = metadata.as_object_mut() {
                metadata.insert("namespace".to_owned(), namespace.into());
            }
        }
    }

    /// Whether a controller made it from a template of its own.
    pub fn is_controlled(&self) -> bool {
        self.value
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array)
            .is_some_and(|owners| {
                owners
                    .iter()
                    .any(|owner| owner.get("controller") == Some(&Value::Bool(true)))
            })
    }

    /// `Kind namespace/name`, escaped for a terminal. Names hold no blanks, and
    /// one that does may not look like the next thing on the line.
    pub fn title(&self) -> String {
        let [kind, namespace, name] = [self.kind(), self.namespace(), self.name()]
            .map(|part| one_line(part).replace(' ', r"\u{20}"));
        format!("{kind} {namespace}/{name}")
    }

    /// Where it stands: file, line, and item of a list; escaped for a terminal.
    pub fn place(&self) -> String {
        let item = self.item.map_or(String::new(), |i| format!(", item {i}"));
        one_line(&format!("{}:{}{item}", self.origin.file, self.origin.line))
    }

    /// Whether there seems to be anything in it for the policy: a pod spec where its
    /// kind has one or anywhere else, or a `hostProcess` that is true. The policy is
    /// asked about all objects; where it denies nothing, those without are not listed.
    pub fn carries_pod_spec(&self) -> bool {
        let built_in = matches!(
            (self.group_version().0, self.kind()),
            ("", "Pod" | "PodTemplate" | "ReplicationController")
                | (
                    "apps",
                    "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet"
                )
                | ("batch", "Job" | "CronJob")
        );
        built_in
            || self.value.as_object().is_some_and(|map| {
                map.iter()
                    .filter(|(key, _)| !["metadata", "status"].contains(&key.as_str()))
                    .any(|(_, value)| holds_pod_spec(value))
            })
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        self.value.get("metadata").and_then(|it| text(it, key))
    }
}

fn holds_pod_spec(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            is_pod_spec(map) || asks_for_host_process(map) || map.values().any(holds_pod_spec)
        }
        Value::Array(list) => list.iter().any(holds_pod_spec),
        _ => false,
    }
}

fn is_pod_spec(map: &Map<String, Value>) -> bool {
    map.get("containers")
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(Value::is_object))
}

fn asks_for_host_process(map: &Map<String, Value>) -> bool {
    map.get("windowsOptions")
        .and_then(|options| options.get("hostProcess"))
        .is_some_and(|flag| !flag.is_null() && flag != &Value::Bool(false))
}

fn kind(value: &Value) -> Option<&str> {
    text(value, "kind")
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn origin() -> Origin {
        Origin {
            file: "f.yaml".to_owned(),
            document: 1,
            line: 7,
        }
    }

    fn objects(value: Value) -> Vec<Result<Object, Unreadable>> {
        of(Document {
            origin: origin(),
            value,
        })
    }

    fn single(value: Value) -> Object {
        let mut objects = objects(value);
        assert_eq!(objects.len(), 1);
        objects.remove(0).unwrap()
    }

    #[test]
    fn an_object_knows_its_names_and_place() {
        let pod = single(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "n"},
        }));
        assert_eq!(pod.title(), "Pod n/a");
        assert_eq!(pod.place(), "f.yaml:7");
        assert_eq!(pod.group_version(), ("", "v1"));
    }

    #[test]
    fn what_is_absent_has_a_default() {
        let job = single(json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "a-"},
        }));
        assert_eq!(job.title(), "Job default/a-");
        assert_eq!(job.group_version(), ("batch", "v1"));
    }

    #[test]
    fn a_list_is_its_items() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}});
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod, pod]});
        let places: Vec<String> = objects(list)
            .into_iter()
            .map(|object| object.unwrap().place())
            .collect();
        assert_eq!(places, ["f.yaml:7, item 0", "f.yaml:7, item 1"]);
    }

    #[test]
    fn a_typed_list_says_the_kind_for_its_items() {
        let list = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSetList",
            "items": [{"metadata": {"name": "a"}}],
        });
        let daemon_set = single(list);
        assert_eq!(daemon_set.title(), "DaemonSet default/a");
        assert_eq!(daemon_set.group_version(), ("apps", "v1"));
    }

    #[test]
    fn a_list_without_items_is_nothing() {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": null});
        assert_eq!(objects(list), []);
    }

    #[rstest]
    #[case::with_a_name(json!({"apiVersion": "a/v1", "kind": "AllowList", "metadata": {"name": "a"}, "items": []}))]
    #[case::with_a_spec(json!({"apiVersion": "a/v1", "kind": "AllowList", "items": [], "spec": {}}))]
    fn what_is_only_called_a_list_is_an_object(#[case] value: Value) {
        assert_eq!(single(value.clone()).value, value);
    }

    #[rstest]
    #[case::string(json!("a"), "not a Kubernetes object: a mapping is expected")]
    #[case::no_kind(json!({"apiVersion": "v1"}), "not a Kubernetes object: kind is missing")]
    #[case::no_version(json!({"kind": "Pod"}), "not a Kubernetes object: apiVersion is missing")]
    #[case::item(
        json!({"apiVersion": "v1", "kind": "List", "items": [{"kind": "Pod"}]}),
        "items[0]: not a Kubernetes object: apiVersion is missing"
    )]
    #[case::items(json!({"apiVersion": "v1", "kind": "List", "items": {}}), "items: a list is expected")]
    fn refuses(#[case] value: Value, #[case] reason: &str) {
        let unreadable = Unreadable {
            origin: origin(),
            reason: reason.to_owned(),
        };
        assert_eq!(objects(value), [Err(unreadable)]);
    }

    #[rstest]
    #[case::built_in_kind(json!({"apiVersion": "apps/v1", "kind": "DaemonSet"}), true)]
    #[case::same_kind_of_another_group(json!({"apiVersion": "example.com/v1", "kind": "DaemonSet"}), false)]
    #[case::config_map(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"containers": "a"}}), false)]
    #[case::custom_kind(
        json!({"apiVersion": "example.com/v1", "kind": "Run", "spec": {"pods": [{"containers": [{}]}]}}),
        true
    )]
    #[case::status_is_not_searched(
        json!({"apiVersion": "example.com/v1", "kind": "Run", "status": {"containers": [{}]}}),
        false
    )]
    #[case::flag_without_pod_spec(
        json!({"apiVersion": "example.com/v1", "kind": "Run", "spec": {"windowsOptions": {"hostProcess": true}}}),
        true
    )]
    #[case::flag_that_is_false(
        json!({"apiVersion": "example.com/v1", "kind": "Run", "spec": {"windowsOptions": {"hostProcess": false}}}),
        false
    )]
    fn knows_what_the_policy_looks_at(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(single(value).carries_pod_spec(), expected);
    }

    #[rstest]
    #[case::controller(json!([{"kind": "ReplicaSet", "controller": true}]), true)]
    #[case::owner_only(json!([{"kind": "Node"}]), false)]
    #[case::null(json!(null), false)]
    fn knows_its_controller(#[case] owners: Value, #[case] expected: bool) {
        let pod = single(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"ownerReferences": owners},
        }));
        assert_eq!(pod.is_controlled(), expected);
    }

    #[test]
    fn names_are_escaped() {
        let pod = single(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a\n\u{1b}[2J b"},
        }));
        assert_eq!(pod.title(), r"Pod default/a\u{a}\u{1b}[2J\u{20}b");
    }
}
