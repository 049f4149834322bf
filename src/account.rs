//! Windows accounts: what `runAsUserName` may be, and when two names are one.

use crate::pattern::{self, Case, Wildcards};

/// The domain of the accounts that Windows brings.
const NT_AUTHORITY: &str = "NT AUTHORITY";
/// The accounts of [`NT_AUTHORITY`] that a HostProcess container can have, each in both its
/// spellings.
const BUILT_IN: [[&str; 2]; 3] = [
    ["SYSTEM", "SYSTEM"],
    ["LocalService", "LOCAL SERVICE"],
    ["NetworkService", "NETWORK SERVICE"],
];

/// Longest account that is compared, in characters.
const LONGEST: usize = 1_000;
/// Longest domain, in bytes (API server: less than 256).
const LONGEST_DOMAIN: usize = 255;
/// Longest user, in bytes (API server).
const LONGEST_USER: usize = 104;
/// Longest domain of the NetBIOS form, in characters.
const LONGEST_NETBIOS: usize = 15;

/// The domain, if there is one, and the user of an account.
fn split(account: &str) -> (Option<&str>, &str) {
    match account.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, account),
    }
}

/// The name in [`BUILT_IN`] that `user` spells.
fn built_in_user(user: &str) -> Option<&'static str> {
    BUILT_IN
        .iter()
        .find(|names| names.iter().any(|name| name.eq_ignore_ascii_case(user)))
        .map(|names| names[0])
}

/// The name in [`BUILT_IN`] that `account` spells, its domain included.
fn built_in(account: &str) -> Option<&'static str> {
    match split(account) {
        (Some(domain), user) if domain.eq_ignore_ascii_case(NT_AUTHORITY) => built_in_user(user),
        _ => None,
    }
}

/// Whether the effective `account` of a container matches `pattern`.
///
/// Case does not count in ASCII, as for Windows. Wildcards stay on their side of the
/// backslash, so that a pattern without one matches local users and groups only. The accounts
/// of `NT AUTHORITY` are matched by their names in full, in any spelling. `*` alone matches
/// any account and none.
pub fn matches(pattern: &str, account: Option<&str>) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(account) = account.filter(|account| account.chars().nth(LONGEST).is_none()) else {
        return false;
    };
    match (built_in(pattern), built_in(account)) {
        (None, None) => {
            pattern::matches_with(pattern, account, Wildcards::Except('\\'), Case::Ignored)
        }
        (wanted, found) => wanted == found,
    }
}

/// Why the API server would refuse `account` as `runAsUserName`; none where it would take it.
/// The rules are those of its validation of `WindowsSecurityContextOptions`.
pub fn malformed(account: &str) -> Option<&'static str> {
    let (domain, user) = split(account);
    if account.is_empty() {
        Some("may not be empty")
    } else if account.contains(|c: char| c.is_ascii_control()) {
        Some("may not contain control characters")
    } else if user.contains('\\') {
        Some("has at most one backslash")
    } else if domain.is_some_and(|domain| domain.len() > LONGEST_DOMAIN) {
        Some("has a domain of less than 256 characters")
    } else if domain.is_some_and(|domain| !is_netbios(domain) && !is_dns(domain)) {
        Some("has a domain of the NetBIOS or the DNS form")
    } else if user.is_empty() {
        Some("has a user behind the backslash")
    } else if user.len() > LONGEST_USER {
        Some("has a user of at most 104 characters")
    } else if user.bytes().all(|c| c == b'.' || c == b' ') {
        Some("has a user of more than dots and spaces")
    } else if user.contains(|c| "\"/:;|=,+*?<>@[]".contains(c)) {
        Some("has none of \" / : ; | = , + * ? < > @ [ ] in its user")
    } else {
        None
    }
}

/// 1 to 15 characters, the first no dot, none of `\ / : * ? " < > |`.
fn is_netbios(domain: &str) -> bool {
    !domain.is_empty()
        && domain.chars().nth(LONGEST_NETBIOS).is_none()
        && !domain.starts_with('.')
        && !domain.contains(|c| "\\/:*?\"<>|".contains(c))
}

/// Labels with dots between them.
fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-')
    })
}

/// What is wrong with `pattern`, and what to write; none where it is fine.
pub fn problem(pattern: &str) -> Option<String> {
    if pattern == "*" || built_in(pattern).is_some() {
        return None;
    }
    if pattern::is_wildcards(pattern) {
        return Some("is no pattern of accounts: write \"*\" for any".to_owned());
    }
    let (domain, user) = split(pattern);
    let blank = |part: &str| part.starts_with(' ') || part.ends_with(' ');
    if blank(user) || domain.is_some_and(blank) {
        return Some("has a blank at an end or beside the backslash: delete it".to_owned());
    }
    // What YAML makes of 'NT AUTHORITY\\SYSTEM' and of "NT AUTHORITY\NetworkService".
    let unescaped = user.starts_with('\\') || pattern.contains(|c: char| c.is_ascii_control());
    if !unescaped && let Some(problem) = misspelt(domain, user) {
        return Some(problem);
    }
    // A run may be one letter, or nothing: one of the two has to fit.
    let reason = malformed(&pattern::with_letters(pattern))?;
    malformed(&pattern::with_letters(&pattern.replace('*', "")))?;
    let advice = match domain {
        _ if unescaped => {
            "write it in single quotes, where YAML takes one backslash as it is: \
             'NT AUTHORITY\\SYSTEM'"
        }
        None if pattern.contains('/') => "write a backslash behind the domain",
        Some(".") => "write a local user or group alone",
        _ => "write DOMAIN\\user, or a local user or group",
    };
    Some(format!("matches no account, which {reason}: {advice}"))
}

/// What is wrong with a pattern that seems to mean an account that Windows brings, and what
/// to write.
fn misspelt(domain: Option<&str>, user: &str) -> Option<String> {
    let lower = user.to_ascii_lowercase();
    if lower.starts_with("s-1-") {
        return Some("is a SID: write the account's name".to_owned());
    }
    if ["containeradministrator", "containeruser"].contains(&&*lower) {
        let problem = "is an account inside of containers: write one of the node, as \
                       'NT AUTHORITY\\SYSTEM'";
        return Some(problem.to_owned());
    }
    let Some(domain) = domain.filter(|domain| *domain != ".") else {
        return match built_in_user(user) {
            _ if lower == "localsystem" => Some("SYSTEM"),
            None if lower.starts_with("nt authority") => Some("SYSTEM"),
            name => name,
        }
        .map(|name| format!("lacks its domain and a backslash: write '{NT_AUTHORITY}\\{name}'"));
    };
    let may_be = pattern::matches_with(domain, NT_AUTHORITY, Wildcards::Any, Case::Ignored);
    if may_be && pattern::has_wildcard(domain) {
        return Some(format!(
            "may be of {NT_AUTHORITY}: write its domain in full"
        ));
    }
    let [system, local, network] = BUILT_IN.map(|[name, _]| name);
    may_be.then(|| {
        format!(
            "is no account of {NT_AUTHORITY} that a container can have: write {system}, {local} \
             or {network} behind the backslash"
        )
    })
}
