//! The kinds of policies that Kubewarden has, and their keys.
//!
//! The keys are those of Kubewarden's CustomResourceDefinitions, in the version `v1`:
//! charts/kubewarden-crds/templates/crds in kubewarden/kubewarden-controller. The version `v1alpha2` has
//! some of them, and no others.

use std::ops::RangeInclusive;

/// A kind of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PolicyKind {
    /// A policy for the cluster.
    ClusterAdmissionPolicy,
    /// A policy for its own namespace.
    AdmissionPolicy,
    /// A policy group for the cluster.
    ClusterAdmissionPolicyGroup,
    /// A policy group for its own namespace.
    AdmissionPolicyGroup,
}

/// The keys that the `spec` of each kind may have.
const COMMON_KEYS: [&str; 11] = [
    "backgroundAudit",
    "failurePolicy",
    "matchConditions",
    "matchPolicy",
    "message",
    "mode",
    "objectSelector",
    "policyServer",
    "rules",
    "sideEffects",
    "timeoutSeconds",
];
/// What the `spec` of a policy may have besides.
const KEYS_OF_POLICIES: [&str; 4] = ["module", "mutating", "settings", "timeoutEvalSeconds"];
/// What the `spec` of a policy group may have besides.
const KEYS_OF_GROUPS: [&str; 2] = ["expression", "policies"];
/// What the `spec` of a kind for the cluster may have besides.
const KEYS_FOR_THE_CLUSTER: [&str; 2] = [
    "allowInsideAdmissionControllerNamespace",
    "namespaceSelector",
];
/// What says which objects the policy may look up: a key of a policy for the cluster, and of the
/// members of a policy group for the cluster.
const GRANTS: &str = "contextAwareResources";

/// The seconds that `timeoutSeconds` and `timeoutEvalSeconds` may be. Kubernetes itself takes one second
/// for a webhook, but Kubewarden's definitions do not.
pub const TIMEOUTS: RangeInclusive<i64> = 2..=30;

impl PolicyKind {
    /// Returns the kind with this name.
    pub fn find(name: &str) -> Option<Self> {
        [
            PolicyKind::ClusterAdmissionPolicy,
            PolicyKind::AdmissionPolicy,
            PolicyKind::ClusterAdmissionPolicyGroup,
            PolicyKind::AdmissionPolicyGroup,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// Returns the name: `AdmissionPolicy`.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::ClusterAdmissionPolicy => "ClusterAdmissionPolicy",
            PolicyKind::AdmissionPolicy => "AdmissionPolicy",
            PolicyKind::ClusterAdmissionPolicyGroup => "ClusterAdmissionPolicyGroup",
            PolicyKind::AdmissionPolicyGroup => "AdmissionPolicyGroup",
        }
    }

    /// Returns whether the policy is for its own namespace.
    pub fn is_namespaced(self) -> bool {
        matches!(
            self,
            PolicyKind::AdmissionPolicy | PolicyKind::AdmissionPolicyGroup
        )
    }

    /// Returns whether the policy is a group of policies.
    pub fn is_group(self) -> bool {
        matches!(
            self,
            PolicyKind::ClusterAdmissionPolicyGroup | PolicyKind::AdmissionPolicyGroup
        )
    }

    /// Returns the keys that `spec` may have.
    pub fn spec_keys(self) -> Vec<&'static str> {
        let mut keys = COMMON_KEYS.to_vec();
        if self.is_group() {
            keys.extend(KEYS_OF_GROUPS);
        } else {
            keys.extend(KEYS_OF_POLICIES);
        }
        if !self.is_namespaced() {
            keys.extend(KEYS_FOR_THE_CLUSTER);
        }
        if self == PolicyKind::ClusterAdmissionPolicy {
            keys.push(GRANTS);
        }
        keys
    }

    /// Returns the keys that a member of a policy group of this kind may have.
    pub fn member_keys(self) -> Vec<&'static str> {
        let mut keys = vec!["module", "settings", "timeoutEvalSeconds"];
        if self == PolicyKind::ClusterAdmissionPolicyGroup {
            keys.push(GRANTS);
        }
        keys
    }
}
