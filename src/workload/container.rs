//! The facts of a container: what it says that the policy reads.

use serde_json::Value;

use crate::request::fields;
use crate::request::fields::{Fields, ReadResult};
use crate::text;

/// A `securityContext`, of a pod or a container.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityContext<'a> {
    /// `windowsOptions.hostProcess`, where it is true or false.
    pub host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`; an empty one counts, as it does for the runtime.
    pub run_as_user_name: Option<&'a str>,
    pub run_as_non_root: Option<bool>,
    /// Whether `hostNetwork: true` stands here, where it has no effect: it belongs in the pod spec.
    pub misplaced_host_network: bool,
}

/// Which list of the pod spec a container stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Role {
    Init,
    Main,
    Ephemeral,
    /// None: it is added by an operator, or what a `windowsOptions` outside of any pod spec
    /// speaks of. Nothing but the account is known of it.
    #[default]
    Unknown,
}

impl Role {
    /// The lists of a pod spec, in the order of a pod's `containers`.
    pub const LISTS: [(Role, &'static str); 3] = [
        (Role::Init, "initContainers"),
        (Role::Main, "containers"),
        (Role::Ephemeral, "ephemeralContainers"),
    ];
}

/// What a hook or a probe runs in its container, with the container's account.
#[derive(Debug, PartialEq)]
pub struct Exec<'a> {
    /// Which one: one of [`HANDLERS`].
    pub field: &'static str,
    /// Its words; never none.
    pub command: Vec<&'a str>,
}

/// The fields of what a hook or a probe runs, from the container down.
const HANDLERS: [&str; 5] = [
    "lifecycle.postStart.exec.command",
    "lifecycle.preStop.exec.command",
    "livenessProbe.exec.command",
    "readinessProbe.exec.command",
    "startupProbe.exec.command",
];

/// A container; the default is one of which nothing is known.
#[derive(Debug, Default, PartialEq)]
pub struct Container<'a> {
    pub role: Role,
    /// Its place in that list.
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

impl<'a> SecurityContext<'a> {
    /// Reads that of a pod spec or a container. `hostProcess` may be of any type.
    pub fn read(owner: Fields<'a>) -> ReadResult<Self> {
        let run_as_non_root = owner.flag("securityContext.runAsNonRoot")?;
        let host_network = owner.value("securityContext.hostNetwork")?;
        let options = owner.get("securityContext.windowsOptions", Self::of_options)?;
        Ok(SecurityContext {
            run_as_non_root,
            misplaced_host_network: host_network == Some(&Value::Bool(true)),
            ..options.unwrap_or_default()
        })
    }

    /// One with nothing but these `windowsOptions`.
    pub fn of_options(options: &'a Value) -> ReadResult<Self> {
        Ok(SecurityContext {
            host_process: options["hostProcess"].as_bool(),
            run_as_user_name: Fields::of(options)?.get("runAsUserName", fields::text)?,
            ..SecurityContext::default()
        })
    }
}

impl<'a> Container<'a> {
    /// Reads the `container` that stands there.
    pub fn read(role: Role, index: usize, container: Fields<'a>) -> ReadResult<Self> {
        let exec = |field| match container.texts(field) {
            Ok(command) if command.is_empty() => None,
            read => Some(read.map(|command| Exec { field, command })),
        };
        Ok(Container {
            role,
            index,
            name: container.text("name")?.unwrap_or_default(),
            image: container.text("image")?,
            command: container.texts("command")?,
            args: container.texts("args")?,
            execs: HANDLERS
                .into_iter()
                .filter_map(exec)
                .collect::<ReadResult<_>>()?,
            security_context: SecurityContext::read(container)?,
            volume_mounts: container.list("volumeMounts", |_, mount| {
                Ok(mount.text("name")?.unwrap_or_default())
            })?,
        })
    }

    /// All words that it may run: those of its command, its arguments, its hooks and probes.
    pub fn words(&self) -> impl Iterator<Item = &'a str> {
        let execs = self.execs.iter().flat_map(|exec| &exec.command);
        self.command.iter().chain(&self.args).chain(execs).copied()
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
            _ => format!("{} {}", self.place(), text::quoted(self.name)),
        }
    }
}
