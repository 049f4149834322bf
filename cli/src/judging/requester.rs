//! Who sends the requests that are judged: the arguments `--as` and `--as-group`.

use std::fmt;

use serde_json::{Value, json};

use crate::reading::printable::printable;

/// Who sends the requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Requester {
    /// The `userInfo` of the requests.
    pub user_info: Value,
    /// Whether `--as controllers` is given: the requester then does not ask for pods that no controller
    /// creates.
    pub is_controllers: bool,
}

/// Why `--as` or `--as-group` names nobody.
#[derive(Debug, PartialEq)]
pub struct InvalidRequester {
    /// The argument as it was given, printable: `--as-group user:alice`.
    pub argument: String,
    /// What is wrong.
    pub problem: RequesterProblem,
}

/// What is wrong with the value of `--as` or `--as-group`. `Display` completes a sentence that begins
/// with the argument, and says what to write.
#[derive(Clone, Debug, PartialEq)]
pub enum RequesterProblem {
    /// `--as ""`
    NoUser,
    /// `--as-group ""`
    NoGroup,
    /// `user:`
    NoName,
    /// `user: alice`
    StraySpace,
    /// `serviceaccount:setup`, `serviceaccount:ns/`
    NotNamespaceAndName,
    /// `rbac`, in this spelling.
    Rbac(String),
    /// `nobody`, in this spelling.
    Nobody(String),
    /// `Users:alice`
    Misspelled {
        /// The right spelling.
        right: String,
        /// What to write for a user or a group of this name.
        literal: String,
    },
    /// `--as-group user:alice`
    NotAGroup {
        /// The right value of `--as`.
        user: String,
    },
}

impl fmt::Display for RequesterProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequesterProblem::NoUser => f.write_str("names nobody: write a user or group:NAME"),
            RequesterProblem::NoGroup => f.write_str("names no group: write the name of one"),
            RequesterProblem::NoName => f.write_str("has no name behind the colon: write one"),
            RequesterProblem::StraySpace => {
                f.write_str("has a space at an end or behind the colon: delete the space")
            }
            RequesterProblem::NotNamespaceAndName => {
                f.write_str("is not NAMESPACE/NAME: write serviceaccount:NAMESPACE/NAME")
            }
            RequesterProblem::Rbac(user) => write!(
                f,
                "names nobody: write the user or group:NAME about whom RBAC decides, or user:{} for \
                 a user of this name",
                printable(user)
            ),
            RequesterProblem::Nobody(user) => write!(
                f,
                "names nobody: write a user or group:NAME, or user:{} for a user of this name",
                printable(user)
            ),
            RequesterProblem::Misspelled { right, literal } => write!(
                f,
                "is misspelled: write {}, or {} if the name is meant as it stands",
                printable(right),
                printable(literal)
            ),
            RequesterProblem::NotAGroup { user } => {
                write!(f, "is not a group: use --as {}", printable(user))
            }
        }
    }
}

/// The prefix of a service account's user name.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// One of the controllers that create pods: it stands for `controllers`. The entry `controllers` of
/// settings covers all of them.
const CONTROLLER: &str = "system:serviceaccount:kube-system:daemon-set-controller";

/// Whom the value of `--as` names.
enum Named {
    /// The user of this name.
    User(String),
    /// Any member of this group.
    MemberOf(String),
}

/// What stands before the colon of an entry of settings.
#[derive(Clone, Copy)]
enum Kind {
    User,
    Group,
    ServiceAccount,
}

impl Kind {
    /// Returns the kind that is spelled `prefix`; `None` if that is another word.
    fn parse(prefix: &str) -> Option<Kind> {
        match prefix {
            "user" => Some(Kind::User),
            "group" => Some(Kind::Group),
            "serviceaccount" => Some(Kind::ServiceAccount),
            _ => None,
        }
    }

