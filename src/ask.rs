//! What a request asks for.

use crate::fields::{Fields, Unreadable};
use crate::message;
use crate::pod::{Pod, RUNTIME_ANNOTATIONS};
use crate::request::{Operation, Request};
use crate::update;
use crate::workload::{Home, search};

/// How many containers are judged in the pod specs of one object. More are denied: no
/// workload has them, and judging takes the longer the more there are.
pub const MOST_CONTAINERS: usize = 1000;

/// What a request asks for.
pub enum Ask<'a> {
    /// Nothing that concerns HostProcess, or nothing that was not there before.
    Nothing,
    /// That these pods, all of which ask for HostProcess, may come into being.
    Pods(Vec<Pod<'a>>),
    /// The same, of more than [`MOST_CONTAINERS`] containers.
    TooMany,
    /// To bind a pod to a node, and to give it this annotation of the runtime's: its path.
    AnnotatedBinding(String),
    /// A shell in a container, by `kubectl exec`.
    Exec,
    /// What runs in a container, by `kubectl attach`.
    Attach,
}

impl<'a> Ask<'a> {
    /// What `request` asks for.
    ///
    /// # Errors
    /// Its object is missing, or a field of it that the policy reads is of another type than
    /// the Kubernetes API gives it.
    pub fn of(request: &Request<'a>) -> Result<Self, Unreadable> {
        match (request.operation, request.group, request.kind) {
            (Operation::Delete, ..) => return Ok(Ask::Nothing),
            (Operation::Connect, "", "PodExecOptions") => return Ok(Ask::Exec),
            (Operation::Connect, "", "PodAttachOptions") => return Ok(Ask::Attach),
            (Operation::Connect, ..) => return Ok(Ask::Nothing),
            _ => {}
        }
        if request.object.is_null() {
            return Err(Unreadable::new("is missing").within("request.object"));
        }
        Fields::of(request.object).map_err(|error| error.within("request.object"))?;
        if (request.group, request.kind) == ("", "Binding") {
            return Ok(binding(request));
        }
        let mut pods = match Home::of(request.group, request.kind) {
            Home::Anywhere => in_any_kind(request)?,
            home => in_one_of_the_nine(home, request)?,
        };
        pods.retain(Pod::asks);
        let containers: usize = pods.iter().map(|pod| pod.containers.len()).sum();
        Ok(match containers {
            0 => Ask::Nothing,
            1..=MOST_CONTAINERS => Ask::Pods(pods),
            _ => Ask::TooMany,
        })
    }
}

/// The API server copies a Binding's annotations to the pod (`pods/binding`).
fn binding<'a>(request: &Request<'_>) -> Ask<'a> {
    let annotations = &request.object["metadata"]["annotations"];
    let obeyed = RUNTIME_ANNOTATIONS.iter().find(|name| annotations.get(name).is_some());
    match obeyed {
        Some(name) => Ask::AnnotatedBinding(format!("metadata.annotations{}", message::step(name))),
        None => Ask::Nothing,
    }
}

fn in_one_of_the_nine<'a>(home: Home, request: &Request<'a>) -> Result<Vec<Pod<'a>>, Unreadable> {
    let Some(pod) = home.pod(request.object)? else {
        return Ok(Vec::new());
    };
    let is_kept = pod.asks()
        && is_update(request)
        && update::keeps(home, &pod, request.object, request.old_object);
    Ok(if is_kept { Vec::new() } else { vec![pod] })
}

fn in_any_kind<'a>(request: &Request<'a>) -> Result<Vec<Pod<'a>>, Unreadable> {
    let mut places = search(request.object, MOST_CONTAINERS)?;
    // Of more places not all were found, so that none of them counts as unchanged.
    if places.len() <= MOST_CONTAINERS && is_update(request) {
        let (new, old) = (request.object, request.old_object);
        places = update::changed(places, new, old, MOST_CONTAINERS);
    }
    Ok(places.into_iter().map(|place| place.pod).collect())
}

/// Without an old object an UPDATE is judged like a CREATE.
fn is_update(request: &Request<'_>) -> bool {
    request.operation == Operation::Update && !request.old_object.is_null()
}
