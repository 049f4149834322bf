use rstest::rstest;

use super::*;

const SAMPLE: &str = r#"
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    operations: [CREATE, UPDATE]
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [pods/ephemeralcontainers]
    operations: [UPDATE]
mutating: false
contextAwareResources:
  - apiVersion: v1
    kind: Node
annotations:
  io.artifacthub.displayName: Sample Policy
  io.artifacthub.resources: Pod, Job
  io.artifacthub.keywords: sample, two words
  io.kubewarden.policy.title: sample-policy
  io.kubewarden.policy.version: 1.2.3
  io.kubewarden.policy.description: Judges samples
  io.kubewarden.policy.author: Sample Authors <sample@example.com>
  io.kubewarden.policy.ociUrl: registry.example.com/policies/sample
  io.kubewarden.policy.url: https://example.com/sample
  io.kubewarden.policy.source: https://example.com/source
  io.kubewarden.policy.license: Apache-2.0
  io.kubewarden.policy.category: Samples
  io.kubewarden.policy.severity: low
"#;

/// Metadata that is right in everything.
pub(crate) fn sample() -> Metadata {
    Metadata::from_yaml(SAMPLE, "1.2.3").unwrap()
}

/// The problems of the sample after `from` was replaced with `to`, one per line.
fn problems(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "{from:?} is not in the sample");
    let text = SAMPLE.replacen(from, to, 1);
    match Metadata::from_yaml(&text, "1.2.3") {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn reads_what_the_file_states() {
    let metadata = sample();
    assert_eq!(metadata.rules.len(), 2);
    assert_eq!(metadata.rules[0].operations, ["CREATE", "UPDATE"]);
    assert_eq!(metadata.rules[1].resources, ["pods/ephemeralcontainers"]);
    assert!(!metadata.mutating);
    assert!(
        metadata.background_audit,
        "on unless the file says otherwise"
    );
    assert_eq!(metadata.context_aware_resources[0].kind, "Node");
    assert_eq!(metadata.annotations.len(), 13);
    assert_eq!(
        metadata.module_reference(),
        "registry.example.com/policies/sample:v1.2.3"
    );
}

#[rstest]
#[case::no_rules(
    "rules:",
    "regeln:",
    "regeln: unknown key, known are rules, annotations, mutating, backgroundAudit, contextAwareResources, executionMode, policyType\nrules: is required"
)]
#[case::no_mutating("mutating: false\n", "", "mutating: is required")]
#[case::mutating_not_boolean(
    "mutating: false",
    "mutating: 0",
    "mutating: true or false is expected, found a number"
)]
#[case::background_audit(
    "mutating: false",
    "mutating: false\nbackgroundAudit: never",
    "backgroundAudit: true or false is expected, found a string"
)]
#[case::execution_mode(
    "mutating: false",
    "mutating: false\nexecutionMode: wasi",
    "executionMode: \"kubewarden-wapc\" is expected, found \"wasi\""
)]
#[case::policy_type(
    "mutating: false",
    "mutating: false\npolicyType: raw",
    "policyType: \"kubernetes\" is expected, found \"raw\""
)]
#[case::unknown_rule_key(
    "resources: [pods]",
    "resource: [pods]",
    "rules[0].resource: unknown key, known are apiGroups, apiVersions, resources, operations, scope\nrules[0].resources: is required"
)]
#[case::empty_list(
    "apiVersions: [v1]",
    "apiVersions: []",
    "rules[0].apiVersions: at least one entry is expected"
)]
#[case::list_is_string(
    "apiVersions: [v1]",
    "apiVersions: v1",
    "rules[0].apiVersions: a list is expected, found a string"
)]
#[case::entry_is_number(
    "apiVersions: [v1]",
    "apiVersions: [1]",
    "rules[0].apiVersions[0]: a string is expected, found a number"
)]
#[case::entry_twice(
    "resources: [pods]",
    "resources: [pods, pods]",
    "rules[0].resources: an entry stands twice"
)]
#[case::star_beside(
    "resources: [pods]",
    "resources: [pods, '*']",
    "rules[0].resources: \"*\" stands for everything, so nothing may stand beside it"
)]
#[case::empty_resource(
    "resources: [pods]",
    "resources: ['']",
    "rules[0].resources[0]: a resource is expected, found an empty string"
)]
#[case::subresource_with_create(
    "resources: [pods]",
    "resources: [pods, pods/ephemeralcontainers]",
    "rules[0].resources[1]: the subresource \"pods/ephemeralcontainers\" needs a rule of its own without CREATE, which the audit scanner passes over"
)]
#[case::operation(
    "[CREATE, UPDATE]",
    "[CREATE, Update]",
    "rules[0].operations[1]: one of CREATE, UPDATE, DELETE, CONNECT, * is expected, found \"Update\""
)]
#[case::scope(
    "resources: [pods]",
    "resources: [pods]\n    scope: namespaced",
    "rules[0].scope: one of Cluster, Namespaced, * is expected, found \"namespaced\""
)]
#[case::rule_is_string(
    "rules:",
    "rules:\n  - pods",
    "rules[0]: a mapping is expected, found a string"
)]
#[case::context_key(
    "    kind: Node",
    "    kinds: Node",
    "contextAwareResources[0].kinds: unknown key, known are apiVersion, kind\ncontextAwareResources[0].kind: is required"
)]
#[case::context_twice(
    "    kind: Node",
    "    kind: Node\n  - apiVersion: v1\n    kind: Node",
    "contextAwareResources[1]: an entry stands twice"
)]
#[case::context_is_mapping(
    "contextAwareResources:\n  - apiVersion: v1\n    kind: Node",
    "contextAwareResources: {}",
    "contextAwareResources: a list is expected, found a mapping"
)]
#[case::no_title(
    "  io.kubewarden.policy.title: sample-policy\n",
    "",
    "annotations[\"io.kubewarden.policy.title\"]: is required"
)]
#[case::empty_title(
    "title: sample-policy",
    "title: ''",
    "annotations[\"io.kubewarden.policy.title\"]: is empty"
)]
#[case::title(
    "title: sample-policy",
    "title: Sample Policy",
    "annotations[\"io.kubewarden.policy.title\"]: an RFC 1123 label is expected (at most 63 of a-z, 0-9 and -, no - at the ends), found \"Sample Policy\""
)]
#[case::version_with_v(
    "version: 1.2.3",
    "version: v1.2.3",
    "annotations[\"io.kubewarden.policy.version\"]: a semantic version is expected, found \"v1.2.3\": unexpected character 'v' while parsing major version number\nannotations[\"io.kubewarden.policy.version\"]: v1.2.3 is not the package's version, 1.2.3"
)]
#[case::other_version(
    "version: 1.2.3",
    "version: 1.2.4",
    "annotations[\"io.kubewarden.policy.version\"]: 1.2.4 is not the package's version, 1.2.3"
)]
#[case::version_is_number(
    "version: 1.2.3",
    "version: 1.2",
    "annotations[\"io.kubewarden.policy.version\"]: a string is expected, found a number"
)]
#[case::description(
    "description: Judges samples",
    "description: \"Judges\\nsamples\"",
    "annotations[\"io.kubewarden.policy.description\"]: one line is expected, found control characters"
)]
#[case::author_without_mail(
    "Sample Authors <sample@example.com>",
    "Sample Authors",
    "annotations[\"io.kubewarden.policy.author\"]: \"Name <mail>\" is expected, found \"Sample Authors\""
)]
#[case::author_without_name(
    "Sample Authors <sample@example.com>",
    "<sample@example.com>",
    "annotations[\"io.kubewarden.policy.author\"]: \"Name <mail>\" is expected, found \"<sample@example.com>\""
)]
#[case::author_without_host(
    "Sample Authors <sample@example.com>",
    "Sample Authors <sample@>",
    "annotations[\"io.kubewarden.policy.author\"]: \"Name <mail>\" is expected, found \"Sample Authors <sample@>\""
)]
#[case::oci_url_with_scheme(
    "ociUrl: registry",
    "ociUrl: registry://registry",
    "annotations[\"io.kubewarden.policy.ociUrl\"]: registry and repository without scheme, tag and digest are expected, found \"registry://registry.example.com/policies/sample\""
)]
#[case::oci_url_with_tag(
    "policies/sample\n",
    "policies/sample:v1.2.3\n",
    "annotations[\"io.kubewarden.policy.ociUrl\"]: registry and repository without scheme, tag and digest are expected, found \"registry.example.com/policies/sample:v1.2.3\""
)]
#[case::url(
    "url: https://example.com/sample",
    "url: http://example.com/sample",
    "annotations[\"io.kubewarden.policy.url\"]: a https:// address is expected, found \"http://example.com/sample\""
)]
#[case::source(
    "source: https://example.com/source",
    "source: example.com/source",
    "annotations[\"io.kubewarden.policy.source\"]: a https:// address is expected, found \"example.com/source\""
)]
#[case::license(
    "license: Apache-2.0",
    "license: Apache",
    "annotations[\"io.kubewarden.policy.license\"]: an SPDX licence expression is expected, found \"Apache\": unknown term"
)]
#[case::severity(
    "severity: low",
    "severity: Low",
    "annotations[\"io.kubewarden.policy.severity\"]: one of info, low, medium, high, critical is expected, found \"Low\""
)]
#[case::keywords(
    "keywords: sample, two words",
    "keywords: sample,, two words",
    "annotations[\"io.artifacthub.keywords\"]: entries separated by single commas are expected, found \"sample,, two words\""
)]
#[case::misspelt_annotation(
    "  io.kubewarden.policy.severity: low",
    "  io.kubewarden.policy.severity: low\n  io.kubewarden.policy.serverity: low",
    "annotations[\"io.kubewarden.policy.serverity\"]: unknown key"
)]
#[case::usage(
    "  io.kubewarden.policy.severity: low",
    "  io.kubewarden.policy.severity: low\n  io.kubewarden.policy.usage: none",
    "annotations[\"io.kubewarden.policy.usage\"]: is made from the README and may not stand here"
)]
fn refuses(#[case] from: &str, #[case] to: &str, #[case] expected: &str) {
    assert_eq!(problems(from, to), expected);
}

