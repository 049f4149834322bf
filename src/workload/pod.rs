//! The facts of a pod: what its spec and annotations say that the policy reads, and what
//! follows of it for each container.

use std::collections::HashSet;

use serde_json::Value;

use crate::request::fields::{Fields, ReadResult};
use crate::workload::container::{Container, Role, SecurityContext};

/// Every container runs as the runtime's own account, SYSTEM (hcsshim).
pub const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";
/// Every container is a HostProcess container (hcsshim, where containerd lets it through).
pub const HOST_PROCESS_CONTAINER: &str = "microsoft.com/hostprocess-container";
/// The host path that becomes the container's root (hcsshim).
pub const ROOTFS_LOCATION: &str = "microsoft.com/hostprocess-rootfs-location";
/// The annotations that the Windows runtime obeys.
pub const RUNTIME_ANNOTATIONS: [&str; 3] = [INHERIT_USER, HOST_PROCESS_CONTAINER, ROOTFS_LOCATION];

/// The field by which a pod or a container asks, and that of its account.
pub const HOST_PROCESS: &str = "securityContext.windowsOptions.hostProcess";
pub const RUN_AS_USER_NAME: &str = "securityContext.windowsOptions.runAsUserName";

/// How many containers are judged in the pod specs of one object. More are denied: no workload
/// has them, and judging takes the longer the more there are.
pub const MOST_CONTAINERS: usize = 1000;

/// Where the policy found a pod, and so how much of the pod is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum PodSource {
    /// The spec of a Pod.
    #[default]
    Pod,
    /// A pod template, in an object of any other kind.
    Template,
    /// A `windowsOptions` outside of any pod spec, in a kind that Kubernetes does not define. All
    /// that is known of the pod is that one container asks for HostProcess, and its account.
    BareWindowsOptions,
}

/// A pod, or a template of pods.
#[derive(Debug, Default, PartialEq)]
pub struct Pod<'a> {
    /// The path of the pod spec in its object: `spec.template.spec`.
    pub path: String,
    pub source: PodSource,
    pub annotations: RuntimeAnnotations<'a>,
    pub security_context: SecurityContext<'a>,
    pub host_network: Option<bool>,
    /// `serviceAccountName`, else its deprecated alias `serviceAccount`, else `default`, as
    /// the API server fills it in; none where it is not known.
    pub service_account_name: Option<&'a str>,
    pub runtime_class_name: Option<&'a str>,
    pub node_name: Option<&'a str>,
    pub node_selector: Vec<(&'a str, &'a str)>,
    /// Those of the required node affinity, where there is one: one of them has to match, by
    /// all its requirements.
    pub node_selector_terms: Option<Vec<Vec<NodeSelectorRequirement<'a>>>>,
    pub os_name: Option<&'a str>,
    pub host_path_volumes: Vec<HostPathVolume<'a>>,
    /// Init containers, containers and ephemeral containers, in this order. Never empty.
    pub containers: Vec<Container<'a>>,
}

/// The annotations of a pod that the runtime obeys: [`RUNTIME_ANNOTATIONS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuntimeAnnotations<'a> {
    /// `Some` if the annotation is "true".
    pub inherit_user: Option<Annotation<'a>>,
    /// `Some` if the annotation is "true".
    pub host_process_container: Option<Annotation<'a>>,
    pub rootfs_location: Option<Annotation<'a>>,
}

/// One of the runtime's annotations.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation<'a> {
    /// Where it stands in the object: `metadata.annotations[microsoft.com/x]`.
    pub path: String,
    pub value: &'a str,
}

#[derive(Debug, PartialEq)]
pub struct NodeSelectorRequirement<'a> {
    /// Whether `key` is a field of the node, and no label.
    pub is_of_field: bool,
    pub key: &'a str,
    pub operator: &'a str,
    pub values: Vec<&'a str>,
}

/// A volume with a `hostPath`; what it does not say is empty.
#[derive(Debug, PartialEq)]
pub struct HostPathVolume<'a> {
    /// In `volumes`.
    pub index: usize,
    pub name: &'a str,
    pub path: &'a str,
    /// `hostPath.type`
    pub kind: &'a str,
}

impl<'a> Pod<'a> {
    /// Reads a pod spec, wherever it stands.
    pub fn read(spec: &'a Value) -> ReadResult<Self> {
        let spec = Fields::of(spec)?;
        let mut containers = Vec::new();
        for (role, list) in Role::LISTS {
            let read = |index, container| Container::read(role, index, container);
            let mut listed = spec.list(list, read)?;
            if role == Role::Main && listed.is_empty() {
                // An operator adds its own; the API server takes no pod without one.
                listed.push(Container::default());
            }
            containers.append(&mut listed);
        }
        Ok(Pod {
            containers,
            security_context: SecurityContext::read(spec)?,
            host_network: spec.flag("hostNetwork")?,
            service_account_name: spec
                .text("serviceAccountName")?
                .or(spec.text("serviceAccount")?)
                .or(Some("default")),
            runtime_class_name: spec.text("runtimeClassName")?,
            node_name: spec.text("nodeName")?,
            node_selector: spec.labels("nodeSelector")?,
            node_selector_terms: required_terms(spec)?,
            os_name: spec.text("os.name")?,
            host_path_volumes: host_path_volumes(spec)?,
            ..Pod::default()
        })
    }

