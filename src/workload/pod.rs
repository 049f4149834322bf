//! What the policy reads of a pod, and what follows from it for each container.

use std::collections::HashSet;

use serde_json::Value;

use crate::request::fields::{Fields, ReadResult};
use crate::workload::container::{Container, Role, SecurityContext};

/// The annotation that lets every container run as the runtime's own account, SYSTEM (hcsshim).
pub const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";
/// The annotation that makes every container a HostProcess container (hcsshim, if containerd lets
/// the annotation through).
pub const HOST_PROCESS_CONTAINER: &str = "microsoft.com/hostprocess-container";
/// The annotation that names the host path of the container's root (hcsshim).
pub const ROOTFS_LOCATION: &str = "microsoft.com/hostprocess-rootfs-location";
/// The annotations that the Windows runtime obeys.
pub const RUNTIME_ANNOTATIONS: [&str; 3] = [INHERIT_USER, HOST_PROCESS_CONTAINER, ROOTFS_LOCATION];

/// The field by which a pod or a container asks for HostProcess.
pub const HOST_PROCESS: &str = "securityContext.windowsOptions.hostProcess";
/// The field that names the account of a pod or a container.
pub const RUN_AS_USER_NAME: &str = "securityContext.windowsOptions.runAsUserName";

/// How many containers of one object are judged, over all its pod specs that ask. No workload has
/// more, and each takes time.
pub const MOST_CONTAINERS: usize = 1000;

/// A pod, or the template of pods.
#[derive(Debug, Default, PartialEq)]
pub struct Pod<'a> {
    /// Where the pod spec stands in its object: `spec.template.spec`.
    pub path: String,
    pub source: PodSource,
    pub annotations: RuntimeAnnotations<'a>,
    pub security_context: SecurityContext<'a>,
    pub host_network: Option<bool>,
    /// `serviceAccountName`, else its deprecated alias `serviceAccount`, else `default`, which the
    /// API server fills in. `None` if the account is unknown.
    pub service_account_name: Option<&'a str>,
    pub runtime_class_name: Option<&'a str>,
    pub node_name: Option<&'a str>,
    pub node_selector: Vec<(&'a str, &'a str)>,
    /// The terms of the required node affinity; `None` if there is no such affinity. A node has to
    /// meet all requirements of one term.
    pub node_selector_terms: Option<Vec<Vec<NodeSelectorRequirement<'a>>>>,
    pub os_name: Option<&'a str>,
    pub host_path_volumes: Vec<HostPathVolume<'a>>,
    /// The init containers, containers and ephemeral containers, in this order. Never empty.
    pub containers: Vec<Container<'a>>,
}

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

/// A requirement of a node affinity.
#[derive(Debug, PartialEq)]
pub struct NodeSelectorRequirement<'a> {
    /// Whether `key` is a field of the node. Otherwise it is a label.
    pub is_of_field: bool,
    pub key: &'a str,
    pub operator: &'a str,
    pub values: Vec<&'a str>,
}

/// A volume with a `hostPath`. Fields that are absent are empty.
#[derive(Debug, PartialEq)]
pub struct HostPathVolume<'a> {
    /// Its index in `volumes`.
    pub index: usize,
    pub name: &'a str,
    /// `hostPath.path`
    pub path: &'a str,
    /// `hostPath.type`
    pub kind: &'a str,
}

impl<'a> Pod<'a> {
    /// Reads a pod spec. Its place and its annotations are added by [`Pod::at`].
    pub fn read(spec: &'a Value) -> ReadResult<Self> {
        let spec = Fields::new(spec)?;
        let service_account_name = spec
            .text("serviceAccountName")?
            .or(spec.text("serviceAccount")?)
            .unwrap_or("default");

        Ok(Pod {
            security_context: SecurityContext::read(spec)?,
            host_network: spec.flag("hostNetwork")?,
            service_account_name: Some(service_account_name),
            runtime_class_name: spec.text("runtimeClassName")?,
            node_name: spec.text("nodeName")?,
            node_selector: spec.labels("nodeSelector")?,
            node_selector_terms: read_required_terms(spec)?,
            os_name: spec.text("os.name")?,
            host_path_volumes: read_host_path_volumes(spec)?,
            containers: read_containers(spec)?,
            ..Pod::default()
        })
    }

