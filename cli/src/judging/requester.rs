//! Who sends the requests that are judged: the arguments `--as` and `--as-group`.

use serde_json::{Value, json};

/// Why `--as` or `--as-group` names nobody.
#[derive(Debug, PartialEq)]
pub struct InvalidRequester {
    /// The argument as it was given: `--as-group user:alice`.
    pub argument: String,
    /// What is wrong, and what to write.
    pub reason: String,
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
/// A service account has no namespace, a user stands where a group is expected, or the user is an entry
/// of settings that names nobody.
pub fn user_info(user: Option<&str>, groups: &[String]) -> Result<Value, InvalidRequester> {
    let mut member_of = Vec::new();
    for group in groups {
        member_of.push(parse_group(group)?);
    }
    let mut username = String::new();
    // With groups alone, the requester is any member of them, and has no name.
    if let Some(user) = user {
        match parse_user(user)? {
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
fn parse_user(user: &str) -> Result<Named, InvalidRequester> {
    let invalid = |reason: &str| {
        Err(InvalidRequester {
            argument: format!("--as {user}"),
            reason: reason.to_owned(),
        })
    };
    match user {
        "controllers" => return Ok(Named::User(CONTROLLER.to_owned())),
        "rbac" => {
            return invalid(
                "names nobody: write the user or group:NAME about whom RBAC decides, or user:rbac \
                 for a user of this name",
            );
        }
        "nobody" => {
            return invalid(
                "names nobody: write a user or group:NAME, or user:nobody for a user of this name",
            );
        }
        _ => {}
    }

    Ok(match user.split_once(':') {
        Some(("group", name)) => Named::MemberOf(name.to_owned()),
        Some(("serviceaccount", account)) => Named::User(parse_service_account(account)?),
        Some(("user", name)) => Named::User(name.to_owned()),
        _ => Named::User(user.to_owned()),
    })
}

/// Parses the value of `--as-group`.
fn parse_group(group: &str) -> Result<String, InvalidRequester> {
    match group.split_once(':') {
        Some(("group", name)) => Ok(name.to_owned()),
        Some(("user" | "serviceaccount", _)) => Err(InvalidRequester {
            argument: format!("--as-group {group}"),
            reason: format!("is not a group: use --as {group}"),
        }),
        _ => Ok(group.to_owned()),
    }
}

/// Parses `NAMESPACE/NAME` into the user name of the service account.
fn parse_service_account(account: &str) -> Result<String, InvalidRequester> {
    match account.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Ok(format!("{SERVICE_ACCOUNT}{namespace}:{name}"))
        }
        _ => Err(InvalidRequester {
            argument: format!("--as serviceaccount:{account}"),
            reason: String::from("has no namespace: write serviceaccount:NAMESPACE/NAME"),
        }),
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
        "has no namespace: write serviceaccount:NAMESPACE/NAME")]
    #[case::user_in_place_of_a_group("alice", &["user:bob"],
        "is not a group: use --as user:bob")]
    #[case::rbac("rbac", &[],
        "names nobody: write the user or group:NAME about whom RBAC decides, or user:rbac for a user \
         of this name")]
    #[case::nobody("nobody", &[],
        "names nobody: write a user or group:NAME, or user:nobody for a user of this name")]
    fn other_spellings_are_errors(
        #[case] user: &str,
        #[case] groups: &[&str],
        #[case] expected: &str,
    ) {
        let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
        assert_eq!(user_info(Some(user), &groups).unwrap_err().reason, expected);
    }
}
