//! Finds out which places of an object an UPDATE leaves unchanged. Unchanged places need no rule.
//!
//! People and controllers that no rule names write labels, finalizers, replicas and the status of
//! existing objects all the time. Such an update is accepted as long as it changes nothing about a
//! HostProcess container. If the old object cannot be read, every place counts as changed. If the places
//! are too large to be compared, the request is denied.
//!
//! What has to be equal depends on what Kubernetes lets an update change:
//!
//! - **A Pod** runs already, and its env, volumes, mounts, commands and accounts are immutable. It is
//!   unchanged if everything that the policy reads of it is equal. It may not lose an annotation that
//!   made its containers HostProcess containers, or made them run as SYSTEM.
//! - **A template** makes new pods, and all of it is mutable. It is unchanged only if all of it is
//!   equal, including its labels and annotations.
//! - **In other kinds** an operator makes the pods, and the policy does not know how. A place is
//!   unchanged if the place and the metadata beside it are equal, and if the same fields lead to it.
//!   For an empty list of containers or a bare `windowsOptions`, the operator adds containers of its
//!   own, and any field of the object may choose them. Such a place is unchanged only if the whole
//!   object is equal, except for its metadata and status. If the runtime's annotations of the object
//!   itself change, every place counts as changed.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde_json::{Map, Value};

use crate::budget::{Budget, BudgetSpent};
use crate::field_path::Step;
use crate::request::fields::{Fields, ReadResult};
use crate::workload::custom_kinds;
use crate::workload::pod::{
    HOST_PROCESS_CONTAINER, INHERIT_USER, MOST_CONTAINERS, RUNTIME_ANNOTATIONS,
    effective_annotation,
};
use crate::workload::pod_place::{PodPlace, has_host_process_flag};
use crate::workload::pod_spec_location::PodSpecLocation;

/// The fixed cost of each value that is fingerprinted, and of each text in it or on the way to it, in
/// bytes of the budget. The length of the text comes on top. tests/hostile/large_objects.rs measures that
/// the budget is spent before the time is.
const COST_OF_A_VALUE: usize = 60;

/// Returns whether `place`, the pod spec of the Pod `new`, is unchanged since `old`.
pub fn is_unchanged_pod(place: &PodPlace<'_>, old: &Value) -> bool {
    let Ok(Some(old_place)) = PodSpecLocation::Pod.find_place(old) else {
        return false;
    };
    // Reading a pod takes time for each of its containers. So pods that cannot be equal, or that are
    // denied anyway, are not read.
    let container_count = place.count_containers();
    let has_too_many = container_count > MOST_CONTAINERS;
    if has_too_many || container_count != old_place.count_containers() {
        return false;
    }

    match (place.read_pod(), old_place.read_pod()) {
        (Ok(new_pod), Ok(old_pod)) => new_pod == old_pod,
        _ => false,
    }
}

/// Returns the annotation that an update removes from a HostProcess pod, or turns off, although the
/// containers that run already keep what the annotation gave them; `None` if there is no such
/// annotation. `new` is the updated Pod, and `old` is the Pod before.
///
/// The runtime reads the annotations when it starts a container, and whatever `kubectl exec` starts in a
/// container is like the container. Without the annotation, the policy would take the containers for plain
/// ones, or for processes of the account that the pod names, and would judge `kubectl exec` by that.
pub fn find_removed_annotation(new: &Value, old: &Value) -> Option<&'static str> {
    let is_on = |pod: &Value, name: &str| effective_annotation(&pod["metadata"], name).is_some();

    let asked_for_host_process =
        has_host_process_flag(&old["spec"]) || is_on(old, HOST_PROCESS_CONTAINER);
    if !asked_for_host_process {
        return None;
    }
    [HOST_PROCESS_CONTAINER, INHERIT_USER]
        .into_iter()
        .find(|name| is_on(old, name) && !is_on(new, name))
}

/// Returns whether the template at `path` is the same in both objects.
pub fn is_unchanged_template(path: &str, new: &Value, old: &Value) -> bool {
    match (read_template(path, new), read_template(path, old)) {
        (Ok(new_template), Ok(old_template)) => are_equal(new_template, old_template),
        _ => false,
    }
}

/// Returns the template at `path` in `object`; null if there is none.
fn read_template<'a>(path: &str, object: &'a Value) -> ReadResult<&'a Value> {
    let template = Fields::new(object)?.value(path)?;
    Ok(template.unwrap_or(&Value::Null))
}

