//! Windows accounts: what `runAsUserName` may be, and when two names are one.

use alloc::string::String;

use crate::blocks::same;
use crate::pattern::{Case, matches_with};
use crate::text;

/// The account of most HostProcess containers, and the runtime's own.
pub(crate) const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

/// Longest domain, in bytes, less one (API server: "under 256").
const DOMAIN_LIMIT: usize = 256;
/// Longest user, in bytes (API server).
const USER_LIMIT: usize = 104;

/// The domain, if there is one, and the user of an account name.
fn split(account: &str) -> (Option<&str>, &str) {
    match text::split_once(account, b'\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, account),
    }
}

/// Why the API server would refuse `account` as `runAsUserName`; none where it
/// would take it. The rules are those of its validation of
/// `WindowsSecurityContextOptions`.
pub(crate) fn problem(account: &str) -> Option<&'static str> {
    // Nearly every account and every rule says just that.
    if same(account, SYSTEM) || account.eq_ignore_ascii_case(SYSTEM) {
        return None;
    }
    if account.is_empty() {
        return Some("an account may not be empty");
    }
    if account.bytes().any(|c| c.is_ascii_control()) {
        return Some("an account may not contain control characters");
    }
    let (domain, user) = split(account);
    if text::has_any(user, b"\\") {
        return Some("an account has at most one backslash");
    }
    if let Some(domain) = domain {
        if domain.len() >= DOMAIN_LIMIT {
            return Some("the domain of an account is shorter than 256 characters");
        }
        if !is_netbios(domain) && !text::are_labels(domain) {
            return Some("the domain of an account has the NetBIOS or the DNS form");
        }
    }
    if user.is_empty() {
        return Some("the user of an account may not be empty");
    }
    if user.len() > USER_LIMIT {
        return Some("the user of an account has at most 104 characters");
    }
    if user.bytes().all(|c| c == b'.' || c == b' ') {
        return Some("the user of an account may not be only dots and spaces");
    }
    if text::has_any(user, b"\"/:;|=,+*?<>@[]") {
        return Some(
            "the user of an account has no quotes, no semicolons and none of / \\ : | = , + * ? < > @ [ ]",
        );
    }
    None
}

/// Whether the pattern `account` means a built-in account but has no backslash: it
/// matches local users of that name, and Windows has none.
pub(crate) fn lacks_its_backslash(account: &str) -> bool {
    !text::has_any(account, b"\\") && matches_with(Case::Ignored, "NT AUTHORITY*", account)
}

/// 1 to 15 characters, the first no dot, none of `\ / : * ? " < > |`.
fn is_netbios(domain: &str) -> bool {
    !domain.is_empty()
        && domain.chars().nth(15).is_none()
        && !domain.starts_with('.')
        && !text::has_any(domain, b"\\/:*?\"<>|")
}

/// Whether the container's effective `account` matches `pattern`.
///
/// Case does not count (Windows compares so), in ASCII; the built-in service
/// accounts match in both their spellings; wildcards stay on their side of the
/// backslash, so that a pattern without one matches local users and groups
/// only. `*` alone matches any account and none.
pub(crate) fn matches(pattern: &str, account: Option<&str>) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(account) = account else {
        return false;
    };
    let (wanted_domain, wanted_user) = split(pattern);
    let (domain, user) = split(account);
    let same_domain = match (wanted_domain, domain) {
        (None, None) => true,
        (Some(wanted), Some(domain)) => matches_with(Case::Ignored, wanted, domain),
        _ => false,
    };
    // A second backslash is in no account that the API server admits.
    same_domain
        && !text::has_any(user, b"\\")
        && spellings(domain, user)
            .iter()
            .any(|user| matches_with(Case::Ignored, wanted_user, user))
}

/// The built-in service accounts, each in both its spellings.
const SERVICE_ACCOUNTS: [[&str; 2]; 2] = [
    ["local service", "localservice"],
    ["network service", "networkservice"],
];

/// The ways to write the user of a built-in service account; for others the one
/// given.
fn spellings<'a>(domain: Option<&str>, user: &'a str) -> [&'a str; 2] {
    if domain.is_some_and(|domain| domain.eq_ignore_ascii_case("NT AUTHORITY")) {
        for account in SERVICE_ACCOUNTS {
            if account.iter().any(|name| user.eq_ignore_ascii_case(name)) {
                return account;
            }
        }
    }
    [user, user]
}