    /// Returns the kind that somebody is likely to mean by `prefix`: `user`, `Users`, `grp`, `sa`. `None`
    /// for other words, such as `system` and `oidc`, with which the names of users begin.
    fn guess(prefix: &str) -> Option<Kind> {
        let prefix = prefix.to_ascii_lowercase().replace(['-', '_', ' '], "");
        match prefix.trim_end_matches('s') {
            "user" | "usr" => Some(Kind::User),
            "group" | "grp" => Some(Kind::Group),
            "serviceaccount" | "serviceacct" | "svcaccount" | "svcacct" | "svc" | "sa" => {
                Some(Kind::ServiceAccount)
            }
            _ => None,
        }
    }

    /// Returns the entry of settings to propose for `name`. In the name of a service account, a colon may
    /// stand in place of the slash. If it has neither, the entry holds placeholders.
    fn proposed_entry(self, name: &str) -> String {
        let name = name.trim();
        match self {
            Kind::User => format!("user:{name}"),
            Kind::Group => format!("group:{name}"),
            Kind::ServiceAccount => match name.split_once(['/', ':']) {
                Some((namespace, name)) => format!("serviceaccount:{namespace}/{name}"),
                None => String::from("serviceaccount:NAMESPACE/NAME"),
            },
        }
    }
}

/// An entry of settings that is a single word, without a kind.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Controllers,
    Rbac,
    Nobody,
}

/// Returns the word of settings that somebody is likely to mean by `text`: `RBAC`, `controller`,
/// `controllers*`. `None` for other texts.
fn guess_word(text: &str) -> Option<Word> {
    match text.to_ascii_lowercase().trim_end_matches(['s', '*']) {
        "controller" => Some(Word::Controllers),
        "rbac" => Some(Word::Rbac),
        "nobody" => Some(Word::Nobody),
        _ => None,
    }
}

impl Requester {
    /// Returns the requester `user`, a member of `groups`.
    ///
    /// # Errors
    /// A name is missing or has a stray space, a service account has no namespace, a user stands where a
    /// group is expected, the user is an entry of settings that names nobody, or an entry of settings is
    /// misspelled.
    pub fn parse(user: Option<&str>, groups: &[String]) -> Result<Self, InvalidRequester> {
        Ok(Requester {
            user_info: user_info(user, groups)?,
            is_controllers: user == Some("controllers"),
        })
    }
}

/// Returns why settings refuse `entry`, and what to write instead, if it has no kind or one that is
/// misspelled: the rest of a sentence that begins with the entry. The message of the settings would
/// propose `nobody`, and they know no abbreviations. `None` if what the settings say should stand.
pub fn explain_kind(entry: &str) -> Option<String> {
    let Some((prefix, name)) = entry.split_once(':') else {
        let is_word = entry == "*" || guess_word(entry).is_some();
        return if is_word { None } else { Some(no_kind(entry)) };
    };
    let settings_decide = Kind::parse(prefix).is_some()
        // `controllers:NAME`
        || guess_word(prefix) == Some(Word::Controllers)
        // Users and groups of Kubernetes begin with `system:`.
        || prefix == "system";
    if settings_decide {
        return None;
    }
    Some(match Kind::guess(prefix) {
        Some(_) if name.is_empty() => RequesterProblem::NoName.to_string(),
        Some(kind) => format!("is misspelled: write {}", kind.proposed_entry(name)),
        None => no_kind(entry),
    })
}

/// Returns the reason against `name`, which may be that of a user, a group or a service account.
fn no_kind(name: &str) -> String {
    let name = if name.is_empty() { "NAME" } else { name };
    format!(
        "does not say whom it names: write user:{name} for a user, group:{name} for a group, \
         serviceaccount:NAMESPACE/NAME, controllers or rbac"
    )
}

