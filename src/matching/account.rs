//! Windows accounts: what `runAsUserName` may be, and when two names are one.

use crate::matching::pattern::Wildcards;
use crate::matching::{names, pattern, split};

/// The domain of the accounts that Windows brings.
const NT_AUTHORITY: &str = "NT AUTHORITY";
/// The accounts of [`NT_AUTHORITY`] that a HostProcess container can have, each in both its
/// spellings.
const BUILT_IN: [[&str; 2]; 3] = [
    ["SYSTEM", "SYSTEM"],
    ["LocalService", "LOCAL SERVICE"],
    ["NetworkService", "NETWORK SERVICE"],
];

/// Longest account that the API server takes, in bytes: domain, backslash and user.
const LONGEST: usize = 255 + 1 + 104;

/// The domain, if there is one, and the user of an account.
fn split(account: &str) -> (Option<&str>, &str) {
    split::once(account, b'\\').map_or((None, account), |(domain, user)| (Some(domain), user))
}

/// The name in [`BUILT_IN`] that `user` spells.
fn built_in_user(user: &str) -> Option<&'static str> {
    let spells = |names: &&[&str; 2]| names.iter().any(|name| name.eq_ignore_ascii_case(user));
    BUILT_IN.iter().find(spells).map(|names| names[0])
}

/// The name in [`BUILT_IN`] that `account` spells, its domain included.
fn built_in(account: &str) -> Option<&'static str> {
    let (domain, user) = split(account);
    built_in_user(user).filter(|_| domain.is_some_and(|it| it.eq_ignore_ascii_case(NT_AUTHORITY)))
}

/// Whether the effective `account` of a container matches `pattern`.
///
/// Case does not count in ASCII, as for Windows. Wildcards stay on their side of the backslash, so
/// that a pattern without one matches local users and groups only. The accounts of `NT AUTHORITY`
/// are matched by their names in full, in any spelling. `*` alone matches any account and none.
pub fn matches(pattern: &str, account: Option<&str>) -> bool {
    let Some(account) = account.filter(|account| pattern != "*" && account.len() <= LONGEST) else {
        return pattern == "*";
    };
    match (built_in(pattern), built_in(account)) {
        (None, None) => {
            let [pattern, account] = [pattern, account].map(str::to_ascii_lowercase);
            pattern::matches_with(&pattern, &account, Wildcards::Except(b'\\'))
        }
        (wanted, found) => wanted == found,
    }
}

/// Why the API server would refuse `account` as `runAsUserName`; none where it would take it.
/// The rules are those of its validation of `WindowsSecurityContextOptions`.
pub fn malformed(account: &str) -> Option<&'static str> {
    let (domain, user) = split(account);
    // The lengths first: all else looks at few characters.
    if account.is_empty() {
        Some("may not be empty")
    } else if domain.is_some_and(|domain| domain.len() >= 256) {
        Some("has a domain of less than 256 characters")
    } else if user.len() > 104 {
        Some("has a user of at most 104 characters")
    } else if account.bytes().any(|c| c.is_ascii_control()) {
        Some("may not contain control characters")
    } else if user.contains('\\') {
        Some("has at most one backslash")
    } else if domain.is_some_and(|domain| !is_netbios(domain) && !names::is_host(domain)) {
        Some("has a domain of the NetBIOS or the DNS form")
    } else if user.is_empty() {
        Some("has a user behind the backslash")
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
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(|c| "\\/:*?\"<>|".contains(c))
}

