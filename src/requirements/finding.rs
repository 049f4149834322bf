//! What is wrong with a workload: where, and what would be right.

use crate::text;

/// How long a warning is at most, in characters: what Kubernetes recommends.
pub const LONGEST_WARNING: usize = 120;

/// What one requirement finds wrong with a pod.
#[derive(Debug, PartialEq)]
pub struct Finding {
    /// The requirement's key in the settings: `hostNetwork`.
    pub requirement: &'static str,
    /// The places that it holds for: fields of the pod spec (`hostNetwork`), its containers
    /// by title (`containers[0] "agent"`), or annotations by their whole path. Never none.
    pub places: Vec<String>,
    /// What is wrong, and what would be right: `must be true`. Escaped and bounded.
    pub problem: String,
}

impl Finding {
    /// The finding of `requirement` at `places`; none where there is none of them.
    pub fn at(requirement: &'static str, places: Vec<String>, problem: &str) -> Option<Self> {
        let problem = String::from(problem);
        (!places.is_empty()).then_some(Finding {
            requirement,
            places,
            problem,
        })
    }

    /// The same at one `field`, where it is `wrong`.
    pub fn of(requirement: &'static str, wrong: bool, field: &str, problem: &str) -> Option<Self> {
        Finding::at(requirement, vec![String::from(field)], problem).filter(|_| wrong)
    }

    /// As a warning: `REQUIREMENT: PROBLEM (PLACE and 2 more)`, the places left out where they are
    /// the requirement's name, or too long to be said.
    pub fn warning(&self) -> String {
        let said = format!("{}: {}", self.requirement, self.problem);
        let places = text::first_of(&self.places[..1], self.places.len());
        let warning = format!("{said} ({places})");
        let is_said = places == self.requirement || warning.len() > LONGEST_WARNING;
        if is_said {
            text::cut(said, LONGEST_WARNING)
        } else {
            warning
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::of_the_same_name("hostNetwork", &["hostNetwork"], "must be true",
        "hostNetwork: must be true")]
    #[case::place("windowsNode", &["nodeSelector"], "must say kubernetes.io/os: windows",
        "windowsNode: must say kubernetes.io/os: windows (nodeSelector)")]
    #[case::places("runAsNonRoot", &["a", "b", "c"], "must be false",
        "runAsNonRoot: must be false (a and 2 more)")]
    #[case::long_path(
        "runAsUserName",
        &["initContainers[10].securityContext.windowsOptions.runAsUserName", "x"],
        r"must name an account, like NT AUTHORITY\SYSTEM",
        r"runAsUserName: must name an account, like NT AUTHORITY\SYSTEM"
    )]
    #[case::long_name(
        "allContainers",
        &[r#"initContainers[0] "a-name-as-long-as-they-may-be-or-nearly-so-and-then-some""#],
        "must say hostProcess: true, like all containers of a pod",
        "allContainers: must say hostProcess: true, like all containers of a pod"
    )]
    #[case::long_problem(
        "nodeKubernetes",
        &["nodeSelector"],
        r#"must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blanks" ("v1.9")"#,
        r#"nodeKubernetes: must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blank..."#
    )]
    fn warnings(
        #[case] requirement: &'static str,
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
}
