//! The requirements as the settings know them: their keys, their default modes and what they demand.
//!
//! The checks stand in `src/requirements/`, which depends on this file.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

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

/// A requirement, which every HostProcess workload has to meet whichever rule admits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`definition` says what each of them demands")]
pub enum Requirement {
    AllContainers,
    HostNetwork,
    RunAsUserName,
    RunAsNonRoot,
    NamedPipeMounts,
    UnixSocketMounts,
    HyperVIsolation,
    RootfsLocation,
    WindowsNode,
    NodeKubernetes,
    NodeContainerd,
}

/// What the settings say about a requirement.
pub struct Definition {
    /// The key in the settings' `requirements`.
    pub key: &'static str,
    /// The mode if the settings name none.
    pub default_mode: Mode,
    /// What a workload has to look like, as the settings' JSON Schema says it.
    pub description: &'static str,
}

impl Requirement {
    /// The requirements that look at the nodes of the cluster.
    pub const OF_NODES: [Requirement; 2] =
        [Requirement::NodeKubernetes, Requirement::NodeContainerd];

    /// Every requirement, in the order of the declaration. [`Requirements::mode`] relies on this order,
    /// and messages have it, too.
    pub const ALL: [Requirement; 11] = [
        Requirement::AllContainers,
        Requirement::HostNetwork,
        Requirement::RunAsUserName,
        Requirement::RunAsNonRoot,
        Requirement::NamedPipeMounts,
        Requirement::UnixSocketMounts,
        Requirement::HyperVIsolation,
        Requirement::RootfsLocation,
        Requirement::WindowsNode,
        Requirement::NodeKubernetes,
        Requirement::NodeContainerd,
    ];

    /// The keys of all requirements, in the order of [`Requirement::ALL`].
    pub const KEYS: [&'static str; Requirement::ALL.len()] = {
        // A constant cannot be made with `map`.
        let mut keys = [""; Requirement::ALL.len()];
        let mut index = 0;
        while index < keys.len() {
            keys[index] = Requirement::ALL[index].key();
            index += 1;
        }
        keys
    };

    /// Returns what the settings say about this requirement.
    pub const fn definition(self) -> Definition {
        match self {
            Requirement::AllContainers => Definition {
                key: "allContainers",
                default_mode: Mode::Deny,
                description: "All containers of the pod are HostProcess containers, init and \
                              ephemeral containers included.",
            },
            Requirement::HostNetwork => Definition {
                key: "hostNetwork",
                default_mode: Mode::Deny,
                description: "The pod spec says hostNetwork: true.",
            },
            Requirement::RunAsUserName => Definition {
                key: "runAsUserName",
                default_mode: Mode::Deny,
                description: "Every container has an account, its own or the pod's, in a form \
                              that the API server accepts.",
            },
            Requirement::RunAsNonRoot => Definition {
                key: "runAsNonRoot",
                default_mode: Mode::Warn,
                description: "runAsNonRoot is true for no HostProcess container.",
            },
            Requirement::NamedPipeMounts => Definition {
                key: "namedPipeMounts",
                default_mode: Mode::Deny,
                description: "No container mounts a hostPath volume of a named pipe.",
            },
            Requirement::UnixSocketMounts => Definition {
                key: "unixSocketMounts",
                default_mode: Mode::Deny,
                description: "No container mounts a hostPath volume of the type Socket.",
            },
            Requirement::HyperVIsolation => Definition {
                key: "hyperVIsolation",
                default_mode: Mode::Deny,
                description: "The pod's runtime class matches no pattern of \
                              hyperVRuntimeClassNames.",
            },
            Requirement::RootfsLocation => Definition {
                key: "rootfsLocation",
                default_mode: Mode::Deny,
                description: "The pod has no annotation \
                              microsoft.com/hostprocess-rootfs-location.",
            },
            Requirement::WindowsNode => Definition {
                key: "windowsNode",
                default_mode: Mode::Warn,
                description: "The node selector or every term of the required node affinity chooses \
                              Windows nodes, or a single node.",
            },
            Requirement::NodeKubernetes => Definition {
                key: "nodeKubernetes",
                default_mode: Mode::Ignore,
                description: "The Windows nodes that the workload can reach run at least the \
                              Kubernetes of minimumVersions.",
            },
            Requirement::NodeContainerd => Definition {
                key: "nodeContainerd",
                default_mode: Mode::Ignore,
                description: "The Windows nodes that the workload can reach run containerd, at \
                              least that of minimumVersions.",
            },
        }
    }

    /// Returns the key in the settings' `requirements`: `hostNetwork`.
    pub const fn key(self) -> &'static str {
        self.definition().key
    }

    /// Returns the mode if the settings name none.
    pub const fn default_mode(self) -> Mode {
        self.definition().default_mode
    }
}

/// The mode of every requirement: how strictly it is held.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirements {
    /// The modes in the order of [`Requirement::ALL`].
    modes: [Mode; Requirement::ALL.len()],
}

impl Requirements {
    /// Returns the requirements with the modes that `mode_of` gives.
    pub fn new(mode_of: impl FnMut(Requirement) -> Mode) -> Self {
        Requirements {
            modes: Requirement::ALL.map(mode_of),
        }
    }

    /// Returns the mode of `requirement`.
    pub fn mode(&self, requirement: Requirement) -> Mode {
        // `Requirement::ALL` has the order of the declaration, which is that of these numbers.
        self.modes[requirement as usize]
    }
}

impl Default for Requirements {
    fn default() -> Self {
        Requirements::new(Requirement::default_mode)
    }
}

/// Writes the modes as the settings do: `{"allContainers":"deny", …}`.
impl Serialize for Requirements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let modes = Requirement::ALL.map(|requirement| (requirement.key(), self.mode(requirement)));
        serializer.collect_map(modes)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Requirements {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Requirements".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let properties = Requirement::ALL.map(|requirement| {
            let mut schema = generator.subschema_for::<Mode>();
            schema.insert(
                "description".into(),
                requirement.definition().description.into(),
            );
            (
                requirement.key().to_owned(),
                serde_json::Value::from(schema),
            )
        });
        schemars::json_schema!({
            "type": "object",
            "description": "How strictly each requirement is held.",
            "properties": serde_json::Map::from_iter(properties),
            "additionalProperties": false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_its_own_mode() {
        for requirement in Requirement::ALL {
            let only_this_warns = |other| match other == requirement {
                true => Mode::Warn,
                false => Mode::Deny,
            };
            let requirements = Requirements::new(only_this_warns);
            for other in Requirement::ALL {
                assert_eq!(requirements.mode(other), only_this_warns(other));
            }
        }
    }
}
