//! Recognizes what has to be rendered before a cluster gets it: Helm templates and what Kustomize
//! puts together.

use serde_json::Value;
use windows_hostprocess_policy::{POD_KINDS, PodKind};

use super::field::{may_spell_host_process, mentions_host_process};

/// Returns whether `text` is a Helm template: it has `{{` in a line that is not a comment. The caller
/// asks only about text that cannot be read as YAML, because `{{` may also stand in quotes.
pub fn is_helm_template(text: &str) -> bool {
    text.lines()
        .any(|line| line.contains("{{") && !line.trim_start().starts_with('#'))
}

/// Returns whether `value` is a patch or another input of Kustomize that may ask for HostProcess:
///
/// - a workload without a pod spec, without containers, or with containers that lack their image: a
///   strategic merge patch names only what it changes, and the API server refuses such a workload;
/// - a list of operations (`op`, `path`), which is a JSON patch;
/// - a kustomization. It may hold patches as texts, which are YAML themselves;
/// - a transformer or a generator (`apiVersion: builtin`), which may hold patches as well.
pub fn is_kustomize_input_with_host_process(value: &Value) -> bool {
    if is_kustomization(value) {
        may_set_host_process(value) || patch_texts(value).any(may_spell_host_process)
    } else if value["apiVersion"] == "builtin" {
        may_set_host_process(value) || value["patch"].as_str().is_some_and(may_spell_host_process)
    } else {
        (is_json_patch(value) || is_incomplete_workload(value)) && may_set_host_process(value)
    }
}

/// The API groups of objects from which a controller renders others in the cluster: Flux, Argo CD and
/// the Helm controller of k3s and RKE2.
const GROUPS_OF_RENDERERS: [&str; 4] = [
    "kustomize.toolkit.fluxcd.io",
    "helm.toolkit.fluxcd.io",
    "argoproj.io",
    "helm.cattle.io",
];

/// Returns whether a controller renders objects from `object` in the cluster, and a key or a text of it
/// may ask for HostProcess: a patch of Kustomize, or the values of a Helm chart.
pub fn may_render_host_process(object: &Value) -> bool {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let group = api_version.split('/').next().unwrap_or_default();
    GROUPS_OF_RENDERERS.contains(&group) && may_set_host_process(&object["spec"])
}

/// Returns whether `value`, which is no object of Kubernetes, sets the flag or an annotation of
/// HostProcess, as values of a Helm chart may. A schema, in which the key describes the field, does not.
pub fn are_values_with_host_process(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let is_set = matches!(value, Value::Bool(true) | Value::String(_));
            mentions_host_process(key) && is_set || are_values_with_host_process(value)
        }),
        Value::Array(entries) => entries.iter().any(are_values_with_host_process),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Returns whether a key or a text in `value` mentions HostProcess. `hostProcess: false` does not
/// count.
fn may_set_host_process(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let sets = mentions_host_process(key) && *value != Value::Bool(false);
            sets || may_set_host_process(value)
        }),
        Value::Array(entries) => entries.iter().any(may_set_host_process),
        Value::String(text) => mentions_host_process(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
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
    let Some(kind) = pod_kind(value) else {
        return false;
    };
    let path = kind.pod_spec_path();
    let pod_spec = path.split('.').try_fold(value, |value, key| value.get(key));
    match pod_spec.map(|pod_spec| &pod_spec["containers"]) {
        None | Some(Value::Null) => true,
        Some(Value::Array(containers)) => {
            containers.is_empty() || containers.iter().any(is_container_without_image)
        }
        Some(_) => false,
    }
}

fn is_container_without_image(container: &Value) -> bool {
    container.is_object() && container["image"].is_null()
}

/// Returns the kind of `value`, if Kubernetes defines it and its objects have a pod spec.
fn pod_kind(value: &Value) -> Option<&'static PodKind> {
    // A patch may leave out its `apiVersion`.
    let api_version = value["apiVersion"].as_str();
    let kind = value["kind"].as_str()?;
    match api_version {
        Some(api_version) => {
            let (group, _version) = api_version.split_once('/').unwrap_or(("", api_version));
            PodKind::find(group, kind)
        }
        None => POD_KINDS.iter().find(|known| known.kind == kind),
    }
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
    #[case::flag_that_is_false(
        "kind: Pod\nspec: {securityContext: {windowsOptions: {hostProcess: false}}}",
        false
    )]
    #[case::annotation_of_a_template(
        "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {metadata: {annotations:
          {microsoft.com/hostprocess-container: 'true'}}}}}",
        true
    )]
    #[case::kind_of_another_group(
        "{apiVersion: batch.volcano.sh/v1, kind: Job, spec: {tasks: [{hostProcess: true}]}}",
        false
    )]
    #[case::transformer_with_a_patch(
        "{apiVersion: builtin, kind: PatchTransformer, patch: '- {path: /spec/hostProcess}'}",
        true
    )]
    #[case::transformer_of_annotations(
        "{apiVersion: builtin, kind: AnnotationsTransformer, annotations:
          {microsoft.com/hostprocess-container: 'true'}}",
        true
    )]
    #[case::transformer_of_something_else(
        "{apiVersion: builtin, kind: LabelTransformer, labels: {a: b}}",
        false
    )]
    #[case::custom_kind(&format!("kind: Agent\nspec: {{{OPTIONS}}}"), false)]
    fn kustomize_patches(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(
            is_kustomize_input_with_host_process(&yaml::read_single(text).unwrap()),
            expected
        );
    }
    #[rstest]
    #[case::flux_patch(
        "{apiVersion: kustomize.toolkit.fluxcd.io/v1, spec: {patches: [{patch: 'hostProcess: true'}]}}",
        true
    )]
    #[case::argo_cd_values(
        "{apiVersion: argoproj.io/v1alpha1, spec: {source: {helm: {values: 'hostProcess: true'}}}}",
        true
    )]
    #[case::harmless_patch(
        "{apiVersion: kustomize.toolkit.fluxcd.io/v1, spec: {patches: [{patch: 'a: b'}]}}",
        false
    )]
    #[case::text_of_another_kind(
        "{apiVersion: v1, kind: ConfigMap, data: {a: hostProcess}}",
        false
    )]
    fn texts_that_are_rendered_in_the_cluster(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(
            may_render_host_process(&yaml::read_single(text).unwrap()),
            expected
        );
    }
    #[rstest]
    #[case::flag("{windows: [{hostProcess: true}]}", true)]
    #[case::flag_as_text("{hostProcess: '{{ .x }}'}", true)]
    #[case::annotation(
        "{podAnnotations: {microsoft.com/hostprocess-container: 'true'}}",
        true
    )]
    #[case::flag_that_is_false("{hostProcess: false}", false)]
    #[case::schema("{properties: {hostProcess: {type: boolean, default: true}}}", false)]
    #[case::text("{description: hostProcess}", false)]
    fn values_of_charts(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(
            are_values_with_host_process(&yaml::read_single(text).unwrap()),
            expected
        );
    }
}
