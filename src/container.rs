//! The facts of a container: what it says that the policy reads.

use serde_json::Value;

use crate::fields::{self, Fields, Unreadable};
use crate::message;

/// A `securityContext`, of a pod or a container.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SecurityContext<'a> {
    /// `windowsOptions.hostProcess`, where it is true or false.
    pub host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`; an empty one counts, as it does for the runtime.
    pub run_as_user_name: Option<&'a str>,
    pub run_as_non_root: Option<bool>,
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
    /// Reads that of a pod spec or a container.
    ///
    /// # Errors
    /// A field is of another type than the Kubernetes API gives it; `hostProcess` may be of any.
    pub fn fill(&mut self, owner: Fields<'a>) -> Result<(), Unreadable> {
        const NON_ROOT: &[&str] = &["securityContext", "runAsNonRoot"];
        const OPTIONS: &[&str] = &["securityContext", "windowsOptions"];
        self.run_as_non_root = owner.at(NON_ROOT, fields::flag)?;
        owner.at(OPTIONS, |options| self.fill_windows_options(Fields::of(options)?))?;
        Ok(())
    }

    /// The same, of its `windowsOptions`.
    ///
    /// # Errors
    /// The account is no string.
    pub fn fill_windows_options(&mut self, options: Fields<'a>) -> Result<(), Unreadable> {
        let flag = options.get("hostProcess", Ok)?;
        self.host_process = flag.and_then(Value::as_bool);
        self.run_as_user_name = options.get("runAsUserName", fields::text)?;
        Ok(())
    }
}

impl<'a> Container<'a> {
    /// One of which nothing is known but where it stands.
    pub fn at(role: Role, index: usize) -> Self {
        Container { role, index, ..Container::default() }
    }

    /// Reads what it says.
    ///
    /// # Errors
    /// A field is of another type than the Kubernetes API gives it.
    pub fn fill(&mut self, container: Fields<'a>) -> Result<(), Unreadable> {
        const HANDLERS: [&[&str]; 5] = [
            &["lifecycle", "postStart", "exec", "command"],
            &["lifecycle", "preStop", "exec", "command"],
            &["livenessProbe", "exec", "command"],
            &["readinessProbe", "exec", "command"],
            &["startupProbe", "exec", "command"],
        ];
        self.name = container.text("name")?.unwrap_or_default();
        self.image = container.text("image")?;
        self.command = container.texts("command")?;
        self.args = container.texts("args")?;
        for path in HANDLERS {
            let command = container.at(path, fields::texts)?.unwrap_or_default();
            if !command.is_empty() {
                let field = path.join(".");
                self.execs.push(Exec { field, command });
            }
        }
        self.security_context.fill(container)?;
        container.each("volumeMounts", |_, mount| {
            self.volume_mounts.extend(Fields::of(mount)?.text("name")?);
            Ok(())
        })
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