/// Returns those of `places` that an update changes. `new` is an object of a kind that Kubernetes does
/// not define, `places` are the places in it that ask for HostProcess, and `old` is the object before
/// the update.
///
/// # Errors
/// The places are too large to be compared.
pub fn keep_changed_places<'a>(
    places: Vec<PodPlace<'a>>,
    new: &Value,
    old: &Value,
    budget: &mut Budget,
) -> Result<Vec<PodPlace<'a>>, BudgetSpent> {
    // An operator may give the object's own annotations to every pod that it makes.
    if !have_equal_runtime_annotations(new, old) {
        return Ok(places);
    }
    if are_equal_except_metadata_and_status(new, old) {
        return Ok(Vec::new());
    }
    // The search for places stops above this number, so there may be more of them. The request is denied
    // because of their number, so all count as changed.
    if places.len() > MOST_CONTAINERS {
        return Ok(places);
    }

    let mut fingerprinter = Fingerprinter::new(budget);
    let mut old_places = FingerprintCounts::default();
    for old_place in custom_kinds::search(old) {
        old_places.add(fingerprinter.fingerprint(&old_place)?);
    }

    let mut changed = Vec::new();
    for place in places {
        let fingerprint = fingerprinter.fingerprint(&place)?;
        // Each old place excuses one new place. A second copy of what was admitted is a change.
        let is_unchanged = place.lists_all_containers() && old_places.take(fingerprint);
        if !is_unchanged {
            changed.push(place);
        }
    }
    Ok(changed)
}

/// Counts how many places have the same fingerprint.
#[derive(Default)]
struct FingerprintCounts {
    counts: HashMap<u64, usize>,
}

impl FingerprintCounts {
    fn add(&mut self, fingerprint: u64) {
        *self.counts.entry(fingerprint).or_default() += 1;
    }

    /// Takes away one place with this fingerprint. Returns whether there was one.
    fn take(&mut self, fingerprint: u64) -> bool {
        match self.counts.get_mut(&fingerprint) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }
}

fn have_equal_runtime_annotations(new: &Value, old: &Value) -> bool {
    RUNTIME_ANNOTATIONS
        .into_iter()
        .all(|name| new["metadata"]["annotations"][name] == old["metadata"]["annotations"][name])
}

fn are_equal_except_metadata_and_status(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            have_equal_fields(new, old, &["metadata", "status"])
        }
        _ => false,
    }
}

/// Returns whether two values are equal for the API, where a null field is the same as an absent one.
/// [`Fingerprinter::add_value`] leaves out null fields for the same reason.
/// `fields::parse_json` bounds how deep they are.
fn are_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => have_equal_fields(left, right, &[]),
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

/// Returns whether two objects have equal fields, except for the `ignored` keys.
fn have_equal_fields(
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    ignored: &[&str],
) -> bool {
    for (key, left_value) in left {
        let right_value = right.get(key).unwrap_or(&Value::Null);
        if !ignored.contains(&key.as_str()) && !are_equal(left_value, right_value) {
            return false;
        }
    }
    // All fields of `left` are equal. `right` may still have fields that `left` does not have.
    for (key, right_value) in right {
        let counts_as_absent = right_value.is_null() || ignored.contains(&key.as_str());
        if !counts_as_absent && !left.contains_key(key) {
            return false;
        }
    }
    true
}

/// Makes fingerprints of places. Equal places have the same fingerprint.
///
/// Two different places have the same fingerprint with a chance of 1 in 2^64. An attacker cannot
/// improve that chance, because the key is random and secret.
///
/// Several places can share their metadata, contain each other or stand below the same long key. Each
/// fingerprint covers all of that again. So fingerprints spend from the budget.
struct Fingerprinter<'b> {
    key: RandomState,
    budget: &'b mut Budget,
}

impl<'b> Fingerprinter<'b> {
    fn new(budget: &'b mut Budget) -> Self {
        Fingerprinter {
            key: RandomState::new(),
            budget,
        }
    }

    /// Returns the fingerprint of the fields that lead to `place`, of its value and of the metadata
    /// beside it.
    ///
    /// The indexes of list entries on the way to the place are not part of the fingerprint. So a place
    /// keeps its fingerprint if another entry is inserted before it.
    fn fingerprint(&mut self, place: &PodPlace<'_>) -> Result<u64, BudgetSpent> {
        let mut hasher = self.key.build_hasher();
        for step in &place.path.steps {
            match step {
                Step::Field(key) => self.add_text(Mark::Field, key, &mut hasher)?,
                Step::Entry(_) => Mark::Entry.hash(&mut hasher),
            }
        }
        self.add_value(place.value, &mut hasher)?;
        for metadata in &place.metadata_beside {
            self.add_text(Mark::Field, metadata.name, &mut hasher)?;
            self.add_value(metadata.value, &mut hasher)?;
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

    /// Adds `value` without its null fields, which are absent for the API. The fields of an object come
    /// in the order of their keys, whatever their order in the request, because `Map` is sorted.
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
            // `Number` would hash its bits alone, and the integer 1 has the same bits as the fraction
            // 5e-324. Their texts differ.
            Value::Number(number) => self.add_text(Mark::Number, &number.to_string(), hasher)?,
            Value::Null | Value::Bool(_) => {
                Mark::Other.hash(hasher);
                value.hash(hasher);
            }
        }
        Ok(())
    }
}

/// A mark that the hasher is given before each part of a value, and at the end of lists and objects.
/// Without marks, different values could give the hasher the same bytes, for example `["a", "b"]`
/// and `["a", ["b"]]`.
#[derive(Clone, Copy, Hash)]
enum Mark {
    Field,
    Entry,
    List,
    Object,
    End,
    Text,
    Number,
    Other,
}