/// What is wrong with `pattern`, and what to write; none where it is fine.
pub fn problem(pattern: &str) -> Option<String> {
    if pattern == "*" || built_in(pattern).is_some() {
        return None;
    }
    let (domain, user) = split(pattern);
    // What YAML makes of 'NT AUTHORITY\\SYSTEM' and of "NT AUTHORITY\NetworkService".
    let unescaped = user.starts_with('\\') || pattern.bytes().any(|c| c.is_ascii_control());
    let has_blank = |part: &str| part.trim_matches(' ') != part;
    if pattern.len() > LONGEST {
        return Some("is longer than any account: write DOMAIN\\user".to_owned());
    } else if !pattern.is_empty() && pattern.bytes().all(|c| c == b'?') {
        return Some("is no pattern of accounts: write \"*\" for any".to_owned());
    } else if has_blank(user) || domain.is_some_and(has_blank) {
        return Some("has a blank at an end or beside the backslash: delete it".to_owned());
    } else if !unescaped && let Some(problem) = misspelt(domain, user) {
        return Some(problem);
    }
    // A run may be one letter, or nothing: one of the two has to fit.
    let with_letters = pattern.replace('?', "a");
    let reason = malformed(&with_letters.replace('*', "a"))?;
    malformed(&with_letters.replace('*', ""))?;
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
    let problem = if lower.starts_with("s-1-") {
        "is a SID: write the account's name"
    } else if ["containeradministrator", "containeruser"].contains(&&*lower) {
        "is an account inside of containers: write one of the node, as 'NT AUTHORITY\\SYSTEM'"
    } else if let Some(domain) = domain.filter(|domain| *domain != ".") {
        let domain = domain.to_ascii_uppercase();
        if domain != NT_AUTHORITY && domain.replace([' ', '-', '_'], "") == "NTAUTHORITY" {
            "misspells its domain: write 'NT AUTHORITY', with one blank"
        } else if !pattern::matches(&domain, NT_AUTHORITY) {
            return None;
        } else if pattern::has_wildcard(&domain) {
            "may be of NT AUTHORITY: write its domain in full"
        } else {
            "is no account of NT AUTHORITY that a container can have: write SYSTEM, LocalService \
             or NetworkService behind the backslash"
        }
    } else {
        let rest = lower
            .strip_prefix("nt authority")
            .map(|rest| rest.trim_start_matches([' ', '/']));
        let system = (rest.is_some() || lower == "localsystem").then_some("SYSTEM");
        let name = built_in_user(rest.unwrap_or(user)).or(system)?;
        return Some(format!(
            "lacks the domain, with a backslash behind it: write 'NT AUTHORITY\\{name}'"
        ));
    };
    Some(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::system(r"NT AUTHORITY\SYSTEM", "")]
    #[case::local_service(r"NT AUTHORITY\Local service", "")]
    #[case::local_group("Administrators", "")]
    #[case::dns_domain(r"corp.example.com\svc", "")]
    #[case::longest_user(&"u".repeat(104), "")]
    #[case::too_long_a_user(&"u".repeat(105), "has a user of at most 104 characters")]
    #[case::longest_netbios_domain(&("n n".repeat(5) + r"\u"), "")]
    #[case::too_long_a_netbios_domain(
        &("n n".repeat(5) + r"n\u"),
        "has a domain of the NetBIOS or the DNS form"
    )]
    #[case::longest_domain(&(format!("{}a", "d.".repeat(127)) + r"\u"), "")]
    #[case::too_long_a_domain(
        &(format!("{}aa", "d.".repeat(127)) + r"\u"),
        "has a domain of less than 256 characters"
    )]
    #[case::dot_domain(r".\svc", "has a domain of the NetBIOS or the DNS form")]
    #[case::empty("", "may not be empty")]
    #[case::control("a\u{7f}", "may not contain control characters")]
    #[case::two_backslashes(r"NT AUTHORITY\\SYSTEM", "has at most one backslash")]
    #[case::no_user(r"CORP\", "has a user behind the backslash")]
    #[case::no_domain(r"\SYSTEM", "has a domain of the NetBIOS or the DNS form")]
    #[case::dots(". .", "has a user of more than dots and spaces")]
    #[case::forbidden("a@b", "has none of \" / : ; | = , + * ? < > @ [ ] in its user")]
    fn forms(#[case] account: &str, #[case] expected: &str) {
        assert_eq!(malformed(account).unwrap_or_default(), expected);
    }

    const SYSTEM: &str = r"NT AUTHORITY\SYSTEM";

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
    #[case::built_in_by_a_wildcard(r"NT AUTHORITY\*", Some(SYSTEM), false)]
    #[case::built_in_of_any_domain(r"*\SYSTEM", Some(SYSTEM), false)]
    #[case::wildcard_user(r"CORP\*", Some(r"corp\svc"), true)]
    #[case::wildcard_domain(r"C*\svc", Some(r"CORP\svc"), true)]
    #[case::wildcard_does_not_cross("C*", Some(r"CORP\svc"), false)]
    #[case::bare("Admin*", Some("Administrators"), true)]
    #[case::bare_is_no_domain_user("svc", Some(r"CORP\svc"), false)]
    #[case::domain_user_is_not_bare(r"CORP\*", Some("svc"), false)]
    #[case::longer_domain(r"CORP\*", Some(r"CORP2\svc"), false)]
    #[case::star_is_any("*", Some(SYSTEM), true)]
    #[case::star_is_none("*", None, true)]
    #[case::none("?*", None, false)]
    #[case::second_backslash(r"CORP\*", Some(r"CORP\a\b"), false)]
    #[case::cyrillic(SYSTEM, Some("NT \u{410}UTHORITY\\SYSTEM"), false)]
    #[case::longest(&"a".repeat(360), Some(&*"a".repeat(360)), true)]
    #[case::too_long(&"a".repeat(361), Some(&*"a".repeat(361)), false)]
    #[case::too_long_for_all_but_any("*", Some(&*"a".repeat(361)), true)]
    fn patterns(#[case] pattern: &str, #[case] account: Option<&str>, #[case] expected: bool) {
        assert_eq!(matches(pattern, account), expected);
    }

    const BLANK: &str = "has a blank at an end or beside the backslash: delete it";
    const BARE: &str = r"lacks the domain, with a backslash behind it: write 'NT AUTHORITY\";
    const NONE_OF_THREE: &str = "is no account of NT AUTHORITY that a container can have: write \
        SYSTEM, LocalService or NetworkService behind the backslash";
    const MAY_BE: &str = "may be of NT AUTHORITY: write its domain in full";
    const MISSPELT: &str = "misspells its domain: write 'NT AUTHORITY', with one blank";
    const CONTAINER: &str =
        r"is an account inside of containers: write one of the node, as 'NT AUTHORITY\SYSTEM'";
    const YAML: &str = "write it in single quotes, where YAML takes one backslash as it is: \
        'NT AUTHORITY\\SYSTEM'";

    #[rstest]
    #[case::any("*", "")]
    #[case::system(r"nt authority\system", "")]
    #[case::local_service(r"NT AUTHORITY\LOCAL SERVICE", "")]
    #[case::group("Administrators", "")]
    #[case::domain_users(r"CORP\svc-*", "")]
    #[case::domains(r"C*\svc", "")]
    #[case::domain_of_fifteen_and_a_star(r"n n n n n n n n*\u", "")]
    #[case::any_two_characters("??", "is no pattern of accounts: write \"*\" for any")]
    #[case::empty(
        "",
        r"matches no account, which may not be empty: write DOMAIN\user, or a local user or group"
    )]
    #[case::blank_first(r" NT AUTHORITY\SYSTEM", BLANK)]
    #[case::blank_last("Administrators ", BLANK)]
    #[case::blank_beside_the_backslash(r"NT AUTHORITY\ SYSTEM", BLANK)]
    #[case::bare_system("system", &format!("{BARE}SYSTEM'"))]
    #[case::bare_service("Local Service", &format!("{BARE}LocalService'"))]
    #[case::local_system("LocalSystem", &format!("{BARE}SYSTEM'"))]
    #[case::dot_system(r".\SYSTEM", &format!("{BARE}SYSTEM'"))]
    #[case::no_backslash("NT AUTHORITY*", &format!("{BARE}SYSTEM'"))]
    #[case::any_built_in(r"NT AUTHORITY\*", NONE_OF_THREE)]
    #[case::built_in_local_system(r"NT AUTHORITY\LocalSystem", NONE_OF_THREE)]
    #[case::other_built_in(r"NT AUTHORITY\IUSR", NONE_OF_THREE)]
    #[case::domain_that_may_be_it(r"NT*\x", MAY_BE)]
    #[case::any_domain(r"*\SYSTEM", MAY_BE)]
    #[case::no_blank_in_the_domain(r"NTAuthority\SYSTEM", MISSPELT)]
    #[case::underscore_in_the_domain(r"NT_AUTHORITY\LocalService", MISSPELT)]
    #[case::sid("S-1-5-18", "is a SID: write the account's name")]
    #[case::container_administrator("ContainerAdministrator", CONTAINER)]
    #[case::container_user(r"User Manager\ContainerUser", CONTAINER)]
    #[case::two_backslashes(
        r"NT AUTHORITY\\SYSTEM",
        &format!("matches no account, which has at most one backslash: {YAML}")
    )]
    #[case::escape_of_yaml(
        "NT AUTHORITY\n",
        &format!("matches no account, which may not contain control characters: {YAML}")
    )]
    #[case::slash("NT AUTHORITY/Local Service", &format!("{BARE}LocalService'"))]
    #[case::too_long(&"a".repeat(361), r"is longer than any account: write DOMAIN\user")]
    #[case::slash_of_another_domain(
        "CORP/svc",
        "matches no account, which has none of \" / : ; | = , + * ? < > @ [ ] in its user: \
         write a backslash behind the domain"
    )]
    #[case::dot_domain(
        r".\svc",
        "matches no account, which has a domain of the NetBIOS or the DNS form: \
         write a local user or group alone"
    )]
    #[case::mail_address(
        "a@b*",
        r#"matches no account, which has none of " / : ; | = , + * ? < > @ [ ] in its user: write DOMAIN\user, or a local user or group"#
    )]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        assert_eq!(problem(pattern).unwrap_or_default(), expected);
    }
}
