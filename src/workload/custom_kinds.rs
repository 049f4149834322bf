//! Finds what asks for HostProcess in objects of kinds that Kubernetes does not define.
//!
//! The policy does not know where such an object keeps its pod specs. The search therefore visits
//! every value in the object, parents before children. Only the object's own `metadata` and `status`
//! are left out. Two things can ask:
//!
//! - A pod spec, which is any object with a list `containers` of objects. It asks if the pod spec or
//!   one of its containers has the flag `hostProcess: true`, or if the metadata in the pod spec or
//!   beside it has the runtime's annotation.
//! - A `windowsOptions` with `hostProcess: true` anywhere else. An operator may copy it into a pod
//!   that it makes.
//!
//! An object with a list `containers` may be something else, with fields of other types. The search
//! therefore looks at nothing but the flags and the annotations. The other fields are read after the
//! search, and only of the objects that ask.

use serde_json::{Map, Value};

use crate::field_path::{FieldPath, Step};
use crate::workload::container::Role;
use crate::workload::pod::{
    HOST_PROCESS_CONTAINER, MOST_CONTAINERS, PodSource, RuntimeAnnotations, effective_annotation,
};
use crate::workload::pod_place::{Metadata, PodPlace, has_host_process_flag};

/// The names of the fields in which kinds keep the metadata of a pod.
const METADATA_NAMES: [&str; 2] = ["metadata", "podMetadata"];

/// Returns all that asks for HostProcess in `object`.
///
/// The search ends when it has found more than [`MOST_CONTAINERS`] places: each of them counts as
/// at least one container, and requested_action.rs denies an object with more containers.
pub fn search(object: &Value) -> Vec<PodPlace<'_>> {
    let mut search = Search {
        path: FieldPath::default(),
        enclosing: Vec::new(),
        found: Vec::new(),
    };
    search.visit(object, Part::Other);
    search.found
}

/// A search in progress. It visits one value after the other.
struct Search<'a> {
    /// The path of the visited value in the searched object.
    path: FieldPath<'a>,
    /// The objects that hold the visited value, the searched object first. If the visited value is
    /// itself an object, it is the last of them.
    enclosing: Vec<EnclosingObject<'a>>,
    found: Vec<PodPlace<'a>>,
}

#[derive(Clone, Copy)]
struct EnclosingObject<'a> {
    /// The first `depth` steps of `Search::path` lead to the object. The searched object has depth 0.
    depth: usize,
    fields: &'a Map<String, Value>,
}

/// What a value is for the pod spec that it is in.
///
/// This decides where a flag belongs. A flag in the `securityContext` of a pod spec or of one of its
/// containers belongs to that pod spec. A flag anywhere else stands outside of any pod spec.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// The pod spec itself.
    PodSpec,
    /// One of a pod spec's lists of containers.
    ContainerList,
    /// An entry of such a list.
    Container,
    /// The `securityContext` of a pod spec or of one of its containers.
    SecurityContext,
    /// Anything else.
    Other,
}

/// The methods recurse, once per level of the object. Whoever parsed the object has bounded its depth:
/// `fields::parse_json`, or the command's reader of YAML.
impl<'a> Search<'a> {
    fn visit(&mut self, value: &'a Value, part: Part) {
        match value {
            Value::Object(fields) => {
                self.enclosing.push(EnclosingObject {
                    depth: self.path.steps.len(),
                    fields,
                });
                self.visit_object(value, fields, part);
                self.enclosing.pop();
            }
            Value::Array(entries) => self.visit_list(entries, part),
            _ => {}
        }
    }

    /// Visits `object`, which has these `fields`. `part` says what the object is for the pod spec
    /// around it.
    fn visit_object(&mut self, object: &'a Value, fields: &'a Map<String, Value>, part: Part) {
        let is_pod_spec = is_pod_spec(fields);
        if is_pod_spec {
            self.add_pod_spec_that_asks(object);
        }
        // A `windowsOptions` in the `securityContext` of a pod spec or of one of its containers is not
        // bare. The search has found it together with the pod spec.
        if part != Part::SecurityContext {
            self.add_bare_options_that_ask(object);
        }

        // A pod spec may stand in another pod spec. Its fields are parts of the inner one.
        let part = if is_pod_spec { Part::PodSpec } else { part };
        let is_searched_object = self.path.steps.is_empty();
        for (key, child) in fields {
            if is_searched_object && (key == "metadata" || key == "status") {
                continue;
            }
            self.visit_child(Step::Field(key), child, part_of_field(key, part));
        }
    }

    fn visit_list(&mut self, entries: &'a [Value], part: Part) {
        let part_of_entries = match part {
            Part::ContainerList => Part::Container,
            _ => Part::Other,
        };
        for (index, entry) in entries.iter().enumerate() {
            self.visit_child(Step::Entry(index), entry, part_of_entries);
        }
    }

    fn visit_child(&mut self, step: Step<'a>, child: &'a Value, part: Part) {
        let has_found_enough = self.found.len() > MOST_CONTAINERS;
        if has_found_enough {
            return;
        }
        self.path.steps.push(step);
        self.visit(child, part);
        self.path.steps.pop();
    }

