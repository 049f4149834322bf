//! The facts of a pod: what its spec and annotations say that the policy reads.

use alloc::string::String;
use alloc::vec::Vec;

use crate::account;
use crate::kind::{HOST_PROCESS_CONTAINER, INHERIT_USER, ROOTFS_LOCATION};
use crate::pattern::{Case, matches_with};
use crate::tape::{Children, Ref, Texts};
use crate::text;

/// Where something stands in the request. Two places are equal that the same
/// fields lead to, whichever entries of lists they pass.
#[derive(Clone, Copy)]
pub(crate) struct At<'t>(pub(crate) Ref<'t>);

impl PartialEq for At<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.parent(), other.0.parent()) {
            (Some(parent), Some(other_parent)) => {
                self.0.key() == other.0.key() && At(parent) == At(other_parent)
            }
            // The top has no key: what it has is the document's name.
            (None, None) => true,
            _ => false,
        }
    }
}

/// A pod, or a template of pods.
#[derive(PartialEq)]
pub(crate) struct Pod<'t> {
    /// The pod spec.
    pub(crate) spec: At<'t>,
    pub(crate) annotations: Annotations<'t>,
    /// `securityContext` of the pod.
    pub(crate) security: Security<'t>,
    /// `hostNetwork`
    pub(crate) host_network: Option<bool>,
    /// `serviceAccountName`, else its deprecated alias `serviceAccount`, else
    /// `default`, as the API server fills it in; none where it is not known.
    pub(crate) service_account: Option<&'t str>,
    /// `runtimeClassName`
    pub(crate) runtime_class: Option<&'t str>,
    /// `nodeName`
    pub(crate) node_name: Option<&'t str>,
    /// `nodeSelector`
    pub(crate) node_selector: Option<Ref<'t>>,
    /// The alternatives of a required `affinity.nodeAffinity`.
    pub(crate) node_terms: Children<'t>,
    /// `os.name`
    pub(crate) os: Option<&'t str>,
    /// `volumes`
    pub(crate) volumes: Children<'t>,
    /// Init containers, containers and ephemeral containers, in this order.
    pub(crate) containers: Vec<Container<'t>>,
}

/// The annotations of the pod that the Windows runtime (hcsshim) obeys.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Annotations<'t> {
    /// `microsoft.com/hostprocess-inherit-user`: every container runs as the
    /// runtime's own account, which is SYSTEM, whatever `runAsUserName` says.
    pub(crate) inherit_user: bool,
    /// `microsoft.com/hostprocess-container`, where it is true: the containers are
    /// HostProcess containers, whatever `hostProcess` says.
    pub(crate) host_process: Option<Ref<'t>>,
    /// `microsoft.com/hostprocess-rootfs-location`: the host path that becomes
    /// the container's root.
    pub(crate) rootfs_location: Option<Ref<'t>>,
}

/// A `securityContext`, of a pod or a container.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Security<'t> {
    /// `windowsOptions.hostProcess`
    pub(crate) host_process: Option<bool>,
    /// `windowsOptions.runAsUserName`
    pub(crate) account: Option<&'t str>,
    /// `runAsNonRoot`
    pub(crate) run_as_non_root: Option<bool>,
}

/// Which list of the pod spec a container stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    Init,
    Main,
    Ephemeral,
    /// None: it is what a `windowsOptions` outside of any pod spec speaks of.
    Stray,
}

impl Role {
    /// The list's field name, and what messages call such a container.
    const LISTS: [(Role, &'static str, &'static str); 3] = [
        (Role::Init, "initContainers", "init container"),
        (Role::Main, "containers", "container"),
        (
            Role::Ephemeral,
            "ephemeralContainers",
            "ephemeral container",
        ),
    ];
}

/// The fields of a container by which its hooks and probes have further commands run
/// in it, with its own account.
pub(crate) const HANDLERS: [&str; 5] = [
    "lifecycle.postStart.exec.command",
    "lifecycle.preStop.exec.command",
    "livenessProbe.exec.command",
    "readinessProbe.exec.command",
    "startupProbe.exec.command",
];