/// Appends `account` as messages show it: quoted, and where it has no domain,
/// said to be a local user or group.
pub(crate) fn write(account: Option<&str>, out: &mut String) {
    let Some(account) = account else {
        text::put(out, "no account");
        return;
    };
    text::put(out, "account ");
    text::push_quoted(out, account);
    if !text::has_any(account, b"\\") && !account.is_empty() {
        // hcsshim makes a temporary user in a local group of that name.
        text::put(
            out,
            if account.eq_ignore_ascii_case("Administrators") {
                " (a local group: the process is a local administrator)"
            } else {
                " (a local user or group)"
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::system(SYSTEM, None)]
    #[case::local_service(r"NT AUTHORITY\Local service", None)]
    #[case::local_group("Administrators", None)]
    #[case::dns_domain(r"corp.example.com\svc", None)]
    #[case::dot_domain(
        r".\svc",
        Some("the domain of an account has the NetBIOS or the DNS form")
    )]
    #[case::empty("", Some("an account may not be empty"))]
    #[case::control("a\u{7f}", Some("an account may not contain control characters"))]
    #[case::two_backslashes(r"NT AUTHORITY\\SYSTEM", Some("an account has at most one backslash"))]
    #[case::no_user(r"NT AUTHORITY\", Some("the user of an account may not be empty"))]
    #[case::no_domain(
        r"\SYSTEM",
        Some("the domain of an account has the NetBIOS or the DNS form")
    )]
    #[case::dots(". .", Some("the user of an account may not be only dots and spaces"))]
    #[case::forbidden(
        "a@b",
        Some(
            "the user of an account has no quotes, no semicolons and none of / \\ : | = , + * ? < > @ [ ]"
        )
    )]
    fn forms_of_accounts(#[case] account: &str, #[case] expected: Option<&str>) {
        assert_eq!(problem(account), expected);
    }

    #[test]
    fn lengths_of_accounts() {
        let user = "u".repeat(104);
        assert_eq!(problem(&user), None);
        assert_eq!(
            problem(&(user + "u")),
            Some("the user of an account has at most 104 characters")
        );
        let label = "d".repeat(63);
        let domain = [&*label, &*label, &*label, &"d".repeat(63)].join(".");
        assert_eq!(domain.len(), 255);
        assert_eq!(problem(&(domain.clone() + r"\u")), None);
        assert_eq!(
            problem(&(domain + r".\u")),
            Some("the domain of an account is shorter than 256 characters")
        );
        assert_eq!(problem(&("n n".repeat(5) + r"\u")), None);
        assert_eq!(
            problem(&("n n".repeat(5) + r"n\u")),
            Some("the domain of an account has the NetBIOS or the DNS form")
        );
    }

    #[rstest]
    #[case::same(SYSTEM, Some(SYSTEM), true)]
    #[case::case_does_not_count(SYSTEM, Some(r"nt authority\System"), true)]
    #[case::other(SYSTEM, Some(r"NT AUTHORITY\LocalService"), false)]
    #[case::spaced(
        r"NT AUTHORITY\LocalService",
        Some(r"NT AUTHORITY\LOCAL SERVICE"),
        true
    )]
    #[case::unspaced(
        r"NT AUTHORITY\Network Service",
        Some(r"NT AUTHORITY\networkservice"),
        true
    )]
    #[case::spelling_of_another_domain(r"CORP\LocalService", Some(r"CORP\Local Service"), false)]
    #[case::wildcard_user(r"NT AUTHORITY\*", Some(SYSTEM), true)]
    #[case::wildcard_user_in_either_spelling(
        r"NT AUTHORITY\Local S*",
        Some(r"NT AUTHORITY\LocalService"),
        true
    )]
    #[case::wildcard_user_is_no_bare_name(r"NT AUTHORITY\*", Some("SYSTEM"), false)]
    #[case::wildcard_domain(r"*\svc", Some(r"CORP\svc"), true)]
    #[case::wildcard_does_not_cross(r"NT*", Some(SYSTEM), false)]
    #[case::bare_matches_bare("Admin*", Some("Administrators"), true)]
    #[case::domain_prefix_is_another_domain(r"CORP\*", Some(r"CORP2\svc"), false)]
    #[case::star_is_any("*", Some(SYSTEM), true)]
    #[case::star_is_none("*", None, true)]
    #[case::none_is_no_other("?*", None, false)]
    #[case::second_backslash(r"NT AUTHORITY\*", Some(r"NT AUTHORITY\a\b"), false)]
    #[case::cyrillic(SYSTEM, Some("NT \u{410}UTHORITY\\SYSTEM"), false)]
    fn patterns(#[case] pattern: &str, #[case] account: Option<&str>, #[case] expected: bool) {
        assert_eq!(matches(pattern, account), expected);
    }
}