#[rstest]
#[case::somebody_elses_annotation(
    "  io.kubewarden.policy.severity: low",
    "  io.kubewarden.policy.severity: low\n  com.example/team: security"
)]
#[case::registry_with_port("ociUrl: registry.example.com/", "ociUrl: registry.example.com:5000/")]
#[case::no_context_aware_resources(
    "contextAwareResources:\n  - apiVersion: v1\n    kind: Node\n",
    "contextAwareResources: []\n"
)]
#[case::null_is_absent(
    "contextAwareResources:\n  - apiVersion: v1\n    kind: Node\n",
    "contextAwareResources:\n"
)]
#[case::background_audit_off("mutating: false", "mutating: false\nbackgroundAudit: false")]
fn accepts(#[case] from: &str, #[case] to: &str) {
    assert_eq!(problems(from, to), "");
}

#[test]
fn names_every_problem_at_once() {
    let text = "rules: []\nmutating: maybe\nannotations: {}\n";
    let problems = Metadata::from_yaml(text, "1.2.3").unwrap_err();
    assert_eq!(problems.0.len(), 2 + 13);
    assert_eq!(problems.0[0].path, "rules");
    assert_eq!(problems.0[14].path, "mutating");
}

#[test]
fn names_the_line_of_what_is_not_yaml() {
    let problems = Metadata::from_yaml("rules:\n  - [\n", "1.2.3").unwrap_err();
    assert_eq!(problems.0.len(), 1);
    assert_eq!(problems.0[0].path, "");
    assert!(
        problems.0[0].reason.contains("line 2"),
        "{}",
        problems.0[0].reason
    );
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let text = format!("{SAMPLE}mutating: true\n");
    let problems = Metadata::from_yaml(&text, "1.2.3").unwrap_err();
    assert!(problems.to_string().contains("mutating"), "{problems}");
}
