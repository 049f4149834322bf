//! Which places of an object an UPDATE leaves as they were, so that they need no rule.
//!
//! Labels, finalizers, replicas and the status of what already runs are written all the time, by
//! people and controllers that no rule names. Such updates pass where no HostProcess process becomes
//! another one. A place that cannot be compared counts as changed.
//!
//! What has to be equal depends on what Kubernetes lets an update change:
//!
//! - **A Pod** runs already, and its env, volumes, mounts, commands and accounts are immutable. It is
//!   unchanged if everything is equal that the policy reads.
//! - **A template** makes new pods, and all of it is mutable. It is unchanged only if all of it is
//!   equal, its labels and annotations included.
//! - **In other kinds** an operator makes the pods, in a way that nobody knows. A place is unchanged
//!   if it is equal, with the metadata beside it, and the same fields lead to it as before. Where the
//!   operator adds containers of its own (an empty list, a bare `windowsOptions`), any other field of
//!   the object may choose them, so that nothing may change but the object's metadata and status.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde_json::{Map, Value};

use crate::budget::{Budget, BudgetSpent};
use crate::request::fields::{Fields, ReadResult};
use crate::workload::custom_kinds;
use crate::workload::field_path::Step;
use crate::workload::pod::{MOST_CONTAINERS, RUNTIME_ANNOTATIONS};
use crate::workload::pod_place::PodPlace;
use crate::workload::pod_spec_location::PodSpecLocation;

/// What it costs to fingerprint one value, beside the bytes of its text.
const COST_OF_A_VALUE: usize = 60;

/// Returns whether `place`, the pod spec of the Pod `new`, is unchanged since `old`.
pub fn is_unchanged_pod(place: &PodPlace<'_>, old: &Value) -> bool {
    // An old object that cannot be read is another one.
    let Ok(Some(old_place)) = PodSpecLocation::Pod.find_place(old) else {
        return false;
    };
    // Pods of so many containers are not read.
    let containers = place.count_containers();
    if containers > MOST_CONTAINERS || containers != old_place.count_containers() {
        return false;
    }
    match (place.read_pod(), old_place.read_pod()) {
        (Ok(new_pod), Ok(old_pod)) => new_pod == old_pod,
        _ => false,
    }
}

/// Returns whether the template at `path` is the same in both objects.
pub fn is_unchanged_template(path: &str, new: &Value, old: &Value) -> bool {
    let template = |object| -> ReadResult<&Value> {
        let template = Fields::new(object)?.value(path)?;
        Ok(template.unwrap_or(&Value::Null))
    };
    match (template(new), template(old)) {
        (Ok(new_template), Ok(old_template)) => are_equal(new_template, old_template),
        _ => false,
    }
}

/// Returns those of the `places` in `new`, an object of any other kind, that are changed since `old`.
///
/// # Errors
/// The objects are too large to be compared.
pub fn find_changed_places<'a>(
    places: Vec<PodPlace<'a>>,
    new: &Value,
    old: &Value,
    budget: &mut Budget,
) -> Result<Vec<PodPlace<'a>>, BudgetSpent> {
    // An operator may give the object's own annotations to every pod that it makes.
    if !has_equal_runtime_annotations(new, old) {
        return Ok(places);
    }
    if is_equal_but_for_metadata_and_status(new, old) {
        return Ok(Vec::new());
    }
    // The search has ended before it found all places: none of them counts as unchanged.
    if places.len() > MOST_CONTAINERS {
        return Ok(places);
    }

    let mut fingerprints = Fingerprints::new(budget);
    let mut old_places: HashMap<u64, usize> = HashMap::new();
    for place in custom_kinds::search(old) {
        *old_places
            .entry(fingerprints.of_place(&place)?)
            .or_default() += 1;
    }
    let mut changed = Vec::new();
    for place in places {
        let unchanged_places_left = old_places
            .entry(fingerprints.of_place(&place)?)
            .or_default();
        // Each old place stands for one new place: another copy of what was admitted is a change.
        if place.lists_all_containers() && *unchanged_places_left > 0 {
            *unchanged_places_left -= 1;
        } else {
            changed.push(place);
        }
    }
    Ok(changed)
}

