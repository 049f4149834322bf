//! The entries of `requestedBy` and `connectBy`: which requesters they cover, and what settings may
//! hold.
//!
//! Requesters are compared as the API server names them in `userInfo`. A service account is the
//! user `system:serviceaccount:NAMESPACE:NAME` there
//! (`k8s.io/apiserver/pkg/authentication/serviceaccount`).

use std::fmt;

use crate::matching::{names, pattern};
use crate::request::Requester;
use crate::text::quote;
use crate::workload::pod_kind::{POD_KINDS, PodKind};

/// What the API server puts before the namespace and the name of a service account.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";

/// The namespace of the service accounts of Kubernetes' controllers.
const NAMESPACE_OF_CONTROLLERS: &str = "kube-system";

/// The controller manager's own user, which all controllers share if they have no service accounts
/// (`--use-service-account-credentials=false`).
const CONTROLLER_MANAGER: &str = "system:kube-controller-manager";

/// The groups of the service accounts of Kubernetes' controllers.
const CONTROLLER_GROUPS: [&str; 3] = [
    "system:serviceaccounts",
    "system:serviceaccounts:kube-system",
    "system:authenticated",
];

/// How many groups of a requester are compared, to bound the work. `rules::cost` counts the same
/// groups, and `host` sends as many to RBAC. A Windows account cannot be in many more. The limit
/// admits nothing more, because a rule matches by a group and never by the lack of one.
pub const MOST_GROUPS: usize = 1_000;

/// An entry of `requestedBy` or `connectBy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequesterEntry<'a> {
    /// `*`
    Anyone,
    /// `nobody`: the rule admits no workload. It only lets its `connectBy` open shells.
    Nobody,
    /// `rbac`: RBAC decides. This file does not ask RBAC; `rules::access` does.
    Rbac,
    /// `controllers`: the controllers of Kubernetes.
    Controllers,
    /// `user:NAME`, service accounts included.
    User(&'a str),
    /// `group:NAME`
    Group(&'a str),
    /// `serviceaccount:NAMESPACE/NAME`
    ServiceAccount { namespace: &'a str, name: &'a str },
}

impl<'a> RequesterEntry<'a> {
    /// Takes an entry apart. `None` if it has none of the forms above.
    pub fn parse(entry: &'a str) -> Option<Self> {
        match entry {
            "*" => return Some(RequesterEntry::Anyone),
            "nobody" => return Some(RequesterEntry::Nobody),
            "rbac" => return Some(RequesterEntry::Rbac),
            "controllers" => return Some(RequesterEntry::Controllers),
            _ => {}
        }

        match entry.split_once(':')? {
            ("user", name) => Some(RequesterEntry::User(name)),
            ("group", name) => Some(RequesterEntry::Group(name)),
            ("serviceaccount", account) => {
                let (namespace, name) = account.split_once('/')?;
                Some(RequesterEntry::ServiceAccount { namespace, name })
            }
            _ => None,
        }
    }

    /// Returns whether the entry covers `requester` without asking RBAC.
    fn covers(self, requester: &Requester) -> bool {
        let username = requester.username.as_str();
        match self {
            RequesterEntry::Anyone => true,
            RequesterEntry::Nobody | RequesterEntry::Rbac => false,
            RequesterEntry::Controllers => is_controller(username),
            RequesterEntry::User(name) => pattern::matches(name, username),
            RequesterEntry::Group(name) => {
                let mut groups = requester.groups.iter().take(MOST_GROUPS);
                groups.any(|group| pattern::matches(name, group))
            }
            RequesterEntry::ServiceAccount { namespace, name } => {
                match split_service_account(username) {
                    Some((found_namespace, found_name)) => {
                        pattern::matches(namespace, found_namespace)
                            && pattern::matches(name, found_name)
                    }
                    None => false,
                }
            }
        }
    }
}

/// Returns the namespace and the name of a service account by its `username`. `None` if the user is
/// no service account.
fn split_service_account(username: &str) -> Option<(&str, &str)> {
    let (namespace, name) = username.strip_prefix(SERVICE_ACCOUNT)?.split_once(':')?;
    if namespace.is_empty() || name.is_empty() || name.contains(':') {
        return None;
    }

    Some((namespace, name))
}

/// Returns whether one of `entries` covers `requester`. `rbac` covers nobody here: see
/// [`asks_rbac`].
pub fn covers(entries: &[String], requester: &Requester) -> bool {
    parse_all(entries).any(|entry| entry.covers(requester))
}

/// Returns whether `entries` are `nobody`: their rule lets nobody create a workload. Settings do not let
/// `nobody` stand beside other entries.
pub fn is_nobody(entries: &[String]) -> bool {
    parse_all(entries).any(|entry| entry == RequesterEntry::Nobody)
}

/// Returns whether one of `entries` covers anyone.
pub fn covers_anyone(entries: &[String]) -> bool {
    parse_all(entries).any(|entry| entry == RequesterEntry::Anyone)
}

/// Returns whether `entries` say that RBAC decides about requesters that no other entry covers.
pub fn asks_rbac(entries: &[String]) -> bool {
    parse_all(entries).any(|entry| entry == RequesterEntry::Rbac)
}

/// Returns whether one of `entries` covers a controller that creates pods, or workloads that create
/// pods.
pub fn covers_a_controller(entries: &[String]) -> bool {
    covers_controller_manager(entries)
        || names_of_controllers().any(|name| covers_service_account_of_controller(entries, name))
}

/// Returns whether `entries` cover all controllers that create the pods of a workload of `kind`. That is
/// true of a kind without controllers.
pub fn covers_controllers_of(entries: &[String], kind: &PodKind) -> bool {
    let mut names = kind.controllers.iter();
    covers_controller_manager(entries)
        || names.all(|name| covers_service_account_of_controller(entries, name))
}

/// Returns whether `username` is the controller manager's own user, or the service account of a
/// controller that creates pods, or workloads that create pods.
fn is_controller(username: &str) -> bool {
    username == CONTROLLER_MANAGER
        || split_service_account(username).is_some_and(|(namespace, name)| {
            namespace == NAMESPACE_OF_CONTROLLERS
                && names_of_controllers().any(|known| known == name)
        })
}

/// Returns the names of the service accounts of all controllers that create pods, or workloads that
/// create pods. Some names come twice.
fn names_of_controllers() -> impl Iterator<Item = &'static str> {
    POD_KINDS.iter().flat_map(|kind| kind.controllers).copied()
}

