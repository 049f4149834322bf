//! The Kubernetes objects and admission requests in a document's text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::yaml;

/// What to do with a template.
const TEMPLATE: &str = "looks like a Helm template: helm template … | hostprocess check -";

/// What a document holds.
pub enum Content {
    /// An object with `apiVersion` and `kind`.
    Object(Value),
    /// An AdmissionRequest.
    Request(Value),
    /// Something else: what it is and what to do, and whether a directory of manifests may well
    /// hold it (a template, or no object).
    Other {
        /// What it is and what to do.
        reason: String,
        /// Whether a directory of manifests may well hold it.
        usual: bool,
    },
}

impl Content {
    fn other(reason: &str) -> Self {
        Content::Other {
            reason: reason.to_owned(),
            usual: true,
        }
    }
}

/// What `make` gives for all that `text` holds, with its line in the file, in whose line `first`
/// the text begins. Of a list, which may be all pods of a cluster, one entry is held at a time.
pub fn read<T>(first: usize, text: &str, make: &mut dyn FnMut(usize, Content) -> T) -> Vec<T> {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(made) = read_json(first, text, make)
    {
        return made;
    }
    read_yaml(text, &mut |line, content| make(first - 1 + line, content))
}

fn read_yaml<T>(text: &str, make: &mut dyn FnMut(usize, Content) -> T) -> Vec<T> {
    // A list says what it is after its entries. It says so in the first column, but a line that
    // begins this way may be something else: what was read after all decides.
    let root = |key| {
        text.lines()
            .find_map(|line| line.strip_prefix(key))
            .map(str::trim)
    };
    let list = json!({"apiVersion": root("apiVersion:"), "kind": root("kind:")});
    let is_this_list = |it: &Value| {
        is_list(it) && it["kind"] == list["kind"] && it["apiVersion"] == list["apiVersion"]
    };
    let mut made = Vec::new();
    let mut give = |line, content| made.push(make(line, content));
    let streamed = is_list(&list).then(|| {
        yaml::documents(text, &mut |line, item| {
            walk(line, entry(&list, item), &mut give);
            None
        })
    });
    let documents = match streamed {
        Some(Ok(read)) if !read.iter().all(|(_, it)| is_this_list(it)) => {
            made.clear();
            yaml::documents(text, &mut |_, item| Some(item))
        }
        Some(read) => read,
        None => yaml::documents(text, &mut |_, item| Some(item)),
    };
    let mut give = |line, content| made.push(make(line, content));
    match documents {
        Ok(documents) => {
            let documents = documents.into_iter().filter(|(_, it)| !it.is_null());
            documents.for_each(|(line, value)| walk(line, value, &mut give));
        }
        Err((line, _)) if text.contains("{{") => give(line, Content::other(TEMPLATE)),
        Err((line, reason)) => {
            let usual = !["apiVersion", "kind"].iter().all(|key| text.contains(key));
            let reason = format!("cannot be read as YAML: {reason}");
            give(line, Content::Other { reason, usual });
        }
    }
    made
}

fn read_json<T>(
    mut line: usize,
    text: &str,
    make: &mut dyn FnMut(usize, Content) -> T,
) -> Result<Vec<T>, serde_json::Error> {
    let mut made = Vec::new();
    // Lines are counted from the last place that was asked for.
    let mut counted = 0;
    let mut line_of = |raw: &RawValue| {
        let at = raw.get().as_ptr().addr() - text.as_ptr().addr();
        line += text[counted..at].matches('\n').count();
        counted = at;
        line
    };
    let mut give = |line, content| made.push(make(line, content));
    for raw in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let raw = raw?;
        let line = line_of(raw);
        let Some((list, items)) = json_list(raw) else {
            walk(line, serde_json::from_str(raw.get())?, &mut give);
            continue;
        };
        for item in items {
            walk(
                line_of(item),
                entry(&list, serde_json::from_str(item.get())?),
                &mut give,
            );
        }
    }
    Ok(made)
}

/// The list that `raw` is, without its entries, and these.
fn json_list(raw: &RawValue) -> Option<(Value, Vec<&RawValue>)> {
    let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    let items = serde_json::from_str(fields.remove("items")?.get()).ok()?;
    let list = serde_json::to_value(fields).ok()?;
    is_list(&list).then_some((list, items))
}

/// Gives `value`, or the entries of the list that it is.
fn walk(line: usize, mut value: Value, give: &mut dyn FnMut(usize, Content)) {
    if !is_list(&value) {
        return give(line, content(value));
    }
    match value["items"].take() {
        Value::Null => {}
        Value::Array(items) => {
            items
                .into_iter()
                .for_each(|item| walk(line, entry(&value, item), give));
        }
        _ => give(line, Content::other("items: a list is expected")),
    }
}

/// The entry `item` of `list`: those of a typed list (`kind: PodList`) may leave out what it
/// says for all of them.
fn entry(list: &Value, mut item: Value) -> Value {
    let kind = list["kind"].as_str().and_then(|it| it.strip_suffix("List"));
    if let (Value::Object(item), Some(kind)) = (&mut item, kind.filter(|kind| !kind.is_empty())) {
        item.entry("kind").or_insert_with(|| kind.into());
        item.entry("apiVersion")
            .or_insert_with(|| list["apiVersion"].clone());
    }
    item
}

/// Whether it is a list as the API server gives it. Some objects are called one, but have a
/// name or more than items.
fn is_list(value: &Value) -> bool {
    const FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "items"];
    value["kind"]
        .as_str()
        .is_some_and(|it| it.ends_with("List"))
        && value["metadata"]["name"].is_null()
        && value
            .as_object()
            .is_some_and(|it| it.keys().all(|field| FIELDS.contains(&&**field)))
}

fn is_object(value: &Value) -> bool {
    let has = |field| value[field].as_str().is_some_and(|it: &str| !it.is_empty());
    has("apiVersion") && has("kind")
}

fn content(mut value: Value) -> Content {
    let is_request = |value: &Value| value["kind"].is_object() && value["operation"].is_string();
    let is_review = value["kind"] == "AdmissionReview";
    if is_review {
        value = value["request"].take();
    }
    match value {
        value if is_request(&value) => Content::Request(value),
        _ if is_review => Content::other("an AdmissionReview without a request"),
        value if is_object(&value) => Content::Object(value),
        _ => Content::other("no Kubernetes object: it has no apiVersion and kind"),
    }
}