/// A container of any role.
#[derive(PartialEq)]
pub(crate) struct Container<'t> {
    pub(crate) at: At<'t>,
    pub(crate) role: Role,
    /// `name`; empty where there is none.
    pub(crate) name: &'t str,
    /// `image`; none where it is absent or empty.
    pub(crate) image: Option<&'t str>,
    /// `command`
    pub(crate) command: Texts<'t>,
    /// `args`
    pub(crate) args: Texts<'t>,
    /// What each of the [`HANDLERS`] runs.
    pub(crate) handlers: [Texts<'t>; HANDLERS.len()],
    pub(crate) security: Security<'t>,
    /// `volumeMounts`
    pub(crate) mounts: Children<'t>,
}

impl<'t> Pod<'t> {
    /// Reads the pod spec `spec` of a pod with `annotations`. What is of another type
    /// than a pod's counts as absent; the caller sees to it that nothing is that
    /// matters.
    pub(crate) fn read(spec: Ref<'t>, annotations: Annotations<'t>) -> Self {
        let mut containers = Vec::new();
        for (role, list, _) in Role::LISTS {
            for container in spec.objects(list) {
                containers.push(Container::read(role, container));
            }
        }
        let filled = |field| spec.text(field).filter(|name| !name.is_empty());
        let (account, alias) = (filled("serviceAccountName"), filled("serviceAccount"));
        Pod {
            spec: At(spec),
            annotations,
            security: Security::read(spec),
            host_network: spec.flag("hostNetwork"),
            service_account: account.or(alias).or(Some("default")),
            runtime_class: spec.text("runtimeClassName"),
            node_name: filled("nodeName"),
            node_selector: spec.object("nodeSelector"),
            node_terms: node_terms(spec).unwrap_or(spec.nothing()),
            os: spec.object("os").and_then(|os| os.text("name")),
            volumes: spec.objects("volumes"),
            containers,
        }
    }

    /// A pod of which nothing is known but what the `windowsOptions` says that stands
    /// in `holder`, outside of any pod spec: that one container of it asks for
    /// HostProcess, and maybe as which account. It may have any of the `annotations`.
    pub(crate) fn stray(holder: Ref<'t>, annotations: Annotations<'t>) -> Self {
        let container = Container {
            at: At(holder),
            role: Role::Stray,
            name: "",
            image: None,
            command: holder.no_texts(),
            args: holder.no_texts(),
            handlers: [holder.no_texts(); HANDLERS.len()],
            security: Security::of_windows_options(holder),
            mounts: holder.nothing(),
        };
        Pod {
            spec: At(holder),
            annotations,
            security: Security::default(),
            host_network: None,
            service_account: None,
            runtime_class: None,
            node_name: None,
            node_selector: None,
            node_terms: holder.nothing(),
            os: None,
            volumes: holder.nothing(),
            containers: Vec::from([container]),
        }
    }

    /// Whether the pod asks for HostProcess: it or one of its containers says
    /// `hostProcess: true`, or the annotation does. So decides the Baseline
    /// check of Pod Security Admission, but for the annotation: a pod-level
    /// true counts even where every container says false.
    pub(crate) fn asks(&self) -> bool {
        self.annotations.host_process.is_some()
            || self.security.host_process == Some(true)
            || self
                .containers
                .iter()
                .any(|container| container.security.host_process == Some(true))
    }

    /// Whether `container` runs as a HostProcess container: its own value wins
    /// over the pod's, and the annotation over both.
    pub(crate) fn is_host_process(&self, container: &Container<'t>) -> bool {
        self.annotations.host_process.is_some()
            || container
                .security
                .host_process
                .or(self.security.host_process)
                .unwrap_or(false)
    }

    /// The account that `container` runs as: its own, else the pod's; SYSTEM
    /// where the runtime is told to inherit its own account.
    pub(crate) fn account(&self, container: &Container<'t>) -> Option<&'t str> {
        if self.annotations.inherit_user {
            return Some(account::SYSTEM);
        }
        container.security.account.or(self.security.account)
    }

    /// Whether the pod has a container of that role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.containers
            .iter()
            .any(|container| container.role == role)
    }
}