/// Returns the `userInfo` of a request that `user`, a member of `groups`, sends.
///
/// Both are written as `kubectl --as` takes them, or as settings spell requesters: `user:NAME`,
/// `group:NAME`, `serviceaccount:NAMESPACE/NAME`, `controllers`. A group in place of the user stands
/// for any of its members.
///
/// Groups are added as in the API server. A service account for which no group is given gets the groups
/// of service accounts. `system:anonymous` gets `system:unauthenticated`, and everyone else
/// `system:authenticated` (`WithImpersonation` in k8s.io/apiserver).
///
/// # Errors
/// As in [`Requester::parse`].
fn user_info(user: Option<&str>, groups: &[String]) -> Result<Value, InvalidRequester> {
    let mut member_of = Vec::new();
    for group in groups {
        let parsed = parse_group(group);
        member_of.push(parsed.map_err(|problem| invalid("--as-group", group, problem))?);
    }
    let mut username = String::new();
    // With groups alone, the requester is any member of them, and has no name.
    if let Some(user) = user {
        let parsed = parse_user(user);
        match parsed.map_err(|problem| invalid("--as", user, problem))? {
            Named::User(name) => username = name,
            Named::MemberOf(group) => member_of.push(group),
        }
    }

    if member_of.is_empty()
        && let Some(account) = username.strip_prefix(SERVICE_ACCOUNT)
        && let Some((namespace, _)) = account.split_once(':')
    {
        member_of.push(String::from("system:serviceaccounts"));
        member_of.push(format!("system:serviceaccounts:{namespace}"));
    }
    let group_of_all = match username.as_str() {
        "system:anonymous" => String::from("system:unauthenticated"),
        _ => String::from("system:authenticated"),
    };
    if !member_of.contains(&group_of_all) {
        member_of.push(group_of_all);
    }

    Ok(json!({"username": username, "groups": member_of}))
}

/// Parses the value of `--as`.
fn parse_user(user: &str) -> Result<Named, RequesterProblem> {
    if user.is_empty() {
        return Err(RequesterProblem::NoUser);
    }
    check_spaces(user)?;
    let misspelled = |right: String| RequesterProblem::Misspelled {
        right,
        literal: format!("user:{user}"),
    };

    let Some((prefix, name)) = user.split_once(':') else {
        return match guess_word(user) {
            Some(Word::Controllers) if user == "controllers" => {
                Ok(Named::User(CONTROLLER.to_owned()))
            }
            Some(Word::Controllers) => Err(misspelled(String::from("controllers"))),
            Some(Word::Rbac) => Err(RequesterProblem::Rbac(user.to_owned())),
            Some(Word::Nobody) => Err(RequesterProblem::Nobody(user.to_owned())),
            None => Ok(Named::User(user.to_owned())),
        };
    };
    match Kind::parse(prefix) {
        Some(_) if name.is_empty() => Err(RequesterProblem::NoName),
        Some(Kind::User) => Ok(Named::User(name.to_owned())),
        Some(Kind::Group) => Ok(Named::MemberOf(name.to_owned())),
        Some(Kind::ServiceAccount) => Ok(Named::User(parse_service_account(name)?)),
        None => match Kind::guess(prefix) {
            Some(_) if name.is_empty() => Err(RequesterProblem::NoName),
            Some(kind) => Err(misspelled(kind.proposed_entry(name))),
            None => Ok(Named::User(user.to_owned())),
        },
    }
}

/// Parses the value of `--as-group`.
fn parse_group(group: &str) -> Result<String, RequesterProblem> {
    if group.is_empty() {
        return Err(RequesterProblem::NoGroup);
    }
    check_spaces(group)?;

    let Some((prefix, name)) = group.split_once(':') else {
        return Ok(group.to_owned());
    };
    match Kind::parse(prefix) {
        Some(Kind::Group) if name.is_empty() => Err(RequesterProblem::NoName),
        Some(Kind::Group) => Ok(name.to_owned()),
        Some(Kind::User | Kind::ServiceAccount) => Err(RequesterProblem::NotAGroup {
            user: group.to_owned(),
        }),
        None => match Kind::guess(prefix) {
            Some(_) if name.is_empty() => Err(RequesterProblem::NoName),
            Some(Kind::Group) => Err(RequesterProblem::Misspelled {
                right: Kind::Group.proposed_entry(name),
                literal: format!("group:{group}"),
            }),
            Some(kind) => Err(RequesterProblem::NotAGroup {
                user: kind.proposed_entry(name),
            }),
            None => Ok(group.to_owned()),
        },
    }
}

