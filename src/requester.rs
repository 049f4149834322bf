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

/// `userInfo` of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requester {
    /// `username`; of a service account `system:serviceaccount:NAMESPACE:NAME`.
    pub username: String,
    /// `groups`
    pub groups: Vec<String>,
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
        match pattern.split_once(':') {
            None if pattern == "*" => Some(Kind::Anyone),
            None if pattern == "controllers" => Some(Kind::Controllers),
            Some(("user", name)) => Some(Kind::User(name)),
            Some(("group", name)) => Some(Kind::Group(name)),
            Some(("serviceaccount", account)) => {
                let (namespace, name) = account.split_once('/')?;
                Some(Kind::ServiceAccount(namespace, name))
            }
            _ => None,
        }
    }
}

/// Namespace and name of the service account that `username` is.
fn service_account(username: &str) -> Option<(&str, &str)> {
    username.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')
}

/// Whether `requester` matches `pattern`: `*`, `user:NAME`, `group:NAME`,
/// `serviceaccount:NAMESPACE/NAME` or `controllers`.
pub fn matches(pattern: &str, requester: &Requester) -> bool {
    match Kind::of(pattern) {
        Some(Kind::Anyone) => true,
        Some(Kind::User(name)) => pattern::matches(name, &requester.username),
        Some(Kind::Group(name)) => requester
            .groups
            .iter()
            .any(|group| pattern::matches(name, group)),
        Some(Kind::ServiceAccount(namespace, name)) => service_account(&requester.username)
            .is_some_and(|found| {
                pattern::matches(namespace, found.0) && pattern::matches(name, found.1)
            }),
        Some(Kind::Controllers) => {
            requester.username == CONTROLLER_MANAGER
                || service_account(&requester.username).is_some_and(|(namespace, name)| {
                    namespace == KUBE_SYSTEM && CONTROLLERS.contains(&name)
                })
        }
        None => false,
    }
}

/// Whether one of `patterns` covers one of the controller manager's identities, by name or
/// by a group that it is in.
pub fn covers_a_controller(patterns: &[String]) -> bool {
    let requester = |username: String, groups: &[&str]| Requester {
        username,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    let mut identities = vec![requester(
        CONTROLLER_MANAGER.to_owned(),
        &["system:authenticated"],
    )];
    identities.extend(CONTROLLERS.map(|name| {
        requester(
            format!("{SERVICE_ACCOUNT}{KUBE_SYSTEM}:{name}"),
            &[
                "system:serviceaccounts",
                "system:serviceaccounts:kube-system",
                "system:authenticated",
            ],
        )
    }));
    identities
        .iter()
        .any(|identity| patterns.iter().any(|pattern| matches(pattern, identity)))
}

/// What is wrong with `pattern`, and what to write; none where it is fine. `controllers` open
/// no shells, so that they are no pattern where they are not allowed.
pub fn problem(pattern: &str, allow_controllers: bool) -> Option<String> {
    if pattern != "*" && pattern::is_wildcards(pattern) {
        return Some("is no pattern of requesters: write \"*\" for anyone".to_owned());
    }
    if pattern.trim() != pattern || pattern.contains(": ") {
        return Some("has a blank at an end or behind the colon: delete it".to_owned());
    }
    // The API server's spelling of service accounts.
    let username = pattern.strip_prefix("user:").unwrap_or(pattern);
    if let Some(account) = username.strip_prefix(SERVICE_ACCOUNT) {
        return Some(write_service_account(
            account,
            "names a service account as a user",
        ));
    }
    match Kind::of(pattern) {
        Some(Kind::User("") | Kind::Group("")) => Some("names nobody: write a name".to_owned()),
        Some(Kind::ServiceAccount(namespace, name)) => {
            (!names::may_be_label(namespace) || !names::may_be_subdomain(name)).then(|| {
                "matches no service account: write serviceaccount:NAMESPACE/NAME in lower-case \
             letters, digits, hyphens, * and ?, dots in the name"
                    .to_owned()
            })
        }
        Some(Kind::Controllers) if !allow_controllers => {
            Some("open no shells: delete it".to_owned())
        }
        Some(_) => None,
        None => Some(match pattern.strip_prefix("serviceaccount:") {
            Some(account) => write_service_account(account, "names no namespace"),
            None => format!(
                "does not say what it names: write {}, or group: for a group",
                quoted(&format!("user:{pattern}"))
            ),
        }),
    }
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