impl<'t> Container<'t> {
    fn read(role: Role, container: Ref<'t>) -> Self {
        let lifecycle = container.object("lifecycle");
        let hook = |name| lifecycle.and_then(|lifecycle| lifecycle.object(name));
        let run = |handler: Option<Ref<'t>>| run_by(handler).unwrap_or(container.no_texts());
        Container {
            at: At(container),
            role,
            name: container.text("name").unwrap_or_default(),
            image: container.text("image").filter(|image| !image.is_empty()),
            command: container.texts("command"),
            args: container.texts("args"),
            handlers: [
                run(hook("postStart")),
                run(hook("preStop")),
                run(container.object("livenessProbe")),
                run(container.object("readinessProbe")),
                run(container.object("startupProbe")),
            ],
            security: Security::read(container),
            mounts: container.objects("volumeMounts"),
        }
    }

    /// Whether `other` runs the same in the same way: image, account and commands.
    pub(crate) fn runs_the_same(&self, other: &Self) -> bool {
        self.image == other.image
            && self.security.account == other.security.account
            && self.command == other.command
            && self.args == other.args
            && self.handlers == other.handlers
    }

    /// The field of its own account, from where it stands.
    pub(crate) fn account_field(&self) -> &'static str {
        match self.role {
            Role::Stray => "windowsOptions.runAsUserName",
            _ => "securityContext.windowsOptions.runAsUserName",
        }
    }

    /// Appends what messages call it: `init container "install"`.
    pub(crate) fn write_name(&self, out: &mut String) {
        if self.role == Role::Stray {
            text::put(out, "a container outside of any pod spec");
            return;
        }
        for (role, _, called) in Role::LISTS {
            if role == self.role {
                text::put(out, called);
            }
        }
        out.push(' ');
        text::push_quoted(out, self.name);
    }
}

/// The command that a hook or a probe runs.
#[inline(never)]
fn run_by(handler: Option<Ref<'_>>) -> Option<Texts<'_>> {
    Some(handler?.object("exec")?.texts("command"))
}

impl<'t> Security<'t> {
    /// Reads the `securityContext` of a pod spec or a container.
    fn read(owner: Ref<'t>) -> Self {
        let context = owner.object("securityContext");
        let Some(context) = context else {
            return Security::default();
        };
        Security {
            run_as_non_root: context.flag("runAsNonRoot"),
            ..Security::of_windows_options(context)
        }
    }

    /// What the `windowsOptions` of `context` says.
    fn of_windows_options(context: Ref<'t>) -> Self {
        let options = context.object("windowsOptions");
        Security {
            host_process: options.and_then(|options| options.flag("hostProcess")),
            account: options.and_then(|options| options.text("runAsUserName")),
            run_as_non_root: None,
        }
    }
}

impl<'t> Annotations<'t> {
    /// Those among `metadata.annotations`.
    pub(crate) fn of(annotations: Ref<'t>) -> Self {
        let given = |name| annotations.get(name).filter(|value| !value.is_null());
        Annotations {
            inherit_user: given(INHERIT_USER).is_some_and(is_true),
            host_process: given(HOST_PROCESS_CONTAINER).filter(|value| is_true(*value)),
            rootfs_location: given(ROOTFS_LOCATION),
        }
    }

    /// These and the `others`, which count for less.
    pub(crate) fn and(self, others: Self) -> Self {
        Annotations {
            inherit_user: self.inherit_user || others.inherit_user,
            host_process: self.host_process.or(others.host_process),
            rootfs_location: self.rootfs_location.or(others.rootfs_location),
        }
    }
}

/// Whether an annotation is true: hcsshim takes "true" in any case and nothing else.
fn is_true(annotation: Ref<'_>) -> bool {
    let text = annotation.as_text();
    text.is_some_and(|text| matches_with(Case::Ignored, "true", text))
}

fn node_terms(spec: Ref<'_>) -> Option<Children<'_>> {
    let affinity = spec.object("affinity")?.object("nodeAffinity")?;
    let required = affinity.object("requiredDuringSchedulingIgnoredDuringExecution")?;
    Some(required.objects("nodeSelectorTerms"))
}
