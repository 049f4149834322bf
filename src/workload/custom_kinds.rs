//! Finds pod specs wherever they stand in an object of a kind that Kubernetes does not
//! define, and what asks for HostProcess outside of any.
//!
//! What looks like a pod spec may be something else, whose fields have types of their own:
//! only one that asks for HostProcess is held to the types of a pod spec.

use serde_json::{Map, Value};

use crate::request::fields::ReadResult;
use crate::text;
use crate::workload::container::Role;
use crate::workload::pod::{Annotation, HOST_PROCESS_CONTAINER, MOST_CONTAINERS, Pod};

/// How long a path may get, in characters. A custom kind can nest and name as it likes.
const LONGEST_PATH: usize = 240;
/// The names that kinds give to the metadata of a pod.
const METADATA: [&str; 2] = ["metadata", "podMetadata"];

/// What asks for HostProcess in an object: a pod spec, or a `windowsOptions` outside of any.
pub struct Place<'a> {
    /// The fields that lead to it; none where an entry of a list is passed, whichever.
    pub fields: Vec<Option<&'a str>>,
    /// The pod spec or what holds the `windowsOptions`, and the metadata beside it but for the
    /// object's own.
    pub values: Vec<&'a Value>,
    /// The pod that it makes.
    pub pod: Pod<'a>,
}

/// All that asks for HostProcess in `object` but in its `metadata` and `status`, until more
/// such places are found than containers are judged. Each has to have the types of a pod spec.
pub fn search(object: &Value) -> ReadResult<Vec<Place<'_>>> {
    let mut search = Search {
        steps: Vec::new(),
        objects: Vec::new(),
        found: Vec::new(),
    };
    search.value(object, Part::Other)?;
    Ok(search.found)
}

/// What a value that is searched belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// A pod spec's list of containers, and an entry of it.
    Containers,
    Container,
    /// The `securityContext` of a pod spec or a container, which is read with it.
    SecurityContext,
    Other,
}

