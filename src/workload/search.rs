//! Finds pod specs wherever they stand in an object of a kind that Kubernetes does not
//! define, and what asks for HostProcess outside of any.
//!
//! What looks like a pod spec may be something else, whose fields have types of their own:
//! only one that asks for HostProcess is held to the types of a pod spec.

use serde_json::{Map, Value};

use crate::container::Role;
use crate::fields::Unreadable;
use crate::message;
use crate::pod::{Annotations, Pod};

/// How long a path may get, in characters. A custom kind can nest and name as it likes.
const LONGEST_PATH: usize = 240;

/// What asks for HostProcess in an object: a pod spec, or a `windowsOptions` outside of any.
pub struct Place<'a> {
    /// The fields that lead to it; none where an entry of a list is passed, whichever.
    pub fields: Vec<Option<&'a str>>,
    /// The pod spec, or what holds the `windowsOptions`.
    pub value: &'a Value,
    /// The metadata beside it, by the names that kinds give it; not the object's own.
    pub metadata: Vec<&'a Value>,
    /// The pod that it makes.
    pub pod: Pod<'a>,
}

/// All that asks for HostProcess in `object` but in its `metadata` and `status`, until more
/// than `most` such places are found. Each has to have the types of a pod spec.
pub fn search(object: &Value, most: usize) -> Result<Vec<Place<'_>>, Unreadable> {
    let mut search = Search { steps: Vec::new(), found: Vec::new(), most };
    search.value(object, &Around::default(), Part::Other)?;
    Ok(search.found)
}

/// What the metadata around a value says.
#[derive(Default)]
struct Around<'a> {
    /// Beside it: in the object that it stands in, itself or in a list.
    beside: Annotations<'a>,
    /// In any object that it stands in.
    anywhere: Annotations<'a>,
    /// The metadata beside it.
    metadata: Vec<&'a Value>,
}

/// What a value that is searched belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// An entry of a pod spec's list of containers.
    Container,
    /// The `securityContext` of a pod spec or a container, which is read with it.
    SecurityContext,
    Other,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

struct Search<'a> {
    steps: Vec<Step<'a>>,
    found: Vec<Place<'a>>,
    most: usize,
}

impl<'a> Search<'a> {
    /// Searches `value`: itself and what it holds.
    fn value(
        &mut self,
        value: &'a Value,
        around: &Around<'a>,
        part: Part,
    ) -> Result<(), Unreadable> {
        match value {
            Value::Object(fields) => self.object(value, fields, around, part),
            Value::Array(entries) => entries.iter().enumerate().try_for_each(|(index, entry)| {
                self.steps.push(Step::Index(index));
                self.value(entry, around, part)?;
                self.steps.pop();
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    fn object(
        &mut self,
        value: &'a Value,
        fields: &'a Map<String, Value>,
        around: &Around<'a>,
        part: Part,
    ) -> Result<(), Unreadable> {
        if self.found.len() > self.most {
            return Ok(());
        }
        let (own, metadata) = self.own_metadata(fields);
        let anywhere = own.clone().or(around.anywhere.clone());
        let is_pod_spec = is_pod_spec(fields);
        if is_pod_spec {
            let annotations = own.clone().or(around.beside.clone());
            if annotations.host_process_container.is_some() || asks(value) {
                self.add(value, around, Pod::read(value, self.path(), annotations)?);
            }
        }
        if part != Part::SecurityContext
            && let Some(options) = fields.get("windowsOptions")
            && options["hostProcess"] == true
        {
            self.add(value, around, Pod::stray(options, self.path(), anywhere.clone())?);
        }
        let here = Around { beside: own, anywhere, metadata };
        for (key, child) in fields {
            if self.steps.is_empty() && (key == "metadata" || key == "status") {
                continue;
            }
            let is_list = is_pod_spec && Role::LISTS.iter().any(|(_, list)| list == key);
            let is_read = is_pod_spec || part == Part::Container;
            let part = match &**key {
                _ if is_list => Part::Container,
                "securityContext" if is_read => Part::SecurityContext,
                _ => Part::Other,
            };
            self.steps.push(Step::Key(key));
            self.value(child, &here, part)?;
            self.steps.pop();
        }
        Ok(())
    }

    fn add(&mut self, value: &'a Value, around: &Around<'a>, pod: Pod<'a>) {
        let fields = self.steps.iter().map(|step| match step {
            Step::Key(key) => Some(*key),
            Step::Index(_) => None,
        });
        let metadata = around.metadata.to_vec();
        self.found.push(Place { fields: fields.collect(), value, metadata, pod });
    }

    /// The metadata among the `fields` of an object, and what it says.
    fn own_metadata(&self, fields: &'a Map<String, Value>) -> (Annotations<'a>, Vec<&'a Value>) {
        let mut own = Annotations::default();
        let mut metadata = Vec::new();
        for name in ["metadata", "podMetadata"] {
            let Some(value) = fields.get(name) else {
                continue;
            };
            let path = || match &*self.path() {
                "" => name.to_owned(),
                path => format!("{path}.{name}"),
            };
            own = own.or(Annotations::of(value, path));
            // Of the object's own metadata only the annotations count, for all places alike.
            if !self.steps.is_empty() || name != "metadata" {
                metadata.push(value);
            }
        }
        (own, metadata)
    }

    /// The path of the value that is searched. Where it is longer than a message can bear,
    /// its last steps are kept: that is where the value is.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.steps.iter().rev() {
            let step = match step {
                Step::Key(key) => message::step(key),
                Step::Index(index) => format!("[{index}]"),
            };
            if step.len() + path.len() > LONGEST_PATH {
                return format!("...{path}");
            }
            path = step + &path;
        }
        path.trim_start_matches('.').to_owned()
    }
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
    let lists = Role::LISTS.iter().filter_map(|(_, list)| spec[*list].as_array());
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
        match search(&object, 10) {
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
        let object = [format!("{{\"{key}\":").repeat(4), "SPEC".into(), "}".repeat(4)].concat();
        assert_eq!(found(&object), Ok(vec![format!("....{key}.{key}")]));
    }
}
