//! What the policy reads of a pod, and what follows from it for each container.

use std::collections::HashSet;

use serde_json::Value;

use crate::request::fields::{Fields, ReadResult};
use crate::text;
use crate::workload::container::{Container, ContainerList, Role, SecurityContext};

/// The annotation that lets every HostProcess container run as the account of the runtime, SYSTEM.
/// hcsshim obeys it.
pub const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";
/// The annotation that makes every container a HostProcess container. hcsshim obeys it if containerd
/// lets the annotation through.
pub const HOST_PROCESS_CONTAINER: &str = "microsoft.com/hostprocess-container";
/// The annotation that says where on the host the container's root file system is. hcsshim obeys it.
pub const ROOTFS_LOCATION: &str = "microsoft.com/hostprocess-rootfs-location";
/// The annotations that the Windows runtime obeys.
pub const RUNTIME_ANNOTATIONS: [&str; 3] = [INHERIT_USER, HOST_PROCESS_CONTAINER, ROOTFS_LOCATION];

/// The field by which a pod or a container asks for HostProcess.
pub const HOST_PROCESS: &str = "securityContext.windowsOptions.hostProcess";
/// The field that names the account of a pod or a container.
pub const RUN_AS_USER_NAME: &str = "securityContext.windowsOptions.runAsUserName";

/// The most containers of one object that are judged, over all its pod specs that ask for HostProcess.
/// No real workload has more. requested_action.rs denies an object with more, because judging takes
/// time for each of them.
pub const MOST_CONTAINERS: usize = 1000;

/// A pod, or the template of pods.
///
/// update.rs compares two pods with `==`, so a change of any field is a change of the pod.
#[derive(Debug, Default, PartialEq)]
pub struct Pod<'a> {
    /// Where the pod spec stands in its object: `spec.template.spec`.
    pub path: String,
    pub source: PodSource,
    pub annotations: RuntimeAnnotations<'a>,
    pub security_context: SecurityContext<'a>,
    pub host_network: Option<bool>,
    /// `serviceAccountName`. If that is absent, its deprecated alias `serviceAccount`. If both are
    /// absent, `default`, which the API server fills in. `None` only for a bare `windowsOptions`.
    pub service_account_name: Option<&'a str>,
    pub runtime_class_name: Option<&'a str>,
    pub node_name: Option<&'a str>,
    pub node_selector: Vec<(&'a str, &'a str)>,
    /// The terms of the required node affinity; `None` if there is no such affinity. A node is
    /// selected if it meets one of the terms.
    pub node_selector_terms: Option<Vec<NodeSelectorTerm<'a>>>,
    pub os_name: Option<&'a str>,
    pub host_path_volumes: Vec<HostPathVolume<'a>>,
    /// The init containers, containers and ephemeral containers, in this order. Never empty: see
    /// [`Role::Unknown`].
    pub containers: Vec<Container<'a>>,
}

/// Where the policy found a pod. That decides how much of the pod is known.
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
    /// The annotation's path in the object: `metadata.annotations[microsoft.com/x]`.
    pub path: String,
    pub value: &'a str,
}

/// A term of a node affinity. A node meets the term if it meets all its requirements.
pub type NodeSelectorTerm<'a> = Vec<NodeSelectorRequirement<'a>>;

/// A requirement of a node affinity.
#[derive(Debug, PartialEq)]
pub struct NodeSelectorRequirement<'a> {
    /// Whether `key` names a field of the node. Otherwise it names a label.
    pub key_is_field: bool,
    pub key: &'a str,
    pub operator: &'a str,
    pub values: Vec<&'a str>,
}

/// A volume with a `hostPath`. A field that is absent in the pod spec is empty here.
#[derive(Debug, PartialEq)]
pub struct HostPathVolume<'a> {
    /// The volume's index in `volumes`.
    pub index: usize,
    pub name: &'a str,
    /// `hostPath.path`
    pub path: &'a str,
    /// `hostPath.type`
    pub path_type: &'a str,
}

impl<'a> Pod<'a> {
    /// Reads a pod spec. `path`, `source` and `annotations` are not read from the pod spec alone, so they
    /// have their defaults until [`Pod::placed_at`] sets them.
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