    fn add_pod_spec_that_asks(&mut self, spec: &'a Value) {
        // The pod's metadata stands in the pod spec or beside it. So the annotations of two objects
        // count: of the pod spec, and of the object that holds it. If the searched object is itself a
        // pod spec, no object holds it.
        let position_of_holder = self.enclosing.len().saturating_sub(2);
        let holder_and_spec = &self.enclosing[position_of_holder..];

        if has_host_process_flag(spec) || holder_and_spec.iter().any(asks_by_annotation) {
            let annotations = self.annotations_in(holder_and_spec);
            self.add(spec, PodSource::Template, annotations);
        }
    }

    fn add_bare_options_that_ask(&mut self, holder: &'a Value) {
        if holder["windowsOptions"]["hostProcess"] == true {
            // Nobody knows which metadata the operator gives to the pod. So the annotations in all
            // enclosing objects count.
            let annotations = self.annotations_in(&self.enclosing);
            self.add(holder, PodSource::BareWindowsOptions, annotations);
        }
    }

    fn add(&mut self, value: &'a Value, source: PodSource, annotations: RuntimeAnnotations<'a>) {
        self.found.push(PodPlace {
            path: self.path.clone(),
            source,
            value,
            metadata_beside: self.metadata_beside(),
            annotations,
        });
    }

    /// Returns the metadata beside the visited object.
    ///
    /// The searched object's own `metadata` is left out, because every update changes it. Of that
    /// metadata, update.rs compares the annotations for the runtime, once for all places.
    fn metadata_beside(&self) -> Vec<Metadata<'a>> {
        let [.., holder, _visited_object] = &self.enclosing[..] else {
            // The visited object is the searched object, which has nothing beside it.
            return Vec::new();
        };
        let holder_is_searched_object = holder.depth == 0;
        let mut beside = Vec::new();
        for metadata in metadata_in(holder.fields) {
            if !(holder_is_searched_object && metadata.name == "metadata") {
                beside.push(metadata);
            }
        }
        beside
    }

    /// Returns the runtime's annotations in the metadata of `objects`. If several objects have the
    /// same annotation, the innermost object wins. In one object, `metadata` wins over `podMetadata`.
    fn annotations_in(&self, objects: &[EnclosingObject<'a>]) -> RuntimeAnnotations<'a> {
        let mut annotations = RuntimeAnnotations::default();
        for object in objects.iter().rev() {
            for metadata in metadata_in(object.fields) {
                annotations
                    .add_missing(metadata.value, || self.path_of_field(object, metadata.name));
            }
        }
        annotations
    }

    /// Returns the path of the field `name` of an enclosing `object`.
    fn path_of_field(&self, object: &EnclosingObject<'a>, name: &'static str) -> String {
        let mut path = self.path.first_steps(object.depth);
        path.steps.push(Step::Field(name));
        path.to_string()
    }
}

/// Returns the metadata among the `fields` of an object.
fn metadata_in(fields: &Map<String, Value>) -> impl Iterator<Item = Metadata<'_>> {
    METADATA_NAMES.into_iter().filter_map(|name| {
        let value = fields.get(name)?;
        Some(Metadata { name, value })
    })
}

/// Returns whether the metadata of `object` asks for HostProcess.
fn asks_by_annotation(object: &EnclosingObject<'_>) -> bool {
    metadata_in(object.fields)
        .any(|metadata| effective_annotation(metadata.value, HOST_PROCESS_CONTAINER).is_some())
}

/// Returns what the field `key` of an object is. `owner` says what the object is.
fn part_of_field(key: &str, owner: Part) -> Part {
    let is_container_list = Role::LISTS.iter().any(|list| list.name == key);
    match owner {
        Part::PodSpec if is_container_list => Part::ContainerList,
        Part::PodSpec | Part::Container if key == "securityContext" => Part::SecurityContext,
        _ => Part::Other,
    }
}

