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
        search(object, object, &mut pods);
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

/// Finds the pod specs in `node` and below: objects with a `containers` list of
/// objects. A `windowsOptions` that asks for HostProcess and belongs to none of
/// them is a pod of its own. `holder` is the object that `node` stands in.
fn search<'t>(node: Ref<'t>, holder: Ref<'t>, pods: &mut Vec<Pod<'t>>) {
    let is_pod_spec = is_pod_spec(node);
    if is_pod_spec {
        pods.push(Pod::read(holder, node));
    } else if let Some(options) = node.get("windowsOptions").filter(|o| o.is_object())
        && options.flag("hostProcess") == Some(true)
    {
        pods.push(Pod::stray(node));
    }
    for child in node.children() {
        if is_pod_spec && child.is_list() && CONTAINER_LISTS.contains(&child.key()) {
            for part in child.children().flat_map(Ref::children) {
                search_beside_windows_options(part, pods);
            }
        } else if is_pod_spec {
            search_beside_windows_options(child, pods);
        } else {
            search_part(child, pods);
        }
    }
}

/// Searches a part of a pod spec or container, except for the `windowsOptions`
/// that has been read with it.
fn search_beside_windows_options<'t>(part: Ref<'t>, pods: &mut Vec<Pod<'t>>) {
    if part.key() != "securityContext" {
        return search_part(part, pods);
    }
    for field in part.children().filter(|f| f.key() != "windowsOptions") {
        search_part(field, pods);
    }
}

fn search_part<'t>(part: Ref<'t>, pods: &mut Vec<Pod<'t>>) {
    if part.is_object() {
        search(part, part.parent().unwrap_or(part), pods);
    } else {
        for item in part.children() {
            search_part(item, pods);
        }
    }
}

fn is_pod_spec(node: Ref<'_>) -> bool {
    node.get("containers")
        .is_some_and(|list| list.is_list() && list.children().all(Ref::is_object))
}
