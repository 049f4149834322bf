//! Finds unknown and missing keys of a policy, and values that Kubewarden refuses.

use serde_json::Value;
use windows_hostprocess_policy::format_step;
use windows_hostprocess_policy::settings::{Settings, find_meant_key};

use super::module::ModuleOwner;
use super::policy_kind::{PolicyKind, TIMEOUTS};
use super::policy_problem::{PolicyFinding, PolicyProblem};

/// The keys of a policy besides `spec`, and `spec` itself.
const DOCUMENT_KEYS: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
/// The keys of a selector.
const SELECTOR_KEYS: [&str; 2] = ["matchLabels", "matchExpressions"];

/// A key that Kubewarden's CustomResourceDefinitions require.
#[derive(Clone, Copy)]
struct RequiredKey {
    key: &'static str,
    /// What to write: `write false`.
    instead: &'static str,
}

const MODULE_KEY: RequiredKey = RequiredKey {
    key: "module",
    instead: "copy the module of artefacts/policy.yaml",
};
const REQUIRED_OF_POLICIES: [RequiredKey; 2] = [
    MODULE_KEY,
    RequiredKey {
        key: "mutating",
        instead: "write false, because this policy changes no object",
    },
];
const REQUIRED_OF_MEMBERS: [RequiredKey; 1] = [MODULE_KEY];
const REQUIRED_OF_GROUPS: [RequiredKey; 2] = [
    RequiredKey {
        key: "expression",
        instead: "write the names of members, such as hostprocess()",
    },
    RequiredKey {
        key: "message",
        instead: "write the message for a user whose request is denied",
    },
];

/// A policy resource, and the part of it that has the module.
pub struct PolicyDocument<'d> {
    /// The policy or the policy group.
    pub document: &'d Value,
    /// Its kind.
    pub kind: PolicyKind,
    /// The path of `member`: `spec`, or `spec.policies.NAME` for a member of a policy group.
    pub member_path: &'d str,
    /// What has the module and the settings.
    pub member: &'d Value,
}

/// An object in a policy, and the keys that it may have.
struct ObjectWithKeys<'d> {
    /// The path in the policy; empty for the policy itself.
    path: String,
    value: &'d Value,
    known_keys: Vec<&'static str>,
    required_keys: &'static [RequiredKey],
    /// What the object is: `a selector`.
    name: String,
}