/// Returns whether one of `entries` covers the controller whose service account has this `name`.
fn covers_service_account_of_controller(entries: &[String], name: &str) -> bool {
    let username = format!("{SERVICE_ACCOUNT}{NAMESPACE_OF_CONTROLLERS}:{name}");
    covers(entries, &member_of_controller_groups(username))
}

/// Returns whether one of `entries` covers the controller manager's own user. It counts as a service
/// account here, although it is none. That makes no difference, because an entry that names a group of
/// service accounts covers the service accounts of all controllers anyway.
fn covers_controller_manager(entries: &[String]) -> bool {
    covers(
        entries,
        &member_of_controller_groups(CONTROLLER_MANAGER.to_owned()),
    )
}

fn member_of_controller_groups(username: String) -> Requester {
    Requester {
        username,
        groups: CONTROLLER_GROUPS.map(str::to_owned).to_vec(),
    }
}

fn parse_all(entries: &[String]) -> impl Iterator<Item = RequesterEntry<'_>> {
    entries
        .iter()
        .filter_map(|entry| RequesterEntry::parse(entry))
}

/// The lists of requesters that a rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequesterList {
    RequestedBy,
    ConnectBy,
}

/// Why settings must not hold an entry. `Display` completes a sentence that begins with the quoted
/// entry, and says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequesterError {
    /// A space at an end or after the colon.
    StraySpace,
    /// `Users:alice` or `user:system:serviceaccount:ns:name`. Holds the right spelling.
    Misspelled(String),
    /// `user:`
    NoName,
    /// No service account has such a namespace and name.
    NoServiceAccount,
    /// `alice` may be a user, a group or a service account. `user` is the entry as a user.
    NoKind { user: String, list: RequesterList },
    /// `system:masters` is a group of Kubernetes. `group` is the entry as a group.
    GroupWithoutKind { group: String },
    /// `controllers` in `connectBy`.
    ControllersConnect,
    /// `nobody` in `connectBy`.
    NobodyConnects,
}

