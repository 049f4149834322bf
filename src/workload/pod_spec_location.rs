//! The pod specs in an object: where the nine kinds keep theirs, and anywhere in other kinds.

use serde_json::Value;

use crate::request::fields;
use crate::request::fields::{Fields, ReadResult};
use crate::text;
use crate::workload::container::Role;
use crate::workload::pod::{Annotation, HOST_PROCESS, Pod, RUNTIME_ANNOTATIONS};

/// Where objects of one kind carry their pod spec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PodSpecLocation {
    /// `spec`, with the object's own metadata: Pod.
    Pod,
    /// In a template, which this path leads to: the other kinds of Kubernetes.
    Template(&'static str),
    /// Anywhere, and any number of them: kinds that Kubernetes does not define.
    Anywhere,
}

impl PodSpecLocation {
    /// Where an object of this group and kind carries its pod spec, whatever the version. A
    /// kind of the same name in another group is another kind.
    pub fn of(group: &str, kind: &str) -> Self {
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

    /// The one pod that `object`, of one of the nine kinds, is or makes; none where it has
    /// no pod spec.
    pub fn pod(self, object: &Value) -> ReadResult<Option<Pod<'_>>> {
        let holder = if let PodSpecLocation::Template(path) = self {
            path
        } else {
            ""
        };
        let [spec_path, metadata_path] = ["spec", "metadata"].map(|it| text::below(holder, it));
        let fields = Fields::of(object)?;
        let Some(spec) = fields.get(&spec_path, check_flags)? else {
            return Ok(None);
        };
        for name in RUNTIME_ANNOTATIONS {
            fields.get(
                &format!("{metadata_path}.annotations[{name}]"),
                fields::text,
            )?;
        }
        let metadata = fields.value(&metadata_path)?.unwrap_or(&Value::Null);
        let pod = Pod::read(spec).map_err(|error| error.within(&spec_path))?;
        let find = |name: &str| Annotation::of(name, metadata, || metadata_path.clone());
        Ok(Some(pod.at(spec_path, find)))
    }
}

/// `spec`, every `hostProcess` of which has to be a flag, as the API server demands it of its
/// own kinds. In others, what is no flag is nothing.
fn check_flags(spec: &Value) -> ReadResult<&Value> {
    let fields = Fields::of(spec)?;
    fields.flag(HOST_PROCESS)?;
    for (_, list) in Role::LISTS {
        fields.list(list, |_, container| container.flag(HOST_PROCESS))?;
    }
    Ok(spec)
}