    /// Reads a `windowsOptions` that stands outside of any pod spec, as a pod with one container of
    /// which nothing else is known.
    pub fn read_bare_options(options: &'a Value) -> ReadResult<Self> {
        let container = Container {
            security_context: SecurityContext::from_options(options)?,
            ..Container::default()
        };
        Ok(Pod {
            containers: vec![container],
            ..Pod::default()
        })
    }

    /// Returns this pod with the `path` of its pod spec in the object, and with what was found on the
    /// way there.
    pub fn placed_at(
        self,
        path: String,
        source: PodSource,
        annotations: RuntimeAnnotations<'a>,
    ) -> Self {
        Pod {
            path,
            source,
            annotations,
            ..self
        }
    }

    /// Returns whether the pod asks for HostProcess: by the annotation, by its own flag, or by the flag
    /// of one of its containers.
    ///
    /// The pod's `true` counts even if every container says `false`. Pod Security Admission
    /// (Baseline) decides the same way, but does not know the annotation.
    pub fn requests_host_process(&self) -> bool {
        self.asks_as_a_whole() || self.containers.iter().any(Container::asks_by_own_flag)
    }

    /// Returns whether the pod asks by the annotation or by its own flag.
    pub fn asks_as_a_whole(&self) -> bool {
        self.annotations.host_process_container.is_some()
            || self.security_context.host_process == Some(true)
    }

    /// Returns whether `container` is a HostProcess container. The annotation wins over the
    /// container's own flag, and the container's own flag wins over the pod's.
    pub fn is_host_process(&self, container: &Container<'_>) -> bool {
        if self.annotations.host_process_container.is_some() {
            return true;
        }
        let own_flag = container.security_context.host_process;
        own_flag.or(self.security_context.host_process) == Some(true)
    }

    /// Returns the path in the object of the field that asks for HostProcess.
    ///
    /// If `container` has the flag itself, that flag is named, even if the annotation asks as well: it says
    /// most about the place. Otherwise, or if there is no `container`, it is the field by which the pod
    /// asks: the annotation, its own flag, or the flag of the first container that asks.
    pub fn asking_path(&self, container: Option<&Container<'_>>) -> String {
        let path_of = |field: &str| text::join_path(&self.path, field);
        let path_of_flag =
            |container: &Container<'_>| path_of(&format!("{}.{HOST_PROCESS}", container.place()));

        if self.source == PodSource::BareWindowsOptions {
            return path_of("windowsOptions.hostProcess");
        }
        if let Some(container) = container.filter(|container| container.asks_by_own_flag()) {
            return path_of_flag(container);
        }
        if let Some(annotation) = &self.annotations.host_process_container {
            return annotation.path.clone();
        }
        if self.security_context.host_process == Some(true) {
            return path_of(HOST_PROCESS);
        }
        let mut containers = self.containers.iter();
        match containers.find(|container| container.asks_by_own_flag()) {
            Some(container) => path_of_flag(container),
            // The pod does not ask.
            None => self.path.clone(),
        }
    }

    /// Returns the HostProcess containers.
    pub fn host_processes(&self) -> impl Iterator<Item = &Container<'a>> {
        self.containers
            .iter()
            .filter(|container| self.is_host_process(container))
    }

    /// Returns the account that `container` runs as; `None` if no account is named. The annotation, which
    /// counts for all containers of the pod, wins over the container's own account, and the container's
    /// own account wins over the pod's.
    pub fn run_as_user_name(&self, container: &Container<'a>) -> Option<&'a str> {
        if self.annotations.inherit_user.is_some() {
            return Some(r"NT AUTHORITY\SYSTEM");
        }
        let own_account = container.security_context.run_as_user_name;
        own_account.or(self.security_context.run_as_user_name)
    }

    /// Returns the host path volumes that at least one container mounts.
    pub fn mounted_host_paths(&self) -> impl Iterator<Item = &HostPathVolume<'a>> {
        let mut mounted: HashSet<&str> = HashSet::new();
        for container in &self.containers {
            mounted.extend(&container.volume_mounts);
        }
        self.host_path_volumes
            .iter()
            .filter(move |volume| mounted.contains(&volume.name))
    }
}

impl<'a> RuntimeAnnotations<'a> {
    /// Reads the annotations in `metadata`, whose path in the object is `path`.
    pub fn read(metadata: &'a Value, path: &str) -> Self {
        let mut annotations = RuntimeAnnotations::default();
        annotations.add_missing(metadata, || path.to_owned());
        annotations
    }

