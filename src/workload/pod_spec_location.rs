//! Where each kind keeps its pod specs.

use serde_json::Value;

use crate::request::fields;
use crate::request::fields::{Fields, ReadResult};
use crate::text;
use crate::workload::container::Role;
use crate::workload::field_path::{FieldPath, Step};
use crate::workload::pod::{HOST_PROCESS, Pod, PodSource, RUNTIME_ANNOTATIONS, RuntimeAnnotations};
use crate::workload::pod_place::PodPlace;

/// Where objects of one kind keep their pod specs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PodSpecLocation {
    /// In `spec`, with the object's own metadata: a Pod.
    Pod,
    /// In a pod template, to which this path leads: the eight other kinds of Kubernetes.
    Template(&'static str),
    /// Anywhere, and any number of them: kinds that Kubernetes does not define.
    Anywhere,
}

impl PodSpecLocation {
    /// Returns where an object of this group and kind keeps its pod specs, whatever its version. A
    /// kind of the same name in another group is another kind.
    pub fn of_kind(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("", "Pod") => PodSpecLocation::Pod,
            ("", "PodTemplate") => PodSpecLocation::Template("template"),
            ("", "ReplicationController")
            | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
            | ("batch", "Job") => PodSpecLocation::Template("spec.template"),
            ("batch", "CronJob") => PodSpecLocation::Template("spec.jobTemplate.spec.template"),
            _ => PodSpecLocation::Anywhere,
        }
    }

    /// Returns the pod spec of `object`, a Pod or an object with a pod template, whether or not it
    /// asks for HostProcess; `None` if there is none.
    ///
    /// # Errors
    /// A field on the way to the pod spec has a wrong type, or one that says whether it asks for
    /// HostProcess: the flags, and the runtime's annotations.
    pub fn find_place(self, object: &Value) -> ReadResult<Option<PodPlace<'_>>> {
        let (template, source) = match self {
            PodSpecLocation::Template(path) => (path, PodSource::Template),
            PodSpecLocation::Pod | PodSpecLocation::Anywhere => ("", PodSource::Pod),
        };
        let spec_path = text::join_path(template, "spec");
        let metadata_path = text::join_path(template, "metadata");

        let fields = Fields::new(object)?;
        let Some(spec) = fields.get(&spec_path, check_flags)? else {
            return Ok(None);
        };
        for name in RUNTIME_ANNOTATIONS {
            let path = format!("{metadata_path}.annotations[{name}]");
            fields.get(&path, fields::read_text)?;
        }
        let metadata = fields.value(&metadata_path)?.unwrap_or(&Value::Null);
        Ok(Some(PodPlace {
            path: FieldPath {
                steps: template
                    .split('.')
                    .filter(|key| !key.is_empty())
                    .chain(["spec"])
                    .map(Step::Field)
                    .collect(),
            },
            source,
            value: spec,
            metadata_beside: Vec::new(),
            annotations: RuntimeAnnotations::read(metadata, &metadata_path),
        }))
    }

    /// Reads the pod spec of `object`, a Pod or an object with a pod template; `None` if it has none.
    ///
    /// # Errors
    /// A field has another type than in a pod spec.
    pub fn read_pod(self, object: &Value) -> ReadResult<Option<Pod<'_>>> {
        match self.find_place(object)? {
            Some(place) => place.read_pod().map(Some),
            None => Ok(None),
        }
    }
}

/// Returns `spec` if each `hostProcess` in it is a flag, as the API server demands it of its own
/// kinds. In other kinds, what is no flag means nothing.
fn check_flags(spec: &Value) -> ReadResult<&Value> {
    let fields = Fields::new(spec)?;
    fields.flag(HOST_PROCESS)?;
    for (_, list) in Role::LISTS {
        fields.list(list, |_, container| container.flag(HOST_PROCESS))?;
    }
    Ok(spec)
}
