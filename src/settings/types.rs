//! What settings hold. `artefacts/settings.schema.json` describes each key in full.

use serde::Serialize;

/// Settings of the policy. Without any, nothing may use HostProcess.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The rules, of which one has to admit a workload as a whole.
    pub allow: Vec<Rule>,
    /// What every HostProcess workload must satisfy, whichever rule admits it.
    pub requirements: Requirements,
    /// Patterns of the runtime classes that isolate with Hyper-V, without regard to case.
    pub hyper_v_runtime_class_names: Vec<String>,
    /// The oldest versions that the requirements of nodes let pass.
    pub minimum_versions: MinimumVersions,
}

/// A rule: it has `images` and `run_as_user_names`, or else `containers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// An RFC 1123 label, which no other rule has.
    pub name: String,
    /// Patterns of the namespaces in which it holds.
    pub namespaces: Vec<String>,
    /// Patterns of the pod's service account; any where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_names: Option<Vec<String>>,
    /// Who may ask, as [`Requester::is_among`](crate::requester::Requester::is_among) reads it;
    /// anyone where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<Vec<String>>,
    /// Who may exec into the containers and attach to them; nobody where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_by: Option<Vec<String>>,
    /// Patterns of the images that every container may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
    /// Patterns of the accounts that every container may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_as_user_names: Option<Vec<String>>,
    /// Whether there may be ephemeral containers among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_containers: Option<bool>,
    /// In place of these three: each container that may be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<Container>>,
}

/// A container that may be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// Patterns of its image.
    pub images: Vec<String>,
    /// Patterns of its account.
    pub run_as_user_names: Vec<String>,
    /// Patterns of the words of its command. Where neither this nor `args` is given, it may run
    /// anything; where only one is, the other has to be absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// Patterns of the words of its args.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// What its hooks and probes may run beside a command, each as patterns of words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<Vec<String>>,
    /// Whether it has to be an ephemeral container, or else none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ephemeral: bool,
}

/// What a failed requirement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The request is denied.
    Deny,
    /// An admitted request carries a warning.
    Warn,
    /// It is not judged.
    Off,
}

/// How strictly each requirement is held: `src/requirements/` has a file for each.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the files of the requirements say what each of them is")]
pub struct Requirements {
    pub all_containers: Mode,
    pub host_network: Mode,
    pub run_as_user_name: Mode,
    pub run_as_non_root: Mode,
    pub named_pipe_mounts: Mode,
    pub unix_socket_mounts: Mode,
    pub hyper_v_isolation: Mode,
    pub rootfs_location: Mode,
    pub windows_node: Mode,
    pub node_kubernetes: Mode,
    pub node_containerd: Mode,
}

/// The oldest versions that nodes may run, as `major.minor` or `major.minor.patch`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MinimumVersions {
    /// The oldest kubelet. HostProcess needs 1.23.
    pub kubernetes: String,
    /// The oldest containerd. HostProcess needs 1.6; 1.7 brings bind mounts.
    pub containerd: String,
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

impl Default for Requirements {
    fn default() -> Self {
        Requirements {
            all_containers: Mode::Deny,
            host_network: Mode::Deny,
            run_as_user_name: Mode::Deny,
            run_as_non_root: Mode::Deny,
            named_pipe_mounts: Mode::Deny,
            unix_socket_mounts: Mode::Deny,
            hyper_v_isolation: Mode::Deny,
            rootfs_location: Mode::Deny,
            windows_node: Mode::Warn,
            node_kubernetes: Mode::Off,
            node_containerd: Mode::Off,
        }
    }
}

impl Default for MinimumVersions {
    fn default() -> Self {
        MinimumVersions { kubernetes: "1.23".to_owned(), containerd: "1.6".to_owned() }
    }
}
