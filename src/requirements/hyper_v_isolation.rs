//! `hyperVIsolation`: a process on the host is in no virtual machine. Allows no `runtimeClassName`,
//! or one that matches none of the setting `hyperVRuntimeClassNames`, in any case; names of runtime
//! classes are free text. Demanded by: AKS's page on HostProcess containers.

use crate::matching::pattern;
use crate::requirements::finding::Finding;
use crate::workload::pod::Pod;

/// Where `patterns` are those of Hyper-V. A name that is too long for one is not looked up.
pub fn check(pod: &Pod<'_>, patterns: &[String]) -> Option<Finding> {
    let wrong = pod.runtime_class_name.is_some_and(|class| {
        let class = class.to_ascii_lowercase();
        let matches = |pattern: &String| pattern::matches(&pattern.to_ascii_lowercase(), &class);
        class.len() > 253 || patterns.iter().any(matches)
    });
    let problem = "must not be one of hyperVRuntimeClassNames";
    Finding::of("hyperVIsolation", wrong, "runtimeClassName", problem)
}
