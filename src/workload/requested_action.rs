//! What a request asks for.

use std::fmt;

use serde_json::Value;

use crate::budget::{Budget, BudgetSpent};
use crate::request::Request;
use crate::request::fields::{Fields, ReadError, ReadResult};
use crate::workload::pod::{INHERIT_USER, MOST_CONTAINERS, Pod, RUNTIME_ANNOTATIONS};
use crate::workload::pod_kind::PodKind;
use crate::workload::pod_place::PodPlace;
use crate::workload::{PodSpecLocation, custom_kinds, update};

/// What a request asks for.
pub enum RequestedAction<'a> {
    /// Nothing that concerns HostProcess, or nothing that was not there before.
    Nothing,
    /// To create or change these pods, each of which asks for HostProcess.
    CreatePods(Vec<Pod<'a>>),
    /// To connect to a container of the pod that the request names. Whether that is a HostProcess
    /// container is not known yet.
    Connect(ConnectKind),
    /// Something that no rule can admit.
    Inadmissible(Inadmissible),
}

/// How a request connects to a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConnectKind {
    /// `kubectl exec`
    Exec,
    /// `kubectl attach`
    Attach,
}

/// Why no rule can admit what a request asks for. `Display` writes the reason for the denial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inadmissible {
    /// A Binding has this annotation of the runtime.
    AnnotatedBinding(&'static str),
    /// The pod specs that ask for HostProcess have more than [`MOST_CONTAINERS`] containers together.
    TooManyContainers,
    /// The pod specs that ask for HostProcess are too large to be compared with the old object.
    TooLargeToCompare,
    /// An update removes this annotation from a HostProcess pod, or turns it off.
    RemovedAnnotation(&'static str),
}

impl<'a> RequestedAction<'a> {
    /// Reads what `request` asks for. Comparing an object of a kind that Kubernetes does not define with its
    /// old version spends from `budget`.
    ///
    /// # Errors
    /// The object is missing, a request that connects to a pod does not name it, or a field that the policy
    /// needs has another type than in the API.
    pub fn read(request: &Request<'a>, budget: &mut Budget) -> ReadResult<Self> {
        match request.operation {
            "CONNECT" => return Self::read_connect(request),
            "DELETE" => return Ok(RequestedAction::Nothing),
            _ => {}
        }
        if request.object.is_null() {
            return Err(ReadError::missing("request.object"));
        }
        Fields::new(request.object).map_err(|error| error.within("request.object"))?;

        if (request.group, request.kind) == ("", "Binding") {
            return Ok(Self::read_binding(request.object));
        }
        if let Some(kind) = PodKind::find(request.group, request.kind) {
            let changed = find_changed_pod_spec(kind.location, request)?;
            if let Some(name) = find_removed_annotation(kind.location, request) {
                return Ok(RequestedAction::Inadmissible(
                    Inadmissible::RemovedAnnotation(name),
                ));
            }
            return match changed {
                Some(place) => Self::read_pods(&[place]),
                None => Ok(RequestedAction::Nothing),
            };
        }
        match search_for_changed_places(request, budget) {
            Ok(changed) => Self::read_pods(&changed),
            Err(BudgetSpent) => Ok(RequestedAction::Inadmissible(
                Inadmissible::TooLargeToCompare,
            )),
        }
    }

    fn read_connect(request: &Request<'a>) -> ReadResult<Self> {
        let kind = match (request.group, request.kind) {
            ("", "PodExecOptions") => ConnectKind::Exec,
            ("", "PodAttachOptions") => ConnectKind::Attach,
            _ => return Ok(RequestedAction::Nothing),
        };
        if request.name.is_empty() {
            return Err(ReadError::missing("request.name"));
        }
        Ok(RequestedAction::Connect(kind))
    }

    /// Reads what a Binding asks for. A Binding assigns a pod to a node (`pods/binding`), and the API
    /// server copies the Binding's annotations to the pod.
    ///
    /// An annotation of the runtime counts whatever its value is. Nobody needs one on a Binding.
    fn read_binding(binding: &Value) -> Self {
        let annotations = &binding["metadata"]["annotations"];
        for name in RUNTIME_ANNOTATIONS {
            if annotations.get(name).is_some() {
                return RequestedAction::Inadmissible(Inadmissible::AnnotatedBinding(name));
            }
        }
        RequestedAction::Nothing
    }

    /// Reads the pods of `places`, unless they have too many containers to be judged.
    fn read_pods(places: &[PodPlace<'a>]) -> ReadResult<Self> {
        if places.is_empty() {
            return Ok(RequestedAction::Nothing);
        }
        let container_count: usize = places.iter().map(PodPlace::count_containers).sum();
        if container_count > MOST_CONTAINERS {
            return Ok(RequestedAction::Inadmissible(
                Inadmissible::TooManyContainers,
            ));
        }
        let mut pods = Vec::new();
        for place in places {
            pods.push(place.read_pod()?);
        }
        Ok(RequestedAction::CreatePods(pods))
    }
}

/// Returns the old object that the request's object is compared with; `None` if the request creates
/// its object. An UPDATE without an old object is judged like a CREATE.
fn old_object<'a>(request: &Request<'a>) -> Option<&'a Value> {
    if request.operation == "UPDATE" && !request.old_object.is_null() {
        Some(request.old_object)
    } else {
        None
    }
}

