//! Who asks, and the patterns that rules give of requesters.

use crate::message::quoted;
use crate::{names, pattern};

/// What the API server puts before the name of a service account.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// The controller manager's own name, where it runs its controllers without service accounts.
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";
/// Where the service accounts of [`CONTROLLERS`] are.
const KUBE_SYSTEM: &str = "kube-system";
/// The service accounts with which the controller manager makes pods, and what makes pods.
const CONTROLLERS: [&str; 7] = [
    "daemon-set-controller",
    "replicaset-controller",
    "statefulset-controller",
    "job-controller",
    "replication-controller",
    "deployment-controller",
    "cronjob-controller",
];

/// The groups of these service accounts.
const CONTROLLER_GROUPS: [&str; 3] =
    ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];

/// `userInfo` of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requester {
    /// `username`; of a service account `system:serviceaccount:NAMESPACE:NAME`.
    pub username: String,
    /// `groups`
    pub groups: Vec<String>,
}

impl Requester {
    /// What messages call it: `user "alice"`.
    pub fn title(&self) -> String {
        format!("user {}", quoted(&self.username))
    }

    /// Whether one of the `patterns` covers it.
    pub fn is_among(&self, patterns: &[String]) -> bool {
        patterns.iter().any(|pattern| matches(pattern, self))
    }
}

