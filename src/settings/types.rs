//! What settings hold. The doc comments are the descriptions in `artefacts/settings.schema.json`.

use serde::Serialize;

use super::requirement::Requirements;
use crate::matching::words::Word;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// Settings of the policy windows-hostprocess-policy. Without any, nothing may use HostProcess.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, default)
)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The rules. A workload that asks for HostProcess is admitted where one rule admits it
    /// as a whole; two rules never add up.
    pub allow: Vec<Rule>,
    /// What every HostProcess workload must satisfy, whichever rule admits it.
    pub requirements: Requirements,
    /// Patterns of the runtime classes that isolate with Hyper-V, compared without regard to
    /// case: what the requirement hyperVIsolation looks for.
    pub hyper_v_runtime_class_names: Vec<String>,
    /// The oldest versions that the requirements nodeKubernetes and nodeContainerd let pass.
    pub minimum_versions: MinimumVersions,
}

impl Settings {
    /// The keys, in the order of the documents.
    pub const KEYS: [&str; 4] = [
        "allow",
        "requirements",
        "hyperVRuntimeClassNames",
        "minimumVersions",
    ];
}

impl Default for Settings {
    fn default() -> Self {
        let classes = ["*hyperv*", "*hyper-v*", "*hypervisor*"];
        Settings {
            allow: Vec::new(),
            requirements: Requirements::default(),
            hyper_v_runtime_class_names: classes.map(str::to_owned).to_vec(),
            minimum_versions: MinimumVersions::default(),
        }
    }
}

/// A rule. It admits a workload when the namespace, the service account and the requester
/// match, and every container (init and ephemeral ones too) is one of those that it names.
/// The entries of a list are alternatives. In patterns `*` stands for any run of characters
/// and `?` for one; `["*"]` is any.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The rule's own name, an RFC 1123 label: it stands in denials and in the audit
    /// annotation `allowed-by`.
    pub name: String,
    /// Patterns of the namespaces in which it holds. An object without a namespace is covered
    /// by `*` alone.
    pub namespaces: Vec<String>,
    /// Patterns of the pod's service account; any where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_names: Option<Vec<String>>,
    /// Who may ask: `user:NAME`, `group:NAME`, `serviceaccount:NAMESPACE/NAME`, each with
    /// patterns, or `controllers` for the controller manager's own. Anyone where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<Vec<String>>,
    /// Who may exec into and attach to the containers, written as in requestedBy. Nobody
    /// where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_by: Option<Vec<String>>,
    /// Patterns of fully qualified images: every container has one of them, with one of
    /// runAsUserNames. The registry is written in full. Wildcards don't cross a slash, but a
    /// last part `*` is all that is below (`docker.io/calico/*`). Without tag and digest any
    /// version matches; an image with a digest is matched by its digest alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
    /// Patterns of Windows accounts, compared without regard to the case of ASCII letters. Wildcards
    /// don't cross the backslash; `*` alone is any account and none. In YAML, single quotes take the
    /// backslash as it is: 'NT AUTHORITY\SYSTEM'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_user_names: Option<Vec<String>>,
    /// Whether a pod with ephemeral containers is admitted; false where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_containers: Option<bool>,
    /// In place of images, runAsUserNames and ephemeralContainers: each container that may be
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<ContainerEntry>>,
}

impl Rule {
    /// The keys, in the order of the documents.
    pub const KEYS: [&str; 9] = [
        "name",
        "namespaces",
        "serviceAccountNames",
        "requestedBy",
        "connectBy",
        "images",
        "runAsUserNames",
        "ephemeralContainers",
        "containers",
    ];
}

/// A container that may be there: one of the images, with one of the accounts, and with this
/// command where there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct ContainerEntry {
    /// Patterns of its image, as in a rule.
    pub images: Vec<String>,
    /// Patterns of its account, as in a rule.
    pub run_as_user_names: Vec<String>,
    /// The words of its command: each a string, which is compared exactly, or `{pattern: …}`. `[]`
    /// is the image's own entrypoint. If you set neither `command` nor `args`, the container may run
    /// anything. If you set `args` alone, the container must not have a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<Word>>,
    /// The words of its args. If you set `command` alone, the container must not have args.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<Word>>,
    /// What its hooks and probes may run, each a list of words. Goes with `command` or `args`;
    /// without them, hooks and probes may run anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<Vec<Word>>,
    /// True: it is an ephemeral container; false: it is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ephemeral: bool,
}

impl ContainerEntry {
    /// The keys, in the order of the documents.
    pub const KEYS: [&str; 6] = [
        "images",
        "runAsUserNames",
        "command",
        "args",
        "exec",
        "ephemeral",
    ];
}

/// What happens when a workload does not meet a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The request is denied.
    Deny,
    /// The request may be admitted, with a warning.
    Warn,
    /// The requirement is not checked.
    Ignore,
}

/// The oldest versions that nodes may run, as `major.minor` or `major.minor.patch`, in quotes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct MinimumVersions {
    /// The oldest kubelet. HostProcess needs 1.23.
    pub kubernetes: String,
    /// The oldest containerd. HostProcess needs 1.6; 1.7 brings bind mounts.
    pub containerd: String,
}

impl MinimumVersions {
    /// The keys, in the order of the documents.
    pub const KEYS: [&str; 2] = ["kubernetes", "containerd"];
}

impl Default for MinimumVersions {
    fn default() -> Self {
        MinimumVersions {
            kubernetes: "1.23".to_owned(),
            containerd: "1.6".to_owned(),
        }
    }
}
