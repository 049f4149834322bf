//! `hyperVIsolation`: a process on the host is in no virtual machine.
//!
//! Reads `runtimeClassName` of the pod spec.
//! Allows: none, or a name that matches none of the setting
//! `hyperVRuntimeClassNames`; names of runtime classes are free text.
//! Demanded by: the source document (D7).

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::pattern::{self, matches_with};
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "hyperVIsolation",
    default: Mode::Deny,
    needs_nodes: false,
    judges_strays: false,
    description: "The pod's runtime class is none for Hyper-V isolation, by the patterns of \
        hyperVRuntimeClassNames.",
    short: "the runtime class is for Hyper-V isolation",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let Some(class) = case.pod.runtime_class else {
        return;
    };
    let isolates = case
        .settings
        .hyper_v_runtime_class_names
        .any(&|pattern| matches_with(pattern::Case::Ignored, pattern, class));
    if isolates && let Some(detail) = findings.at(case.pod.spec.0, "runtimeClassName") {
        text::put(detail, "Invalid value: ");
        text::push_quoted(detail, class);
        text::put(
            detail,
            ": HostProcess containers are processes on the host and have no Hyper-V isolation: \
             use a runtime class for process isolation, or leave it out",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::REQUIREMENT;
    use crate::requirements::tests::Question;
    use alloc::format;
    use rstest::rstest;

    const OWN: &str = r#"{"hyperVRuntimeClassNames":["isolated-?"]}"#;

    #[rstest]
    #[case::none("{}", "null", false)]
    #[case::process("{}", r#""runhcs-wcow-process""#, false)]
    #[case::default_pattern("{}", r#""runhcs-wcow-hyperv""#, true)]
    #[case::case_does_not_count("{}", r#""Hyper-V-HyperVisor""#, true)]
    #[case::own_pattern(OWN, r#""Isolated-1""#, true)]
    #[case::own_patterns_alone(OWN, r#""runhcs-wcow-hyperv""#, false)]
    fn classes(#[case] settings: &str, #[case] class: &str, #[case] isolates: bool) {
        let spec = format!(r#"{{"runtimeClassName":{class}}}"#);
        let finding = format!(
            "spec.runtimeClassName: Invalid value: {class}: HostProcess containers are processes \
             on the host and have no Hyper-V isolation: use a runtime class for process isolation, \
             or leave it out"
        );
        let question = Question {
            settings,
            ..Question::spec(&REQUIREMENT, &spec)
        };
        question.assert_says(
            &[&*finding][..usize::from(isolates)],
            "hyperVIsolation: the runtime class is for Hyper-V isolation (spec.runtimeClassName)",
        );
    }
}