    /// Reads a `windowsOptions` that stands outside of any pod spec.
    pub fn read_bare_options(options: &'a Value) -> ReadResult<Self> {
        let container = Container {
            security_context: SecurityContext::from_options(options)?,
            ..Container::default()
        };
        Ok(Pod {
            source: PodSource::BareWindowsOptions,
            containers: vec![container],
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

    /// Returns whether the pod asks for HostProcess: the pod or one of its containers says so, or the
    /// annotation. A `true` of the pod counts even if every container says `false`. Pod Security
    /// Admission (Baseline) decides the same way, but does not know the annotation.
    pub fn requests_host_process(&self) -> bool {
        let says_true = |context: &SecurityContext<'_>| context.host_process == Some(true);
        self.annotations.host_process_container.is_some()
            || says_true(&self.security_context)
            || self
                .containers
                .iter()
                .any(|container| says_true(&container.security_context))
    }

    /// Returns whether `container` is a HostProcess container. The annotation wins over the
    /// container's own value, and that over the pod's.
    pub fn is_host_process(&self, container: &Container<'_>) -> bool {
        let own = container.security_context.host_process;
        self.annotations.host_process_container.is_some()
            || own.or(self.security_context.host_process) == Some(true)
    }

    /// Returns the HostProcess containers.
    pub fn host_processes(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| self.is_host_process(container))
    }

    /// Returns the account that `container` runs as; `None` if none is named. The annotation wins
    /// over the container's own account, and that over the pod's.
    pub fn run_as_user_name(&self, container: &Container<'a>) -> Option<&'a str> {
        if self.annotations.inherit_user.is_some() {
            return Some(r"NT AUTHORITY\SYSTEM");
        }
        let own = container.security_context.run_as_user_name;
        own.or(self.security_context.run_as_user_name)
    }

    /// Returns the host paths that a container mounts.
    pub fn mounted_host_paths(&self) -> impl Iterator<Item = &HostPathVolume<'a>> {
        let mounted: HashSet<&str> = self
            .containers
            .iter()
            .flat_map(|container| &container.volume_mounts)
            .copied()
            .collect();
        self.host_path_volumes
            .iter()
            .filter(move |volume| mounted.contains(&volume.name))
    }
}

impl<'a> RuntimeAnnotations<'a> {
    /// Reads the annotations in the `metadata` that stand at `path`.
    pub fn read(metadata: &'a Value, path: &str) -> Self {
        let mut annotations = RuntimeAnnotations::default();
        annotations.add_missing(metadata, || path.to_owned());
        annotations
    }

    /// Adds those annotations in `metadata` that are still missing. `write_path` returns where
    /// `metadata` stand. It is called only for an annotation that is added, because a path is long
    /// and there may be many metadata.
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
                let path = format!("{}.annotations[{name}]", write_path());
                *annotation = Some(Annotation { path, value });
            }
        }
    }
}

/// Returns the value of the runtime's annotation `name` in `metadata`; `None` if it is absent, no
/// string, or a value that the runtime ignores.
pub fn effective_annotation<'a>(metadata: &'a Value, name: &str) -> Option<&'a str> {
    let value = metadata["annotations"][name].as_str()?;
    // hcsshim compares two of them with "true" exactly. The location of the root may be any text.
    let is_obeyed = value == "true" || name == ROOTFS_LOCATION;
    is_obeyed.then_some(value)
}

fn read_containers(spec: Fields<'_>) -> ReadResult<Vec<Container<'_>>> {
    let mut containers = Vec::new();
    for (role, list) in Role::LISTS {
        let read = |index, container| Container::read(role, index, container);
        let mut listed = spec.list(list, read)?;
        if role == Role::Main && listed.is_empty() {
            // The API server takes no pod without a container: an operator adds its own.
            listed.push(Container::default());
        }
        containers.append(&mut listed);
    }
    Ok(containers)
}

/// Reads the terms of the required node affinity; `None` if there is none.
fn read_required_terms(
    spec: Fields<'_>,
) -> ReadResult<Option<Vec<Vec<NodeSelectorRequirement<'_>>>>> {
    const REQUIRED: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    spec.get(REQUIRED, |required| {
        Fields::new(required)?.list("nodeSelectorTerms", |_, term| read_term(term))
    })
}

fn read_term(term: Fields<'_>) -> ReadResult<Vec<NodeSelectorRequirement<'_>>> {
    let mut requirements = Vec::new();
    for (list, is_of_field) in [("matchExpressions", false), ("matchFields", true)] {
        let mut listed = term.list(list, |_, requirement| {
            Ok(NodeSelectorRequirement {
                is_of_field,
                key: requirement.text("key")?.unwrap_or_default(),
                operator: requirement.text("operator")?.unwrap_or_default(),
                values: requirement.texts("values")?,
            })
        })?;
        requirements.append(&mut listed);
    }
    Ok(requirements)
}

fn read_host_path_volumes(spec: Fields<'_>) -> ReadResult<Vec<HostPathVolume<'_>>> {
    let volumes = spec.list("volumes", |index, volume| {
        let text = |path| Ok(volume.text(path)?.unwrap_or_default());
        let name = text("name")?;
        if volume.value("hostPath")?.is_none() {
            return Ok(None);
        }
        Ok(Some(HostPathVolume {
            index,
            name,
            path: text("hostPath.path")?,
            kind: text("hostPath.type")?,
        }))
    })?;
    Ok(volumes.into_iter().flatten().collect())
}