/// Returns the pod spec of an object of a kind that Kubernetes defines, if the pod spec asks for
/// HostProcess and the request creates or changes it.
fn find_changed_pod_spec<'a>(
    location: PodSpecLocation,
    request: &Request<'a>,
) -> ReadResult<Option<PodPlace<'a>>> {
    let new = request.object;
    let Some(place) = location.find_place(new)? else {
        return Ok(None);
    };
    if !place.asks_for_host_process() {
        return Ok(None);
    }
    let Some(old) = old_object(request) else {
        return Ok(Some(place));
    };

    let is_unchanged = match location {
        PodSpecLocation::Pod => update::is_unchanged_pod(&place, old),
        PodSpecLocation::Template(path) => update::is_unchanged_template(path, new, old),
    };
    if is_unchanged {
        Ok(None)
    } else {
        Ok(Some(place))
    }
}

/// Returns the annotation that the request removes from a HostProcess pod, or turns off. An object with a
/// template has no containers of its own, so it may lose its annotations.
fn find_removed_annotation(
    location: PodSpecLocation,
    request: &Request<'_>,
) -> Option<&'static str> {
    match location {
        PodSpecLocation::Pod => {
            update::find_removed_annotation(request.object, old_object(request)?)
        }
        PodSpecLocation::Template(_) => None,
    }
}

/// Returns the places in an object of any other kind that ask for HostProcess and that the request
/// creates or changes.
///
/// # Errors
/// The places are too large to be compared with the old object.
fn search_for_changed_places<'a>(
    request: &Request<'a>,
    budget: &mut Budget,
) -> Result<Vec<PodPlace<'a>>, BudgetSpent> {
    let places = custom_kinds::search(request.object);
    match old_object(request) {
        Some(old) => update::keep_changed_places(places, request.object, old, budget),
        None => Ok(places),
    }
}

impl fmt::Display for Inadmissible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Inadmissible::AnnotatedBinding(name) => write!(
                f,
                "metadata.annotations[{name}]: the API server copies the annotations of a Binding to \
                 the pod: remove this annotation from the Binding"
            ),
            Inadmissible::TooManyContainers => write!(
                f,
                "the pod specs that ask for HostProcess have more than {MOST_CONTAINERS} containers: \
                 split them into several objects"
            ),
            Inadmissible::TooLargeToCompare => write!(
                f,
                "the pod specs that ask for HostProcess are too large to be compared with the old \
                 object: split them into several objects, or shorten the metadata beside them and \
                 the names of the fields above them"
            ),
            Inadmissible::RemovedAnnotation(name) => {
                let effect = match *name {
                    INHERIT_USER => "keep the account SYSTEM, which this annotation gave them",
                    _ => "stay HostProcess containers, which this annotation made them",
                };
                write!(
                    f,
                    "metadata.annotations[{name}]: containers that run already {effect}: keep the \
                     annotation, or delete the pod"
                )
            }
        }
    }
}
