//! The facts of a pod: what its spec and annotations say that the policy reads, and what
//! follows of it for each container.

use serde_json::Value;

use crate::fields::{self, Fields, Unreadable};
use crate::message;

/// Every container runs as the runtime's own account, which is SYSTEM, whatever
/// `runAsUserName` says (hcsshim).
pub const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";
/// The containers are HostProcess containers, whatever `hostProcess` says (hcsshim, where
/// containerd lets the annotation through).
pub const HOST_PROCESS_CONTAINER: &str = "microsoft.com/hostprocess-container";
/// The host path that becomes the container's root (hcsshim).
pub const ROOTFS_LOCATION: &str = "microsoft.com/hostprocess-rootfs-location";
/// The annotations that the Windows runtime obeys.
pub const RUNTIME_ANNOTATIONS: [&str; 3] = [INHERIT_USER, HOST_PROCESS_CONTAINER, ROOTFS_LOCATION];

/// The account of most HostProcess containers, and the runtime's own.
pub const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

/// The field by which a pod or a container asks, from where it stands.
pub const HOST_PROCESS: &str = "securityContext.windowsOptions.hostProcess";
/// The field of its account.
pub const RUN_AS_USER_NAME: &str = "securityContext.windowsOptions.runAsUserName";

/// A pod, or a template of pods.
#[derive(Debug, Default, PartialEq)]
pub struct Pod<'a> {
    /// The path of the pod spec in its object: `spec.template.spec`.
    pub path: String,
    /// Those that the Windows runtime obeys.
    pub annotations: Annotations<'a>,
    /// `securityContext` of the pod.
    pub security_context: SecurityContext<'a>,
    /// `hostNetwork`
    pub host_network: Option<bool>,
    /// `serviceAccountName`, else its deprecated alias `serviceAccount`, else `default`, as
    /// the API server fills it in; none where it is not known.
    pub service_account_name: Option<&'a str>,
    /// `runtimeClassName`
    pub runtime_class_name: Option<&'a str>,
    /// `nodeName`
    pub node_name: Option<&'a str>,
    /// `nodeSelector`
    pub node_selector: Vec<(&'a str, &'a str)>,
    /// `affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`'s
    /// `nodeSelectorTerms`, of which one has to match; none where there is no such affinity.
    pub node_selector_terms: Option<Vec<NodeSelectorTerm<'a>>>,
    /// `os.name`
    pub os_name: Option<&'a str>,
    /// `volumes` with a `hostPath`
    pub host_path_volumes: Vec<HostPathVolume<'a>>,
    /// Init containers, containers and ephemeral containers, in this order. Never empty.
    pub containers: Vec<Container<'a>>,
}

/// The annotations of a pod that the Windows runtime obeys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations<'a> {
    /// [`INHERIT_USER`], where it is "true".
    pub inherit_user: Option<Annotation<'a>>,
    /// [`HOST_PROCESS_CONTAINER`], where it is "true".
    pub host_process_container: Option<Annotation<'a>>,
    /// [`ROOTFS_LOCATION`], whatever it says.
    pub rootfs_location: Option<Annotation<'a>>,
}

/// An annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation<'a> {
    /// Where it stands in the object: `metadata.annotations[microsoft.com/x]`.
    pub path: String,
    /// What it says.
    pub value: &'a str,
}

/// A `securityContext`, of a pod or a container.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityContext<'a> {
    /// `windowsOptions.hostProcess`, where it is true or false.
    pub host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`; an empty one counts, as it does for the runtime.
    pub run_as_user_name: Option<&'a str>,
    /// `runAsNonRoot`
    pub run_as_non_root: Option<bool>,
}

/// A term of a required node affinity: all its requirements have to be met.
#[derive(Debug, PartialEq)]
pub struct NodeSelectorTerm<'a> {
    /// `matchExpressions`, of labels.
    pub match_expressions: Vec<NodeSelectorRequirement<'a>>,
    /// `matchFields`, of which the API knows `metadata.name`.
    pub match_fields: Vec<NodeSelectorRequirement<'a>>,
}

/// `key`, `operator` and `values` of a requirement on nodes.
#[derive(Debug, PartialEq)]
pub struct NodeSelectorRequirement<'a> {
    /// `key`
    pub key: &'a str,
    /// `operator`: `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
    pub operator: &'a str,
    /// `values`
    pub values: Vec<&'a str>,
}

