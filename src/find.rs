//! The pod specs in an object: where the nine kinds keep theirs, and wherever
//! one stands in an object of any other kind.

use alloc::vec::Vec;

use crate::kind::{self, HOST_PROCESS_CONTAINER, Home};
use crate::pod::{Annotations, Pod};
use crate::tape::{Ref, Shape};
use crate::unreadable::Unreadable;

/// The lists of containers of a pod spec.
const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Whether a pod in `object`, of a kind with the given home, may ask for
/// HostProcess. Nearly all requests are told apart by this, without a look at their
/// pods: where no field that was kept says `hostProcess: true` and none is the
/// annotation, nothing asks. In other kinds nobody knows yet what the fields are.
pub(crate) fn may_ask(home: Home, object: Ref<'_>) -> bool {
    home == Home::Anywhere
        || object.subtree().any(|node| match node.as_bool() {
            Some(flag) => flag && node.key() == "hostProcess",
            None => node.key() == HOST_PROCESS_CONTAINER,
        })
}

/// The pods that `object`, of a kind with the given home, is or makes.
///
/// The caller has checked the types of what was read ([`Ref::check`]); in other
/// kinds those of a pod are checked here.
///
/// # Errors
/// A field by which a pod in another kind may ask for HostProcess, or any field of
/// one that asks, is of another type than the Kubernetes API gives it.
pub(crate) fn pods(home: Home, object: Ref<'_>) -> Result<Vec<Pod<'_>>, Unreadable> {
    let mut pods = Vec::new();
    if home == Home::Anywhere {
        search(object, &Around::default(), Part::Other, &mut pods)?;
    } else {
        let holder = home
            .steps()
            .iter()
            .try_fold(object, |holder, step| holder.object(step));
        let spec = holder.and_then(|holder| Some((holder, holder.object("spec")?)));
        pods.extend(spec.map(|(holder, spec)| {
            let metadata = holder.object("metadata");
            let annotations = metadata.and_then(|metadata| metadata.object("annotations"));
            Pod::read(spec, annotations.map(Annotations::of).unwrap_or_default())
        }));
    }
    Ok(pods)
}

/// What a node that is searched belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// An entry of a pod spec's list of containers.
    Container,
    /// The `securityContext` of a pod spec or a container, which has been read
    /// with it.
    SecurityContext,
    Other,
}

/// What the metadata around a node that is searched says.
#[derive(Default)]
struct Around<'t> {
    /// Beside it: in the object that it stands in, itself or in a list.
    beside: Annotations<'t>,
    /// In any object that it stands in.
    anywhere: Annotations<'t>,
}

/// Finds the pod specs in `node` and below: objects with a `containers` list of
/// objects. They have the annotations in themselves and beside them. A
/// `windowsOptions` that asks for HostProcess and has been read with none of them
/// is a pod of its own, which may have those of all that it stands in.
///
/// What looks like a pod spec may be something else, whose fields have types of
/// their own: only where it asks for HostProcess all of them have to be a pod's.
fn search<'t>(
    node: Ref<'t>,
    around: &Around<'t>,
    part: Part,
    pods: &mut Vec<Pod<'t>>,
) -> Result<(), Unreadable> {
    let own = annotations(node)?;
    let is_pod_spec = is_pod_spec(node);
    if is_pod_spec {
        let pod = Pod::read(node, own.and(around.beside));
        if pod.asks() {
            hold(node, &kind::POD_SPEC)?;
        }
        pods.push(pod);
    }
    let here = Around {
        beside: own,
        anywhere: own.and(around.anywhere),
    };
    if let Some(options) = node.object("windowsOptions") {
        hold(options, &kind::ASKING)?;
        if options.flag("hostProcess") == Some(true) && part != Part::SecurityContext {
            hold(options, &kind::WINDOWS_OPTIONS)?;
            pods.push(Pod::stray(node, here.anywhere));
        }
    }
    for child in node.children() {
        let is_list = is_pod_spec && CONTAINER_LISTS.contains(&child.key());
        let has_context = is_pod_spec || part == Part::Container;
        let part = match child.key() {
            _ if is_list => Part::Container,
            "securityContext" if has_context => Part::SecurityContext,
            _ => Part::Other,
        };
        search_below(child, &here, part, pods)?;
    }
    Ok(())
}

