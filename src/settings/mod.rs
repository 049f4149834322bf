//! The administrator's settings: the rules that admit HostProcess workloads,
//! and what every such workload must satisfy.
//!
//! The types here are views of the settings' JSON; their doc comments are the
//! descriptions in `artefacts/settings.schema.json`.

mod modes;
mod problems;
mod read;
#[cfg(feature = "schema")]
mod schema;

#[cfg(feature = "schema")]
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::tape::Ref;

pub use modes::{Mode, Modes};
pub(crate) use problems::Problems;
pub(crate) use read::{fits_namespaces, fits_service_accounts, is_label, read};

/// Settings of the policy windows-hostprocess-policy. Without any, nothing may
/// use HostProcess.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct Settings<'s> {
    /// The rules. A workload that asks for HostProcess is admitted where one
    /// rule admits it as a whole; two rules never add up.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Rule<'s>>>"))]
    pub allow: Vec<Rule<'s>>,
    /// What every HostProcess workload must satisfy, whichever rule admits it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Modes>"))]
    pub requirements: Modes,
    /// Patterns of the runtime classes that isolate with Hyper-V, compared
    /// without regard to case: what the requirement hyperVIsolation looks for.
    #[cfg_attr(
        feature = "schema",
        schemars(rename = "hyperVRuntimeClassNames", with = "Option<schema::Strings>")
    )]
    pub hyper_v_runtime_class_names: List<'s>,
    /// The oldest versions that the requirements nodeKubernetes and
    /// nodeContainerd let pass.
    #[cfg_attr(feature = "schema", schemars(with = "Option<MinimumVersions<'s>>"))]
    pub minimum_versions: MinimumVersions<'s>,
}

/// A rule. It admits a workload when the namespace, the service account and the
/// requester match and every container (init and ephemeral ones too) matches in
/// image, account and command. The entries of a list are alternatives. In
/// patterns `*` stands for any run of characters and `?` for one.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(rename_all = "camelCase", deny_unknown_fields)
)]
pub struct Rule<'s> {
    /// The rule's own name, an RFC 1123 label: it stands in denials and in the
    /// audit annotation `allowed-by`.
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))
    )]
    pub name: &'s str,
    /// Patterns of the namespaces in which it holds; `["*"]` for any.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Namespaces"))]
    pub namespaces: List<'s>,
    /// Patterns of fully qualified images (`docker.io/calico/*`). Without tag
    /// and digest any version matches; an image with a digest is matched by its
    /// digest alone. The registry is written in full; `*` alone is any image.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Strings"))]
    pub images: List<'s>,
    /// Patterns of Windows accounts, compared without regard to case. Wildcards
    /// don't cross the backslash; `*` alone is any account and none. In YAML,
    /// single quotes take the backslash as it is: 'NT AUTHORITY\SYSTEM'.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Strings"))]
    pub run_as_user_names: List<'s>,
    /// Patterns of the pod's service account; any where it is left out.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::ServiceAccounts>"))]
    pub service_account_names: Option<List<'s>>,
    /// Patterns of command and args, joined by single spaces; the empty string
    /// stands for the image's own entrypoint. What hooks and probes run in a
    /// container has to match too. Any command where left out.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Commands>"))]
    pub commands: Option<List<'s>>,
    /// Who may ask: a user, or a member of a group. Anyone where left out. The
    /// audit scanner does not say who asked.
    pub requested_by: Option<RequestedBy<'s>>,
    /// Whether a pod with ephemeral containers is admitted.
    #[cfg_attr(feature = "schema", schemars(with = "Option<bool>"))]
    pub ephemeral_containers: bool,
}

/// Patterns of the requester, as the API server names it. One that matches is
/// enough, in either list.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct RequestedBy<'s> {
    /// Patterns of the user's name (`system:serviceaccount:kube-system:*`).
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Requesters>"))]
    pub users: List<'s>,
    /// Patterns of the user's groups.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Requesters>"))]
    pub groups: List<'s>,
}

/// The oldest versions that nodes may run, as `major.minor` or
/// `major.minor.patch`, in quotes.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct MinimumVersions<'s> {
    /// The oldest kubelet. HostProcess needs 1.23.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::MinimumVersion>"))]
    pub kubernetes: &'s str,
    /// The oldest containerd. HostProcess needs 1.6; 1.7 brings bind mounts.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::MinimumVersion>"))]
    pub containerd: &'s str,
}

/// A list of strings: the administrator's, or the default.
#[derive(Clone, Copy)]
pub enum List<'s> {
    /// The policy's own list.
    Default(&'static [&'static str]),
    /// A list of strings in the settings.
    Given(Given<'s>),
}

/// A list of strings in the settings, each of which has been checked.
#[derive(Clone, Copy)]
pub struct Given<'s>(Ref<'s>);

impl<'s> List<'s> {
    /// Whether one of the entries is `wanted`.
    pub(crate) fn any(self, wanted: &dyn Fn(&str) -> bool) -> bool {
        match self {
            List::Default(entries) => entries.iter().any(|entry| wanted(entry)),
            List::Given(Given(list)) => list
                .children()
                .any(|entry| wanted(entry.as_text().unwrap_or_default())),
        }
    }
}

/// What is compared where no setting says otherwise.
pub(crate) const HYPER_V_CLASSES: &[&str] = &["*hyperv*", "*hypervisor*"];
/// HostProcess became usable with Kubernetes 1.23 and containerd 1.6.
pub(crate) const MINIMUM_VERSIONS: MinimumVersions<'static> = MinimumVersions {
    kubernetes: "1.23",
    containerd: "1.6",
};

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings {
            allow: Vec::new(),
            requirements: Modes::default(),
            hyper_v_runtime_class_names: List::Default(HYPER_V_CLASSES),
            minimum_versions: MINIMUM_VERSIONS,
        }
    }
}