/// A volume with a `hostPath`.
#[derive(Debug, PartialEq)]
pub struct HostPathVolume<'a> {
    /// Its index in `volumes`.
    pub index: usize,
    /// `name`; empty where there is none.
    pub name: &'a str,
    /// `hostPath.path`; empty where there is none.
    pub path: &'a str,
    /// `hostPath.type`; empty where there is none.
    pub kind: &'a str,
}

/// Which list of the pod spec a container stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// `initContainers`
    Init,
    /// `containers`
    Main,
    /// `ephemeralContainers`
    Ephemeral,
    /// None: it is added by an operator, or what a `windowsOptions` outside of any pod spec
    /// speaks of. Nothing but the account is known of it.
    Unknown,
}

impl Role {
    /// The lists of a pod spec, in the order of [`Pod::containers`].
    pub const LISTS: [(Role, &'static str); 3] = [
        (Role::Init, "initContainers"),
        (Role::Main, "containers"),
        (Role::Ephemeral, "ephemeralContainers"),
    ];
}

/// What a hook or a probe runs in its container, with the container's account.
#[derive(Debug, PartialEq)]
pub struct Exec<'a> {
    /// The field, from the container down: `livenessProbe.exec.command`.
    pub field: String,
    /// Its words; never none.
    pub command: Vec<&'a str>,
}

/// A container of any role.
#[derive(Debug, PartialEq)]
pub struct Container<'a> {
    /// The list it stands in.
    pub role: Role,
    /// Its place in that list.
    pub index: usize,
    /// `name`; empty where there is none.
    pub name: &'a str,
    /// `image`; none where it is absent or empty.
    pub image: Option<&'a str>,
    /// `command`
    pub command: Vec<&'a str>,
    /// `args`
    pub args: Vec<&'a str>,
    /// What its hooks and probes run.
    pub execs: Vec<Exec<'a>>,
    /// `securityContext`
    pub security_context: SecurityContext<'a>,
    /// The names in `volumeMounts`.
    pub volume_mounts: Vec<&'a str>,
}

