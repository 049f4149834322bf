//! What a request asks for.

use crate::fields::{Fields, Read, Unreadable};
use crate::pod::{MOST_CONTAINERS, Pod, RUNTIME_ANNOTATIONS};
use crate::workload::{Home, search};
use crate::{request::Request, update};

/// What a request asks for.
pub enum Ask<'a> {
    /// Nothing that concerns HostProcess, or nothing that was not there before.
    Nothing,
    /// That these pods, all of which ask for HostProcess, may come into being.
    Pods(Vec<Pod<'a>>),
    /// What no rule can admit, for this reason.
    Inadmissible(String),
    /// To connect to a container, by `exec` or `attach`.
    Connect(&'static str),
}

impl<'a> Ask<'a> {
    /// What `request` asks for; its object has to be there, and of the API's types.
    pub fn of(request: &Request<'a>) -> Read<Self> {
        match (request.operation, request.group, request.kind) {
            ("CONNECT", "", "PodExecOptions" | "PodAttachOptions") if request.name.is_empty() => {
                return Err(Unreadable::new("is missing").within("request.name"));
            }
            ("CONNECT", "", "PodExecOptions") => return Ok(Ask::Connect("exec")),
            ("CONNECT", "", "PodAttachOptions") => return Ok(Ask::Connect("attach")),
            ("CONNECT" | "DELETE", ..) => return Ok(Ask::Nothing),
            _ => {}
        }
        let (new, old) = (request.object, request.old_object);
        if new.is_null() {
            return Err(Unreadable::new("is missing").within("request.object"));
        }
        Fields::of(new).map_err(|error| error.within("request.object"))?;
        if (request.group, request.kind) == ("", "Binding") {
            // The API server copies a Binding's annotations to the pod (`pods/binding`).
            let annotations = &new["metadata"]["annotations"];
            let given = RUNTIME_ANNOTATIONS.iter().find(|name| annotations.get(name).is_some());
            return Ok(given.map_or(Ask::Nothing, |name| {
                Ask::Inadmissible(format!(
                    "metadata.annotations[{name}]: the API server would give it to the pod: bind \
                     it without"
                ))
            }));
        }
        // Without an old object an UPDATE is judged like a CREATE.
        let is_update = request.operation == "UPDATE" && !old.is_null();
        let pods: Vec<_> = match Home::of(request.group, request.kind) {
            Home::Anywhere => {
                let places = search(new)?;
                let places = if is_update { update::changed(places, new, old) } else { places };
                places.into_iter().map(|place| place.pod).collect()
            }
            home => {
                let is_kept = |pod: &Pod<'_>| is_update && update::keeps(home, pod, new, old);
                let pod = home.pod(new)?.filter(|pod| pod.asks() && !is_kept(pod));
                pod.into_iter().collect()
            }
        };
        Ok(match pods.iter().map(|pod| pod.containers.len()).sum() {
            0 => Ask::Nothing,
            1..=MOST_CONTAINERS => Ask::Pods(pods),
            _ => Ask::Inadmissible(format!(
                "the pod specs that ask have more than {MOST_CONTAINERS} containers, and are not \
                 judged: use objects of fewer"
            )),
        })
    }
}