/// Checks that `value` has no space at an end, nor behind the colon of a kind, even a misspelled one.
fn check_spaces(value: &str) -> Result<(), RequesterProblem> {
    let has_space_behind_colon = match value.split_once(':') {
        Some((prefix, name)) => Kind::guess(prefix).is_some() && name.starts_with(' '),
        None => false,
    };
    if value.trim() != value || has_space_behind_colon {
        return Err(RequesterProblem::StraySpace);
    }
    Ok(())
}

/// Parses `NAMESPACE/NAME` into the user name of the service account.
fn parse_service_account(account: &str) -> Result<String, RequesterProblem> {
    match account.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Ok(format!("{SERVICE_ACCOUNT}{namespace}:{name}"))
        }
        _ => Err(RequesterProblem::NotNamespaceAndName),
    }
}

fn invalid(option: &str, value: &str, problem: RequesterProblem) -> InvalidRequester {
    let shown = if value.is_empty() { "\"\"" } else { value };
    InvalidRequester {
        argument: printable(&format!("{option} {shown}")),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::user("alice", &[], "alice", &["system:authenticated"])]
    #[case::user_as_settings_spell_it("user:alice", &[], "alice", &["system:authenticated"])]
    #[case::user_with_a_colon("oidc:alice", &[], "oidc:alice", &["system:authenticated"])]
    #[case::user_with_a_colon_and_a_domain("azure:alice@x", &[], "azure:alice@x", &["system:authenticated"])]
    #[case::user_of_kubernetes("system:admin", &[], "system:admin", &["system:authenticated"])]
    #[case::user_that_resembles_no_entry("kubernetes-admin", &[], "kubernetes-admin", &["system:authenticated"])]
    #[case::user_that_is_a_kind("user", &[], "user", &["system:authenticated"])]
    #[case::user_with_a_misspelled_prefix("user:grp:x", &[], "grp:x", &["system:authenticated"])]
    #[case::group_with_a_colon("alice", &["oidc:admins"], "alice", &["oidc:admins", "system:authenticated"])]
    #[case::group_with_a_misspelled_prefix("alice", &["group:sa:x"], "alice", &["sa:x", "system:authenticated"])]
    #[case::any_member_of_a_group("group:admins", &[], "", &["admins", "system:authenticated"])]
    #[case::groups("alice", &["a", "group:b"], "alice", &["a", "b", "system:authenticated"])]
    #[case::service_account("system:serviceaccount:ns:a", &[], "system:serviceaccount:ns:a",
        &["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"])]
    #[case::service_account_as_settings_spell_it("serviceaccount:ns/a", &[], "system:serviceaccount:ns:a",
        &["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"])]
    #[case::groups_replace_those_of_service_accounts("serviceaccount:ns/a", &["g"], "system:serviceaccount:ns:a",
        &["g", "system:authenticated"])]
    #[case::controllers("controllers", &[], "system:serviceaccount:kube-system:daemon-set-controller",
        &["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"])]
    #[case::user_with_the_name_of_an_entry("user:controllers", &[], "controllers", &["system:authenticated"])]
    #[case::anonymous("system:anonymous", &[], "system:anonymous", &["system:unauthenticated"])]
    fn a_requester_has_the_groups_that_the_api_server_gives(
        #[case] user: &str,
        #[case] groups: &[&str],
        #[case] username: &str,
        #[case] expected: &[&str],
    ) {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let expected = json!({"username": username, "groups": expected});
        assert_eq!(user_info(Some(user), &groups), Ok(expected));
    }

    #[rstest]
    #[case::service_account_without_namespace("serviceaccount:a", &[],
        "is not NAMESPACE/NAME: write serviceaccount:NAMESPACE/NAME")]
    #[case::user_in_place_of_a_group("alice", &["user:bob"],
        "is not a group: use --as user:bob")]
    #[case::rbac("rbac", &[],
        "names nobody: write the user or group:NAME about whom RBAC decides, or user:rbac for a user \
         of this name")]
    #[case::nobody("nobody", &[],
        "names nobody: write a user or group:NAME, or user:nobody for a user of this name")]
    #[case::capitals_of_nobody("Nobody", &[],
        "names nobody: write a user or group:NAME, or user:Nobody for a user of this name")]
    #[case::no_user("", &[], "names nobody: write a user or group:NAME")]
    #[case::no_group("alice", &[""], "names no group: write the name of one")]
    #[case::space_at_an_end("alice ", &[],
        "has a space at an end or behind the colon: delete the space")]
    #[case::space_behind_the_colon("alice", &["group: x"],
        "has a space at an end or behind the colon: delete the space")]
    #[case::user_without_a_name("user:", &[], "has no name behind the colon: write one")]
    #[case::group_without_a_name("group:", &[], "has no name behind the colon: write one")]
    #[case::controllers_in_capitals("Controllers", &[],
        "is misspelled: write controllers, or user:Controllers if the name is meant as it stands")]
    #[case::single_controller("controller", &[],
        "is misspelled: write controllers, or user:controller if the name is meant as it stands")]
    #[case::plural("Users:alice", &[],
        "is misspelled: write user:alice, or user:Users:alice if the name is meant as it stands")]
    #[case::short_for_group("grp:x", &[],
        "is misspelled: write group:x, or user:grp:x if the name is meant as it stands")]
    #[case::short_for_service_account("sa:ns/name", &[],
        "is misspelled: write serviceaccount:ns/name, or user:sa:ns/name if the name is meant as it stands")]
    #[case::service_account_with_a_colon("svc:ns:name", &[],
        "is misspelled: write serviceaccount:ns/name, or user:svc:ns:name if the name is meant as it stands")]
    #[case::service_account_in_two_words("service-account:a", &[],
        "is misspelled: write serviceaccount:NAMESPACE/NAME, or user:service-account:a if the name is \
         meant as it stands")]
    #[case::misspelled_kind_without_a_name("Users:", &[], "has no name behind the colon: write one")]
    #[case::misspelled_group("alice", &["Groups:x"],
        "is misspelled: write group:x, or group:Groups:x if the name is meant as it stands")]
    #[case::misspelled_user_in_place_of_a_group("alice", &["usr:bob"],
        "is not a group: use --as user:bob")]
    fn other_spellings_are_errors(
        #[case] user: &str,
        #[case] groups: &[&str],
        #[case] expected: &str,
    ) {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        let problem = user_info(Some(user), &groups).unwrap_err().problem;
        assert_eq!(problem.to_string(), expected);
    }

    #[rstest]
    #[case::no_kind(
        "alice",
        Some(
            "does not say whom it names: write user:alice for a user, group:alice \
        for a group, serviceaccount:NAMESPACE/NAME, controllers or rbac"
        )
    )]
    #[case::no_kind_before_a_colon(
        "oidc:alice",
        Some(
            "does not say whom it names: write \
        user:oidc:alice for a user, group:oidc:alice for a group, \
        serviceaccount:NAMESPACE/NAME, controllers or rbac"
        )
    )]
    #[case::nothing(
        "",
        Some(
            "does not say whom it names: write user:NAME for a user, group:NAME for a \
        group, serviceaccount:NAMESPACE/NAME, controllers or rbac"
        )
    )]
    #[case::misspelled_kind("Groups:admins", Some("is misspelled: write group:admins"))]
    #[case::abbreviation("sa:ns/a", Some("is misspelled: write serviceaccount:ns/a"))]
    #[case::user("user:alice", None)]
    #[case::service_account_as_a_user("system:serviceaccount:ns:a", None)]
    #[case::group_of_kubernetes("system:masters", None)]
    #[case::abbreviation_without_a_name("grp:", Some("has no name behind the colon: write one"))]
    #[case::word_in_capitals("Controllers", None)]
    #[case::anyone("*", None)]
    fn the_kind_of_an_entry_is_explained(#[case] entry: &str, #[case] expected: Option<&str>) {
        assert_eq!(explain_kind(entry).as_deref(), expected);
    }
}
