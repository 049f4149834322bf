//! The kinds that Kubernetes defines whose objects have a pod spec.

use crate::workload::PodSpecLocation;

/// A kind that Kubernetes defines whose objects have a pod spec.
#[derive(Debug, PartialEq)]
pub struct PodKind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The kind. A kind of the same name in another group is another kind.
    pub kind: &'static str,
    /// The name of the kind in webhook rules.
    pub resource: &'static str,
    /// Where an object has its pod spec.
    pub(crate) location: PodSpecLocation,
    /// The controllers that make the pods of an object: the names of their service accounts in
    /// kube-system. The first one may make another workload, of which the second one makes the pods.
    /// Empty if Kubernetes makes no pods of the object.
    pub(crate) controllers: &'static [&'static str],
}

/// All kinds that Kubernetes defines whose objects have a pod spec.
pub const POD_KINDS: [PodKind; 9] = [
    PodKind {
        group: "",
        kind: "Pod",
        resource: "pods",
        location: PodSpecLocation::Pod,
        controllers: &[],
    },
    PodKind {
        group: "",
        kind: "ReplicationController",
        resource: "replicationcontrollers",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["replication-controller"],
    },
    PodKind {
        group: "",
        kind: "PodTemplate",
        resource: "podtemplates",
        location: PodSpecLocation::Template("template"),
        controllers: &[],
    },
    PodKind {
        group: "apps",
        kind: "Deployment",
        resource: "deployments",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["deployment-controller", "replicaset-controller"],
    },
    PodKind {
        group: "apps",
        kind: "DaemonSet",
        resource: "daemonsets",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["daemon-set-controller"],
    },
    PodKind {
        group: "apps",
        kind: "StatefulSet",
        resource: "statefulsets",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["statefulset-controller"],
    },
    PodKind {
        group: "apps",
        kind: "ReplicaSet",
        resource: "replicasets",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["replicaset-controller"],
    },
    PodKind {
        group: "batch",
        kind: "Job",
        resource: "jobs",
        location: PodSpecLocation::Template("spec.template"),
        controllers: &["job-controller"],
    },
    PodKind {
        group: "batch",
        kind: "CronJob",
        resource: "cronjobs",
        location: PodSpecLocation::Template("spec.jobTemplate.spec.template"),
        controllers: &["cronjob-controller", "job-controller"],
    },
];

impl PodKind {
    /// Returns the kind with this name in `group`, whatever its version. Returns `None` for a kind that
    /// Kubernetes does not define, or whose objects have no pod spec.
    pub fn find(group: &str, kind: &str) -> Option<&'static PodKind> {
        POD_KINDS
            .iter()
            .find(|known| known.group == group && known.kind == kind)
    }

    /// Returns the path of the pod spec in an object: `spec.template.spec`.
    pub fn pod_spec_path(&self) -> String {
        self.location.pod_spec_path()
    }
}
