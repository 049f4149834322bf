//! When an UPDATE passes without being judged: where no HostProcess process becomes another one, so
//! that labels, finalizers, replicas and status of what runs can be written by whoever may.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::request::fields::Fields;
use crate::workload::container::Role;
use crate::workload::pod::{MOST_CONTAINERS, Pod, RUNTIME_ANNOTATIONS};
use crate::workload::{Place, PodSpecLocation, search};

/// Whether the update of `old`, an object of one of the nine kinds, to `new` leaves `pod`,
/// which `new` makes, as it was. An old object that cannot be read is another one.
///
/// In a Pod env, volumes and commands are immutable: it is enough that nothing changes that the
/// policy reads. Of templates only the same one, its metadata included, makes the same pods.
pub fn keeps(home: PodSpecLocation, pod: &Pod<'_>, new: &Value, old: &Value) -> bool {
    let field = |object, path| Fields::of(object)?.get(path, |value| Ok(without_nulls(value)));
    match home {
        PodSpecLocation::Template(path) => field(new, path) == field(old, path),
        _ => home.pod(old).is_ok_and(|old| old.as_ref() == Some(pod)),
    }
}

/// Of the `places` in `new`, an object of any other kind, those that the update of `old`
/// does not leave as they were.
///
/// Of the object's own metadata and status only the runtime's annotations count: where nothing else
/// changes, all is as it was. Else a pod spec is compared with those that the same fields led to,
/// with the metadata beside it; of what is not known, like the containers, it was another.
pub fn changed<'a>(mut places: Vec<Place<'a>>, new: &Value, old: &Value) -> Vec<Place<'a>> {
    let [after, before] = [new, old].map(|object| &object["metadata"]["annotations"]);
    let annotations_change = RUNTIME_ANNOTATIONS
        .iter()
        .any(|name| after[*name] != before[*name]);
    if !annotations_change && rest(new).eq(rest(old)) {
        return Vec::new();
    }
    // Of more places not all were found, so that none of them counts as unchanged.
    if annotations_change || places.len() > MOST_CONTAINERS {
        return places;
    }
    let mut left: HashMap<_, usize> = HashMap::new();
    for place in search(old).unwrap_or_default() {
        *left.entry(identity(&place)).or_default() += 1;
    }
    // Each of those before is kept once: more of what was admitted is a change.
    places.retain(|place| {
        let is_known = place
            .pod
            .containers
            .iter()
            .all(|one| one.role != Role::Unknown);
        let left = left
            .get_mut(&identity(place))
            .filter(|left| is_known && **left > 0);
        left.map(|left| *left -= 1).is_none()
    });
    places
}

/// What makes two places the same: the fields that lead to them, and all they say.
fn identity<'a>(place: &Place<'a>) -> (Vec<Option<&'a str>>, Vec<Value>) {
    (
        place.fields.clone(),
        place.values.iter().copied().map(without_nulls).collect(),
    )
}

/// The fields of `object` but its metadata and status.
fn rest(object: &Value) -> impl Iterator<Item = (&String, Value)> {
    let fields = object.as_object().into_iter().flatten();
    let rest = fields.filter(|(key, _)| *key != "metadata" && *key != "status");
    rest.map(|(key, value)| (key, without_nulls(value)))
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