impl fmt::Display for RequesterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequesterError::StraySpace => {
                f.write_str("has a space at an end or behind the colon: delete the space")
            }
            RequesterError::Misspelled(right) => {
                write!(f, "is misspelled: write {}", quote(right))
            }
            RequesterError::NoName => f.write_str("has no name behind the colon: write one"),
            RequesterError::NoServiceAccount => f.write_str(
                "matches no service account: write serviceaccount:NAMESPACE/NAME in lower-case \
                 letters, digits, hyphens, * and ?, dots in the name",
            ),
            RequesterError::NoKind { user, list } => {
                let other_forms = match list {
                    RequesterList::RequestedBy => ", controllers, rbac or nobody",
                    RequesterList::ConnectBy => " or rbac",
                };
                write!(
                    f,
                    "does not say whom it names: write {} for a user, group:NAME, \
                     serviceaccount:NAMESPACE/NAME{other_forms}",
                    quote(user)
                )
            }
            RequesterError::GroupWithoutKind { group } => write!(
                f,
                "does not say whom it names: write {} for the group of Kubernetes",
                quote(group)
            ),
            RequesterError::ControllersConnect => f.write_str(
                "is not allowed in connectBy, because controllers open no shells: delete it",
            ),
            RequesterError::NobodyConnects => f.write_str(
                "is not allowed in connectBy: delete connectBy, and nobody may open a shell",
            ),
        }
    }
}

/// Checks an entry of `list`.
///
/// If an entry is misspelled, its right spelling is checked first. If that is not allowed either, its
/// error is returned, so that no message proposes what would be refused next.
///
/// # Errors
/// Settings must not hold the entry.
pub fn check_entry(entry: &str, list: RequesterList) -> Result<(), RequesterError> {
    if entry.trim() != entry || has_space_behind_colon(entry) {
        return Err(RequesterError::StraySpace);
    }
    if let Some(right) = correct_spelling(entry) {
        check_entry(&right, list)?;
        return Err(RequesterError::Misspelled(right));
    }

    let Some(parsed) = RequesterEntry::parse(entry) else {
        return Err(if entry.starts_with("serviceaccount:") {
            RequesterError::NoServiceAccount
        } else if is_group_of_kubernetes(entry) {
            let group = format!("group:{entry}");
            RequesterError::GroupWithoutKind { group }
        } else {
            let user = format!("user:{entry}");
            RequesterError::NoKind { user, list }
        });
    };
    match parsed {
        RequesterEntry::Controllers if list == RequesterList::ConnectBy => {
            Err(RequesterError::ControllersConnect)
        }
        RequesterEntry::Nobody if list == RequesterList::ConnectBy => {
            Err(RequesterError::NobodyConnects)
        }
        RequesterEntry::User("") | RequesterEntry::Group("") => Err(RequesterError::NoName),
        RequesterEntry::ServiceAccount { namespace, name }
            if !names::may_be_label(namespace) || !names::may_be_subdomain(name) =>
        {
            Err(RequesterError::NoServiceAccount)
        }
        _ => Ok(()),
    }
}

/// Returns whether `name` is that of a group that Kubernetes gives to requesters, and not that of a
/// user.
fn is_group_of_kubernetes(name: &str) -> bool {
    const GROUPS: [&str; 6] = [
        "system:masters",
        "system:authenticated",
        "system:unauthenticated",
        "system:nodes",
        "system:serviceaccounts",
        "system:bootstrappers",
    ];
    GROUPS.contains(&name) || name.starts_with("system:serviceaccounts:")
}

fn has_space_behind_colon(entry: &str) -> bool {
    match entry.split_once(':') {
        Some((_, name)) => name.starts_with(' '),
        None => false,
    }
}