impl PolicyDocument<'_> {
    /// Returns the problems with the keys of the policy.
    pub fn find_problems(&self) -> Vec<PolicyFinding> {
        let mut findings = self.find_unknown_keys();
        findings.extend(self.find_missing_keys());
        findings.extend(self.find_missing_name());
        findings.extend(self.find_module_of_another_policy());
        findings.extend(self.find_timeouts_out_of_range());
        findings
    }

    /// Returns whose module the policy runs.
    pub fn module_owner(&self) -> ModuleOwner {
        ModuleOwner::of_module(self.module())
    }

    /// Returns the module; empty if there is none.
    fn module(&self) -> &str {
        self.member["module"].as_str().unwrap_or_default()
    }

    fn path_of_module(&self) -> String {
        format!("{}.module", self.member_path)
    }

    fn find_module_of_another_policy(&self) -> Option<PolicyFinding> {
        if self.module_owner() != ModuleOwner::AnotherPolicy {
            return None;
        }
        let problem = PolicyProblem::ModuleOfAnotherPolicy(self.module().to_owned());
        Some(PolicyFinding::new(self.path_of_module(), problem))
    }

    /// Returns the keys that Kubewarden requires and that the policy does not have. A key that is only
    /// misspelt is found among the unknown keys, and missing `rules` with the webhook rules.
    fn find_missing_keys(&self) -> Vec<PolicyFinding> {
        let mut findings = Vec::new();
        for object in self.objects() {
            for RequiredKey { key, instead } in object.required_keys {
                let is_misspelt = object
                    .unknown_keys()
                    .any(|unknown| object.find_meant(unknown) == Some(key));
                if is_absent(&object.value[key]) && !is_misspelt {
                    let problem = PolicyProblem::MissingKey { instead };
                    findings.push(PolicyFinding::new(object.path_of(key), problem));
                }
            }
        }
        findings
    }

    /// Returns the problem with a policy that has no name and that gets none from Kubernetes either.
    fn find_missing_name(&self) -> Option<PolicyFinding> {
        let metadata = &self.document["metadata"];
        if !is_absent(&metadata["name"]) || !is_absent(&metadata["generateName"]) {
            return None;
        }
        let instead = "write a name, such as windows-hostprocess";
        let problem = PolicyProblem::MissingKey { instead };
        Some(PolicyFinding::new("metadata.name", problem))
    }

    /// Returns the timeouts that Kubernetes does not accept.
    fn find_timeouts_out_of_range(&self) -> Vec<PolicyFinding> {
        let mut findings = Vec::new();
        for object in self.objects() {
            for key in ["timeoutSeconds", "timeoutEvalSeconds"] {
                let timeout = &object.value[key];
                let is_in_range = timeout.as_i64().is_some_and(|t| TIMEOUTS.contains(&t));
                let is_known = object.known_keys.contains(&key);
                if is_known && !timeout.is_null() && !is_in_range {
                    let problem = PolicyProblem::TimeoutOutOfRange;
                    findings.push(PolicyFinding::new(object.path_of(key), problem));
                }
            }
        }
        findings
    }

    /// Returns the objects whose keys are checked. The settings are read elsewhere, and so are the
    /// webhook rules.
    fn objects(&self) -> Vec<ObjectWithKeys<'_>> {
        let spec = &self.document["spec"];
        let kind = self.kind.name();
        let article = match kind.starts_with('A') {
            true => "an",
            false => "a",
        };
        let mut objects = vec![
            ObjectWithKeys {
                path: String::new(),
                value: self.document,
                known_keys: DOCUMENT_KEYS.to_vec(),
                required_keys: &[],
                name: String::from("a policy"),
            },
            ObjectWithKeys {
                path: String::from("spec"),
                value: spec,
                known_keys: self.kind.spec_keys(),
                required_keys: match self.kind.is_group() {
                    true => &REQUIRED_OF_GROUPS,
                    false => &REQUIRED_OF_POLICIES,
                },
                name: format!("{article} {kind}"),
            },
        ];
        if self.kind.is_group() {
            objects.push(ObjectWithKeys {
                path: self.member_path.to_owned(),
                value: self.member,
                known_keys: self.kind.member_keys(),
                required_keys: &REQUIRED_OF_MEMBERS,
                name: format!("a member of {article} {kind}"),
            });
        }
        for key in ["namespaceSelector", "objectSelector"] {
            objects.push(ObjectWithKeys {
                path: format!("spec.{key}"),
                value: &spec[key],
                known_keys: SELECTOR_KEYS.to_vec(),
                required_keys: &[],
                name: String::from("a selector"),
            });
        }
        objects
    }

    /// Returns the keys that the policy cannot have.
    fn find_unknown_keys(&self) -> Vec<PolicyFinding> {
        let mut findings = Vec::new();
        for object in self.objects() {
            for key in object.unknown_keys() {
                let path = object.path_of(key);
                findings.push(PolicyFinding::new(path, self.explain(&object, key)));
            }
        }
        findings
    }

    /// Explains the unknown key `key` of `object`.
    fn explain(&self, object: &ObjectWithKeys<'_>, key: &str) -> PolicyProblem {
        let meant = self.find_meant_path(object, key);
        if meant.is_none() && Settings::KEYS.contains(&key) {
            let destination = format!("{}.settings", self.member_path);
            return PolicyProblem::MisplacedKey { destination };
        }
        PolicyProblem::UnknownKey {
            meant,
            object: object.name.clone(),
        }
    }

    /// Returns the key that the unknown key `key` of `object` probably means. The policy itself may
    /// have a key that belongs in its `spec`.
    fn find_meant_path(&self, object: &ObjectWithKeys<'_>, key: &str) -> Option<String> {
        let is_policy = object.path.is_empty();
        if is_policy && self.kind.spec_keys().contains(&key) {
            return Some(format!("spec.{key}"));
        }
        object.find_meant(key).map(str::to_owned)
    }
}

