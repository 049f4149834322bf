//! What settings hold. The doc comments are the descriptions in `artefacts/settings.schema.json`.
//!
//! Settings are never deserialized with serde: `objects` reads them. `serde(default)` marks keys that
//! the schema does not require. `tests/schema.rs` compares each list `KEYS` with the fields.

use serde::Serialize;

use super::requirement::Requirements;
use crate::matching::requester;
use crate::matching::words::Word;

#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// Settings of the policy windows-hostprocess-policy. Without settings, nothing may use HostProcess.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(JsonSchema),
    schemars(deny_unknown_fields, default)
)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The rules. A HostProcess workload is admitted if one rule admits it as a whole. Two rules never
    /// add up.
    pub allow: Vec<Rule>,
    /// The mode of each requirement, which every HostProcess workload has to meet whichever rule
    /// admits it.
    pub requirements: Requirements,
    /// Patterns of the runtime classes that isolate with Hyper-V, for the requirement
    /// hyperVIsolation. Case does not count.
    pub hyper_v_runtime_class_names: Vec<String>,
    /// The oldest versions that meet the requirements nodeKubernetes and nodeContainerd.
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

/// A rule. It admits a workload if the namespace, the service account and the requester match, and
/// every container, init and ephemeral containers included, is one that the rule names. The entries
/// of a list are alternatives. In patterns, `*` stands for any run of characters and `?` for one
/// character. A list with the single entry `*` matches everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The rule's own name, an RFC 1123 label. Denials, the audit annotation `allowed-by` and RBAC
    /// name the rule by it.
    pub name: String,
    /// Patterns of the namespaces that the rule covers. Only `*` covers an object without a namespace.
    pub namespaces: Vec<String>,
    /// Patterns of the pod's service account. Any service account matches if you leave this out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_names: Option<Vec<String>>,
    /// Who may use the rule: `user:NAME`, `group:NAME` or `serviceaccount:NAMESPACE/NAME`, each with
    /// patterns; `controllers`, which are the controllers of Kubernetes; `rbac`, which is whoever RBAC
    /// allows to `use` the rule; `*`, which is anyone; or `nobody` as the only entry, for a rule that
    /// only serves connectBy. Anyone may if you leave this out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<Vec<String>>,
    /// Who may use exec and attach on pods that the rule matches: the entries of requestedBy, without
    /// `controllers` and `nobody`. `rbac` is whoever RBAC allows to `connect` by the rule. Nobody may
    /// if you leave this out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_by: Option<Vec<String>>,
    /// Patterns of images with their registry. Every container has one of them, and one of
    /// runAsUserNames. Wildcards don't cross a slash, except that a last part `*` matches everything
    /// below (`docker.io/calico/*`). A pattern without tag and digest matches every version. If an
    /// image has a digest, its tag does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
    /// Patterns of Windows accounts. Case does not count. Wildcards don't cross the backslash. A single
    /// `*` matches any account, and a container without one. In YAML, use single quotes, which keep the
    /// backslash: 'NT AUTHORITY\SYSTEM'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_user_names: Option<Vec<String>>,
    /// True if the rule admits pods with ephemeral containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_containers: Option<bool>,
    /// The containers that the workload may have, instead of images, runAsUserNames and
    /// ephemeralContainers.
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

    /// Returns whether `requestedBy` lets a controller of Kubernetes use the rule, for the pods that it
    /// makes of a workload. RBAC is not asked.
    pub fn covers_a_controller(&self) -> bool {
        match &self.requested_by {
            Some(entries) => requester::covers_a_controller(entries),
            None => true,
        }
    }

    /// Returns whether the rule admits the requests of some requesters, and not those of others. A rule
    /// for `nobody` admits none.
    pub fn depends_on_requester(&self) -> bool {
        match &self.requested_by {
            Some(entries) => !requester::covers_anyone(entries) && !requester::is_nobody(entries),
            None => false,
        }
    }

    /// Returns whether the rule admits no request: it only serves its `connectBy`.
    pub fn is_for_nobody(&self) -> bool {
        self.requested_by
            .as_deref()
            .is_some_and(requester::is_nobody)
    }
}

/// A container that the workload may have: one of the images, with one of the accounts, and with the
/// command if the entry has one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct ContainerEntry {
    /// Patterns of the container's image, as in a rule.
    pub images: Vec<String>,
    /// Patterns of the container's account, as in a rule.
    pub run_as_user_names: Vec<String>,
    /// The words of the container's command. Each is a string, which is compared exactly, or
    /// `{pattern: …}`. `[]` is the image's own entrypoint. If you set only one of command and args,
    /// the container must not have the other. If you set neither, it may run anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<Word>>,
    /// The words of the container's args, as in command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<Word>>,
    /// What the container's hooks and probes may run, each a list of words. It needs command or args;
    /// without them, hooks and probes may run anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<Vec<Word>>,
    /// True if the entry is for ephemeral containers only, false if it is for all others.
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

/// The oldest versions that nodes may run, such as "1.26" or "1.26.4". Quote them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "camelCase")]
pub struct MinimumVersions {
    /// The oldest kubelet. HostProcess needs 1.23.
    pub kubernetes: String,
    /// The oldest containerd. HostProcess needs 1.6, and mounts below their own paths need 1.7.
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
