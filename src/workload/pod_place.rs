//! A place in an object that asks for HostProcess, before it is read.

use serde_json::Value;

use crate::request::fields::ReadResult;
use crate::workload::container::Role;
use crate::workload::custom_kinds;
use crate::workload::field_path::FieldPath;
use crate::workload::pod::{Pod, PodSource, RuntimeAnnotations};

/// A place in an object that asks for HostProcess. It is a pod spec, or a `windowsOptions` that stands
/// outside of any pod spec.
///
/// To find a place is cheap, and to read its pod is not. So all places are found, compared with those
/// of the old object, and counted before the first pod is read.
pub struct PodPlace<'a> {
    /// What leads to `value`.
    pub path: FieldPath<'a>,
    pub source: PodSource,
    /// The pod spec, or the object that has the `windowsOptions`.
    pub value: &'a Value,
    /// In kinds that Kubernetes does not define, the metadata beside `value`, which the operator may
    /// give to the pod. The object's own `metadata` is not among them. Empty for other kinds.
    pub metadata_beside: Vec<MetadataBeside<'a>>,
    /// The runtime's annotations that count for this place.
    pub annotations: RuntimeAnnotations<'a>,
}

/// Metadata that stand beside a pod spec.
#[derive(Clone, Copy)]
pub struct MetadataBeside<'a> {
    /// The name of the field: `metadata` or `podMetadata`.
    pub name: &'static str,
    pub value: &'a Value,
}

impl<'a> PodPlace<'a> {
    /// Returns whether this pod spec asks for HostProcess, by a flag or by the runtime's annotation.
    pub fn asks_for_host_process(&self) -> bool {
        self.annotations.host_process_container.is_some()
            || custom_kinds::has_host_process_flag(self.value)
    }

    /// Returns how many containers [`Self::read_pod`] will find. A list of containers that is not a
    /// list counts as empty; `read_pod` returns an error for it.
    pub fn count_containers(&self) -> usize {
        if self.source == PodSource::BareWindowsOptions {
            return 1;
        }
        let mut count = 0;
        for (_, list) in Role::LISTS {
            count += self.count_entries(list);
        }
        // `Pod::read` adds an unknown container to an empty list.
        if self.count_entries("containers") == 0 {
            count += 1;
        }
        count
    }

    fn count_entries(&self, list: &str) -> usize {
        self.value[list].as_array().map_or(0, Vec::len)
    }

    /// Returns whether the object lists all containers that the pod will have. It does not if the
    /// list `containers` is empty, or for a `windowsOptions` outside of any pod spec: the operator
    /// then adds containers of its own.
    pub fn lists_all_containers(&self) -> bool {
        self.source != PodSource::BareWindowsOptions && self.count_entries("containers") > 0
    }

    /// Reads the pod.
    ///
    /// # Errors
    /// A field has another type than in a pod spec. The error names the path of the field, from the
    /// object down.
    pub fn read_pod(&self) -> ReadResult<Pod<'a>> {
        let path = self.path.to_string();
        let pod = match self.source {
            PodSource::Pod | PodSource::Template => Pod::read(self.value),
            PodSource::BareWindowsOptions => Pod::read_bare_options(&self.value["windowsOptions"])
                .map_err(|error| error.within("windowsOptions")),
        };
        let pod = pod.map_err(|error| error.within(&path))?;
        Ok(pod.placed_at(path, self.source, self.annotations.clone()))
    }
}