impl<'a> Pod<'a> {
    /// Reads the pod spec `spec`, which stands at `path`, of a pod with `annotations`.
    ///
    /// # Errors
    /// A field that the policy reads is of another type than the Kubernetes API gives it.
    pub fn read(
        spec: &'a Value,
        path: String,
        annotations: Annotations<'a>,
    ) -> Result<Self, Unreadable> {
        let read = |spec: Fields<'a>| {
            let mut containers = Vec::new();
            for (role, list) in Role::LISTS {
                let of_role = spec.list(list, |container| Container::read(role, container))?;
                if role == Role::Main && of_role.is_empty() {
                    // An operator adds its own; the API server takes no pod without one.
                    containers.push(Container::unknown());
                }
                let indexed = of_role.into_iter().enumerate();
                containers
                    .extend(indexed.map(|(index, container)| Container { index, ..container }));
            }
            let named = spec.text("serviceAccountName")?;
            let alias = spec.text("serviceAccount")?;
            Ok(Pod {
                path: String::new(),
                annotations: Annotations::default(),
                security_context: SecurityContext::of(spec)?,
                host_network: spec.flag("hostNetwork")?,
                service_account_name: named.or(alias).or(Some("default")),
                runtime_class_name: spec.text("runtimeClassName")?,
                node_name: spec.text("nodeName")?,
                node_selector: spec.labels("nodeSelector")?,
                node_selector_terms: NodeSelectorTerm::required_by(spec)?,
                os_name: spec.get("os", |os| Fields::of(os)?.text("name"))?.flatten(),
                host_path_volumes: HostPathVolume::all_of(spec)?,
                containers,
            })
        };
        let pod = Fields::of(spec).and_then(read);
        let pod = pod.map_err(|error| error.within(&path))?;
        Ok(Pod {
            path,
            annotations,
            ..pod
        })
    }

    /// A pod of which nothing is known but what a `windowsOptions` says that stands in the
    /// object at `path`, outside of any pod spec: that one container of it asks for
    /// HostProcess, and maybe as which account. It may have any of the `annotations`.
    ///
    /// # Errors
    /// The account is no string.
    pub fn stray(
        options: &'a Value,
        path: String,
        annotations: Annotations<'a>,
    ) -> Result<Self, Unreadable> {
        let security_context = Fields::of(options)
            .and_then(SecurityContext::of_windows_options)
            .map_err(|error| error.within("windowsOptions").within(&path))?;
        let container = Container {
            security_context,
            ..Container::unknown()
        };
        Ok(Pod {
            path,
            annotations,
            containers: vec![container],
            ..Pod::default()
        })
    }

    /// Whether it is what a `windowsOptions` outside of any pod spec speaks of.
    pub fn is_stray(&self) -> bool {
        self.service_account_name.is_none()
    }

    /// Whether the pod asks for HostProcess: it or one of its containers says
    /// `hostProcess: true`, or the annotation does. So decides the Baseline check of Pod
    /// Security Admission, but for the annotation: a pod-level true counts even where every
    /// container says false.
    pub fn asks(&self) -> bool {
        self.annotations.host_process_container.is_some()
            || self.security_context.host_process == Some(true)
            || self
                .containers
                .iter()
                .any(|container| container.security_context.host_process == Some(true))
    }

    /// Whether `container` runs as a HostProcess container: its own value wins over the
    /// pod's, and the annotation over both.
    pub fn is_host_process(&self, container: &Container<'_>) -> bool {
        self.annotations.host_process_container.is_some()
            || container
                .security_context
                .host_process
                .or(self.security_context.host_process)
                .unwrap_or(false)
    }

    /// The account that `container` runs as: its own, else the pod's; SYSTEM where the
    /// runtime is told to inherit its own account. None where none is named.
    pub fn run_as_user_name(&self, container: &Container<'a>) -> Option<&'a str> {
        if self.annotations.inherit_user.is_some() {
            return Some(SYSTEM);
        }
        let own = container.security_context.run_as_user_name;
        own.or(self.security_context.run_as_user_name)
    }
}

impl<'a> Annotations<'a> {
    /// Those in the `metadata` that stands at `path`. One that is no string is none.
    pub fn of(metadata: &'a Value, path: impl FnOnce() -> String) -> Self {
        let annotations = &metadata["annotations"];
        if RUNTIME_ANNOTATIONS
            .iter()
            .all(|name| annotations[*name].is_null())
        {
            return Annotations::default();
        }
        let path = path();
        let given = |name: &str| {
            Some(Annotation {
                path: format!("{path}.annotations{}", message::step(name)),
                value: annotations[name].as_str()?,
            })
        };
        // hcsshim compares with "true" exactly.
        let is_true = |annotation: &Annotation<'_>| annotation.value == "true";
        Annotations {
            inherit_user: given(INHERIT_USER).filter(is_true),
            host_process_container: given(HOST_PROCESS_CONTAINER).filter(is_true),
            rootfs_location: given(ROOTFS_LOCATION),
        }
    }

    /// These, and of the `others` what these don't say.
    pub fn or(self, others: Self) -> Self {
        Annotations {
            inherit_user: self.inherit_user.or(others.inherit_user),
            host_process_container: self
                .host_process_container
                .or(others.host_process_container),
            rootfs_location: self.rootfs_location.or(others.rootfs_location),
        }
    }
}

impl<'a> SecurityContext<'a> {
    /// The `securityContext` of a pod spec or a container.
    fn of(owner: Fields<'a>) -> Result<Self, Unreadable> {
        let read = |context| {
            let context = Fields::of(context)?;
            let options = context.get("windowsOptions", |options| {
                Self::of_windows_options(Fields::of(options)?)
            })?;
            Ok(SecurityContext {
                run_as_non_root: context.flag("runAsNonRoot")?,
                ..options.unwrap_or_default()
            })
        };
        Ok(owner.get("securityContext", read)?.unwrap_or_default())
    }