/// Returns `entry` in the spelling that settings want: the kind in lower case, `*` for any name,
/// and a service account by namespace and name. `None` if the spelling is right, or if the entry
/// resembles no right one.
fn correct_spelling(entry: &str) -> Option<String> {
    // The user `system:serviceaccount:NAMESPACE:NAME` is a service account.
    let username = entry.strip_prefix("user:").unwrap_or(entry);
    let right = match username.strip_prefix(SERVICE_ACCOUNT) {
        Some(account) => spell_service_account(account),
        None => spell_by_kind(entry)?,
    };

    if right == entry { None } else { Some(right) }
}

/// Spells an entry by the kind before its colon: `Users:alice` is `user:alice`. `None` if there is
/// no such kind.
fn spell_by_kind(entry: &str) -> Option<String> {
    let (kind, name) = match entry.split_once(':') {
        Some((kind, name)) => (kind, Some(name)),
        None => (entry, None),
    };
    let kind = kind.to_ascii_lowercase().replace('-', "");

    // A plural (`users`) and a star behind a word (`controllers*`) are usual mistakes.
    let singular = kind.trim_end_matches(['s', '*']);
    match (singular, name) {
        ("controller", _) => Some(String::from("controllers")),
        ("nobody" | "rbac", None) => Some(String::from(singular)),
        ("user", Some(name)) => Some(format!("user:{}", spell_any(name))),
        ("group", Some(name)) => Some(format!("group:{}", spell_any(name))),
        ("serviceaccount", Some(account)) => Some(spell_service_account(account)),
        _ => None,
    }
}

/// Spells a service account as `serviceaccount:NAMESPACE/NAME`. In `account`, a colon may stand in
/// place of the slash: `ns:name`.
fn spell_service_account(account: &str) -> String {
    match account.split_once(['/', ':']) {
        Some((namespace, name)) => {
            let namespace = spell_any(namespace);
            let name = spell_any(name);
            format!("serviceaccount:{namespace}/{name}")
        }
        None => format!("serviceaccount:{}", spell_any(account)),
    }
}

