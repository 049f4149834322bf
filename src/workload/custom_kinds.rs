//! Finds what asks for HostProcess in objects of kinds that Kubernetes does not define.
//!
//! Nobody says where such an object keeps its pod specs, so that the search visits every value in
//! it, parents before children, but for the object's own `metadata` and `status`:
//!
//! - An object with a list `containers` is a pod spec. It asks with the flag `hostProcess: true` of
//!   its own or one of its containers', or with the runtime's annotation in the metadata in it or
//!   beside it.
//! - A `windowsOptions` with `hostProcess: true` anywhere else asks, too: an operator may copy it
//!   into a pod that it makes.
//!
//! What looks like a pod spec may be something else, whose fields have other types. Only what asks
//! is read as a pod spec, and only after the whole search.

use serde_json::{Map, Value};

use crate::workload::container::Role;
use crate::workload::field_path::{FieldPath, Step};
use crate::workload::pod::{
    HOST_PROCESS_CONTAINER, MOST_CONTAINERS, PodSource, RuntimeAnnotations, effective_annotation,
};
use crate::workload::pod_place::PodPlace;

/// The names that kinds give to the metadata of a pod.
const METADATA: [&str; 2] = ["metadata", "podMetadata"];

/// Returns all that asks for HostProcess in `object`. The search ends when it has found more than
/// [`MOST_CONTAINERS`], because so many are not judged.
pub fn search(object: &Value) -> Vec<PodPlace<'_>> {
    let mut search = Search {
        path: FieldPath::default(),
        enclosing: Vec::new(),
        found: Vec::new(),
    };
    search.visit(object, Part::Other);
    search.found
}

struct Search<'a> {
    /// What leads from the searched object to the visited value.
    path: FieldPath<'a>,
    /// The objects that hold the visited value, from the searched object to the value itself.
    enclosing: Vec<EnclosingObject<'a>>,
    found: Vec<PodPlace<'a>>,
}

#[derive(Clone, Copy)]
struct EnclosingObject<'a> {
    /// How many steps of the path lead to it.
    depth: usize,
    fields: &'a Map<String, Value>,
}

