//! The pod specs in an object: where the nine kinds keep theirs, and wherever
//! one stands in an object of any other kind.

use alloc::vec::Vec;

use crate::kind::Home;
use crate::pod::Pod;
use crate::tape::Ref;
use crate::unreadable::Unreadable;

/// The lists of containers of a pod spec.
const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// The pods that `object`, of a kind with the given home, is or makes.
///
/// # Errors
/// A field on the way to them, or one that the policy reads in them, is of
/// another type than the Kubernetes API gives it.
pub(crate) fn pods(home: Home, object: Ref<'_>) -> Result<Vec<Pod<'_>>, Unreadable> {
    let mut pods = Vec::new();
    if !object.is_object() {
        object.note::<()>("an object");
    } else if home == Home::Anywhere {
        search(object, object, Part::Other, &mut pods);
    } else {
        let holder = home
            .steps()
            .iter()
            .try_fold(object, |holder, step| holder.object(step));
        let spec = holder.and_then(|holder| Some((holder, holder.object("spec")?)));
        pods.extend(spec.map(|(holder, spec)| Pod::read(holder, spec)));
    }
    object.check()?;
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

/// Finds the pod specs in `node` and below: objects with a `containers` list of
/// objects. A `windowsOptions` that asks for HostProcess and has been read with
/// none of them is a pod of its own. `holder` is the object that `node` stands
/// in.
fn search<'t>(node: Ref<'t>, holder: Ref<'t>, part: Part, pods: &mut Vec<Pod<'t>>) {
    let is_pod_spec = is_pod_spec(node);
    if is_pod_spec {
        pods.push(Pod::read(holder, node));
    }
    if part != Part::SecurityContext
        && let Some(options) = node.get("windowsOptions").filter(|o| o.is_object())
        && options.flag("hostProcess") == Some(true)
    {
        pods.push(Pod::stray(node));
    }
    for child in node.children() {
        let is_list = is_pod_spec && CONTAINER_LISTS.contains(&child.key());
        let has_context = is_pod_spec || part == Part::Container;
        let part = match child.key() {
            _ if is_list => Part::Container,
            "securityContext" if has_context => Part::SecurityContext,
            _ => Part::Other,
        };
        search_below(child, node, part, pods);
    }
}

/// Searches `node` if it is an object, else what it lists.
fn search_below<'t>(node: Ref<'t>, holder: Ref<'t>, part: Part, pods: &mut Vec<Pod<'t>>) {
    if node.is_object() {
        search(node, holder, part, pods);
    } else {
        for item in node.children() {
            search_below(item, node, part, pods);
        }
    }
}

fn is_pod_spec(node: Ref<'_>) -> bool {
    node.get("containers")
        .is_some_and(|list| list.is_list() && list.children().all(Ref::is_object))
}