fn has_equal_runtime_annotations(new: &Value, old: &Value) -> bool {
    RUNTIME_ANNOTATIONS
        .iter()
        .all(|name| new["metadata"]["annotations"][*name] == old["metadata"]["annotations"][*name])
}

fn is_equal_but_for_metadata_and_status(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            let is_compared = |key: &str| key != "metadata" && key != "status";
            are_equal_fields(new, old, is_compared)
        }
        _ => false,
    }
}

/// Returns whether two values are equal for the API, in which a field that is null is absent.
fn are_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => are_equal_fields(left, right, |_| true),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| are_equal(left, right))
        }
        _ => left == right,
    }
}

/// Returns whether the fields are equal whose key `is_compared`.
fn are_equal_fields(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    is_compared: impl Fn(&str) -> bool,
) -> bool {
    let present = |(key, value): &(&String, &Value)| !value.is_null() && is_compared(key);
    let has_equal_field = |(key, value): (&String, &Value)| {
        let other = right.get(key);
        other.is_some_and(|other| are_equal(value, other))
    };
    left.iter().filter(present).count() == right.iter().filter(present).count()
        && left.iter().filter(present).all(has_equal_field)
}

/// Fingerprints of places: equal places have the same one. Different places have different ones, but
/// for a chance of 1 in 2^64 that nobody can improve, because the key is random and secret.
///
/// Places can share their metadata, stand in each other and stand below a long key, so that all of
/// them together are far larger than the object. Their fingerprints spend from the budget.
struct Fingerprints<'b> {
    key: RandomState,
    budget: &'b mut Budget,
}

impl<'b> Fingerprints<'b> {
    fn new(budget: &'b mut Budget) -> Self {
        Fingerprints {
            key: RandomState::new(),
            budget,
        }
    }

    /// Returns the fingerprint of the fields that lead to `place`, of its value and of the metadata
    /// beside it. It does not matter which entry of a list leads to the place: an entry that is
    /// inserted before it does not change the place.
    fn of_place(&mut self, place: &PodPlace<'_>) -> Result<u64, BudgetSpent> {
        let mut hasher = self.key.build_hasher();
        for step in &place.path.steps {
            match step {
                Step::Field(key) => self.add_text(Mark::Field, key, &mut hasher)?,
                Step::Entry(_) => Mark::Entry.hash(&mut hasher),
            }
        }
        self.add_value(place.value, &mut hasher)?;
        for metadata in &place.metadata_beside {
            self.add_value(metadata, &mut hasher)?;
        }
        Ok(hasher.finish())
    }

    fn add_text(
        &mut self,
        mark: Mark,
        text: &str,
        hasher: &mut impl Hasher,
    ) -> Result<(), BudgetSpent> {
        self.budget.spend(COST_OF_A_VALUE + text.len())?;
        mark.hash(hasher);
        text.hash(hasher);
        Ok(())
    }

    /// Adds `value`, in which a field that is null is absent.
    fn add_value(&mut self, value: &Value, hasher: &mut impl Hasher) -> Result<(), BudgetSpent> {
        self.budget.spend(COST_OF_A_VALUE)?;
        match value {
            Value::Array(entries) => {
                Mark::List.hash(hasher);
                for entry in entries {
                    self.add_value(entry, hasher)?;
                }
                Mark::End.hash(hasher);
            }
            Value::Object(fields) => {
                Mark::Object.hash(hasher);
                for (key, field) in fields.iter().filter(|(_, field)| !field.is_null()) {
                    self.add_text(Mark::Field, key, hasher)?;
                    self.add_value(field, hasher)?;
                }
                Mark::End.hash(hasher);
            }
            Value::String(text) => self.add_text(Mark::Text, text, hasher)?,
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                Mark::Other.hash(hasher);
                value.hash(hasher);
            }
        }
        Ok(())
    }
}

/// What comes next in the bytes of a fingerprint. With a mark before each part, and at the end of
/// lists and objects, no two different values make the same bytes.
#[derive(Clone, Copy, Hash)]
enum Mark {
    Field,
    Entry,
    List,
    Object,
    End,
    Text,
    Other,
}