/// Returns `*` for a name that is likely to mean any name, for example `**` or `?*`. Returns every
/// other name as it is.
fn spell_any(name: &str) -> &str {
    if pattern::is_any_in_disguise(name) {
        "*"
    } else {
        name
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
    #[case::service_account_without_a_namespace(
        "serviceaccount:*/*",
        "system:serviceaccount::b",
        false
    )]
    #[case::service_account_without_a_name("serviceaccount:*/*", "system:serviceaccount:a:", false)]
    #[case::service_account_of_three_parts(
        "serviceaccount:*/*",
        "system:serviceaccount:a:b:c",
        false
    )]
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
        assert_eq!(covers(&[pattern.to_owned()], &requester), expected);
    }

    #[rstest]
    #[case::anyone("*", true)]
    #[case::itself("controllers", true)]
    #[case::name("user:system:kube-controller-manager", true)]
    #[case::service_account("serviceaccount:kube-system/daemon-set-controller", true)]
    #[case::service_accounts("group:system:serviceaccounts", true)]
    #[case::service_accounts_of_its_namespace("group:system:serviceaccounts:kube-system", true)]
    #[case::authenticated("group:system:auth*", true)]
    #[case::the_first_controller("serviceaccount:*/replication-controller", true)]
    #[case::the_last_controller("user:*:cronjob-controller", true)]
    #[case::other_service_accounts("group:system:serviceaccounts:flux-system", false)]
    #[case::other_service_account("serviceaccount:kube-system/x", false)]
    #[case::user("user:alice", false)]
    fn controllers(#[case] pattern: &str, #[case] expected: bool) {
        let patterns = ["group:x".to_owned(), pattern.to_owned()];
        assert_eq!(covers_a_controller(&patterns), expected);
    }

    #[rstest]
    #[case::all(&["controllers"], "Deployment", true)]
    #[case::manager(&["user:system:kube-controller-manager"], "Deployment", true)]
    #[case::the_only_one(&["serviceaccount:kube-system/daemon-set-controller"], "DaemonSet", true)]
    #[case::of_another_kind(&["serviceaccount:kube-system/daemon-set-controller"], "Deployment", false)]
    #[case::one_of_two(&["serviceaccount:kube-system/replicaset-controller"], "Deployment", false)]
    #[case::both(
        &["serviceaccount:kube-system/replicaset-controller", "user:*:deployment-controller"],
        "Deployment",
        true
    )]
    #[case::kind_without_controllers(&[], "PodTemplate", true)]
    #[case::none(&[], "Job", false)]
    fn controllers_of_a_kind(
        #[case] patterns: &[&str],
        #[case] kind: &str,
        #[case] expected: bool,
    ) {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let kind = POD_KINDS.iter().find(|known| known.kind == kind).unwrap();
        assert_eq!(covers_controllers_of(&patterns, kind), expected);
    }

    #[rstest]
    #[case::nobody("nobody", true, false)]
    #[case::rbac("rbac", false, true)]
    #[case::a_user_of_this_name("user:nobody", false, false)]
    #[case::controllers("controllers", false, false)]
    fn words_with_a_meaning(#[case] entry: &str, #[case] nobody: bool, #[case] rbac: bool) {
        let entries = [entry.to_owned()];
        assert_eq!(is_nobody(&entries), nobody);
        assert_eq!(asks_rbac(&entries), rbac);
    }

    // The texts that several cases of `problems` expect.
    const NO_SERVICE_ACCOUNT: &str = "matches no service account: write \
        serviceaccount:NAMESPACE/NAME in lower-case letters, digits, hyphens, * and ?, dots in the \
        name";

    const SPACE: &str = "has a space at an end or behind the colon: delete the space";

    fn no_kind(user: &str) -> String {
        format!(
            "does not say whom it names: write \"{user}\" for a user, group:NAME, \
             serviceaccount:NAMESPACE/NAME, controllers, rbac or nobody"
        )
    }

    #[rstest]
    #[case::anyone("*", "")]
    #[case::user("user:alice", "")]
    #[case::any_user("user:*", "")]
    #[case::system_group("group:system:serviceaccounts:kube-system", "")]
    #[case::service_account("serviceaccount:flux-*/a.b", "")]
    #[case::controllers("controllers", "")]
    #[case::nobody("nobody", "")]
    #[case::rbac("rbac", "")]
    #[case::rbac_in_capitals("RBAC", r#"is misspelled: write "rbac""#)]
    #[case::rbac_in_the_plural("Rbacs", r#"is misspelled: write "rbac""#)]
    #[case::rbac_and_a_star("rbac*", r#"is misspelled: write "rbac""#)]
    #[case::nobody_in_capitals("Nobody", r#"is misspelled: write "nobody""#)]
    #[case::nobody_with_a_name("nobody:x", &no_kind("user:nobody:x"))]
    #[case::bare(
        "alice",
        &no_kind("user:alice")
    )]
    #[case::other_kind(
        "system:kube-scheduler",
        &no_kind("user:system:kube-scheduler")
    )]
    #[case::group_of_kubernetes(
        "system:masters",
        r#"does not say whom it names: write "group:system:masters" for the group of Kubernetes"#
    )]
    #[case::group_of_service_accounts(
        "system:serviceaccounts:flux",
        r#"does not say whom it names: write "group:system:serviceaccounts:flux" for the group of Kubernetes"#
    )]
    #[case::username(
        "system:serviceaccount:ns:name",
        r#"is misspelled: write "serviceaccount:ns/name""#
    )]
    #[case::username_as_a_user(
        "user:system:serviceaccount:ns:*",
        r#"is misspelled: write "serviceaccount:ns/*""#
    )]
    #[case::usernames("user:system:serviceaccount:*", NO_SERVICE_ACCOUNT)]
    #[case::no_namespace("serviceaccount:a", NO_SERVICE_ACCOUNT)]
    #[case::colon("serviceaccount:ns:a", r#"is misspelled: write "serviceaccount:ns/a""#)]
    #[case::upper_case("serviceaccount:ns/A", NO_SERVICE_ACCOUNT)]
    #[case::dot_in_the_namespace("serviceaccount:n.s/a", NO_SERVICE_ACCOUNT)]
    #[case::slash_in_the_name("serviceaccount:ns/a/b", NO_SERVICE_ACCOUNT)]
    #[case::nothing("group:", "has no name behind the colon: write one")]
    #[case::any_of_no_kind(
        "*:",
        &no_kind("user:*:")
    )]
    #[case::space_behind_the_colon("user: alice", SPACE)]
    #[case::space_at_the_end("controllers ", SPACE)]
    #[case::user_in_upper_case("User:x", r#"is misspelled: write "user:x""#)]
    #[case::groups("Groups:a:b", r#"is misspelled: write "group:a:b""#)]
    #[case::service_account_in_camel_case(
        "serviceAccount:a/b",
        r#"is misspelled: write "serviceaccount:a/b""#
    )]
    #[case::hyphen("service-accounts:a/b", r#"is misspelled: write "serviceaccount:a/b""#)]
    #[case::controller("controller", r#"is misspelled: write "controllers""#)]
    #[case::controllers_in_upper_case("Controllers", r#"is misspelled: write "controllers""#)]
    #[case::controllers_and_a_star("controllers*", r#"is misspelled: write "controllers""#)]
    #[case::misspelt_and_no_name("Group:", "has no name behind the colon: write one")]
    #[case::misspelt_and_no_namespace("ServiceAccount:a", NO_SERVICE_ACCOUNT)]
    #[case::misspelt_and_upper_case("ServiceAccount:ns/A", NO_SERVICE_ACCOUNT)]
    #[case::misspelt_username(
        "User:system:serviceaccount:ns:a",
        r#"is misspelled: write "serviceaccount:ns/a""#
    )]
    #[case::kind_alone(
        "Users",
        &no_kind("user:Users")
    )]
    #[case::user_named_like_a_kind("user:User:x", "")]
    #[case::stars("user:**", r#"is misspelled: write "user:*""#)]
    #[case::question_mark_and_star("group:?*", r#"is misspelled: write "group:*""#)]
    #[case::any_namespace("serviceaccount:**/x", r#"is misspelled: write "serviceaccount:*/x""#)]
    #[case::any_name("serviceaccount:x/*?", r#"is misspelled: write "serviceaccount:x/*""#)]
    #[case::any_service_account("serviceaccount:**", NO_SERVICE_ACCOUNT)]
    #[case::four_characters("user:????", "")]
    #[case::two_characters(
        "??",
        &no_kind("user:??")
    )]
    #[case::stars_behind_a_slash("user:a/**", "")]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        let error = check_entry(pattern, RequesterList::RequestedBy).err();
        let text = error.map(|error| error.to_string());
        assert_eq!(text.unwrap_or_default(), expected);
    }

    #[rstest]
    #[case::rbac("rbac", Ok(()))]
    #[case::anyone("*", Ok(()))]
    #[case::controllers("controllers", Err(RequesterError::ControllersConnect))]
    #[case::misspelled_controllers("Controller", Err(RequesterError::ControllersConnect))]
    #[case::nobody("nobody", Err(RequesterError::NobodyConnects))]
    #[case::misspelled_nobody("Nobody", Err(RequesterError::NobodyConnects))]
    fn entries_of_connect_by(#[case] entry: &str, #[case] expected: Result<(), RequesterError>) {
        assert_eq!(check_entry(entry, RequesterList::ConnectBy), expected);
    }

    #[rstest]
    #[case(
        RequesterError::ControllersConnect,
        "is not allowed in connectBy, because controllers open no shells: delete it"
    )]
    #[case(
        RequesterError::NobodyConnects,
        "is not allowed in connectBy: delete connectBy, and nobody may open a shell"
    )]
    #[case(
        RequesterError::NoKind { user: "user:alice".to_owned(), list: RequesterList::ConnectBy },
        "does not say whom it names: write \"user:alice\" for a user, group:NAME, \
         serviceaccount:NAMESPACE/NAME or rbac"
    )]
    fn reasons_of_connect_by(#[case] error: RequesterError, #[case] expected: &str) {
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn groups_beyond_the_first_thousand_match_nothing() {
        let mut groups = vec!["x".to_owned(); MOST_GROUPS - 1];
        groups.push("last".to_owned());
        groups.push("beyond".to_owned());
        let requester = Requester {
            username: "alice".to_owned(),
            groups,
        };
        assert!(covers(&["group:last".to_owned()], &requester));
        assert!(!covers(&["group:beyond".to_owned()], &requester));
    }
}