/// The part that a visited value has in a pod spec.
///
/// The flag in the `securityContext` of a pod spec or of its containers belongs to that pod spec.
/// The flag anywhere else is one outside of any pod spec.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// One of a pod spec's lists of containers.
    ContainerList,
    /// An entry of such a list.
    Container,
    /// The `securityContext` of a pod spec or of one of its containers.
    SecurityContext,
    /// None of these. A pod spec itself is no part of another one.
    Other,
}

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

    fn visit_object(&mut self, value: &'a Value, fields: &'a Map<String, Value>, part: Part) {
        let is_pod_spec = is_pod_spec(fields);
        if is_pod_spec {
            self.add_pod_spec_that_asks(value);
        }
        if part != Part::SecurityContext {
            self.add_bare_options_that_ask(value);
        }

        let is_root = self.path.steps.is_empty();
        for (key, child) in fields {
            if is_root && (key == "metadata" || key == "status") {
                continue;
            }
            let part = part_of_field(key, is_pod_spec, part);
            self.visit_step(Step::Field(key), child, part);
        }
    }

    fn visit_list(&mut self, entries: &'a [Value], part: Part) {
        let part = match part {
            Part::ContainerList => Part::Container,
            _ => Part::Other,
        };
        for (index, entry) in entries.iter().enumerate() {
            self.visit_step(Step::Entry(index), entry, part);
        }
    }

    fn visit_step(&mut self, step: Step<'a>, child: &'a Value, part: Part) {
        let has_found_enough = self.found.len() > MOST_CONTAINERS;
        if has_found_enough || !(child.is_object() || child.is_array()) {
            return;
        }
        self.path.steps.push(step);
        self.visit(child, part);
        self.path.steps.pop();
    }

    fn add_pod_spec_that_asks(&mut self, spec: &'a Value) {
        // Of a pod spec the metadata in it counts, and the metadata beside it.
        let parent = self.enclosing.len().saturating_sub(2);
        let objects = &self.enclosing[parent..];
        if has_flag(spec) || asks_by_annotation(objects) {
            self.add(spec, PodSource::Template, self.annotations_in(objects));
        }
    }

    fn add_bare_options_that_ask(&mut self, holder: &'a Value) {
        if holder["windowsOptions"]["hostProcess"] == true {
            // Which metadata the operator gives to the pod is not known: any may be it.
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

    /// Returns the metadata that stand beside the visited object. The searched object's own
    /// `metadata` is left out: of it only the runtime's annotations count, for all places alike.
    fn metadata_beside(&self) -> Vec<&'a Value> {
        let [.., parent, _] = self.enclosing[..] else {
            return Vec::new();
        };
        METADATA
            .into_iter()
            .filter(|name| parent.depth > 0 || *name != "metadata")
            .filter_map(|name| parent.fields.get(name))
            .collect()
    }

    /// Returns the runtime's annotations in the metadata of `objects`, the innermost first.
    fn annotations_in(&self, objects: &[EnclosingObject<'a>]) -> RuntimeAnnotations<'a> {
        let mut annotations = RuntimeAnnotations::default();
        for object in objects.iter().rev() {
            for name in METADATA {
                if let Some(metadata) = object.fields.get(name) {
                    annotations.add_missing(metadata, || {
                        let mut path = self.path.first_steps(object.depth);
                        path.steps.push(Step::Field(name));
                        path.to_string()
                    });
                }
            }
        }
        annotations
    }
}

/// Returns whether the metadata of one of these `objects` asks for HostProcess.
fn asks_by_annotation(objects: &[EnclosingObject<'_>]) -> bool {
    objects.iter().any(|object| {
        METADATA
            .into_iter()
            .filter_map(|name| object.fields.get(name))
            .any(|metadata| effective_annotation(metadata, HOST_PROCESS_CONTAINER).is_some())
    })
}

/// Returns the part that the field `key` has, in an object that has the part `owner` itself.
fn part_of_field(key: &str, owner_is_pod_spec: bool, owner: Part) -> Part {
    let is_container_list = || Role::LISTS.iter().any(|(_, list)| *list == key);
    if owner_is_pod_spec && is_container_list() {
        return Part::ContainerList;
    }
    if key == "securityContext" && (owner_is_pod_spec || owner == Part::Container) {
        return Part::SecurityContext;
    }
    Part::Other
}

/// Returns whether an object with these `fields` is a pod spec: it has a list of containers. Null in
/// the list is a container without fields, as for the API server.
fn is_pod_spec(fields: &Map<String, Value>) -> bool {
    let Some(Value::Array(containers)) = fields.get("containers") else {
        return false;
    };
    containers
        .iter()
        .all(|container| container.is_object() || container.is_null())
}

/// Returns whether a pod spec or one of its containers says `hostProcess: true`.
pub fn has_flag(spec: &Value) -> bool {
    let says_true =
        |owner: &Value| owner["securityContext"]["windowsOptions"]["hostProcess"] == true;
    let lists = Role::LISTS
        .iter()
        .filter_map(|(_, list)| spec[*list].as_array());
    says_true(spec) || lists.flatten().any(says_true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Returns the paths of what asks in `object`, in which ASKS stands for a flag, SPEC for a pod
    /// spec that asks and ANNOTATED for metadata with an annotation that asks.
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
    #[case::the_top(r#"{"containers":[],"securityContext":ASKS}"#, &[""])]
    #[case::within_a_pod_spec(r#"{"a":{"containers":[],"b":SPEC}}"#, &["a.b"])]
    #[case::within_a_container(r#"{"a":{"containers":[{"b":SPEC}]}}"#, &["a.containers[0].b"])]
    #[case::null_among_containers(
        r#"{"a":{"containers":[null],"securityContext":ASKS}}"#, &["a"])]
    #[case::a_container(r#"{"a":{"containers":[{"securityContext":ASKS}]}}"#, &["a"])]
    #[case::an_ephemeral_container(
        r#"{"a":{"containers":[],"ephemeralContainers":[{"securityContext":ASKS}]}}"#, &["a"])]
    #[case::metadata(r#"{"metadata":{"a":SPEC}}"#, &[])]
    #[case::status(r#"{"status":{"a":SPEC}}"#, &[])]
    #[case::inner_metadata(r#"{"a":{"metadata":{"b":SPEC}}}"#, &["a.metadata.b"])]
    #[case::other_types_where_nothing_asks(
        r#"{"a":{"containers":[{"image":1}],"os":[],"securityContext":"x"}}"#, &[])]
    fn pod_specs(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }

    #[rstest]
    #[case::of_no_pod_spec(r#"{"a":{"securityContext":ASKS}}"#, &["a.securityContext"])]
    #[case::the_top(r#"{"windowsOptions":{"hostProcess":true}}"#, &[""])]
    #[case::containers_of_strings(
        r#"{"a":{"containers":["x"],"securityContext":ASKS}}"#, &["a.securityContext"])]
    #[case::directly_in_a_pod_spec(
        r#"{"a":{"containers":[],"windowsOptions":{"hostProcess":true}}}"#, &["a"])]
    #[case::directly_in_a_container(
        r#"{"a":{"containers":[{"windowsOptions":{"hostProcess":true}}]}}"#, &["a.containers[0]"])]
    #[case::below_a_security_context(
        r#"{"a":{"containers":[],"securityContext":{"b":ASKS}}}"#, &["a.securityContext.b"])]
    #[case::in_a_list(
        r#"{"a":{"containers":[],"securityContext":[ASKS]}}"#, &["a.securityContext[0]"])]
    #[case::containers_in_a_map(
        r#"{"a":{"containers":[],"initContainers":{"b":{"securityContext":ASKS}}}}"#,
        &["a.initContainers.b.securityContext"])]
    #[case::containers_that_are_one(
        r#"{"a":{"containers":[],"initContainers":{"securityContext":ASKS}}}"#,
        &["a.initContainers.securityContext"])]
    #[case::containers_in_a_list_of_lists(
        r#"{"a":{"containers":[],"initContainers":[[{"securityContext":ASKS}]]}}"#,
        &["a.initContainers[0][0].securityContext"])]
    #[case::init_containers_alone(
        r#"{"initContainers":[{"securityContext":ASKS}]}"#,
        &["initContainers[0].securityContext"])]
    #[case::text(r#"{"a":{"windowsOptions":{"hostProcess":"true"}}}"#, &[])]
    #[case::a_schema(r#"{"windowsOptions":{"properties":{"hostProcess":{"type":"boolean"}}}}"#, &[])]
    #[case::no_options(r#"{"a":{"hostProcess":true}}"#, &[])]
    #[case::status(r#"{"status":ASKS}"#, &[])]
    fn flags_outside_of_pod_specs(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }

    #[rstest]
    #[case::beside(r#"{"metadata":ANNOTATED,"a":{"containers":[]}}"#, &["a"])]
    #[case::beside_a_list(r#"{"a":{"metadata":ANNOTATED,"b":[{"containers":[]}]}}"#, &["a.b[0]"])]
    #[case::within(r#"{"a":{"metadata":ANNOTATED,"containers":[]}}"#, &["a"])]
    #[case::by_its_other_name(r#"{"podMetadata":ANNOTATED,"a":{"containers":[]}}"#, &["a"])]
    #[case::further_up(r#"{"metadata":ANNOTATED,"a":{"b":{"containers":[]}}}"#, &[])]
    #[case::no_text(
        r#"{"metadata":{"annotations":{"microsoft.com/hostprocess-container":true}},
            "a":{"containers":[]}}"#, &[])]
    fn annotations(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(find_paths(object), expected);
    }
}
