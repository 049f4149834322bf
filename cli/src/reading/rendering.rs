//! Recognizes what has to be rendered before a cluster gets it: Helm templates and what Kustomize
//! puts together.

use serde_json::Value;
use windows_hostprocess_policy::POD_KINDS;

use super::field::{may_spell_host_process, mentions_host_process};

/// Returns whether `text` is a Helm template: it has `{{` in a line that is not a comment. The caller
/// asks only about text that cannot be read as YAML, because `{{` may also stand in quotes.
pub fn is_helm_template(text: &str) -> bool {
    text.lines()
        .any(|line| line.contains("{{") && !line.trim_start().starts_with('#'))
}

/// Returns whether `value` is a patch of Kustomize that mentions HostProcess:
///
/// - a workload whose containers are missing, or lack their image: a strategic merge patch names only what
///   it changes, and the API server refuses such a workload;
/// - a list of operations (`op`, `path`), which is a JSON patch;
/// - a kustomization. It may hold patches as texts, which are YAML themselves.
pub fn is_kustomize_patch(value: &Value) -> bool {
    let is_kustomization = is_kustomization(value);
    let looks_like_patch =
        is_json_patch(value) || is_kustomization || is_incomplete_workload(value);
    looks_like_patch && mentions_host_process(&value.to_string())
        || is_kustomization && patch_texts(value).any(may_spell_host_process)
}

/// Returns the patches that stand as texts in a kustomization.
fn patch_texts(kustomization: &Value) -> impl Iterator<Item = &str> {
    fn entries(list: &Value) -> impl Iterator<Item = &Value> {
        list.as_array().into_iter().flatten()
    }

    let patches = entries(&kustomization["patches"]).map(|patch| &patch["patch"]);
    let json_patches = entries(&kustomization["patchesJson6902"]).map(|patch| &patch["patch"]);
    let merge_patches = entries(&kustomization["patchesStrategicMerge"]);
    patches
        .chain(json_patches)
        .chain(merge_patches)
        .filter_map(Value::as_str)
}

fn is_json_patch(value: &Value) -> bool {
    let Value::Array(operations) = value else {
        return false;
    };
    operations
        .iter()
        .any(|operation| operation["op"].is_string() && operation["path"].is_string())
}

/// Returns whether `value` is a kustomization. Its `apiVersion` and `kind` may be left out.
fn is_kustomization(value: &Value) -> bool {
    let api_version = value["apiVersion"].as_str().unwrap_or_default();
    if api_version.starts_with("kustomize.config.k8s.io/") {
        return true;
    }

    let has_usual_field = !value["patches"].is_null() || !value["resources"].is_null();
    value["kind"].is_null() && has_usual_field
}

fn is_incomplete_workload(value: &Value) -> bool {
    let Some(pod_spec) = find_pod_spec(value) else {
        return false;
    };
    match &pod_spec["containers"] {
        Value::Null => true,
        Value::Array(containers) => {
            containers.is_empty() || containers.iter().any(is_container_without_image)
        }
        _ => false,
    }
}

fn is_container_without_image(container: &Value) -> bool {
    container.is_object() && container["image"].is_null()
}

/// Returns the pod spec of an object of Kubernetes' own kinds, whatever its group. `None` for other
/// kinds.
fn find_pod_spec(value: &Value) -> Option<&Value> {
    let kind = value["kind"].as_str()?;
    let pod_kind = POD_KINDS.iter().find(|known| known.kind == kind)?;
    let path = pod_kind.pod_spec_path();
    path.split('.').try_fold(value, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::reading::yaml;

    const OPTIONS: &str = "securityContext: {windowsOptions: {hostProcess: true}}";

    #[rstest]
    #[case::without_containers(&format!("kind: Pod\nspec: {{{OPTIONS}}}"), true)]
    #[case::container_without_image(&format!("kind: Pod\nspec: {{containers: [{{name: a, {OPTIONS}}}]}}"), true)]
    #[case::complete(&format!("kind: Pod\nspec: {{containers: [{{image: a, {OPTIONS}}}]}}"), false)]
    #[case::containers_that_are_not_a_list(&format!("kind: Pod\nspec: {{containers: 1, {OPTIONS}}}"), false)]
    #[case::without_host_process("kind: Pod\nspec: {hostNetwork: true}", false)]
    #[case::json_patch("[{op: add, path: /spec/hostProcess, value: true}]", true)]
    #[case::kustomization(
        "apiVersion: kustomize.config.k8s.io/v1beta1\npatches: [{patch: 'hostProcess: true'}]",
        true
    )]
    #[case::kustomization_with_an_escape(
        r#"{apiVersion: kustomize.config.k8s.io/v1, patches: [{patch: '"host\u0050rocess": true'}]}"#,
        true
    )]
    #[case::kustomization_with_a_path(
        r#"{apiVersion: kustomize.config.k8s.io/v1, commonAnnotations: {a: 'C:\users'}}"#,
        false
    )]
    #[case::path_in_a_container_without_image(
        r#"{kind: Pod, spec: {containers: [{name: a, args: ['C:\users']}]}}"#,
        false
    )]
    #[case::custom_kind(&format!("kind: Agent\nspec: {{{OPTIONS}}}"), false)]
    fn kustomize_patches(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(
            is_kustomize_patch(&yaml::read_single(text).unwrap()),
            expected
        );
    }
}
