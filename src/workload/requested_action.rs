//! What a request asks for.

use crate::request::Request;
use crate::request::fields::{Fields, ReadError, ReadResult};
use crate::workload::pod::{MOST_CONTAINERS, Pod, RUNTIME_ANNOTATIONS};
use crate::workload::{PodSpecLocation, search, update};

/// What a request asks for.
pub enum RequestedAction<'a> {
    /// Nothing that concerns HostProcess, or nothing that was not there before.
    Nothing,
    /// That these pods, all of which ask for HostProcess, may come into being.
    Pods(Vec<Pod<'a>>),
    /// What no rule can admit, for this reason.
    Inadmissible(String),
    /// To connect to a container, by `exec` or `attach`.
    Connect(&'static str),
}

impl<'a> RequestedAction<'a> {
    /// What `request` asks for; its object has to be there, and of the API's types.
    pub fn of(request: &Request<'a>) -> ReadResult<Self> {
        match (request.operation, request.group, request.kind) {
            ("CONNECT", "", "PodExecOptions" | "PodAttachOptions") if request.name.is_empty() => {
                return Err(ReadError::new("is missing").within("request.name"));
            }
            ("CONNECT", "", "PodExecOptions") => return Ok(RequestedAction::Connect("exec")),
            ("CONNECT", "", "PodAttachOptions") => return Ok(RequestedAction::Connect("attach")),
            ("CONNECT" | "DELETE", ..) => return Ok(RequestedAction::Nothing),
            _ => {}
        }
        let (new, old) = (request.object, request.old_object);
        if new.is_null() {
            return Err(ReadError::new("is missing").within("request.object"));
        }
        Fields::of(new).map_err(|error| error.within("request.object"))?;
        if (request.group, request.kind) == ("", "Binding") {
            // The API server copies a Binding's annotations to the pod (`pods/binding`).
            let annotations = &new["metadata"]["annotations"];
            let given = RUNTIME_ANNOTATIONS
                .iter()
                .find(|name| annotations.get(name).is_some());
            return Ok(given.map_or(RequestedAction::Nothing, |name| {
                RequestedAction::Inadmissible(format!(
                    "metadata.annotations[{name}]: the API server would give it to the pod: bind \
                     it without"
                ))
            }));
        }
        // Without an old object an UPDATE is judged like a CREATE.
        let is_update = request.operation == "UPDATE" && !old.is_null();
        let pods: Vec<_> = match PodSpecLocation::of(request.group, request.kind) {
            PodSpecLocation::Anywhere => {
                let places = search(new)?;
                let places = if is_update {
                    update::changed(places, new, old)
                } else {
                    places
                };
                places.into_iter().map(|place| place.pod).collect()
            }
            home => {
                let is_kept = |pod: &Pod<'_>| is_update && update::keeps(home, pod, new, old);
                let pod = home
                    .pod(new)?
                    .filter(|pod| pod.requests_host_process() && !is_kept(pod));
                pod.into_iter().collect()
            }
        };
        Ok(match pods.iter().map(|pod| pod.containers.len()).sum() {
            0 => RequestedAction::Nothing,
            1..=MOST_CONTAINERS => RequestedAction::Pods(pods),
            _ => RequestedAction::Inadmissible(format!(
                "the pod specs that ask have more than {MOST_CONTAINERS} containers, and are not \
                 judged: use objects of fewer"
            )),
        })
    }
}