    /// Adds the annotations in `metadata` that are not set yet.
    ///
    /// `write_path` returns the path of `metadata` in the object. It is a closure because writing a
    /// path takes time, an object may have thousands of fields `metadata`, and few of them have an
    /// annotation.
    pub fn add_missing(&mut self, metadata: &'a Value, write_path: impl Fn() -> String) {
        let find = |name| find_annotation(metadata, name, &write_path);
        if self.inherit_user.is_none() {
            self.inherit_user = find(INHERIT_USER);
        }
        if self.host_process_container.is_none() {
            self.host_process_container = find(HOST_PROCESS_CONTAINER);
        }
        if self.rootfs_location.is_none() {
            self.rootfs_location = find(ROOTFS_LOCATION);
        }
    }
}

fn find_annotation<'a>(
    metadata: &'a Value,
    name: &str,
    write_path: impl Fn() -> String,
) -> Option<Annotation<'a>> {
    let value = effective_annotation(metadata, name)?;
    let path = format!("{}.annotations[{name}]", write_path());
    Some(Annotation { path, value })
}

/// Returns the value of the runtime's annotation `name` in `metadata`; `None` if the annotation is
/// absent, is not a string, or has a value that the runtime ignores.
pub fn effective_annotation<'a>(metadata: &'a Value, name: &str) -> Option<&'a str> {
    let value = metadata["annotations"][name].as_str()?;
    let is_effective = match name {
        // The location of the root may be any text.
        ROOTFS_LOCATION => true,
        // hcsshim ignores the other two annotations unless their value is exactly "true".
        _ => value == "true",
    };
    is_effective.then_some(value)
}

fn read_containers(spec: Fields<'_>) -> ReadResult<Vec<Container<'_>>> {
    let mut containers = Vec::new();
    for ContainerList { name, role } in Role::LISTS {
        let mut listed = spec.list(name, |index, container| {
            Container::read(role, index, container)
        })?;
        // The API server refuses a pod without containers, so an operator will add its own.
        // `PodPlace::count_containers` counts this container, too.
        if role == Role::Main && listed.is_empty() {
            listed.push(Container::default());
        }
        containers.append(&mut listed);
    }
    Ok(containers)
}

/// Reads the terms of the required node affinity; `None` if there is no such affinity.
fn read_required_terms(spec: Fields<'_>) -> ReadResult<Option<Vec<NodeSelectorTerm<'_>>>> {
    const REQUIRED: &str = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    spec.get(REQUIRED, |required| {
        Fields::new(required)?.list("nodeSelectorTerms", |_, term| read_term(term))
    })
}

fn read_term(term: Fields<'_>) -> ReadResult<NodeSelectorTerm<'_>> {
    let mut requirements = term.list("matchExpressions", |_, expression| {
        read_label_requirement(expression)
    })?;
    let mut field_requirements = term.list("matchFields", |_, field| {
        Ok(NodeSelectorRequirement {
            key_is_field: true,
            ..read_label_requirement(field)?
        })
    })?;
    requirements.append(&mut field_requirements);
    Ok(requirements)
}

fn read_label_requirement(requirement: Fields<'_>) -> ReadResult<NodeSelectorRequirement<'_>> {
    Ok(NodeSelectorRequirement {
        key_is_field: false,
        key: requirement.text_or_empty("key")?,
        operator: requirement.text_or_empty("operator")?,
        values: requirement.texts("values")?,
    })
}

fn read_host_path_volumes(spec: Fields<'_>) -> ReadResult<Vec<HostPathVolume<'_>>> {
    let volumes = spec.list("volumes", read_host_path_volume)?;
    // A volume without a `hostPath` is `None`.
    Ok(volumes.into_iter().flatten().collect())
}

/// Reads the volume at `index`; `None` if it has no `hostPath`.
fn read_host_path_volume(
    index: usize,
    volume: Fields<'_>,
) -> ReadResult<Option<HostPathVolume<'_>>> {
    let name = volume.text_or_empty("name")?;
    if volume.value("hostPath")?.is_none() {
        return Ok(None);
    }
    Ok(Some(HostPathVolume {
        index,
        name,
        path: volume.text_or_empty("hostPath.path")?,
        path_type: volume.text_or_empty("hostPath.type")?,
    }))
}
