//! `hyperVIsolation`: a process on the host is in no virtual machine.
//!
//! Reads `runtimeClassName`.
//! Allows: none, or a name that matches none of the setting `hyperVRuntimeClassNames`, in any
//! case; names of runtime classes are free text.
//! Demanded by: the source document (D7).

use super::found;
use crate::finding::Finding;
use crate::pattern::{self, Case, Wildcards};
use crate::pod::Pod;

/// How long the name of a runtime class may be, as a DNS subdomain.
const LONGEST_NAME: usize = 253;

/// What is wrong with the runtime class of `pod`, where `patterns` are those of Hyper-V. A
/// name that is too long for one is not looked up.
pub fn check(pod: &Pod<'_>, patterns: &[String]) -> Option<Finding> {
    let isolates = |class: &&str| {
        let matches =
            |pattern: &String| pattern::matches_with(pattern, class, Wildcards::Any, Case::Ignored);
        class.len() > LONGEST_NAME || patterns.iter().any(matches)
    };
    let place = pod.runtime_class_name.filter(isolates).map(|_| "runtimeClassName");
    found::at("hyperVIsolation", place, "must not be one of hyperVRuntimeClassNames")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use crate::settings::Settings;
    use rstest::rstest;
    use serde_json::{Value, json};

    #[rstest]
    #[case::none(json!(null), false)]
    #[case::process(json!("runhcs-wcow-process"), false)]
    #[case::default_pattern(json!("runhcs-wcow-hypervisor"), true)]
    #[case::hyphen_and_case(json!("Windows-Hyper-V"), true)]
    #[case::another_pattern(json!("isolated"), false)]
    fn classes(#[case] class: Value, #[case] isolates: bool) {
        let spec = json!({"runtimeClassName": class});
        let patterns = Settings::default().hyper_v_runtime_class_names;
        let finding =
            "hyperVIsolation: runtimeClassName: must not be one of hyperVRuntimeClassNames";
        let expected = if isolates { finding } else { "" };
        assert_eq!(said(check(&pod(&spec), &patterns)), expected);
        assert_eq!(check(&pod(&spec), &[]), None);
    }

    #[test]
    fn no_class_has_a_longer_name() {
        for (length, wrong) in [(253, false), (254, true)] {
            let spec = json!({"runtimeClassName": "a".repeat(length)});
            assert_eq!(check(&pod(&spec), &[]).is_some(), wrong);
        }
    }
}
