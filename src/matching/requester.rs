//! Who asks, and the patterns that rules give of requesters.

use crate::matching::{names, pattern};
use crate::request::Requester;
use crate::text::quote;

/// What the API server puts before the name of a service account.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// As whom the controller manager makes pods, and what makes pods: under its own name where it
/// runs its controllers without service accounts.
const CONTROLLERS: [&str; 8] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:cronjob-controller",
];
/// The groups of these service accounts.
const CONTROLLER_GROUPS: [&str; 3] = [
    "system:serviceaccounts",
    "system:serviceaccounts:kube-system",
    "system:authenticated",
];
/// How many groups of a requester are looked at: about as many as Windows lets one be in.
const MOST_GROUPS: usize = 1_000;

/// Whether one of the `patterns` covers `requester`.
pub fn covers(patterns: &[String], requester: &Requester) -> bool {
    patterns.iter().any(|pattern| matches(pattern, requester))
}

/// Whether `requester` matches `pattern`. Groups beyond the first 1,000 match nothing: a group can
/// only admit.
fn matches(pattern: &str, Requester { username, groups }: &Requester) -> bool {
    match pattern.split_once(':') {
        Some(("user", name)) => pattern::matches(name, username),
        Some(("group", name)) => groups
            .iter()
            .take(MOST_GROUPS)
            .any(|group| pattern::matches(name, group)),
        Some(("serviceaccount", wanted)) => {
            let account = username.strip_prefix(SERVICE_ACCOUNT);
            let found = account.and_then(|account| account.split_once(':'));
            wanted
                .split_once('/')
                .zip(found)
                .is_some_and(|(wanted, found)| {
                    pattern::matches(wanted.0, found.0) && pattern::matches(wanted.1, found.1)
                })
        }
        _ => pattern == "*" || pattern == "controllers" && CONTROLLERS.contains(&&**username),
    }
}

/// Whether one of `patterns` covers one of the controller manager's identities, by name or
/// by a group that it is in.
pub fn covers_a_controller(patterns: &[String]) -> bool {
    let groups = CONTROLLER_GROUPS.map(str::to_owned).to_vec();
    let mut controller = Requester {
        username: String::new(),
        groups,
    };
    CONTROLLERS.iter().any(|name| {
        controller.username = (*name).to_owned();
        covers(patterns, &controller)
    })
}

/// What is wrong with `pattern`, and what to write; none where it is fine. `controllers` open
/// no shells, so that they are no pattern where they are not allowed.
pub fn problem(pattern: &str, allow_controllers: bool) -> Option<String> {
    let spelt = spelt(pattern);
    let (kind, name) = pattern.split_once(':').unwrap_or_default();
    let problem = match (kind, name) {
        _ if pattern.trim() != pattern || name.starts_with(' ') => {
            "has a blank at an end or behind the colon: delete it"
        }
        _ if spelt != pattern => {
            let misspelt = || format!("is misspelt: write {}", quote(&spelt));
            return Some(problem(&spelt, allow_controllers).unwrap_or_else(misspelt));
        }
        ("user" | "group", "") => "names nobody: write a name",
        ("user" | "group", _) => return None,
        ("serviceaccount", _) => {
            let (namespace, name) = name.split_once('/').unwrap_or_default();
            if names::may_be_label(namespace) && names::may_be_subdomain(name) {
                return None;
            }
            "matches no service account: write serviceaccount:NAMESPACE/NAME in lower-case \
             letters, digits, hyphens, * and ?, dots in the name"
        }
        _ if pattern == "controllers" && !allow_controllers => "open no shells: delete it",
        _ if pattern == "*" || pattern == "controllers" => return None,
        _ => {
            let user = quote(&format!("user:{pattern}"));
            return Some(format!(
                "does not say what it names: write {user}, group: for a group, or \
                 serviceaccount:NAMESPACE/NAME"
            ));
        }
    };
    Some(problem.to_owned())
}