    fn of_windows_options(options: Fields<'a>) -> Result<Self, Unreadable> {
        Ok(SecurityContext {
            host_process: options
                .get("hostProcess", |flag| Ok(flag.as_bool()))?
                .flatten(),
            run_as_user_name: options.get("runAsUserName", fields::text)?,
            run_as_non_root: None,
        })
    }
}

impl<'a> NodeSelectorTerm<'a> {
    fn required_by(spec: Fields<'a>) -> Result<Option<Vec<Self>>, Unreadable> {
        const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
        spec.at(&["affinity", "nodeAffinity", REQUIRED], |required| {
            Fields::of(required)?.list("nodeSelectorTerms", |term| {
                let term = Fields::of(term)?;
                Ok(NodeSelectorTerm {
                    match_expressions: term
                        .list("matchExpressions", NodeSelectorRequirement::read)?,
                    match_fields: term.list("matchFields", NodeSelectorRequirement::read)?,
                })
            })
        })
    }
}

impl<'a> NodeSelectorRequirement<'a> {
    fn read(requirement: &'a Value) -> Result<Self, Unreadable> {
        let requirement = Fields::of(requirement)?;
        Ok(NodeSelectorRequirement {
            key: requirement.text("key")?.unwrap_or_default(),
            operator: requirement.text("operator")?.unwrap_or_default(),
            values: requirement.texts("values")?,
        })
    }
}

impl<'a> HostPathVolume<'a> {
    fn all_of(spec: Fields<'a>) -> Result<Vec<Self>, Unreadable> {
        let volumes = spec.list("volumes", |volume| {
            let volume = Fields::of(volume)?;
            let name = volume.text("name")?.unwrap_or_default();
            volume.get("hostPath", |host_path| {
                let host_path = Fields::of(host_path)?;
                Ok(HostPathVolume {
                    index: 0,
                    name,
                    path: host_path.text("path")?.unwrap_or_default(),
                    kind: host_path.text("type")?.unwrap_or_default(),
                })
            })
        })?;
        let indexed = volumes.into_iter().enumerate();
        Ok(indexed
            .filter_map(|(index, volume)| Some(HostPathVolume { index, ..volume? }))
            .collect())
    }
}

impl<'a> Container<'a> {
    fn read(role: Role, container: &'a Value) -> Result<Self, Unreadable> {
        const HANDLERS: [&[&str]; 5] = [
            &["lifecycle", "postStart", "exec"],
            &["lifecycle", "preStop", "exec"],
            &["livenessProbe", "exec"],
            &["readinessProbe", "exec"],
            &["startupProbe", "exec"],
        ];
        let container = Fields::of(container)?;
        let mut execs = Vec::new();
        for path in HANDLERS {
            let command = container.at(path, |exec| Fields::of(exec)?.texts("command"))?;
            if let Some(command) = command.filter(|command| !command.is_empty()) {
                let field = format!("{}.command", path.join("."));
                execs.push(Exec { field, command });
            }
        }
        let mounts = container.list("volumeMounts", |mount| Fields::of(mount)?.text("name"))?;
        Ok(Container {
            role,
            index: 0,
            name: container.text("name")?.unwrap_or_default(),
            image: container.text("image")?,
            command: container.texts("command")?,
            args: container.texts("args")?,
            execs,
            security_context: SecurityContext::of(container)?,
            volume_mounts: mounts.into_iter().flatten().collect(),
        })
    }

    /// A container of which nothing is known.
    fn unknown() -> Self {
        Container {
            role: Role::Unknown,
            index: 0,
            name: "",
            image: None,
            command: Vec::new(),
            args: Vec::new(),
            execs: Vec::new(),
            security_context: SecurityContext::default(),
            volume_mounts: Vec::new(),
        }
    }

    /// Where it stands in the pod spec: `initContainers[0]`.
    pub fn place(&self) -> String {
        match Role::LISTS.iter().find(|(role, _)| *role == self.role) {
            Some((_, list)) => format!("{list}[{}]", self.index),
            None => String::from("a container that is not listed"),
        }
    }

    /// Its place and name, as messages call it: `initContainers[0] "install"`.
    pub fn title(&self) -> String {
        match self.role {
            Role::Unknown => self.place(),
            _ => format!("{} {}", self.place(), message::quoted(self.name)),
        }
    }
}
