//! When an UPDATE passes without being judged: where nothing changes by which a HostProcess
//! process could become another one, so that labels, finalizers, replicas and status of what
//! runs already can be written by whoever may.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::pod::{Pod, RUNTIME_ANNOTATIONS};
use crate::workload::{Home, Place, search};

/// Whether the update of `old`, an object of one of the nine kinds, to `new` leaves `pod`,
/// which `new` makes, as it was. An old object that cannot be read is another one.
///
/// In a Pod env, volumes and commands are immutable: that nothing has changed which the
/// policy reads is enough. In a template all of that can change, and does in the pods: only
/// one that is the same as before, its metadata included, makes the same pods.
pub fn keeps(home: Home, pod: &Pod<'_>, new: &Value, old: &Value) -> bool {
    match home {
        Home::Pod => home.pod(old).is_ok_and(|old| old.as_ref() == Some(pod)),
        _ => without_nulls(home.holder(new)) == without_nulls(home.holder(old)),
    }
}

/// Of the `places` in `new`, an object of any other kind, those that the update of `old`
/// does not leave as they were.
///
/// A pod spec is compared with those that the same fields led to, with the metadata beside
/// it. Of the object's own metadata only the runtime's annotations count. What a flag
/// outside of any pod spec applies to is not known: beside it nothing may change but metadata
/// and status.
pub fn changed<'a>(
    places: Vec<Place<'a>>,
    new: &Value,
    old: &Value,
    most: usize,
) -> Vec<Place<'a>> {
    let annotations = |object: &Value| {
        RUNTIME_ANNOTATIONS.map(|name| object["metadata"]["annotations"][name].clone())
    };
    if annotations(new) != annotations(old) {
        return places;
    }
    let before = search(old, most).unwrap_or_default();
    let mut left: HashMap<_, usize> = HashMap::new();
    for place in &before {
        *left.entry(identity(place)).or_default() += 1;
    }
    let rest = |object: &Value| {
        let mut rest = Map::new();
        for (key, value) in object.as_object().into_iter().flatten() {
            if key != "metadata" && key != "status" {
                rest.insert(key.clone(), without_nulls(value));
            }
        }
        rest
    };
    let rest_is_kept = rest(new) == rest(old);
    // Each of before is kept once: more of what was admitted is a change.
    let mut is_kept = |place: &Place<'a>| match left.get_mut(&identity(place)) {
        _ if place.pod.is_stray() => rest_is_kept,
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    places.into_iter().filter(|place| !is_kept(place)).collect()
}

/// What makes two places the same: the fields that lead to them, and all they say.
fn identity<'a>(place: &Place<'a>) -> (Vec<Option<&'a str>>, Vec<Value>) {
    let values = place.metadata.iter().copied().chain([place.value]);
    (place.fields.clone(), values.map(without_nulls).collect())
}

/// `value` as the API reads it: null is absent.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (key, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                kept.insert(key.clone(), without_nulls(value));
            }
            Value::Object(kept)
        }
        Value::Array(entries) => Value::Array(entries.iter().map(without_nulls).collect()),
        _ => value.clone(),
    }
}