/// Searches `node` if it is an object, else what it lists, which has the metadata
/// beside the list.
fn search_below<'t>(
    node: Ref<'t>,
    around: &Around<'t>,
    part: Part,
    pods: &mut Vec<Pod<'t>>,
) -> Result<(), Unreadable> {
    if node.is_object() {
        return search(node, around, part, pods);
    }
    node.children()
        .try_for_each(|item| search_below(item, around, part, pods))
}

/// The annotations in the metadata of `node`, by the names that kinds give it.
///
/// # Errors
/// One of them is no string.
fn annotations(node: Ref<'_>) -> Result<Annotations<'_>, Unreadable> {
    let mut all = Annotations::default();
    for name in ["metadata", "podMetadata"] {
        let metadata = node.object(name);
        if let Some(annotations) = metadata.and_then(|metadata| metadata.object("annotations")) {
            hold(annotations, &kind::ANNOTATIONS)?;
            all = all.and(Annotations::of(annotations));
        }
    }
    Ok(all)
}

/// Holds `node`, whose type nobody knew when it was read, to `shape`.
fn hold(node: Ref<'_>, shape: &'static Shape) -> Result<(), Unreadable> {
    match shape.check(node) {
        None => Ok(()),
        Some((field, expected)) => Err(Unreadable::mistyped(field, expected)),
    }
}

/// Whether `node` has a list of containers, null among them as the API server
/// takes it.
fn is_pod_spec(node: Ref<'_>) -> bool {
    let is_container = |item: Ref<'_>| item.is_object() || item.is_null();
    node.get("containers")
        .is_some_and(|list| list.is_list() && list.children().all(is_container))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path;
    use crate::tape::Tape;
    use alloc::format;
    use alloc::string::String;
    use rstest::rstest;

    /// The paths of the pod specs in `object`, and of each of their containers
    /// that says `hostProcess: true`, in brackets.
    fn found(home: Home, object: &str) -> Result<Vec<String>, String> {
        let tape = Tape::read(object, home.shape(), "").map_err(|error| error.0)?;
        tape.root().check().map_err(|error| error.0)?;
        let pods = pods(home, tape.root()).map_err(|error| error.0)?;
        let write = |node, out: &mut String| path::write(node, out);
        Ok(pods
            .iter()
            .map(|pod| {
                let mut paths = String::new();
                write(pod.spec.0, &mut paths);
                for container in &pod.containers {
                    if container.security.host_process == Some(true) {
                        paths.push_str(" [");
                        write(container.at.0, &mut paths);
                        paths.push(']');
                    }
                }
                paths
            })
            .collect())
    }

    #[rstest]
    #[case::pod(Home::Pod, r#"{"spec":{}}"#, &["spec"])]
    #[case::no_spec(Home::Pod, r#"{"spec":null}"#, &[])]
    #[case::template(Home::Template, r#"{"template":{"spec":{}}}"#, &["template.spec"])]
    #[case::no_template(Home::SpecTemplate, r#"{"spec":{}}"#, &[])]
    #[case::controller(
        Home::SpecTemplate,
        r#"{"spec":{"template":{"spec":{}}}}"#,
        &["spec.template.spec"],
    )]
    #[case::cron_job(
        Home::JobTemplate,
        r#"{"spec":{"jobTemplate":{"spec":{"template":{"spec":{}}}}}}"#,
        &["spec.jobTemplate.spec.template.spec"],
    )]
    fn known_kinds(#[case] home: Home, #[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(found(home, object).expect("pods"), expected);
    }

    const ASKS: &str = r#"{"hostProcess":true}"#;

    #[rstest]
    #[case::template(
        r#"{"spec":{"template":{"spec":{"containers":[{}]}}}}"#,
        &["spec.template.spec"],
    )]
    #[case::several(
        r#"{"spec":{"tasks":[{"template":{"spec":{"containers":[]}}},
            {"template":{"spec":{"containers":[{}]}}}]}}"#,
        &["spec.tasks[0].template.spec", "spec.tasks[1].template.spec"],
    )]
    #[case::in_a_map(r#"{"a":{"b.c/d":{"containers":[{}]}}}"#, &["a[b.c/d]"])]
    #[case::in_lists_of_lists(r#"{"a":[[{"containers":[{}]}]]}"#, &["a[0][0]"])]
    #[case::the_top(r#"{"containers":[{}]}"#, &[""])]
    #[case::within_a_pod_spec(
        r#"{"a":{"containers":[{}],"b":{"containers":[{}]}}}"#,
        &["a", "a.b"],
    )]
    #[case::within_a_container(
        r#"{"a":{"containers":[{"b":{"containers":[{}]}}]}}"#,
        &["a", "a.containers[0].b"],
    )]
    #[case::null_among_containers(r#"{"a":{"containers":[null,{}]}}"#, &["a"])]
    #[case::other_types_where_nothing_asks(
        r#"{"a":{"metadata":{"name":1},"b":{"containers":[{"image":1,"lifecycle":"x"}],"os":[],
            "securityContext":"restricted","initContainers":["a"],
            "ephemeralContainers":[{"securityContext":{"windowsOptions":"x"}}]}}}"#,
        &["a.b"],
    )]
    #[case::containers_of_strings(r#"{"a":{"containers":["x"]}}"#, &[])]
    #[case::containers_in_a_map(r#"{"a":{"containers":{"x":{}}}}"#, &[])]
    #[case::init_containers_alone(r#"{"a":{"initContainers":[{}]}}"#, &[])]
    #[case::metadata(r#"{"metadata":{"a":{"containers":[{}]}}}"#, &[])]
    #[case::status(r#"{"status":{"a":{"containers":[{}]}}}"#, &[])]
    #[case::inner_metadata_and_status(
        r#"{"a":{"metadata":{"b":{"containers":[{}]}},"status":{"containers":[{}]}}}"#,
        &["a.metadata.b", "a.status"],
    )]
    fn pod_specs_of_other_kinds(#[case] object: &str, #[case] expected: &[&str]) {
        assert_eq!(found(Home::Anywhere, object).expect("pods"), expected);
    }

    #[rstest]
    #[case::of_a_container(
        r#"{"a":{"containers":[{"securityContext":{"windowsOptions":ASKS}}]}}"#,
        &["a [a.containers[0]]"],
    )]
    #[case::of_an_ephemeral_container(
        r#"{"a":{"containers":[],"ephemeralContainers":[
            {"securityContext":{"windowsOptions":ASKS}}]}}"#,
        &["a [a.ephemeralContainers[0]]"],
    )]
    #[case::of_a_pod(r#"{"a":{"containers":[],"securityContext":{"windowsOptions":ASKS}}}"#, &["a"])]
    #[case::stray(
        r#"{"a":{"securityContext":{"windowsOptions":ASKS}}}"#,
        &["a.securityContext [a.securityContext]"],
    )]
    #[case::stray_at_the_top(r#"{"windowsOptions":ASKS}"#, &[" []"])]
    #[case::stray_in_a_list(r#"{"a":[{"windowsOptions":ASKS}]}"#, &["a[0] [a[0]]"])]
    #[case::stray_in_a_pod_spec(
        r#"{"a":{"containers":[],"windowsOptions":ASKS}}"#,
        &["a", "a [a]"],
    )]
    #[case::stray_in_a_container(
        r#"{"a":{"containers":[{"windowsOptions":ASKS}]}}"#,
        &["a", "a.containers[0] [a.containers[0]]"],
    )]
    #[case::stray_below_a_security_context(
        r#"{"a":{"containers":[],"securityContext":{"b":{"windowsOptions":ASKS}}}}"#,
        &["a", "a.securityContext.b [a.securityContext.b]"],
    )]
    #[case::stray_in_an_init_container_alone(
        r#"{"initContainers":[{"securityContext":{"windowsOptions":ASKS}}]}"#,
        &["initContainers[0].securityContext [initContainers[0].securityContext]"],
    )]
    #[case::stray_that_says_false(r#"{"a":{"windowsOptions":{"hostProcess":false}}}"#, &[])]
    #[case::stray_among_labels(
        r#"{"a":{"nodeSelector":{"b":{"windowsOptions":ASKS}}}}"#,
        &["a.nodeSelector.b [a.nodeSelector.b]"],
    )]
    #[case::stray_in_metadata(r#"{"metadata":{"windowsOptions":ASKS}}"#, &[])]
    #[case::stray_in_status(r#"{"status":{"windowsOptions":ASKS}}"#, &[])]
    #[case::no_options(r#"{"a":ASKS}"#, &[])]
    #[case::options_in_a_list(r#"{"a":{"windowsOptions":[ASKS]}}"#, &[])]
    fn flags_in_other_kinds(#[case] object: &str, #[case] expected: &[&str]) {
        let object = object.replace("ASKS", ASKS);
        assert_eq!(found(Home::Anywhere, &object).expect("pods"), expected);
    }

    #[rstest]
    #[case::beside(r#"{"metadata":ANNOTATED,"a":SPEC}"#, &[true])]
    #[case::beside_a_list(r#"{"a":{"metadata":ANNOTATED,"b":[SPEC,[SPEC]]},"c":SPEC}"#, &[true, true, false])]
    #[case::before(r#"{"x":{"a":SPEC,"metadata":ANNOTATED,"b":SPEC}}"#, &[true, true])]
    #[case::of_each(r#"{"a":[{"metadata":ANNOTATED,"b":SPEC},{"b":SPEC}]}"#, &[true, false])]
    #[case::within(r#"{"a":{"metadata":ANNOTATED,"containers":[]}}"#, &[true])]
    #[case::by_its_other_name(r#"{"a":{"podMetadata":ANNOTATED,"b":SPEC}}"#, &[true])]
    #[case::other_types(r#"{"a":{"metadata":[ANNOTATED],"b":SPEC},"c":{"metadata":{"annotations":[]},"d":SPEC}}"#, &[false, false])]
    #[case::further_up(r#"{"metadata":ANNOTATED,"a":{"b":SPEC}}"#, &[false])]
    fn annotations_beside_pod_specs(#[case] object: &str, #[case] expected: &[bool]) {
        let annotated = r#"{"annotations":{"microsoft.com/hostprocess-container":"true"}}"#;
        let object = object
            .replace("ANNOTATED", annotated)
            .replace("SPEC", r#"{"containers":[]}"#);
        let tape = Tape::read(&object, Home::Anywhere.shape(), "").expect("JSON");
        let pods = pods(Home::Anywhere, tape.root()).expect("pods");
        let asks = |pod: &Pod<'_>| pod.annotations.host_process.is_some();
        let asking: Vec<_> = pods.iter().map(asks).collect();
        assert_eq!(asking, expected);
    }

    #[rstest]
    #[case::beside(r#"{"metadata":ANNOTATED,"a":STRAY}"#, true)]
    #[case::within(
        r#"{"a":{"metadata":ANNOTATED,"windowsOptions":{"hostProcess":true}}}"#,
        true
    )]
    #[case::further_up(r#"{"podMetadata":ANNOTATED,"a":[{"b":[STRAY]}]}"#, true)]
    #[case::elsewhere(r#"{"a":{"metadata":ANNOTATED},"b":STRAY}"#, false)]
    fn annotations_around_flags(#[case] object: &str, #[case] expected: bool) {
        let annotated = r#"{"annotations":{"microsoft.com/hostprocess-inherit-user":"true"}}"#;
        let object = object
            .replace("ANNOTATED", annotated)
            .replace("STRAY", r#"{"windowsOptions":{"hostProcess":true}}"#);
        let tape = Tape::read(&object, Home::Anywhere.shape(), "").expect("JSON");
        let pods = pods(Home::Anywhere, tape.root()).expect("pods");
        let inherit: Vec<_> = pods
            .iter()
            .map(|pod| pod.annotations.inherit_user)
            .collect();
        assert_eq!(inherit, [expected]);
    }

    #[rstest]
    #[case::no_object(Home::Pod, "[]", "request.object: an object is expected, found a list")]
    #[case::on_the_way(
        Home::SpecTemplate,
        r#"{"spec":{"template":7}}"#,
        "spec.template: an object is expected, found a number"
    )]
    #[case::containers(
        Home::Pod,
        r#"{"spec":{"containers":{}}}"#,
        "spec.containers: a list is expected, found an object"
    )]
    #[case::container(
        Home::Pod,
        r#"{"spec":{"containers":[{},"x"]}}"#,
        "spec.containers[1]: an object is expected, found a string"
    )]
    #[case::stray(
        Home::Anywhere,
        r#"{"a":{"windowsOptions":{"hostProcess":"true"}}}"#,
        "a.windowsOptions.hostProcess: true or false is expected, found a string"
    )]
    #[case::account_of_a_stray(
        Home::Anywhere,
        r#"{"a":{"windowsOptions":{"hostProcess":true,"runAsUserName":1}}}"#,
        "a.windowsOptions.runAsUserName: a string is expected, found a number"
    )]
    #[case::searched_flag(
        Home::Anywhere,
        r#"{"a":{"containers":[{"securityContext":{"windowsOptions":{"hostProcess":1}}}]}}"#,
        "a.containers[0].securityContext.windowsOptions.hostProcess: true or false is expected, \
         found a number"
    )]
    #[case::searched_annotation(
        Home::Anywhere,
        r#"{"a":{"metadata":{"annotations":{"microsoft.com/hostprocess-container":true}},
            "b":{"containers":[]}}}"#,
        "a.metadata.annotations[microsoft.com/hostprocess-container]: a string is expected, \
         found a boolean"
    )]
    #[case::searched_pod_that_asks(
        Home::Anywhere,
        r#"{"a":{"containers":[{"image":true}],
            "securityContext":{"windowsOptions":{"hostProcess":true}}}}"#,
        "a.containers[0].image: a string is expected, found a boolean"
    )]
    #[case::labels_of_a_searched_pod_that_asks(
        Home::Anywhere,
        r#"{"a":{"containers":[],"nodeSelector":{"b":true},
            "securityContext":{"windowsOptions":{"hostProcess":true}}}}"#,
        "a.nodeSelector.b: a string is expected, found a boolean"
    )]
    fn wrong_types(#[case] home: Home, #[case] object: &str, #[case] expected: &str) {
        assert_eq!(found(home, object), Err(String::from(expected)));
    }

    #[test]
    fn types_are_checked_of_every_field_that_is_read() {
        let fields = [
            ("hostNetwork", "1", "true or false", "a number"),
            ("serviceAccountName", "1", "a string", "a number"),
            ("serviceAccount", "[]", "a string", "a list"),
            ("runtimeClassName", "{}", "a string", "an object"),
            ("nodeName", "false", "a string", "a boolean"),
            ("nodeSelector", r#""x""#, "an object", "a string"),
            ("affinity", "[]", "an object", "a list"),
            ("os", r#""windows""#, "an object", "a string"),
            ("volumes", "{}", "a list", "an object"),
            ("securityContext", "1.5", "an object", "a number"),
        ];
        for (field, value, expected, is) in fields {
            let object = format!(r#"{{"spec":{{"{field}":{value}}}}}"#);
            let error = format!("spec.{field}: {expected} is expected, found {is}");
            assert_eq!(found(Home::Pod, &object), Err(error));
        }
    }
}
