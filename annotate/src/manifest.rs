//! A policy resource to start from, as `kwctl scaffold manifest` writes it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::metadata::{ContextAwareResource, Rule, keys};
use crate::{Metadata, yaml};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterAdmissionPolicy<'m> {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta<'m>,
    spec: Spec<'m>,
}

#[derive(Serialize)]
struct ObjectMeta<'m> {
    annotations: BTreeMap<&'static str, &'m str>,
    name: &'m str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'m> {
    module: String,
    settings: &'m Map<String, Value>,
    rules: &'m [Rule],
    mutating: bool,
    background_audit: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    context_aware_resources: &'m [ContextAwareResource],
}

/// The text of a ClusterAdmissionPolicy named as the policy, with `settings`.
///
/// The access to the cluster that the policy can use is granted only where
/// `allow_context_aware` says so.
pub fn cluster_admission_policy(
    metadata: &Metadata,
    settings: &Map<String, Value>,
    allow_context_aware: bool,
) -> String {
    let granted: &[_] = if allow_context_aware {
        &metadata.context_aware_resources
    } else {
        &[]
    };
    yaml::write(&ClusterAdmissionPolicy {
        api_version: "policies.kubewarden.io/v1",
        kind: "ClusterAdmissionPolicy",
        metadata: ObjectMeta {
            annotations: [keys::CATEGORY, keys::SEVERITY]
                .map(|key| (key, metadata.annotation(key)))
                .into(),
            name: metadata.annotation(keys::TITLE),
        },
        spec: Spec {
            module: format!("registry://{}", metadata.module_reference()),
            settings,
            rules: &metadata.rules,
            mutating: metadata.mutating,
            background_audit: metadata.background_audit,
            context_aware_resources: granted,
        },
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::metadata::tests::sample;

    #[rstest]
    #[case::without_grant(false, None)]
    #[case::with_grant(true, Some(json!([{"apiVersion": "v1", "kind": "Node"}])))]
    fn names_module_rules_and_grant(#[case] allow: bool, #[case] granted: Option<Value>) {
        let settings = json!({"allow": []});
        let text = cluster_admission_policy(&sample(), settings.as_object().unwrap(), allow);
        let mut expected = json!({
            "apiVersion": "policies.kubewarden.io/v1",
            "kind": "ClusterAdmissionPolicy",
            "metadata": {
                "annotations": {
                    "io.kubewarden.policy.category": "Samples",
                    "io.kubewarden.policy.severity": "low",
                },
                "name": "sample-policy",
            },
            "spec": {
                "module": "registry://registry.example.com/policies/sample:v1.2.3",
                "settings": {"allow": []},
                "rules": sample().rules,
                "mutating": false,
                "backgroundAudit": true,
            },
        });
        if let Some(granted) = granted {
            expected["spec"]["contextAwareResources"] = granted;
        }
        assert_eq!(yaml::read(&text).unwrap(), expected);
    }
}