struct Search<'a> {
    /// What leads to the value that is searched: keys, and for the entry of a list none and
    /// its index.
    steps: Vec<(Option<&'a str>, usize)>,
    /// The objects that it stands in, itself included, each with how many steps lead there.
    objects: Vec<(usize, &'a Map<String, Value>)>,
    found: Vec<Place<'a>>,
}

impl<'a> Search<'a> {
    /// Searches `value`: itself and what it holds.
    fn value(&mut self, value: &'a Value, part: Part) -> ReadResult<()> {
        match value {
            Value::Object(fields) if self.found.len() <= MOST_CONTAINERS => {
                self.objects.push((self.steps.len(), fields));
                self.object(value, fields, part)?;
                self.objects.pop();
            }
            Value::Array(entries) => {
                let part = if part == Part::Containers {
                    Part::Container
                } else {
                    Part::Other
                };
                for (index, entry) in entries.iter().enumerate() {
                    self.steps.push((None, index));
                    self.value(entry, part)?;
                    self.steps.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn object(
        &mut self,
        value: &'a Value,
        fields: &'a Map<String, Value>,
        part: Part,
    ) -> ReadResult<()> {
        let is_pod_spec = is_pod_spec(fields);
        // Of a pod spec its own metadata counts and that beside it.
        if is_pod_spec && (asks(value) || self.annotation(HOST_PROCESS_CONTAINER, 2).is_some()) {
            self.add(value, Pod::read(value), 2)?;
        }
        let options = &value["windowsOptions"];
        if part != Part::SecurityContext && options["hostProcess"] == true {
            let pod = Pod::stray(options).map_err(|error| error.within("windowsOptions"));
            self.add(value, pod, usize::MAX)?;
        }
        for (key, child) in fields {
            if self.steps.is_empty() && (key == "metadata" || key == "status") {
                continue;
            }
            let is_list = || Role::LISTS.iter().any(|(_, list)| list == key);
            let part = match &**key {
                _ if is_pod_spec && is_list() => Part::Containers,
                "securityContext" if is_pod_spec || part == Part::Container => {
                    Part::SecurityContext
                }
                _ => Part::Other,
            };
            self.steps.push((Some(key), 0));
            self.value(child, part)?;
            self.steps.pop();
        }
        Ok(())
    }

    /// Adds the `pod` that `value` makes, with the annotations of the innermost `objects`.
    fn add(
        &mut self,
        value: &'a Value,
        pod: ReadResult<Pod<'a>>,
        objects: usize,
    ) -> ReadResult<()> {
        let path = path(&self.steps);
        let pod = pod.map_err(|error| error.within(&path))?;
        let pod = pod.at(path, |name| self.annotation(name, objects));
        let mut values = vec![value];
        if let [.., (steps, beside), _] = self.objects[..] {
            // Of the object's own metadata only the annotations count, for all places alike.
            let names = if steps == 0 {
                &METADATA[1..]
            } else {
                &METADATA
            };
            values.extend(names.iter().filter_map(|name| beside.get(*name)));
        }
        let fields = self.steps.iter().map(|(key, _)| *key).collect();
        self.found.push(Place {
            fields,
            values,
            pod,
        });
        Ok(())
    }

    /// The annotation `name` in the metadata of the innermost of so many `objects`.
    fn annotation(&self, name: &str, objects: usize) -> Option<Annotation<'a>> {
        self.objects
            .iter()
            .rev()
            .take(objects)
            .find_map(|(steps, fields)| {
                METADATA.iter().find_map(|metadata| {
                    let path = || text::below(&path(&self.steps[..*steps]), metadata);
                    Annotation::of(name, fields.get(*metadata)?, path)
                })
            })
    }
}

/// The path that `steps` make. Where it is longer than a message can bear, its end is kept: that
/// is where the value is.
fn path(steps: &[(Option<&str>, usize)]) -> String {
    let step =
        |(key, index): &(Option<&str>, usize)| key.map_or_else(|| format!("[{index}]"), text::step);
    let path: String = steps.iter().map(step).collect();
    let path = path.trim_start_matches('.');
    let hidden = path.len().saturating_sub(LONGEST_PATH);
    format!("{}{}", if hidden > 0 { "..." } else { "" }, &path[hidden..])
}

/// Whether these are the fields of a pod spec: a list of containers, null among them as the
/// API server takes it.
fn is_pod_spec(fields: &Map<String, Value>) -> bool {
    let is_container = |entry: &Value| entry.is_object() || entry.is_null();
    let list = fields.get("containers").and_then(Value::as_array);
    list.is_some_and(|list| list.iter().all(is_container))
}

/// Whether a pod spec or one of its containers says `hostProcess: true`.
fn asks(spec: &Value) -> bool {
    let says = |owner: &Value| owner["securityContext"]["windowsOptions"]["hostProcess"] == true;
    let lists = Role::LISTS
        .iter()
        .filter_map(|(_, list)| spec[*list].as_array());
    says(spec) || lists.flatten().any(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The paths of what asks in `object`, in which ASKS stands for a flag, SPEC for a pod
    /// spec that asks and ANNOTATED for metadata with an annotation that asks.
    fn found(object: &str) -> Result<Vec<String>, String> {
        let object = object
            .replace("SPEC", r#"{"containers":[{}],"securityContext":ASKS}"#)
            .replace("ASKS", r#"{"windowsOptions":{"hostProcess":true}}"#)
            .replace(
                "ANNOTATED",
                r#"{"annotations":{"microsoft.com/hostprocess-container":"true"}}"#,
            );
        let object = serde_json::from_str(&object).expect("JSON");
        match search(&object) {
            Ok(places) => Ok(places.into_iter().map(|place| place.pod.path).collect()),
            Err(error) => Err(error.to_string()),
        }
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
        assert_eq!(found(object).expect("pods"), expected);
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
        assert_eq!(found(object).expect("pods"), expected);
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
        assert_eq!(found(object).expect("pods"), expected);
    }

    #[test]
    fn a_pod_spec_that_asks_has_the_types_of_one() {
        let object = r#"{"a":{"containers":[{"image":true}],"securityContext":ASKS}}"#;
        let error = "a.containers[0].image: a string is expected, found a boolean";
        assert_eq!(found(object), Err(String::from(error)));
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let key = "k".repeat(99);
        let object = [
            format!("{{\"{key}\":").repeat(4),
            "SPEC".into(),
            "}".repeat(4),
        ]
        .concat();
        assert_eq!(
            found(&object),
            Ok(vec![format!("...{}.{key}.{key}", &key[..40])])
        );
    }
}
