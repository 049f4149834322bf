//! The pod specs in an object: where the nine kinds keep theirs, and wherever one stands in
//! an object of any other kind.

mod search;

use serde_json::Value;

use crate::container::Role;
use crate::fields::{self, Fields, Unreadable};
use crate::message;
use crate::pod::{Annotations, Pod, RUNTIME_ANNOTATIONS};

pub use search::{Place, search};

/// Where objects of one kind carry their pod spec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Home {
    /// `spec`, with the object's own metadata: Pod.
    Pod,
    /// In a template, which these fields lead to: the other kinds of Kubernetes.
    Template(&'static [&'static str]),
    /// Anywhere, and any number of them: kinds that Kubernetes does not define.
    Anywhere,
}

impl Home {
    /// Where an object of this group and kind carries its pod spec, whatever the version. A
    /// kind of the same name in another group is another kind.
    pub fn of(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("", "Pod") => Home::Pod,
            ("", "PodTemplate") => Home::Template(&["template"]),
            ("", "ReplicationController")
            | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
            | ("batch", "Job") => Home::Template(&["spec", "template"]),
            ("batch", "CronJob") => Home::Template(&["spec", "jobTemplate", "spec", "template"]),
            _ => Home::Anywhere,
        }
    }

    /// The fields from the object's top down to what holds the pod spec and its metadata.
    fn steps(self) -> &'static [&'static str] {
        match self {
            Home::Template(steps) => steps,
            Home::Pod | Home::Anywhere => &[],
        }
    }

    /// What holds the pod spec and its metadata in `object`.
    pub fn holder(self, object: &Value) -> &Value {
        // A field that is absent is null.
        self.steps().iter().fold(object, |value, step| &value[*step])
    }

    /// The one pod that `object`, of one of the nine kinds, is or makes; none where it has
    /// no pod spec.
    ///
    /// # Errors
    /// A field that the policy reads is of another type than the Kubernetes API gives it.
    pub fn pod(self, object: &Value) -> Result<Option<Pod<'_>>, Unreadable> {
        let read = |holder| {
            let spec = Fields::of(holder)?.get("spec", Ok)?;
            let metadata = Fields::of(holder)?.get("metadata", Ok)?;
            Ok((spec, metadata.unwrap_or(&Value::Null)))
        };
        let (spec, metadata) = match self.steps() {
            [] => read(object)?,
            steps => Fields::of(object)?.at(steps, read)?.unwrap_or((None, &Value::Null)),
        };
        let Some(spec) = spec else {
            return Ok(None);
        };
        let path = |field| [self.steps(), &[field]].concat().join(".");
        let (spec_path, metadata_path) = (path("spec"), path("metadata"));
        check_flags(spec).map_err(|error| error.within(&spec_path))?;
        check_annotations(metadata).map_err(|error| error.within(&metadata_path))?;
        let annotations = Annotations::of(metadata, || metadata_path);
        Pod::read(spec, spec_path, annotations).map(Some)
    }
}

/// Every `hostProcess` of a pod spec is a flag, as the API server demands it of its own
/// kinds. In others, what is no flag is nothing.
fn check_flags(spec: &Value) -> Result<(), Unreadable> {
    let check = |owner: Fields<'_>| {
        owner.at(&["securityContext", "windowsOptions", "hostProcess"], fields::flag)
    };
    let spec = Fields::of(spec)?;
    check(spec)?;
    for (_, list) in Role::LISTS {
        spec.list(list, |_, container| check(container))?;
    }
    Ok(())
}

/// Every annotation that the runtime obeys is a string, likewise.
fn check_annotations(metadata: &Value) -> Result<(), Unreadable> {
    let check = |annotations| {
        for name in RUNTIME_ANNOTATIONS {
            let text = Fields::of(annotations)?.get(name, |value| Ok(fields::text(value)));
            text?.transpose().map_err(|error| error.within(&message::step(name)))?;
        }
        Ok(())
    };
    Fields::of(metadata)?.get("annotations", check).map(|_| ())
}