/// Returns whether an object with these `fields` is a pod spec: whether `containers` is a list of
/// objects. A null in the list is a container without fields, as it is for the API server.
fn is_pod_spec(fields: &Map<String, Value>) -> bool {
    let Some(Value::Array(containers)) = fields.get("containers") else {
        return false;
    };
    containers
        .iter()
        .all(|container| container.is_object() || container.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Returns the paths of what asks in `object`. Three words in `object` stand for what asks:
    ///
    /// - ASKS for a `securityContext`,
    /// - SPEC for a pod spec, which holds ASKS,
    /// - ANNOTATED for metadata with an annotation.
    fn find_paths(object: &str) -> Vec<String> {
        let object = object
            .replace("SPEC", r#"{"containers":[{}],"securityContext":ASKS}"#)
            .replace("ASKS", r#"{"windowsOptions":{"hostProcess":true}}"#)
            .replace(
                "ANNOTATED",
                r#"{"annotations":{"microsoft.com/hostprocess-container":"true"}}"#,
            );
        let object = serde_json::from_str(&object).expect("JSON");
        let places = search(&object);
        places.iter().map(|place| place.path.to_string()).collect()
    }

    #[rstest]
    #[case::template(r#"{"spec":{"template":{"spec":SPEC}}}"#, &["spec.template.spec"])]
    #[case::several(r#"{"a":[{"b":SPEC},{"b":SPEC}]}"#, &["a[0].b", "a[1].b"])]
    #[case::in_a_map(r#"{"a":{"b.c/d":SPEC}}"#, &["a[b.c/d]"])]
    #[case::lists_of_lists(r#"{"a":[[SPEC]]}"#, &["a[0][0]"])]
    #[case::the_object_itself(r#"{"containers":[],"securityContext":ASKS}"#, &[""])]
    #[case::within_a_pod_spec(r#"{"a":{"containers":[],"b":SPEC}}"#, &["a.b"])]
    #[case::within_a_container(r#"{"a":{"containers":[{"b":SPEC}]}}"#, &["a.containers[0].b"])]
    #[case::null_among_containers(
        r#"{"a":{"containers":[null],"securityContext":ASKS}}"#, &["a"])]
    #[case::flag_of_a_container(r#"{"a":{"containers":[{"securityContext":ASKS}]}}"#, &["a"])]
    #[case::flag_of_an_ephemeral_container(
        r#"{"a":{"containers":[],"ephemeralContainers":[{"securityContext":ASKS}]}}"#, &["a"])]
    #[case::not_in_the_objects_metadata(r#"{"metadata":{"a":SPEC}}"#, &[])]
    #[case::not_in_the_objects_status(r#"{"status":{"a":SPEC}}"#, &[])]
    #[case::inner_metadata(r#"{"a":{"metadata":{"b":SPEC}}}"#, &["a.metadata.b"])]
    #[case::other_types_where_nothing_asks(
        r#"{"a":{"containers":[{"image":1}],"os":[],"securityContext":"x"}}"#, &[])]
    fn pod_specs(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }

    #[rstest]
    #[case::in_an_object_without_containers(r#"{"a":{"securityContext":ASKS}}"#, &["a.securityContext"])]
    #[case::in_the_object_itself(r#"{"windowsOptions":{"hostProcess":true}}"#, &[""])]
    #[case::beside_containers_that_are_strings(
        r#"{"a":{"containers":["x"],"securityContext":ASKS}}"#, &["a.securityContext"])]
    #[case::directly_in_a_pod_spec(
        r#"{"a":{"containers":[],"windowsOptions":{"hostProcess":true}}}"#, &["a"])]
    #[case::directly_in_a_container(
        r#"{"a":{"containers":[{"windowsOptions":{"hostProcess":true}}]}}"#, &["a.containers[0]"])]
    #[case::below_a_security_context(
        r#"{"a":{"containers":[],"securityContext":{"b":ASKS}}}"#, &["a.securityContext.b"])]
    #[case::in_a_list(
        r#"{"a":{"containers":[],"securityContext":[ASKS]}}"#, &["a.securityContext[0]"])]
    #[case::a_map_instead_of_a_container_list(
        r#"{"a":{"containers":[],"initContainers":{"b":{"securityContext":ASKS}}}}"#,
        &["a.initContainers.b.securityContext"])]
    #[case::an_object_instead_of_a_container_list(
        r#"{"a":{"containers":[],"initContainers":{"securityContext":ASKS}}}"#,
        &["a.initContainers.securityContext"])]
    #[case::a_list_of_container_lists(
        r#"{"a":{"containers":[],"initContainers":[[{"securityContext":ASKS}]]}}"#,
        &["a.initContainers[0][0].securityContext"])]
    #[case::init_containers_alone(
        r#"{"initContainers":[{"securityContext":ASKS}]}"#,
        &["initContainers[0].securityContext"])]
    #[case::a_string_instead_of_a_flag(r#"{"a":{"windowsOptions":{"hostProcess":"true"}}}"#, &[])]
    #[case::the_schema_of_a_flag(r#"{"windowsOptions":{"properties":{"hostProcess":{"type":"boolean"}}}}"#, &[])]
    #[case::without_windows_options(r#"{"a":{"hostProcess":true}}"#, &[])]
    #[case::not_in_the_objects_status(r#"{"status":ASKS}"#, &[])]
    fn flags_outside_of_pod_specs(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }

    #[rstest]
    #[case::metadata_beside(r#"{"metadata":ANNOTATED,"a":{"containers":[]}}"#, &["a"])]
    #[case::metadata_beside_a_list(r#"{"a":{"metadata":ANNOTATED,"b":[{"containers":[]}]}}"#, &["a.b[0]"])]
    #[case::metadata_within(r#"{"a":{"metadata":ANNOTATED,"containers":[]}}"#, &["a"])]
    #[case::pod_metadata_beside(r#"{"podMetadata":ANNOTATED,"a":{"containers":[]}}"#, &["a"])]
    #[case::metadata_further_up(r#"{"metadata":ANNOTATED,"a":{"b":{"containers":[]}}}"#, &[])]
    #[case::a_boolean_instead_of_a_string(
        r#"{"metadata":{"annotations":{"microsoft.com/hostprocess-container":true}},
            "a":{"containers":[]}}"#, &[])]
    fn annotations(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }
}