    /// Reads a `windowsOptions` that stands outside of any pod spec.
    pub fn read_bare_options(options: &'a Value) -> ReadResult<Self> {
        let security_context = SecurityContext::of_options(options)?;
        let containers = vec![Container {
            security_context,
            ..Container::default()
        }];
        Ok(Pod {
            source: PodSource::BareWindowsOptions,
            containers,
            ..Pod::default()
        })
    }

    /// Returns this pod as it stands at `path` in its object, with these `annotations`.
    pub fn at(self, path: String, source: PodSource, annotations: RuntimeAnnotations<'a>) -> Self {
        Pod {
            path,
            source,
            annotations,
            ..self
        }
    }

    /// The host paths that a container mounts.
    pub fn mounted_host_paths(&self) -> impl Iterator<Item = &HostPathVolume<'a>> {
        let mounts = self
            .containers
            .iter()
            .flat_map(|container| &container.volume_mounts);
        let mounted: HashSet<&str> = mounts.copied().collect();
        self.host_path_volumes
            .iter()
            .filter(move |volume| mounted.contains(&volume.name))
    }

    /// Whether the pod asks for HostProcess: it or one of its containers says so, or the
    /// annotation. So decides Pod Security Admission (Baseline), but for the annotation: a
    /// pod-level true counts even where every container says false.
    pub fn requests_host_process(&self) -> bool {
        let says = |context: &SecurityContext<'_>| context.host_process == Some(true);
        self.annotations.host_process_container.is_some()
            || says(&self.security_context)
            || self
                .containers
                .iter()
                .any(|container| says(&container.security_context))
    }

    /// Whether `container` is a HostProcess container: its own value wins over the pod's, and
    /// the annotation over both.
    pub fn is_host_process(&self, container: &Container<'_>) -> bool {
        let own = container.security_context.host_process;
        self.annotations.host_process_container.is_some()
            || own.or(self.security_context.host_process) == Some(true)
    }

    /// The HostProcess containers.
    pub fn host_processes(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| self.is_host_process(container))
    }

    /// The account that `container` runs as: its own, else the pod's; SYSTEM where the
    /// runtime is told to inherit its own account. None where none is named.
    pub fn run_as_user_name(&self, container: &Container<'a>) -> Option<&'a str> {
        if self.annotations.inherit_user.is_some() {
            return Some(r"NT AUTHORITY\SYSTEM");
        }
        let own = container.security_context.run_as_user_name;
        own.or(self.security_context.run_as_user_name)
    }
}

impl<'a> RuntimeAnnotations<'a> {
    /// Reads the annotations in the `metadata` that stands at `path`.
    pub fn read(metadata: &'a Value, path: &str) -> Self {
        let mut annotations = RuntimeAnnotations::default();
        annotations.add_missing(metadata, || path.to_owned());
        annotations
    }

    /// Adds the annotations in `metadata` that are still missing. `write_path` returns where
    /// `metadata` stands; it is called only for what is added.
    pub fn add_missing(&mut self, metadata: &'a Value, write_path: impl Fn() -> String) {
        for (name, annotation) in [
            (INHERIT_USER, &mut self.inherit_user),
            (HOST_PROCESS_CONTAINER, &mut self.host_process_container),
            (ROOTFS_LOCATION, &mut self.rootfs_location),
        ] {
            if annotation.is_some() {
                continue;
            }
            if let Some(value) = effective_annotation(metadata, name) {
                *annotation = Some(Annotation {
                    path: format!("{}.annotations[{name}]", write_path()),
                    value,
                });
            }
        }
    }
}

/// Returns the value of the runtime's annotation `name` in `metadata`; `None` if it is absent, no
/// string, or a value that the runtime ignores.
pub fn effective_annotation<'a>(metadata: &'a Value, name: &str) -> Option<&'a str> {
    let value = metadata["annotations"][name].as_str()?;
    // hcsshim compares with "true" exactly. The location of the root may be any text.
    let is_obeyed = value == "true" || name == ROOTFS_LOCATION;
    is_obeyed.then_some(value)
}

/// The terms of the required node affinity in `spec`.
fn required_terms(spec: Fields<'_>) -> ReadResult<Option<Vec<Vec<NodeSelectorRequirement<'_>>>>> {
    const REQUIRED: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    spec.get(REQUIRED, |required| {
        Fields::of(required)?.list("nodeSelectorTerms", |_, term| {
            let mut all = Vec::new();
            for (list, is_of_field) in [("matchExpressions", false), ("matchFields", true)] {
                all.append(&mut term.list(list, |_, one| {
                    let key = one.text("key")?.unwrap_or_default();
                    let operator = one.text("operator")?.unwrap_or_default();
                    let values = one.texts("values")?;
                    Ok(NodeSelectorRequirement {
                        is_of_field,
                        key,
                        operator,
                        values,
                    })
                })?);
            }
            Ok(all)
        })
    })
}

fn host_path_volumes(spec: Fields<'_>) -> ReadResult<Vec<HostPathVolume<'_>>> {
    let volumes = spec.list("volumes", |index, volume| {
        let text = |path| Ok(volume.text(path)?.unwrap_or_default());
        let (name, path, kind) = (
            text("name")?,
            text("hostPath.path")?,
            text("hostPath.type")?,
        );
        let host_path = volume.value("hostPath")?;
        Ok(host_path.map(|_| HostPathVolume {
            index,
            name,
            path,
            kind,
        }))
    })?;
    Ok(volumes.into_iter().flatten().collect())
}
