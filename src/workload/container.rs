//! What the policy reads of a container.

use serde_json::Value;

use crate::request::fields::{self, Fields, ReadResult};
use crate::text;

/// The list of the pod spec in which a container stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Role {
    Init,
    Main,
    Ephemeral,
    /// The container stands in no list, because an operator adds it later. That is so if the list
    /// `containers` is empty, or if a `windowsOptions` stands outside of any pod spec. At most the
    /// container's account is known.
    #[default]
    Unknown,
}

/// A list of containers in a pod spec.
pub struct ContainerList {
    /// The field of the pod spec.
    pub name: &'static str,
    /// The role of the containers in the list.
    pub role: Role,
}

impl Role {
    /// The lists of a pod spec, in the order in which `Pod::containers` holds their containers.
    pub const LISTS: [ContainerList; 3] = [
        ContainerList {
            name: "initContainers",
            role: Role::Init,
        },
        ContainerList {
            name: "containers",
            role: Role::Main,
        },
        ContainerList {
            name: "ephemeralContainers",
            role: Role::Ephemeral,
        },
    ];

    /// Returns the name of the list; `None` for [`Role::Unknown`].
    fn list_name(self) -> Option<&'static str> {
        let list = Role::LISTS.into_iter().find(|list| list.role == self)?;
        Some(list.name)
    }
}

/// A container. The default value is a container of which nothing is known.
#[derive(Debug, Default, PartialEq)]
pub struct Container<'a> {
    pub role: Role,
    /// The container's index in the list that `role` names.
    pub index: usize,
    pub name: &'a str,
    pub image: Option<&'a str>,
    pub command: Vec<&'a str>,
    pub args: Vec<&'a str>,
    /// The commands of the hooks and probes.
    pub exec_actions: Vec<ExecAction<'a>>,
    pub security_context: SecurityContext<'a>,
    /// The names in `volumeMounts`.
    pub volume_mounts: Vec<&'a str>,
}

/// A command that a hook or a probe runs in its container, as the container's account.
#[derive(Debug, PartialEq)]
pub struct ExecAction<'a> {
    /// The field that holds the command: one of [`EXEC_FIELDS`].
    pub field: &'static str,
    /// Never empty.
    pub command: Vec<&'a str>,
}

/// The fields of a container that hold the commands of its hooks and probes.
const EXEC_FIELDS: [&str; 5] = [
    "lifecycle.postStart.exec.command",
    "lifecycle.preStop.exec.command",
    "livenessProbe.exec.command",
    "readinessProbe.exec.command",
    "startupProbe.exec.command",
];

/// The `securityContext` of a pod or a container.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityContext<'a> {
    /// `windowsOptions.hostProcess`; `None` if it is absent or not a boolean.
    pub host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`. An empty name is `Some("")`, because the runtime takes it for
    /// the name of an account.
    pub run_as_user_name: Option<&'a str>,
    pub run_as_non_root: Option<bool>,
    /// Whether `hostNetwork: true` stands in this `securityContext`. It has no effect there, because
    /// it belongs in the pod spec.
    pub misplaced_host_network: bool,
}

impl<'a> SecurityContext<'a> {
    /// Reads the `securityContext` of `owner`, a pod spec or a container.
    ///
    /// A `hostProcess` that is not a boolean is no error here, because it has no effect in custom
    /// kinds. For the kinds that Kubernetes defines, pod_spec_location.rs returns an error before.
    pub fn read(owner: Fields<'a>) -> ReadResult<Self> {
        let host_network = owner.value("securityContext.hostNetwork")?;
        let from_options = owner.get("securityContext.windowsOptions", Self::from_options)?;

        let mut context = from_options.unwrap_or_default();
        context.run_as_non_root = owner.flag("securityContext.runAsNonRoot")?;
        context.misplaced_host_network = host_network == Some(&Value::Bool(true));
        Ok(context)
    }

    /// Reads a `securityContext` that has nothing but these `windowsOptions`.
    pub fn from_options(options: &'a Value) -> ReadResult<Self> {
        // `Fields::text` would return `None` for an empty name.
        let run_as_user_name = Fields::new(options)?.get("runAsUserName", fields::read_text)?;
        Ok(SecurityContext {
            host_process: options["hostProcess"].as_bool(),
            run_as_user_name,
            ..SecurityContext::default()
        })
    }
}

impl<'a> Container<'a> {
    /// Reads the container that stands at `index` in the list of `role`.
    pub fn read(role: Role, index: usize, container: Fields<'a>) -> ReadResult<Self> {
        let mut exec_actions = Vec::new();
        for field in EXEC_FIELDS {
            let command = container.texts(field)?;
            if !command.is_empty() {
                exec_actions.push(ExecAction { field, command });
            }
        }
        let volume_mounts =
            container.list("volumeMounts", |_, mount| mount.text_or_empty("name"))?;

        Ok(Container {
            role,
            index,
            name: container.text_or_empty("name")?,
            image: container.text("image")?,
            command: container.texts("command")?,
            args: container.texts("args")?,
            exec_actions,
            security_context: SecurityContext::read(container)?,
            volume_mounts,
        })
    }

    /// Returns whether the container asks for HostProcess by a flag of its own.
    pub fn asks_by_own_flag(&self) -> bool {
        self.security_context.host_process == Some(true)
    }

    /// Returns whether the container stands in a list of the pod spec, so that a message can name it.
    /// An operator adds the others later (see [`Role::Unknown`]).
    pub fn is_listed(&self) -> bool {
        self.role != Role::Unknown
    }

    /// Returns the container's path in its pod spec: `initContainers[0]`. If the container is not listed,
    /// returns words that say so.
    pub fn place(&self) -> String {
        match self.role.list_name() {
            Some(list) => format!("{list}[{}]", self.index),
            None => String::from("a container that is not listed"),
        }
    }

    /// Returns what messages call the container: `initContainers[0] "install"`.
    pub fn title(&self) -> String {
        match self.role {
            Role::Unknown => self.place(),
            _ => format!("{} {}", self.place(), text::quote(self.name)),
        }
    }
}
