//! What the policy reads of a container.

use serde_json::Value;

use crate::request::fields;
use crate::request::fields::{Fields, ReadResult};
use crate::text;

/// The list of the pod spec in which a container stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Role {
    Init,
    Main,
    Ephemeral,
    /// In no list: an operator adds the container, or a `windowsOptions` outside of any pod spec is
    /// all that speaks of it. Only its account is known.
    #[default]
    Unknown,
}

impl Role {
    /// The lists of a pod spec, in the order in which `Pod::containers` holds their containers.
    pub const LISTS: [(Role, &'static str); 3] = [
        (Role::Init, "initContainers"),
        (Role::Main, "containers"),
        (Role::Ephemeral, "ephemeralContainers"),
    ];
}

/// A container. The default is one of which nothing is known.
#[derive(Debug, Default, PartialEq)]
pub struct Container<'a> {
    pub role: Role,
    /// Its index in the list that `role` names.
    pub index: usize,
    pub name: &'a str,
    pub image: Option<&'a str>,
    pub command: Vec<&'a str>,
    pub args: Vec<&'a str>,
    pub execs: Vec<Exec<'a>>,
    pub security_context: SecurityContext<'a>,
    /// The names in `volumeMounts`.
    pub volume_mounts: Vec<&'a str>,
}

/// A command that a hook or a probe runs in its container, as the container's account.
#[derive(Debug, PartialEq)]
pub struct Exec<'a> {
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
    /// `windowsOptions.hostProcess`; `None` if it is neither true nor false.
    pub host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`. An empty name is `Some`, because it is one for the runtime.
    pub run_as_user_name: Option<&'a str>,
    pub run_as_non_root: Option<bool>,
    /// Whether `hostNetwork: true` stands here, where it has no effect: it belongs in the pod spec.
    pub misplaced_host_network: bool,
}

impl<'a> SecurityContext<'a> {
    /// Reads the `securityContext` of `owner`, a pod spec or a container. `hostProcess` may have any
    /// type: where it has to be a flag, pod_spec_location.rs checks that before.
    pub fn read(owner: Fields<'a>) -> ReadResult<Self> {
        let host_network = owner.value("securityContext.hostNetwork")?;
        let options = owner.get("securityContext.windowsOptions", Self::from_options)?;
        Ok(SecurityContext {
            run_as_non_root: owner.flag("securityContext.runAsNonRoot")?,
            misplaced_host_network: host_network == Some(&Value::Bool(true)),
            ..options.unwrap_or_default()
        })
    }

    /// Reads a `securityContext` that has nothing but these `windowsOptions`.
    pub fn from_options(options: &'a Value) -> ReadResult<Self> {
        Ok(SecurityContext {
            host_process: options["hostProcess"].as_bool(),
            run_as_user_name: Fields::new(options)?.get("runAsUserName", fields::read_text)?,
            ..SecurityContext::default()
        })
    }
}

impl<'a> Container<'a> {
    /// Reads the container that stands at `index` in the list of `role`.
    pub fn read(role: Role, index: usize, container: Fields<'a>) -> ReadResult<Self> {
        let mut execs = Vec::new();
        for field in EXEC_FIELDS {
            let command = container.texts(field)?;
            if !command.is_empty() {
                execs.push(Exec { field, command });
            }
        }
        let volume_mounts = container.list("volumeMounts", |_, mount| {
            Ok(mount.text("name")?.unwrap_or_default())
        })?;

        Ok(Container {
            role,
            index,
            name: container.text("name")?.unwrap_or_default(),
            image: container.text("image")?,
            command: container.texts("command")?,
            args: container.texts("args")?,
            execs,
            security_context: SecurityContext::read(container)?,
            volume_mounts,
        })
    }

    /// Returns where the container stands in its pod spec: `initContainers[0]`.
    pub fn place(&self) -> String {
        match Role::LISTS.iter().find(|(role, _)| *role == self.role) {
            Some((_, list)) => format!("{list}[{}]", self.index),
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