impl ObjectWithKeys<'_> {
    /// Returns the keys that the object cannot have; none if it is not an object.
    fn unknown_keys(&self) -> impl Iterator<Item = &str> {
        let fields = self.value.as_object().into_iter().flatten();
        fields
            .map(|(key, _)| key.as_str())
            .filter(|key| !self.known_keys.contains(key))
    }

    /// Returns the known key that `key` resembles, and that the object lacks.
    fn find_meant(&self, key: &str) -> Option<&'static str> {
        let known_keys = self.known_keys.iter().copied();
        find_meant_key(key, known_keys.filter(|known| self.value[*known].is_null()))
    }

    /// Returns the path in the policy of `key` of this object.
    fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}{}", format_step(key)),
        }
    }
}

/// Returns whether a field is missing, `null` or empty text.
fn is_absent(value: &Value) -> bool {
    value.is_null() || value == ""
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn add(object: &mut Value, fields: &Value) {
        let fields = fields.as_object().unwrap().clone();
        object.as_object_mut().unwrap().extend(fields);
    }

    /// Finds problems in a complete policy of `kind` with these `fields` in its `spec`, and `more` beside
    /// the `spec`. A field that is `null` is missing.
    fn problems(kind: PolicyKind, fields: &Value, more: &Value) -> Vec<String> {
        let mut document = json!({
            "apiVersion": "policies.kubewarden.io/v1",
            "kind": kind.name(),
            "metadata": {"name": "a"},
            "spec": {
                "module": "registry://example.com/windows-hostprocess-policy:v1",
                "mutating": false,
            },
        });
        add(&mut document["spec"], fields);
        add(&mut document, more);
        let policy = PolicyDocument {
            document: &document,
            kind,
            member_path: "spec",
            member: &document["spec"],
        };
        let problems = policy.find_problems();
        problems.iter().map(PolicyFinding::to_string).collect()
    }

    #[rstest]
    #[case::in_small_letters(json!({"backgroundaudit": false}),
        "spec.backgroundaudit: unknown key: Kubernetes refuses or drops it. Did you mean backgroundAudit?")]
    #[case::in_the_singular(json!({"matchCondition": []}),
        "spec.matchCondition: unknown key: Kubernetes refuses or drops it. Did you mean matchConditions?")]
    #[case::whose_right_spelling_is_there(json!({"mode": "protect", "mod": "monitor"}),
        "spec.mod: unknown key: Kubernetes refuses or drops it, because a ClusterAdmissionPolicy has no such key. Delete it")]
    #[case::that_means_nothing(json!({"priority": 1}),
        "spec.priority: unknown key: Kubernetes refuses or drops it, because a ClusterAdmissionPolicy has no such key. Delete it")]
    #[case::of_the_settings(json!({"allow": []}),
        "spec.allow: unknown key: Kubernetes refuses or drops it. If it is for the settings, write it in spec.settings")]
    #[case::misspelt_settings(json!({"setings": {"allow": []}}),
        "spec.setings: unknown key: Kubernetes refuses or drops it. Did you mean settings?")]
    #[case::of_a_selector(json!({"objectSelector": {"matchLabel": {}}}),
        "spec.objectSelector.matchLabel: unknown key: Kubernetes refuses or drops it. Did you mean matchLabels?")]
    fn unknown_keys_of_a_spec(#[case] fields: Value, #[case] expected: &str) {
        let found = problems(PolicyKind::ClusterAdmissionPolicy, &fields, &json!({}));
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_key_of_the_spec_beside_the_spec_is_dropped() {
        let found = problems(
            PolicyKind::AdmissionPolicy,
            &json!({}),
            &json!({"rules": []}),
        );
        let expected =
            "rules: unknown key: Kubernetes refuses or drops it. Did you mean spec.rules?";
        assert_eq!(found, [expected]);
    }

    #[rstest]
    #[case::module(json!({"module": null}), "spec.module: is missing: copy the module of artefacts/policy.yaml")]
    #[case::empty_module(json!({"module": ""}), "spec.module: is missing: copy the module of artefacts/policy.yaml")]
    #[case::misspelt_module(json!({"module": null, "modul": "x"}),
        "spec.modul: unknown key: Kubernetes refuses or drops it. Did you mean module?")]
    #[case::mutating(json!({"mutating": null}),
        "spec.mutating: is missing: write false, because this policy changes no object")]
    #[case::module_of_another_policy(json!({"module": "registry://example.com/pod-privileged:v1"}),
        "spec.module: \"registry://example.com/pod-privileged:v1\" is the module of another policy by its name. \
         Write the module of this policy. If it is a mirror or a fork, keep hostprocess in its name")]
    fn what_a_policy_needs(#[case] fields: Value, #[case] expected: &str) {
        let found = problems(PolicyKind::AdmissionPolicy, &fields, &json!({}));
        assert_eq!(found, [expected]);
    }

    #[rstest]
    #[case::shortest(json!(2), true)]
    #[case::longest(json!(30), true)]
    #[case::too_short(json!(1), false)]
    #[case::too_long(json!(31), false)]
    #[case::negative(json!(-5), false)]
    #[case::text(json!("5s"), false)]
    #[case::fraction(json!(2.5), false)]
    fn timeouts_have_a_range(#[case] timeout: Value, #[case] is_accepted: bool) {
        for key in ["timeoutSeconds", "timeoutEvalSeconds"] {
            let fields = json!({key: timeout});
            let found = problems(PolicyKind::AdmissionPolicy, &fields, &json!({}));
            let text = "must be a whole number from 2 to 30: Kubernetes refuses the policy";
            let expected = (!is_accepted).then(|| format!("spec.{key}: {text}"));
            assert_eq!(found, Vec::from_iter(expected));
        }
    }

    #[rstest]
    #[case::given(json!({"name": "a"}), &[])]
    #[case::generated(json!({"generateName": "a-"}), &[])]
    #[case::missing(json!({"namespace": "b"}),
        &["metadata.name: is missing: write a name, such as windows-hostprocess"])]
    fn a_policy_needs_a_name(#[case] metadata: Value, #[case] expected: &[&str]) {
        let more = json!({"metadata": metadata});
        let found = problems(PolicyKind::AdmissionPolicy, &json!({}), &more);
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case::for_the_cluster(PolicyKind::ClusterAdmissionPolicy, &[])]
    #[case::for_a_namespace(PolicyKind::AdmissionPolicy,
        &["spec.namespaceSelector: unknown key: Kubernetes refuses or drops it, because an AdmissionPolicy has no such key. Delete it"])]
    fn a_policy_for_one_namespace_has_no_namespace_selector(
        #[case] kind: PolicyKind,
        #[case] expected: &[&str],
    ) {
        let fields = json!({"namespaceSelector": {"matchLabels": {"a": "b"}}});
        assert_eq!(problems(kind, &fields, &json!({})), expected);
    }

    #[test]
    fn a_member_of_a_group_has_keys_of_its_own() {
        let document = json!({
            "kind": "AdmissionPolicyGroup",
            "metadata": {"name": "a"},
            "spec": {
                "expression": "m()",
                "policies": {"m": {"setting": {}, "mutating": false}},
            },
        });
        let policy = PolicyDocument {
            document: &document,
            kind: PolicyKind::AdmissionPolicyGroup,
            member_path: "spec.policies.m",
            member: &document["spec"]["policies"]["m"],
        };
        let found = policy.find_problems();
        let paths: Vec<&str> = found.iter().map(|finding| finding.path.as_str()).collect();
        let expected = [
            "spec.policies.m.mutating",
            "spec.policies.m.setting",
            "spec.message",
            "spec.policies.m.module",
        ];
        assert_eq!(paths, expected);
    }
}
