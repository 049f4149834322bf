//! A place in an object that asks for HostProcess, before it is read.

use serde_json::Value;

use crate::request::fields::ReadResult;
use crate::workload::container::Role;
use crate::workload::custom_kinds;
use crate::workload::field_path::FieldPath;
use crate::workload::pod::{Pod, PodSource, RuntimeAnnotations};

/// A place in an object that asks for HostProcess: a pod spec, or a `windowsOptions` outside of any.
///
/// A place is cheap, and its pod is not: the places are found, compared with those of the old object
/// and counted before any of them is read.
pub struct PodPlace<'a> {
    /// What leads to `value`.
    pub path: FieldPath<'a>,
    pub source: PodSource,
    /// The pod spec, or the object that has the `windowsOptions`.
    pub value: &'a Value,
    /// In a kind that Kubernetes does not define, the metadata beside `value` that may become the
    /// pod's, but for the object's own.
    pub metadata_beside: Vec<&'a Value>,
    /// The runtime's annotations that count for this place.
    pub annotations: RuntimeAnnotations<'a>,
}

impl<'a> PodPlace<'a> {
    /// Returns whether this pod spec asks for HostProcess, by a flag or by the runtime's annotation.
    pub fn asks_for_host_process(&self) -> bool {
        self.annotations.host_process_container.is_some() || custom_kinds::has_flag(self.value)
    }

    /// Returns how many containers the pod will have when it is read, so far as its lists are lists.
    pub fn count_containers(&self) -> usize {
        let count = |list: &str| self.value[list].as_array().map_or(0, Vec::len);
        let listed = Role::LISTS.iter().map(|(_, list)| count(list)).sum();
        match self.source {
            PodSource::BareWindowsOptions => 1,
            // Without a container of its own it gets one that is not known.
            PodSource::Pod | PodSource::Template if count("containers") == 0 => listed + 1,
            PodSource::Pod | PodSource::Template => listed,
        }
    }

    /// Returns whether all containers of the pod stand in the object. An operator adds its own to an
    /// empty list, and to what stands outside of any pod spec.
    pub fn lists_all_containers(&self) -> bool {
        let containers = self.value["containers"].as_array();
        self.source != PodSource::BareWindowsOptions
            && containers.is_some_and(|list| !list.is_empty())
    }

    /// Reads the pod.
    ///
    /// # Errors
    /// A field has another type than in a pod spec; the error has the field's path in the object.
    pub fn read_pod(&self) -> ReadResult<Pod<'a>> {
        let path = self.path.to_string();
        let pod = match self.source {
            PodSource::Pod | PodSource::Template => Pod::read(self.value),
            PodSource::BareWindowsOptions => Pod::read_bare_options(&self.value["windowsOptions"])
                .map_err(|error| error.within("windowsOptions")),
        };
        let pod = pod.map_err(|error| error.within(&path))?;
        Ok(pod.at(path, self.source, self.annotations.clone()))
    }
}
