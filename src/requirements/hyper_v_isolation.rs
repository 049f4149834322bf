//! `hyperVIsolation`: a HostProcess container does not run in a virtual machine.
//!
//! Field: `runtimeClassName` of the pod spec.
//! Allowed: no runtime class, or one whose name matches no pattern of the setting
//! `hyperVRuntimeClassNames`. Upper and lower case are the same.
//! Demanded by: AKS's page on HostProcess containers.

use crate::matching::{names, pattern};
use crate::requirements::finding::Finding;
use crate::settings::Requirement;
use crate::workload::pod::Pod;

pub fn check(pod: &Pod<'_>, hyper_v_runtime_class_names: &[String]) -> Option<Finding> {
    let class = pod.runtime_class_name?;
    if !isolates_with_hyper_v(class, hyper_v_runtime_class_names) {
        return None;
    }
    Some(Finding::at_field(
        Requirement::HyperVIsolation,
        "runtimeClassName",
        "must not be one of hyperVRuntimeClassNames",
    ))
}

/// Returns true if `class` matches one of `patterns`. Returns true as well if `class` is longer than
/// any name of a class, so that nobody can make the comparison expensive.
fn isolates_with_hyper_v(class: &str, patterns: &[String]) -> bool {
    if class.len() > names::LONGEST_SUBDOMAIN {
        return true;
    }
    let class = class.to_ascii_lowercase();
    patterns
        .iter()
        .any(|pattern| pattern::matches(&pattern.to_ascii_lowercase(), &class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_class_can_have_counts_as_hyper_v() {
        let patterns = [String::from("hyperv")];
        assert!(!isolates_with_hyper_v(&"a".repeat(253), &patterns));
        assert!(isolates_with_hyper_v(&"a".repeat(254), &patterns));
    }
}
