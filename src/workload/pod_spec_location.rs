//! Where the kinds that Kubernetes defines keep their pod spec.

use serde_json::Value;

use crate::field_path::{FieldPath, Step};
use crate::request::fields::{self, Fields, ReadResult};
use crate::text;
use crate::workload::container::Role;
use crate::workload::pod::{HOST_PROCESS, Pod, PodSource, RUNTIME_ANNOTATIONS, RuntimeAnnotations};
use crate::workload::pod_place::PodPlace;

/// Where the objects of a kind that Kubernetes defines keep their pod spec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PodSpecLocation {
    /// A Pod keeps it in `spec`. The pod's metadata is the object's own.
    Pod,
    /// The other kinds keep it in a pod template, which has this path.
    Template(&'static str),
}

impl PodSpecLocation {
    /// Returns the place of the pod spec in `object`, even if the pod spec does not ask for
    /// HostProcess; `None` if the object has no pod spec.
    ///
    /// # Errors
    /// A field on the way to the pod spec has a wrong type, or a `hostProcess` in it is not a boolean,
    /// or one of the runtime's annotations is not a string, or a list of containers is none.
    pub fn find_place(self, object: &Value) -> ReadResult<Option<PodPlace<'_>>> {
        let spec_path = self.pod_spec_path();
        let metadata_path = text::join_path(self.template_path(), "metadata");

        let fields = Fields::new(object)?;
        let Some(spec) = fields.value(&spec_path)? else {
            return Ok(None);
        };
        let metadata = fields.value(&metadata_path)?.unwrap_or(&Value::Null);
        check_flags(spec).map_err(|error| error.within(&spec_path))?;
        check_annotations(metadata).map_err(|error| error.within(&metadata_path))?;

        Ok(Some(PodPlace {
            path: FieldPath {
                steps: self.keys_of_pod_spec().map(Step::Field).collect(),
            },
            source: self.source(),
            value: spec,
            metadata_beside: Vec::new(),
            annotations: RuntimeAnnotations::read(metadata, &metadata_path),
        }))
    }

    fn source(self) -> PodSource {
        match self {
            PodSpecLocation::Pod => PodSource::Pod,
            PodSpecLocation::Template(_) => PodSource::Template,
        }
    }

    /// Returns the path of the object that has the pod's `spec` and `metadata`: of the pod template, or
    /// the empty path for the Pod itself. It has plain keys only, so the same text serves as a
    /// path for `Fields` and for messages.
    fn template_path(self) -> &'static str {
        match self {
            PodSpecLocation::Pod => "",
            PodSpecLocation::Template(path) => path,
        }
    }

    /// Returns the path of the pod spec in an object.
    pub fn pod_spec_path(self) -> String {
        text::join_path(self.template_path(), "spec")
    }

    /// Returns the keys that lead from the object to the pod spec.
    fn keys_of_pod_spec(self) -> impl Iterator<Item = &'static str> {
        let keys = self.template_path().split('.');
        // The empty path has no key.
        keys.filter(|key| !key.is_empty()).chain(["spec"])
    }

    /// Reads the pod spec of `object`; `None` if the object has no pod spec.
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

/// Checks that each `hostProcess` of the pod spec and of its containers is a boolean. The API server
/// demands that of the kinds it defines. In other kinds, a `hostProcess` that is not a boolean has no
/// effect.
fn check_flags(spec: &Value) -> ReadResult<()> {
    let fields = Fields::new(spec)?;
    fields.flag(HOST_PROCESS)?;
    for list in Role::LISTS {
        fields.list(list.name, |_, container| container.flag(HOST_PROCESS))?;
    }
    Ok(())
}

/// Checks that the runtime's annotations in a pod's `metadata` are strings.
fn check_annotations(metadata: &Value) -> ReadResult<()> {
    let metadata = Fields::new(metadata)?;
    for name in RUNTIME_ANNOTATIONS {
        metadata.get(&format!("annotations[{name}]"), fields::read_text)?;
    }
    Ok(())
}
