//! A finding as a warning, of the length that Kubernetes recommends.

use crate::finding::Finding;
use crate::message;

/// How long a warning is at most, in characters.
const LONGEST: usize = 120;

/// `finding` as a warning: `REQUIREMENT: PROBLEM (PLACE and 2 more)`, the place left out where
/// it is the requirement's name. Where that is too long, only the first step of the place is
/// said, or none; a longer problem ends behind a word, and outside of quotes.
pub fn warning(finding: &Finding) -> String {
    let said = format!("{}: {}", finding.requirement, finding.problem);
    let place = finding.places.first().map_or("", String::as_str);
    let step = place.split(['.', ' ']).next().filter(|step| !step.contains('"'));
    for place in [Some(place), step].into_iter().flatten() {
        let places = message::first_of(&[String::from(place)], finding.places.len());
        let warning = format!("{said} ({places})");
        if place != finding.requirement && warning.len() <= LONGEST {
            return warning;
        }
    }
    if said.len() <= LONGEST {
        return said;
    }
    let cut = &said[..LONGEST - "...".len()];
    let mut cut = &cut[..cut.rfind(' ').unwrap_or(cut.len())];
    if cut.matches('"').count() % 2 == 1 {
        cut = &cut[..cut.rfind('"').unwrap_or_default()];
    }
    format!("{}...", cut.trim_end_matches([' ', ',', ':', ';', '.', '(']))
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
        r"runAsUserName: must name an account, like NT AUTHORITY\SYSTEM (initContainers[10] and 1 more)"
    )]
    #[case::long_name(
        "allContainers",
        &[r#"initContainers[0] "a-name-as-long-as-they-may-be-or-nearly-so-and-then-some""#],
        "must say hostProcess: true, like all containers of a pod",
        "allContainers: must say hostProcess: true, like all containers of a pod (initContainers[0])"
    )]
    #[case::long_problem(
        "nodeKubernetes",
        &["nodeSelector"],
        r#"must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blanks" ("v1.9")"#,
        r#"nodeKubernetes: must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17")..."#
    )]
    #[case::one_word("x", &["a", "b"], &"p".repeat(200), "x...")]
    fn warnings(
        #[case] requirement: &'static str,
        #[case] places: &[&str],
        #[case] problem: &str,
        #[case] expected: &str,
    ) {
        let warning = warning(&Finding {
            requirement,
            places: places.iter().copied().map(String::from).collect(),
            problem: String::from(problem),
        });
        assert_eq!(warning, expected);
        assert!(warning.len() <= LONGEST);
    }
}
