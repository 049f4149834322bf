//! What a requirement finds wrong with a workload, and how messages say it.

use crate::settings::Requirement;
use crate::text;

/// The longest warning, in characters: what Kubernetes recommends. All warnings are ASCII, because
/// text.rs escapes everything else, so this is also their longest length in bytes.
pub const LONGEST_WARNING: usize = 120;

/// The warning if [`super::Findings::reaches_no_node`].
pub const REACHES_NO_NODE: &str =
    "nodes: no Windows node matches nodeName, nodeSelector and the required node affinity";

/// What one requirement finds wrong with a pod.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// The requirement that is not met.
    pub requirement: Requirement,
    /// The places where it is not met: fields of the pod spec (`hostNetwork`), its containers by
    /// title (`containers[0] "agent"`), or annotations by their whole path. Never empty.
    pub places: Vec<String>,
    /// What is wrong with the places, as messages say it: `must be true`. Text from the request in it is
    /// escaped and bounded.
    pub problem: String,
}

impl Finding {
    /// Returns the finding of `requirement` at `places`; `None` if there are no places.
    pub fn at_places(
        requirement: Requirement,
        places: Vec<String>,
        problem: impl Into<String>,
    ) -> Option<Self> {
        if places.is_empty() {
            return None;
        }
        Some(Finding {
            requirement,
            places,
            problem: problem.into(),
        })
    }

    /// Returns the finding of `requirement` at one `field`.
    pub fn at_field(requirement: Requirement, field: &str, problem: impl Into<String>) -> Self {
        Finding {
            requirement,
            places: vec![String::from(field)],
            problem: problem.into(),
        }
    }

    /// Returns what a denial says: `PLACES: PROBLEM (requirements.KEY)`.
    pub fn denial(&self) -> String {
        let places = text::join_names(&self.places);
        let key = self.requirement.key();
        format!("{places}: {} (requirements.{key})", self.problem)
    }

    /// Returns what a warning says: `KEY: PROBLEM (PLACE and 2 more)`.
    ///
    /// The places are left out if they only repeat the key, or if the warning would be too long
    /// with them.
    pub fn warning(&self) -> String {
        let key = self.requirement.key();
        let without_places = format!("{key}: {}", self.problem);
        // There is always a first place.
        let first_place = &self.places[..1];
        let places = text::join_first_names(first_place, self.places.len());
        if places == key {
            return text::truncate(without_places, LONGEST_WARNING);
        }

        let with_places = format!("{without_places} ({places})");
        if with_places.len() > LONGEST_WARNING {
            return text::truncate(without_places, LONGEST_WARNING);
        }
        with_places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::place_with_the_name_of_the_requirement(Requirement::HostNetwork, &["hostNetwork"], "must be true",
        "hostNetwork: must be true")]
    #[case::place(Requirement::WindowsNode, &["nodeSelector"], "must say kubernetes.io/os: windows",
        "windowsNode: must say kubernetes.io/os: windows (nodeSelector)")]
    #[case::places(Requirement::RunAsNonRoot, &["a", "b", "c"], "must be false",
        "runAsNonRoot: must be false (a and 2 more)")]
    #[case::longest_with_a_place(
        Requirement::RunAsNonRoot,
        &["a"],
        &"p".repeat(102),
        &format!("runAsNonRoot: {} (a)", "p".repeat(102)),
    )]
    #[case::long_path(
        Requirement::RunAsUserName,
        &["initContainers[10].securityContext.windowsOptions.runAsUserName", "x"],
        r"must name an account, like NT AUTHORITY\SYSTEM",
        r"runAsUserName: must name an account, like NT AUTHORITY\SYSTEM"
    )]
    #[case::long_name(
        Requirement::AllContainers,
        &[r#"initContainers[0] "a-name-as-long-as-they-may-be-or-nearly-so-and-then-some""#],
        "must say hostProcess: true, like all containers of a pod",
        "allContainers: must say hostProcess: true, like all containers of a pod"
    )]
    #[case::long_problem(
        Requirement::NodeKubernetes,
        &["nodeSelector"],
        r#"must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blanks" ("v1.9")"#,
        r#"nodeKubernetes: must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blank..."#
    )]
    fn warnings(
        #[case] requirement: Requirement,
        #[case] places: &[&str],
        #[case] problem: &str,
        #[case] expected: &str,
    ) {
        let finding = Finding {
            requirement,
            places: places.iter().copied().map(String::from).collect(),
            problem: String::from(problem),
        };
        let warning = finding.warning();
        assert_eq!(warning, expected);
        assert!(warning.len() <= LONGEST_WARNING);
    }

    #[test]
    fn a_denial_names_the_places_and_the_setting() {
        let finding = Finding {
            requirement: Requirement::RunAsNonRoot,
            places: vec![String::from("a"), String::from("b")],
            problem: String::from("must be false"),
        };
        assert_eq!(
            finding.denial(),
            "a, b: must be false (requirements.runAsNonRoot)"
        );
    }
}
