//! What a request asks for.

use std::fmt;

use serde_json::Value;

use crate::budget::{Budget, BudgetSpent};
use crate::request::Request;
use crate::request::fields::{Fields, ReadError, ReadResult};
use crate::workload::pod::{MOST_CONTAINERS, Pod, RUNTIME_ANNOTATIONS};
use crate::workload::pod_place::PodPlace;
use crate::workload::{PodSpecLocation, custom_kinds, update};

/// What a request asks for.
pub enum RequestedAction<'a> {
    /// Nothing that concerns HostProcess, or nothing that was not there before.
    Nothing,
    /// To create or change these pods, each of which asks for HostProcess.
    CreatePods(Vec<Pod<'a>>),
    /// To connect to a container of the pod that the request names.
    Connect(ConnectKind),
    /// What no rule can admit.
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

/// Why no rule can admit what a request asks for. `Display` gives the reason that a denial says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inadmissible {
    /// A Binding has this annotation of the runtime.
    AnnotatedBinding(&'static str),
    /// The pod specs that ask have more than [`MOST_CONTAINERS`] containers together.
    TooManyContainers,
    /// The old and the new object are too large to be compared.
    TooLargeToCompare,
}

impl<'a> RequestedAction<'a> {
    /// Reads what `request` asks for. The comparison with an old object spends from `budget`.
    ///
    /// # Errors
    /// The object is missing, or a field that decides has another type than in the API.
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
            return Ok(Self::of_binding(request.object));
        }
        let location = PodSpecLocation::of_kind(request.group, request.kind);
        if location != PodSpecLocation::Anywhere {
            let place = find_changed_pod_spec(location, request)?;
            return Self::read_pods(place.as_slice());
        }
        match find_changed_places(request, budget) {
            Ok(places) => Self::read_pods(&places),
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

    /// Returns what a Binding asks for. The API server copies its annotations to the pod
    /// (`pods/binding`).
    fn of_binding(binding: &Value) -> Self {
        let annotations = &binding["metadata"]["annotations"];
        for name in RUNTIME_ANNOTATIONS {
            if annotations.get(name).is_some() {
                return RequestedAction::Inadmissible(Inadmissible::AnnotatedBinding(name));
            }
        }
        RequestedAction::Nothing
    }

    /// Reads the pods of `places`, unless they are too many to be judged.
    fn read_pods(places: &[PodPlace<'a>]) -> ReadResult<Self> {
        if places.is_empty() {
            return Ok(RequestedAction::Nothing);
        }
        let containers: usize = places.iter().map(PodPlace::count_containers).sum();
        if containers > MOST_CONTAINERS {
            return Ok(RequestedAction::Inadmissible(
                Inadmissible::TooManyContainers,
            ));
        }
        let pods = places.iter().map(PodPlace::read_pod);
        Ok(RequestedAction::CreatePods(
            pods.collect::<ReadResult<_>>()?,
        ))
    }
}

/// Returns the old object that the request's object is compared with; `None` if the request creates
/// its object. An UPDATE without an old object is judged like a CREATE.
fn old_object<'a>(request: &Request<'a>) -> Option<&'a Value> {
    let is_update = request.operation == "UPDATE" && !request.old_object.is_null();
    is_update.then_some(request.old_object)
}

/// Returns the pod spec of an object of the nine kinds, if it asks for HostProcess and the request
/// creates or changes it.
fn find_changed_pod_spec<'a>(
    location: PodSpecLocation,
    request: &Request<'a>,
) -> ReadResult<Option<PodPlace<'a>>> {
    let new = request.object;
    let place = location.find_place(new)?;
    let Some(place) = place.filter(PodPlace::asks_for_host_process) else {
        return Ok(None);
    };
    let is_unchanged = old_object(request).is_some_and(|old| match location {
        PodSpecLocation::Template(path) => update::is_unchanged_template(path, new, old),
        PodSpecLocation::Pod | PodSpecLocation::Anywhere => update::is_unchanged_pod(&place, old),
    });
    Ok((!is_unchanged).then_some(place))
}

/// Returns the places in an object of another kind that ask for HostProcess and that the request
/// creates or changes.
///
/// # Errors
/// The object is too large to be compared with the old one.
fn find_changed_places<'a>(
    request: &Request<'a>,
    budget: &mut Budget,
) -> Result<Vec<PodPlace<'a>>, BudgetSpent> {
    let places = custom_kinds::search(request.object);
    match old_object(request) {
        Some(old) => update::find_changed_places(places, request.object, old, budget),
        None => Ok(places),
    }
}

impl fmt::Display for Inadmissible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Inadmissible::AnnotatedBinding(name) => write!(
                f,
                "metadata.annotations[{name}]: the API server would give it to the pod: bind it \
                 without"
            ),
            Inadmissible::TooManyContainers => write!(
                f,
                "the pod specs that ask have more than {MOST_CONTAINERS} containers, and are not \
                 judged: use objects of fewer"
            ),
            Inadmissible::TooLargeToCompare => write!(
                f,
                "the pod specs that ask, with the metadata beside them and the names of the fields \
                 that lead to them, are too large to be compared with the old object: use objects \
                 of fewer or smaller pod specs"
            ),
        }
    }
}
