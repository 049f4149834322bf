//! A finding as a warning, of the length that Kubernetes recommends.

use crate::finding::Finding;

/// How long a warning is at most, in characters.
const LONGEST: usize = 120;

/// `finding` as a warning: `REQUIREMENT: PROBLEM (PLACE and 2 more)`, the place left out where
/// it is the requirement's name. At most 120 characters: place or problem end early, between
/// words and outside of quotes.
pub fn warning(finding: &Finding) -> String {
    let said = format!("{}: {}", finding.requirement, finding.problem);
    let place = match finding.places.first() {
        Some(place) if place != finding.requirement => place,
        _ => return shortened(&said, LONGEST),
    };
    let more = match finding.places.len() {
        1 => String::new(),
        places => format!(" and {} more", places - 1),
    };
    let room = LONGEST.saturating_sub(said.len() + " ()".len() + more.len());
    match &*shortened(place, room) {
        "" => shortened(&said, LONGEST),
        place => format!("{said} ({place}{more})"),
    }
}

/// `text`, which is escaped, at most `longest` characters of it: a longer one ends with dots
/// behind a word or a step of a path, outside of quotes; it is empty where none fits.
fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return String::from(text);
    }
    let mut is_quoted = false;
    let mut end = 0;
    for (at, c) in text.char_indices().take_while(|(at, _)| at + "...".len() <= longest) {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' | '.' | '[' if !is_quoted => end = at,
            _ => {}
        }
    }
    match text[..end].trim_end_matches([' ', ',', ':', ';', '.', '(']) {
        "" => String::new(),
        text => format!("{text}..."),
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
        r"runAsUserName: must name an account, like NT AUTHORITY\SYSTEM (initContainers[10].securityContext... and 1 more)"
    )]
    #[case::long_name(
        "allContainers",
        &[r#"initContainers[0] "a-name-as-long-as-they-may-be-or-nearly-so-and-then-some""#],
        "must say hostProcess: true, like all containers of a pod",
        "allContainers: must say hostProcess: true, like all containers of a pod (initContainers[0]...)"
    )]
    #[case::long_problem(
        "nodeKubernetes",
        &["nodeSelector"],
        r#"must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17"), "another node with blanks" ("v1.9")"#,
        r#"nodeKubernetes: must leave out nodes below Kubernetes 1.23: "one-of-the-nodes" ("v1.22.17")..."#
    )]
    #[case::nothing_fits("x", &["a", "b"], &"p".repeat(200), "x...")]
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
