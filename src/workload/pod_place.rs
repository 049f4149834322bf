//! A place in an object that may ask for HostProcess, before its pod is read.

use serde_json::Value;

use crate::field_path::FieldPath;
use crate::request::fields::ReadResult;
use crate::workload::container::Role;
use crate::workload::pod::{Pod, PodSource, RuntimeAnnotations};

/// A place in an object that may ask for HostProcess. It is a pod spec, or a `windowsOptions` that
/// stands outside of any pod spec.
///
/// Finding a place is cheap, and reading its pod is expensive. So the policy finds all places, compares
/// them with those of the old object, and counts their containers before it reads the first pod.
pub struct PodPlace<'a> {
    /// What leads to `value`.
    pub path: FieldPath<'a>,
    pub source: PodSource,
    /// The pod spec, or the object that has the `windowsOptions`.
    pub value: &'a Value,
    /// The metadata beside `value`, which an operator may give to the pod. update.rs compares it. The
    /// object's own `metadata` is left out. Always empty for a kind that Kubernetes defines.
    pub metadata_beside: Vec<Metadata<'a>>,
    /// The runtime's annotations that count for this place.
    pub annotations: RuntimeAnnotations<'a>,
}

/// The metadata of an object, or metadata that the object has for its pods.
#[derive(Clone, Copy)]
pub struct Metadata<'a> {
    /// The name of the field: `metadata` or `podMetadata`.
    pub name: &'static str,
    pub value: &'a Value,
}

impl<'a> PodPlace<'a> {
    /// Returns whether this pod spec asks for HostProcess, by a flag or by the runtime's annotation.
    /// Do not call it for a `windowsOptions` outside of any pod spec: custom_kinds.rs finds only those that
    /// ask.
    pub fn asks_for_host_process(&self) -> bool {
        self.annotations.host_process_container.is_some() || has_host_process_flag(self.value)
    }

    /// Returns how many containers [`Self::read_pod`] will find. If a field such as `initContainers`
    /// is not a list, it counts as an empty one here, and `read_pod` returns an error for it.
    pub fn count_containers(&self) -> usize {
        if self.source == PodSource::BareWindowsOptions {
            return 1;
        }
        let mut count = 0;
        for list in Role::LISTS {
            count += self.count_entries(list.name);
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

    /// Returns whether the object lists all containers that the pod will have. If the list `containers`
    /// is empty, or for a `windowsOptions` outside of any pod spec, the operator adds containers of its
    /// own.
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
        let pod = self.read_value().map_err(|error| error.within(&path))?;
        Ok(pod.placed_at(path, self.source, self.annotations.clone()))
    }

    /// Reads the pod from `value` alone. An error names the path of the field from `value` down.
    fn read_value(&self) -> ReadResult<Pod<'a>> {
        match self.source {
            PodSource::Pod | PodSource::Template => Pod::read(self.value),
            PodSource::BareWindowsOptions => {
                let options = &self.value["windowsOptions"];
                Pod::read_bare_options(options).map_err(|error| error.within("windowsOptions"))
            }
        }
    }
}

/// Returns whether a pod spec or one of its containers has the flag `hostProcess: true`.
pub fn has_host_process_flag(spec: &Value) -> bool {
    if asks_by_own_flag(spec) {
        return true;
    }
    Role::LISTS.iter().any(|list| {
        let containers = spec[list.name].as_array();
        containers.is_some_and(|containers| containers.iter().any(asks_by_own_flag))
    })
}

fn asks_by_own_flag(pod_spec_or_container: &Value) -> bool {
    pod_spec_or_container["securityContext"]["windowsOptions"]["hostProcess"] == true
}
