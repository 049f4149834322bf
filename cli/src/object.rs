//! The Kubernetes objects and admission requests in a document's text.

use std::collections::BTreeMap;
use std::iter;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::yaml;

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
    Other { reason: String, usual: bool },
}

impl Content {
    fn other(reason: &str) -> Self {
        Content::Other { reason: reason.to_owned(), usual: true }
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
    let (mut made, mut complete, mut lines) = (Vec::new(), true, Vec::new());
    // That it is a list is known at its end, after the entries: `items` stands before `kind`.
    let mut documents = yaml::documents(text, &mut |line, item| {
        complete &= is_object(&item) && !is_list(&item);
        made.push(make(line, content(item)));
        None
    });
    let is_read = |it: &Value| it.get("items").is_none() || is_list(it);
    if let Ok(read) = &documents
        && !made.is_empty()
        && !(complete && read.iter().all(|(_, it)| is_read(it)))
    {
        made.clear();
        documents = yaml::documents(text, &mut |line, item| {
            lines.push(line);
            Some(item)
        });
    }
    let mut give = |line, content| made.push(make(line, content));
    match documents {
        Ok(documents) => {
            let mut lines = lines.into_iter();
            for (line, value) in documents.into_iter().filter(|(_, it)| !it.is_null()) {
                let items = value["items"].as_array().map_or(0, Vec::len);
                walk(line, value, &mut lines.by_ref().take(items), &mut give);
            }
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
        match json_list(raw) {
            Some((list, items)) => {
                for item in items {
                    let value = entry(&list, serde_json::from_str(item.get())?);
                    walk(line_of(item), value, &mut iter::empty(), &mut give);
                }
            }
            None => walk(line, serde_json::from_str(raw.get())?, &mut iter::empty(), &mut give),
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

/// Gives `value`, or the entries of the list that it is, which stand at `lines` if not at `line`.
fn walk(
    line: usize,
    mut value: Value,
    lines: &mut dyn Iterator<Item = usize>,
    give: &mut dyn FnMut(usize, Content),
) {
    if !is_list(&value) {
        return give(line, content(value));
    }
    match value["items"].take() {
        Value::Null => {}
        Value::Array(items) => {
            for item in items {
                let line = lines.next().unwrap_or(line);
                walk(line, entry(&value, item), &mut iter::empty(), give);
            }
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
        item.entry("apiVersion").or_insert_with(|| list["apiVersion"].clone());
    }
    item
}

/// Whether it is a list as the API server gives it. Some objects are called one, but have a
/// name or more than items.
fn is_list(value: &Value) -> bool {
    const FIELDS: [&str; 4] = ["apiVersion", "kind", "metadata", "items"];
    value["kind"].as_str().is_some_and(|it| it.ends_with("List"))
        && value["metadata"]["name"].is_null()
        && value.as_object().is_some_and(|it| it.keys().all(|field| FIELDS.contains(&&**field)))
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