/// `pattern` as it is written, where its kind is one in another spelling, a name is any in
/// disguise, or a service account is spelt as the API server does.
fn spelt(pattern: &str) -> String {
    let any = |name| {
        if pattern::is_any_in_disguise(name) {
            "*"
        } else {
            name
        }
    };
    let username = pattern.strip_prefix("user:").unwrap_or(pattern);
    let account = username
        .strip_prefix(SERVICE_ACCOUNT)
        .map(|it| format!("serviceaccount:{it}"));
    let written = account.as_deref().unwrap_or(pattern);
    let (kind, name) = written.split_once(':').unwrap_or((written, ""));
    let kind = kind.to_ascii_lowercase().replace('-', "");
    match (
        kind.trim_end_matches(['s', '*']),
        name.split_once(['/', ':']),
    ) {
        ("controller", _) => "controllers".to_owned(),
        ("serviceaccount", Some((namespace, name))) => {
            format!("serviceaccount:{}/{}", any(namespace), any(name))
        }
        (kind @ ("user" | "group" | "serviceaccount"), _) if written.contains(':') => {
            format!("{kind}:{}", any(name))
        }
        _ => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::anyone("*", "alice", true)]
    #[case::user("user:alice", "alice", true)]
    #[case::user_with_a_colon("user:oidc:a*", "oidc:alice", true)]
    #[case::other_user("user:alice", "alice2", false)]
    #[case::user_pattern("user:*@example.com", "alice@example.com", true)]
    #[case::users_are_service_accounts_too("user:*", "system:serviceaccount:a:b", true)]
    #[case::group("group:on-*", "alice", true)]
    #[case::other_group("group:admins", "alice", false)]
    #[case::user_is_no_group("group:alice", "alice", false)]
    #[case::service_account("serviceaccount:a/b", "system:serviceaccount:a:b", true)]
    #[case::patterns("serviceaccount:a*/?", "system:serviceaccount:aa:b", true)]
    #[case::other_name("serviceaccount:a/b", "system:serviceaccount:a:bb", false)]
    #[case::other_namespace("serviceaccount:a/b", "system:serviceaccount:aa:b", false)]
    #[case::no_service_account("serviceaccount:*/*", "alice", false)]
    #[case::controllers(
        "controllers",
        "system:serviceaccount:kube-system:job-controller",
        true
    )]
    #[case::controller_manager("controllers", "system:kube-controller-manager", true)]
    #[case::other_controller(
        "controllers",
        "system:serviceaccount:kube-system:node-controller",
        false
    )]
    #[case::other_namespace_of_controllers(
        "controllers",
        "system:serviceaccount:x:job-controller",
        false
    )]
    #[case::unknown_kind("alice", "alice", false)]
    fn patterns(#[case] pattern: &str, #[case] username: &str, #[case] expected: bool) {
        let requester = Requester {
            username: username.to_owned(),
            groups: vec!["dev".to_owned(), "on-call".to_owned()],
        };
        assert_eq!(matches(pattern, &requester), expected);
    }

    #[rstest]
    #[case::anyone("*", true)]
    #[case::itself("controllers", true)]
    #[case::name("user:system:kube-controller-manager", true)]
    #[case::service_account("serviceaccount:kube-system/daemon-set-controller", true)]
    #[case::service_accounts("group:system:serviceaccounts", true)]
    #[case::service_accounts_of_its_namespace("group:system:serviceaccounts:kube-system", true)]
    #[case::authenticated("group:system:auth*", true)]
    #[case::other_service_accounts("group:system:serviceaccounts:flux-system", false)]
    #[case::other_service_account("serviceaccount:kube-system/x", false)]
    #[case::user("user:alice", false)]
    fn controllers(#[case] pattern: &str, #[case] expected: bool) {
        let patterns = ["group:x".to_owned(), pattern.to_owned()];
        assert_eq!(covers_a_controller(&patterns), expected);
    }

    const NO_SERVICE_ACCOUNT: &str = "matches no service account: write \
        serviceaccount:NAMESPACE/NAME in lower-case letters, digits, hyphens, * and ?, dots in the \
        name";

    #[rstest]
    #[case::anyone("*", "")]
    #[case::user("user:alice", "")]
    #[case::any_user("user:*", "")]
    #[case::system_group("group:system:serviceaccounts:kube-system", "")]
    #[case::service_account("serviceaccount:flux-*/a.b", "")]
    #[case::controllers("controllers", "")]
    #[case::bare(
        "alice",
        r#"does not say what it names: write "user:alice", group: for a group, or serviceaccount:NAMESPACE/NAME"#
    )]
    #[case::other_kind(
        "system:masters",
        r#"does not say what it names: write "user:system:masters", group: for a group, or serviceaccount:NAMESPACE/NAME"#
    )]
    #[case::username(
        "system:serviceaccount:ns:name",
        r#"is misspelt: write "serviceaccount:ns/name""#
    )]
    #[case::username_as_a_user(
        "user:system:serviceaccount:ns:*",
        r#"is misspelt: write "serviceaccount:ns/*""#
    )]
    #[case::usernames("user:system:serviceaccount:*", NO_SERVICE_ACCOUNT)]
    #[case::no_namespace("serviceaccount:a", NO_SERVICE_ACCOUNT)]
    #[case::colon("serviceaccount:ns:a", r#"is misspelt: write "serviceaccount:ns/a""#)]
    #[case::upper_case("serviceaccount:ns/A", NO_SERVICE_ACCOUNT)]
    #[case::dot_in_the_namespace("serviceaccount:n.s/a", NO_SERVICE_ACCOUNT)]
    #[case::slash_in_the_name("serviceaccount:ns/a/b", NO_SERVICE_ACCOUNT)]
    #[case::nothing("group:", "names nobody: write a name")]
    #[case::any_of_no_kind(
        "*:",
        r#"does not say what it names: write "user:*:", group: for a group, or serviceaccount:NAMESPACE/NAME"#
    )]
    #[case::blank("user: alice", "has a blank at an end or behind the colon: delete it")]
    #[case::user_in_upper_case("User:x", r#"is misspelt: write "user:x""#)]
    #[case::groups("Groups:a:b", r#"is misspelt: write "group:a:b""#)]
    #[case::service_account_in_camel_case(
        "serviceAccount:a/b",
        r#"is misspelt: write "serviceaccount:a/b""#
    )]
    #[case::hyphen("service-accounts:a/b", r#"is misspelt: write "serviceaccount:a/b""#)]
    #[case::controller("controller", r#"is misspelt: write "controllers""#)]
    #[case::controllers_in_upper_case("Controllers", r#"is misspelt: write "controllers""#)]
    #[case::controllers_and_a_star("controllers*", r#"is misspelt: write "controllers""#)]
    #[case::misspelt_and_nobody("Group:", "names nobody: write a name")]
    #[case::misspelt_and_no_namespace("ServiceAccount:a", NO_SERVICE_ACCOUNT)]
    #[case::misspelt_and_upper_case("ServiceAccount:ns/A", NO_SERVICE_ACCOUNT)]
    #[case::misspelt_username(
        "User:system:serviceaccount:ns:a",
        r#"is misspelt: write "serviceaccount:ns/a""#
    )]
    #[case::kind_alone(
        "Users",
        r#"does not say what it names: write "user:Users", group: for a group, or serviceaccount:NAMESPACE/NAME"#
    )]
    #[case::user_named_like_a_kind("user:User:x", "")]
    #[case::stars("user:**", r#"is misspelt: write "user:*""#)]
    #[case::not_none("group:?*", r#"is misspelt: write "group:*""#)]
    #[case::any_namespace("serviceaccount:**/x", r#"is misspelt: write "serviceaccount:*/x""#)]
    #[case::any_name("serviceaccount:x/*?", r#"is misspelt: write "serviceaccount:x/*""#)]
    #[case::any_service_account("serviceaccount:**", NO_SERVICE_ACCOUNT)]
    #[case::four_characters("user:????", "")]
    #[case::two_characters(
        "??",
        r#"does not say what it names: write "user:??", group: for a group, or serviceaccount:NAMESPACE/NAME"#
    )]
    #[case::stars_behind_a_slash("user:a/**", "")]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        assert_eq!(problem(pattern, true).unwrap_or_default(), expected);
    }

    #[rstest]
    #[case::controllers("controllers")]
    #[case::misspelt("Controller")]
    fn controllers_open_no_shells(#[case] pattern: &str) {
        assert_eq!(
            problem(pattern, false).as_deref(),
            Some("open no shells: delete it")
        );
    }

    #[test]
    fn groups_beyond_the_first_match_nothing() {
        let mut groups = vec!["x".to_owned(); MOST_GROUPS - 1];
        groups.push("last".to_owned());
        groups.push("beyond".to_owned());
        let requester = Requester {
            username: "alice".to_owned(),
            groups,
        };
        assert!(matches("group:last", &requester));
        assert!(!matches("group:beyond", &requester));
    }
}