/// What a pattern speaks of.
enum Kind<'a> {
    Anyone,
    User(&'a str),
    Group(&'a str),
    /// Namespace and name.
    ServiceAccount(&'a str, &'a str),
    Controllers,
}

impl<'a> Kind<'a> {
    fn of(pattern: &'a str) -> Option<Self> {
        match pattern {
            "*" => return Some(Kind::Anyone),
            "controllers" => return Some(Kind::Controllers),
            _ => {}
        }
        match pattern.split_once(':')? {
            ("user", name) => Some(Kind::User(name)),
            ("group", name) => Some(Kind::Group(name)),
            ("serviceaccount", account) => {
                let (namespace, name) = account.split_once('/')?;
                Some(Kind::ServiceAccount(namespace, name))
            }
            _ => None,
        }
    }
}

/// Whether `requester` matches `pattern`: `*`, `user:NAME`, `group:NAME`,
/// `serviceaccount:NAMESPACE/NAME` or `controllers`.
fn matches(pattern: &str, Requester { username, groups }: &Requester) -> bool {
    // Namespace and name of the service account that it is.
    let account = username.strip_prefix(SERVICE_ACCOUNT).and_then(|name| name.split_once(':'));
    match (Kind::of(pattern), account) {
        (Some(Kind::Anyone), _) => true,
        (Some(Kind::User(name)), _) => pattern::matches(name, username),
        (Some(Kind::Group(name)), _) => groups.iter().any(|group| pattern::matches(name, group)),
        (Some(Kind::ServiceAccount(namespace, name)), Some(account)) => {
            pattern::matches(namespace, account.0) && pattern::matches(name, account.1)
        }
        (Some(Kind::Controllers), Some((KUBE_SYSTEM, name))) => CONTROLLERS.contains(&name),
        (Some(Kind::Controllers), None) => username == CONTROLLER_MANAGER,
        _ => false,
    }
}

/// Whether one of `patterns` covers one of the controller manager's identities, by name or
/// by a group that it is in.
pub fn covers_a_controller(patterns: &[String]) -> bool {
    let names = CONTROLLERS.map(|name| format!("{SERVICE_ACCOUNT}{KUBE_SYSTEM}:{name}"));
    names.into_iter().chain([CONTROLLER_MANAGER.to_owned()]).any(|username| {
        let groups = CONTROLLER_GROUPS.map(str::to_owned).to_vec();
        Requester { username, groups }.is_among(patterns)
    })
}

/// What is wrong with `pattern`, and what to write; none where it is fine. `controllers` open
/// no shells, so that they are no pattern where they are not allowed.
pub fn problem(pattern: &str, allow_controllers: bool) -> Option<String> {
    // The API server's spelling of service accounts.
    let username = pattern.strip_prefix("user:").unwrap_or(pattern);
    let problem = if pattern != "*" && pattern::is_wildcards(pattern) {
        "is no pattern of requesters: write \"*\" for anyone"
    } else if pattern.trim() != pattern || pattern.contains(": ") {
        "has a blank at an end or behind the colon: delete it"
    } else if let Some(account) = username.strip_prefix(SERVICE_ACCOUNT) {
        return Some(write_service_account(account, "names a service account as a user"));
    } else {
        match Kind::of(pattern) {
            Some(Kind::User("") | Kind::Group("")) => "names nobody: write a name",
            Some(Kind::ServiceAccount(namespace, name))
                if !names::may_be_label(namespace) || !names::may_be_subdomain(name) =>
            {
                "matches no service account: write serviceaccount:NAMESPACE/NAME in lower-case \
                 letters, digits, hyphens, * and ?, dots in the name"
            }
            Some(Kind::Controllers) if !allow_controllers => "open no shells: delete it",
            Some(_) => return None,
            None => {
                let account = pattern.strip_prefix("serviceaccount:");
                let user = || {
                    let user = quoted(&format!("user:{pattern}"));
                    format!("does not say what it names: write {user}, or group: for a group")
                };
                return Some(account.map_or_else(user, |account| {
                    write_service_account(account, "names no namespace")
                }));
            }
        }
    };
    Some(problem.to_owned())
}

/// `problem` of a pattern, and how `account` is written: `NAMESPACE:NAME`, or less.
fn write_service_account(account: &str, problem: &str) -> String {
    let written = match account.split_once(':') {
        Some((namespace, name)) => format!("serviceaccount:{namespace}/{name}"),
        None if account == "*" => "serviceaccount:*/*".to_owned(),
        None => format!("serviceaccount:NAMESPACE/{account}"),
    };
    format!("{problem}: write {}", quoted(&written))
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
    #[case::controllers("controllers", "system:serviceaccount:kube-system:job-controller", true)]
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
        r#"does not say what it names: write "user:alice", or group: for a group"#
    )]
    #[case::other_kind(
        "system:masters",
        r#"does not say what it names: write "user:system:masters", or group: for a group"#
    )]
    #[case::username(
        "system:serviceaccount:ns:name",
        r#"names a service account as a user: write "serviceaccount:ns/name""#
    )]
    #[case::username_as_a_user(
        "user:system:serviceaccount:ns:*",
        r#"names a service account as a user: write "serviceaccount:ns/*""#
    )]
    #[case::usernames(
        "user:system:serviceaccount:*",
        r#"names a service account as a user: write "serviceaccount:*/*""#
    )]
    #[case::no_namespace(
        "serviceaccount:a",
        r#"names no namespace: write "serviceaccount:NAMESPACE/a""#
    )]
    #[case::colon("serviceaccount:ns:a", r#"names no namespace: write "serviceaccount:ns/a""#)]
    #[case::upper_case("serviceaccount:ns/A", NO_SERVICE_ACCOUNT)]
    #[case::dot_in_the_namespace("serviceaccount:n.s/a", NO_SERVICE_ACCOUNT)]
    #[case::slash_in_the_name("serviceaccount:ns/a/b", NO_SERVICE_ACCOUNT)]
    #[case::nothing("group:", "names nobody: write a name")]
    #[case::any_of_no_kind(
        "*:",
        r#"does not say what it names: write "user:*:", or group: for a group"#
    )]
    #[case::blank("user: alice", "has a blank at an end or behind the colon: delete it")]
    #[case::stars("**", "is no pattern of requesters: write \"*\" for anyone")]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        assert_eq!(problem(pattern, true).unwrap_or_default(), expected);
    }
}
