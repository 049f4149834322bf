//! Windows accounts: what `runAsUserName` may be, and which account matches which pattern.
//!
//! The API server decides which accounts it accepts (`validateWindowsSecurityContextOptions` in
//! `pkg/apis/core/validation/validation.go` of Kubernetes). Windows decides which names mean the
//! same account: the case of letters does not count, and `NT AUTHORITY\Local Service` is
//! `NT AUTHORITY\LocalService`.

use std::fmt;

use crate::matching::pattern::Wildcards;
use crate::matching::{names, pattern};

/// The domain of the accounts that come with Windows.
const NT_AUTHORITY: &str = "NT AUTHORITY";

/// The longest domain that the API server accepts, in bytes.
const LONGEST_DOMAIN: usize = 255;
/// The longest user that the API server accepts, in bytes.
const LONGEST_USER: usize = 104;
/// The longest account, which has a backslash between domain and user.
const LONGEST_ACCOUNT: usize = LONGEST_DOMAIN + 1 + LONGEST_USER;

/// The characters that the API server forbids in a user.
const NEVER_IN_USERS: [char; 15] = [
    '"', '/', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']',
];

/// An account of `NT AUTHORITY` that a HostProcess container can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInAccount {
    System,
    LocalService,
    NetworkService,
}

impl BuiltInAccount {
    /// Reads the user of an account: `LocalService` or `Local Service`, in any case. `None` if the
    /// user is none of the three.
    fn from_user(user: &str) -> Option<Self> {
        let is_named = |name: &str| user.eq_ignore_ascii_case(name);
        if is_named("System") {
            Some(BuiltInAccount::System)
        } else if is_named("LocalService") || is_named("Local Service") {
            Some(BuiltInAccount::LocalService)
        } else if is_named("NetworkService") || is_named("Network Service") {
            Some(BuiltInAccount::NetworkService)
        } else {
            None
        }
    }

    /// Reads an account with its domain, for example `NT AUTHORITY\SYSTEM`, in any case.
    fn from_account(account: &str) -> Option<Self> {
        let DomainAndUser { domain, user } = DomainAndUser::split(account);
        if domain?.eq_ignore_ascii_case(NT_AUTHORITY) {
            BuiltInAccount::from_user(user)
        } else {
            None
        }
    }
}

impl fmt::Display for BuiltInAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BuiltInAccount::System => r"NT AUTHORITY\SYSTEM",
            BuiltInAccount::LocalService => r"NT AUTHORITY\LocalService",
            BuiltInAccount::NetworkService => r"NT AUTHORITY\NetworkService",
        })
    }
}

/// An account or a pattern, split at the first backslash.
struct DomainAndUser<'a> {
    /// `None` for a local user or group.
    domain: Option<&'a str>,
    user: &'a str,
}

impl<'a> DomainAndUser<'a> {
    fn split(account: &'a str) -> Self {
        match account.split_once('\\') {
            Some((domain, user)) => DomainAndUser {
                domain: Some(domain),
                user,
            },
            None => DomainAndUser {
                domain: None,
                user: account,
            },
        }
    }
}

/// Returns whether the effective `account` of a container matches `pattern`. `None` is a container
/// without an account, which only `*` matches.
///
/// The case of ASCII letters does not count. Wildcards do not cross the backslash, so that a
/// pattern without one matches local users and groups only. The three accounts of [`BuiltInAccount`]
/// are matched by their names, in any spelling. No wildcard matches them but `*` alone.
pub fn matches(pattern: &str, account: Option<&str>) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(account) = account else {
        return false;
    };
    // The API server accepts no such account.
    if account.len() > LONGEST_ACCOUNT {
        return false;
    }

    let wanted = BuiltInAccount::from_account(pattern);
    let found = BuiltInAccount::from_account(account);
    if wanted.is_some() || found.is_some() {
        return wanted == found;
    }

    pattern::matches_with(
        &pattern.to_ascii_lowercase(),
        &account.to_ascii_lowercase(),
        Wildcards::Except('\\'),
    )
}

/// What to do about a slash between domain and user.
const BACKSLASH_INSTEAD: &str = "write a backslash behind the domain";

/// What is wrong with the account of a workload. `Display` completes a sentence that begins with the
/// field: "must not be empty". [`AccountPatternError`] writes the same words after "which".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    Empty,
    LongDomain,
    LongUser,
    /// YAML has read a backslash and a letter as one character. Holds the account that was meant.
    YamlEscape(String),
    ControlCharacter,
    SeveralBackslashes,
    /// The domain is neither a NetBIOS name nor a DNS name.
    BadDomain,
    NoUser,
    OnlyDotsAndSpaces,
    /// The user holds one of [`NEVER_IN_USERS`].
    ForbiddenCharacter,
    /// `NT AUTHORITY/SYSTEM`, which would be an account with a backslash in place of the slash.
    Slash,
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountError::Empty => f.write_str("must not be empty"),
            AccountError::LongDomain => f.write_str("must have a domain of at most 255 characters"),
            AccountError::LongUser => f.write_str("must have a user of at most 104 characters"),
            AccountError::YamlEscape(meant) => write!(
                f,
                "must be in single quotes, because YAML replaces a backslash in double quotes: \
                 '{meant}'"
            ),
            AccountError::ControlCharacter => f.write_str("must not have control characters"),
            AccountError::SeveralBackslashes => f.write_str("must have at most one backslash"),
            AccountError::BadDomain => f.write_str("must have a NetBIOS or DNS name as its domain"),
            AccountError::NoUser => f.write_str("must have a user behind the backslash"),
            AccountError::OnlyDotsAndSpaces => {
                f.write_str("must have a user of more than dots and spaces")
            }
            AccountError::ForbiddenCharacter => {
                f.write_str("must have none of \" / : ; | = , + * ? < > @ [ ] in its user")
            }
            AccountError::Slash => write!(
                f,
                "{}: {BACKSLASH_INSTEAD}",
                AccountError::ForbiddenCharacter
            ),
        }
    }
}

/// Checks that the API server accepts `account`, and that YAML has left it as it was written.
///
/// # Errors
/// The first thing that is wrong with the account.
pub fn check(account: &str) -> Result<(), AccountError> {
    if let Some(meant) = undo_yaml_escape(account)
        && check_form(&meant).is_ok()
    {
        return Err(AccountError::YamlEscape(meant));
    }
    // An account with a second slash, or with a backslash already, would still not be valid.
    if account.contains('/') && check_form(&account.replacen('/', r"\", 1)).is_ok() {
        return Err(AccountError::Slash);
    }

    check_form(account)
}

/// Checks that the API server accepts `account`.
fn check_form(account: &str) -> Result<(), AccountError> {
    let DomainAndUser { domain, user } = DomainAndUser::split(account);
    if account.is_empty() {
        return Err(AccountError::Empty);
    }
    if domain.is_some_and(|domain| domain.len() > LONGEST_DOMAIN) {
        return Err(AccountError::LongDomain);
    }
    if user.len() > LONGEST_USER {
        return Err(AccountError::LongUser);
    }
    if account.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(AccountError::ControlCharacter);
    }
    if user.contains('\\') {
        return Err(AccountError::SeveralBackslashes);
    }
    if domain.is_some_and(|domain| !is_netbios_name(domain) && !names::is_host(domain)) {
        return Err(AccountError::BadDomain);
    }
    if user.is_empty() {
        return Err(AccountError::NoUser);
    }
    if user.trim_matches(['.', ' ']).is_empty() {
        return Err(AccountError::OnlyDotsAndSpaces);
    }
    if user.contains(NEVER_IN_USERS) {
        return Err(AccountError::ForbiddenCharacter);
    }

    Ok(())
}

/// Returns whether `domain` has 1 to 15 characters, none of them `\ / : * ? " < > |`, and does not
/// begin with a dot.
fn is_netbios_name(domain: &str) -> bool {
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|'])
}

/// Returns the account that was meant, if YAML has read a backslash and the letter after it as one
/// character: `"CONTOSO\bob"` in double quotes has a backspace and no backslash, and
/// `"NT AUTHORITY\LocalService"` has a line separator.
///
/// `None` if the account has no such character, or if one of the others is not plain. If there is a
/// backslash, for example, this may be the one that was meant.
fn undo_yaml_escape(account: &str) -> Option<String> {
    let replaced = account.chars().find(|c| yaml_escape_letter(*c).is_some())?;
    let letter = yaml_escape_letter(replaced)?;
    let (before, after) = account.split_once(replaced)?;
    if !before.chars().all(is_plain) || !after.chars().all(is_plain) {
        return None;
    }

    Some(format!(r"{before}\{letter}{after}"))
}

/// Returns whether a message can show `c` as it is, and `c` is usual in accounts and patterns.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " ._-$*?".contains(c)
}

/// Returns the letter that YAML writes after a backslash for `c` in double quotes, for example `n`
/// for a line feed. `None` if YAML has no such letter for `c`.
fn yaml_escape_letter(c: char) -> Option<char> {
    match c {
        '\0' => Some('0'),
        '\u{7}' => Some('a'),
        '\u{8}' => Some('b'),
        '\t' => Some('t'),
        '\n' => Some('n'),
        '\u{b}' => Some('v'),
        '\u{c}' => Some('f'),
        '\r' => Some('r'),
        '\u{1b}' => Some('e'),
        '\u{85}' => Some('N'),
        '\u{a0}' => Some('_'),
        '\u{2028}' => Some('L'),
        '\u{2029}' => Some('P'),
        _ => None,
    }
}

/// Why settings must not hold a pattern of accounts. `Display` completes a sentence that begins with
/// the quoted pattern, and says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountPatternError {
    TooLong,
    /// `??`: nobody means all accounts of two characters. (`**` and `?*` do not come here, because
    /// settings/reader.rs refuses them in all lists of patterns.)
    OnlyQuestionMarks,
    /// `'NT AUTHORITY\SYSTEM'` with the quotation marks. Holds the pattern without them.
    Quotes(String),
    /// A space at an end or beside the backslash.
    StraySpace,
    /// YAML has read a backslash and a letter as one character. Holds the pattern that was meant, if
    /// that is known.
    YamlEscape(Option<String>),
    /// `'NT AUTHORITY\\SYSTEM'`. Holds the pattern with one backslash.
    TwoBackslashes(String),
    /// `S-1-5-18`
    Sid,
    /// `ContainerAdministrator` and `ContainerUser`.
    AccountOfContainer,
    /// `NTAuthority\SYSTEM`
    MisspelledNtAuthority,
    /// `NT*\SYSTEM`
    MayBeNtAuthority,
    /// The pattern names `NT AUTHORITY`, but none of its three accounts.
    OtherOfNtAuthority,
    /// `System`, which names a local user or group. Holds the account that was meant.
    NoDomain(BuiltInAccount),
    /// `CORP/svc`. Holds the reason why no account matches.
    Slash(AccountError),
    /// `.\svc`. Holds the reason why no account matches.
    DotDomain(AccountError),
    /// No account matches, for this reason.
    NoAccount(AccountError),
}

/// The accounts of [`BuiltInAccount`] as a list that messages show.
const THREE_ACCOUNTS: &str =
    r"'NT AUTHORITY\SYSTEM', 'NT AUTHORITY\LocalService' or 'NT AUTHORITY\NetworkService'";

impl fmt::Display for AccountPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountPatternError::TooLong => {
                f.write_str(r"is longer than any account: write DOMAIN\user")
            }
            AccountPatternError::OnlyQuestionMarks => {
                f.write_str("is nothing but wildcards: write a name, or \"*\" for any account")
            }
            AccountPatternError::Quotes(inner) => {
                write!(f, "has quotation marks inside: write {inner} without them")
            }
            AccountPatternError::StraySpace => {
                f.write_str("has a space at an end or beside the backslash: delete the space")
            }
            AccountPatternError::YamlEscape(Some(meant)) => write!(
                f,
                "has lost its backslash, which YAML replaces in double quotes: write '{meant}' in \
                 single quotes"
            ),
            AccountPatternError::YamlEscape(None) => f.write_str(
                "has a character that YAML makes of a backslash in double quotes: write \
                 'DOMAIN\\user' in single quotes",
            ),
            AccountPatternError::TwoBackslashes(meant) => write!(
                f,
                "has two backslashes: write '{meant}' in single quotes, where YAML keeps each \
                 backslash"
            ),
            AccountPatternError::Sid => f.write_str("is a SID: write the name of the account"),
            AccountPatternError::AccountOfContainer => write!(
                f,
                "exists only inside of containers: write an account of the node, for example \
                 {THREE_ACCOUNTS}"
            ),
            AccountPatternError::MisspelledNtAuthority => {
                f.write_str("misspells its domain: write NT AUTHORITY, with one space")
            }
            AccountPatternError::MayBeNtAuthority => {
                f.write_str("may match NT AUTHORITY: write the domain in full")
            }
            AccountPatternError::OtherOfNtAuthority => write!(
                f,
                "is no account of NT AUTHORITY that a container can have: write {THREE_ACCOUNTS}"
            ),
            AccountPatternError::NoDomain(account) => {
                write!(f, "is a local user or group: write '{account}'")
            }
            AccountPatternError::Slash(reason) => {
                write!(f, "matches no account, which {reason}: {BACKSLASH_INSTEAD}")
            }
            AccountPatternError::DotDomain(reason) => write!(
                f,
                "matches no account, which {reason}: write the local user or group without domain"
            ),
            AccountPatternError::NoAccount(reason) => write!(
                f,
                "matches no account, which {reason}: write DOMAIN\\user, or a local user or group"
            ),
        }
    }
}

/// Checks that some account may match `pattern`, and that the pattern means what it says.
///
/// No error proposes a pattern that would be refused next: a proposal is checked as well, and if
/// settings must not hold it, its own error is returned.
///
/// # Errors
/// Settings must not hold the pattern.
pub fn check_pattern(pattern: &str) -> Result<(), AccountPatternError> {
    if pattern == "*" || BuiltInAccount::from_account(pattern).is_some() {
        return Ok(());
    }
    if pattern.len() > LONGEST_ACCOUNT {
        return Err(AccountPatternError::TooLong);
    }
    if !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'?') {
        return Err(AccountPatternError::OnlyQuestionMarks);
    }

    if let Some(inner) = without_quotes(pattern) {
        check_pattern(inner)?;
        return Err(AccountPatternError::Quotes(inner.to_owned()));
    }
    check_yaml(pattern)?;

    let DomainAndUser { domain, user } = DomainAndUser::split(pattern);
    if has_space_at_an_end(user) || domain.is_some_and(has_space_at_an_end) {
        return Err(AccountPatternError::StraySpace);
    }
    check_built_in(domain, user)?;
    check_that_an_account_matches(pattern)
}

/// Returns what stands between the quotation marks at both ends of `pattern`: a form takes them for a
/// part of the account. `None` if there are none, or if a message cannot show what is between them.
fn without_quotes(pattern: &str) -> Option<&str> {
    let inner = ['\'', '"']
        .into_iter()
        .find_map(|quote| pattern.strip_prefix(quote)?.strip_suffix(quote))?;
    let is_shown = inner.chars().all(|c| is_plain(c) || c == '\\');
    is_shown.then_some(inner)
}

fn has_space_at_an_end(text: &str) -> bool {
    text.trim_matches(' ') != text
}

/// Checks that YAML has left the backslash of `pattern` as it was meant.
fn check_yaml(pattern: &str) -> Result<(), AccountPatternError> {
    if let Some(meant) = undo_yaml_escape(pattern) {
        check_pattern(&meant)?;
        return Err(AccountPatternError::YamlEscape(Some(meant)));
    }
    // `undo_yaml_escape` proposes nothing if other characters are not plain. A no-break space alone may
    // be meant as it is: French Windows has one in `AUTORITE NT`.
    if pattern.contains(|c| c != '\u{a0}' && yaml_escape_letter(c).is_some()) {
        return Err(AccountPatternError::YamlEscape(None));
    }
    // What is not plain cannot be proposed as it is, because a message escapes it. `is_plain` leaves
    // out the backslash, too, so that there are exactly two.
    if let Some((domain, user)) = pattern.split_once(r"\\")
        && domain.chars().chain(user.chars()).all(is_plain)
    {
        let meant = format!(r"{domain}\{user}");
        check_pattern(&meant)?;
        return Err(AccountPatternError::TwoBackslashes(meant));
    }

    Ok(())
}

/// Checks that a pattern is not a wrong name of an account that comes with Windows. The right names
/// do not come here, because [`check_pattern`] accepts them before.
fn check_built_in(domain: Option<&str>, user: &str) -> Result<(), AccountPatternError> {
    let lower_user = user.to_ascii_lowercase();
    if lower_user.starts_with("s-1-") {
        return Err(AccountPatternError::Sid);
    }
    if lower_user == "containeradministrator" || lower_user == "containeruser" {
        return Err(AccountPatternError::AccountOfContainer);
    }

    match domain {
        // `.` is the node itself.
        None | Some(".") => check_local_name(&lower_user),
        Some(domain) => check_domain(domain),
    }
}

/// Checks that a local `name`, in lower case, is not meant to be an account of `NT AUTHORITY`: neither
/// the user alone (`system`) nor domain and user without the backslash (`nt authority/system`).
fn check_local_name(name: &str) -> Result<(), AccountPatternError> {
    if let Some(rest) = name.strip_prefix("nt authority") {
        let user = rest.trim_start_matches([' ', '/']);
        return Err(match BuiltInAccount::from_user(user) {
            Some(account) => AccountPatternError::NoDomain(account),
            None => AccountPatternError::OtherOfNtAuthority,
        });
    }
    if let Some(account) = BuiltInAccount::from_user(name) {
        return Err(AccountPatternError::NoDomain(account));
    }
    // The service manager of Windows calls SYSTEM by this name, and containers cannot use that name.
    if name == "localsystem" {
        return Err(AccountPatternError::NoDomain(BuiltInAccount::System));
    }

    Ok(())
}

/// Checks that `domain` is not meant to be `NT AUTHORITY`.
fn check_domain(domain: &str) -> Result<(), AccountPatternError> {
    let domain = domain.to_ascii_uppercase();
    if domain == NT_AUTHORITY {
        return Err(AccountPatternError::OtherOfNtAuthority);
    }
    if domain.replace([' ', '-', '_'], "") == "NTAUTHORITY" {
        return Err(AccountPatternError::MisspelledNtAuthority);
    }
    if pattern::matches(&domain, NT_AUTHORITY) {
        return Err(AccountPatternError::MayBeNtAuthority);
    }

    Ok(())
}

/// Checks that the API server would accept some account that matches `pattern`.
fn check_that_an_account_matches(pattern: &str) -> Result<(), AccountPatternError> {
    // Two examples are tried. If each star stands for a letter, no part of the account is empty. If
    // each star stands for nothing, every part is as short as it can be. A pattern that needs both at
    // once is refused: one of its parts is as long as it may be, and another is nothing but a star.
    let with_stars = pattern.replace('?', "a");
    let filled_example = with_stars.replace('*', "a");
    let shortest_example = with_stars.replace('*', "");
    let Err(reason) = check_form(&filled_example) else {
        return Ok(());
    };
    if check_form(&shortest_example).is_ok() {
        return Ok(());
    }

    match DomainAndUser::split(pattern).domain {
        None if pattern.contains('/') => Err(AccountPatternError::Slash(reason)),
        Some(".") => Err(AccountPatternError::DotDomain(reason)),
        _ => Err(AccountPatternError::NoAccount(reason)),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Returns the text of the error, or an empty text if there is no error.
    fn text_of_error(result: Result<(), impl fmt::Display>) -> String {
        match result {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[rstest]
    #[case::system(r"NT AUTHORITY\SYSTEM", "")]
    #[case::local_service(r"NT AUTHORITY\Local service", "")]
    #[case::local_group("Administrators", "")]
    #[case::dns_domain(r"corp.example.com\svc", "")]
    #[case::longest_user(&"u".repeat(104), "")]
    #[case::too_long_a_user(&"u".repeat(105), "must have a user of at most 104 characters")]
    #[case::netbios_domain_of_fifteen(&("n n".repeat(5) + r"\u"), "")]
    #[case::netbios_domain_of_sixteen(
        &("n n".repeat(5) + r"n\u"),
        "must have a NetBIOS or DNS name as its domain"
    )]
    #[case::longest_domain(&(format!("{}a", "d.".repeat(127)) + r"\u"), "")]
    #[case::too_long_a_domain(
        &(format!("{}aa", "d.".repeat(127)) + r"\u"),
        "must have a domain of at most 255 characters"
    )]
    #[case::dot_domain(r".\svc", "must have a NetBIOS or DNS name as its domain")]
    #[case::empty("", "must not be empty")]
    #[case::control("a\u{7f}", "must not have control characters")]
    #[case::two_backslashes(r"NT AUTHORITY\\SYSTEM", "must have at most one backslash")]
    #[case::no_user(r"CORP\", "must have a user behind the backslash")]
    #[case::no_domain(r"\SYSTEM", "must have a NetBIOS or DNS name as its domain")]
    #[case::dots(". .", "must have a user of more than dots and spaces")]
    #[case::backspace(
        "CONTOSO\u{8}ob",
        r"must be in single quotes, because YAML replaces a backslash in double quotes: 'CONTOSO\bob'"
    )]
    #[case::line_separator(
        "NT AUTHORITY\u{2028}ocalService",
        r"must be in single quotes, because YAML replaces a backslash in double quotes: 'NT AUTHORITY\LocalService'"
    )]
    #[case::line_feed_at_the_end("NT AUTHORITY\\SYSTEM\n", "must not have control characters")]
    #[case::two_escapes("CONTOSO\u{8}ob\n", "must not have control characters")]
    #[case::no_break_space_in_a_domain("AUTORITE\u{a0}NT\\x", "")]
    #[case::slash(
        "NT AUTHORITY/SYSTEM",
        "must have none of \" / : ; | = , + * ? < > @ [ ] in its user: write a backslash behind the domain"
    )]
    #[case::two_slashes(
        "a/b/c",
        "must have none of \" / : ; | = , + * ? < > @ [ ] in its user"
    )]
    #[case::slash_behind_a_dot(
        "./svc",
        "must have none of \" / : ; | = , + * ? < > @ [ ] in its user"
    )]
    #[case::forbidden("a@b", "must have none of \" / : ; | = , + * ? < > @ [ ] in its user")]
    fn forms(#[case] account: &str, #[case] expected: &str) {
        assert_eq!(text_of_error(check(account)), expected);
    }

    /// YAML reads each of these letters after a backslash in double quotes as one character.
    #[rstest]
    #[case::null('\0', '0')]
    #[case::bell('\u{7}', 'a')]
    #[case::backspace('\u{8}', 'b')]
    #[case::tab('\t', 't')]
    #[case::line_feed('\n', 'n')]
    #[case::vertical_tab('\u{b}', 'v')]
    #[case::form_feed('\u{c}', 'f')]
    #[case::carriage_return('\r', 'r')]
    #[case::escape('\u{1b}', 'e')]
    #[case::next_line('\u{85}', 'N')]
    #[case::no_break_space('\u{a0}', '_')]
    #[case::line_separator('\u{2028}', 'L')]
    #[case::paragraph_separator('\u{2029}', 'P')]
    fn escapes_of_yaml_are_undone(#[case] read: char, #[case] letter: char) {
        let account = format!("CORP{read}svc");
        let meant = format!(r"CORP\{letter}svc");
        assert_eq!(undo_yaml_escape(&account), Some(meant));
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
    #[case::star_matches_a_built_in_account("*", Some(SYSTEM), true)]
    #[case::star_matches_no_account_too("*", None, true)]
    #[case::other_patterns_need_an_account("?*", None, false)]
    #[case::second_backslash(r"CORP\*", Some(r"CORP\a\b"), false)]
    #[case::cyrillic(SYSTEM, Some("NT \u{410}UTHORITY\\SYSTEM"), false)]
    #[case::longest(&"a".repeat(360), Some(&*"a".repeat(360)), true)]
    #[case::too_long(&"a".repeat(361), Some(&*"a".repeat(361)), false)]
    #[case::too_long_for_all_but_any("*", Some(&*"a".repeat(361)), true)]
    fn patterns(#[case] pattern: &str, #[case] account: Option<&str>, #[case] expected: bool) {
        assert_eq!(matches(pattern, account), expected);
    }

    // The texts that several cases of `problems` expect.
    const STRAY_SPACE: &str = "has a space at an end or beside the backslash: delete the space";
    const NO_ACCOUNT_OF_NT_AUTHORITY: &str = r"is no account of NT AUTHORITY that a container can have: write 'NT AUTHORITY\SYSTEM', 'NT AUTHORITY\LocalService' or 'NT AUTHORITY\NetworkService'";
    const MAY_BE_NT_AUTHORITY: &str = "may match NT AUTHORITY: write the domain in full";
    const MISSPELLED: &str = "misspells its domain: write NT AUTHORITY, with one space";
    const ONLY_IN_CONTAINERS: &str = r"exists only inside of containers: write an account of the node, for example 'NT AUTHORITY\SYSTEM', 'NT AUTHORITY\LocalService' or 'NT AUTHORITY\NetworkService'";

    fn local_user(meant: &str) -> String {
        format!("is a local user or group: write '{meant}'")
    }

    fn lost_backslash(meant: &str) -> String {
        format!(
            "has lost its backslash, which YAML replaces in double quotes: write '{meant}' in \
             single quotes"
        )
    }

    #[rstest]
    #[case::any("*", "")]
    #[case::system(r"nt authority\system", "")]
    #[case::local_service(r"NT AUTHORITY\LOCAL SERVICE", "")]
    #[case::group("Administrators", "")]
    #[case::domain_users(r"CORP\svc-*", "")]
    #[case::domains(r"C*\svc", "")]
    #[case::longest(&format!(r"{}a\{}", "d.".repeat(127), "u".repeat(104)), "")]
    #[case::too_long(
        &format!(r"{}a\{}", "d.".repeat(127), "u".repeat(105)),
        r"is longer than any account: write DOMAIN\user"
    )]
    #[case::domain_of_fifteen_and_a_star(r"n n n n n n n n*\u", "")]
    #[case::any_two_characters(
        "??",
        "is nothing but wildcards: write a name, or \"*\" for any account"
    )]
    #[case::quotes(
        r"'NT AUTHORITY\SYSTEM'",
        r"has quotation marks inside: write NT AUTHORITY\SYSTEM without them"
    )]
    #[case::quotes_around_what_is_refused(
        "\"system\"",
        r"is a local user or group: write 'NT AUTHORITY\SYSTEM'"
    )]
    #[case::empty(
        "",
        r"matches no account, which must not be empty: write DOMAIN\user, or a local user or group"
    )]
    #[case::space_first(r" NT AUTHORITY\SYSTEM", STRAY_SPACE)]
    #[case::space_last("Administrators ", STRAY_SPACE)]
    #[case::space_beside_the_backslash(r"NT AUTHORITY\ SYSTEM", STRAY_SPACE)]
    #[case::bare_system("system", &local_user(SYSTEM))]
    #[case::bare_service("Local Service", &local_user(r"NT AUTHORITY\LocalService"))]
    #[case::local_system("LocalSystem", &local_user(SYSTEM))]
    #[case::dot_system(r".\SYSTEM", &local_user(SYSTEM))]
    #[case::no_backslash("NT AUTHORITY*", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::nt_authority_alone("NT AUTHORITY", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::nt_authority_and_a_letter("NT AUTHORITYx", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::nt_authority_without_user(r"NT AUTHORITY\", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::other_account_behind_a_slash("NT AUTHORITY/IUSR", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::space_for_the_backslash("nt authority system", &local_user(SYSTEM))]
    #[case::any_built_in(r"NT AUTHORITY\*", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::built_in_local_system(r"NT AUTHORITY\LocalSystem", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::other_built_in(r"NT AUTHORITY\IUSR", NO_ACCOUNT_OF_NT_AUTHORITY)]
    #[case::domain_that_may_be_it(r"NT*\x", MAY_BE_NT_AUTHORITY)]
    #[case::any_domain(r"*\SYSTEM", MAY_BE_NT_AUTHORITY)]
    #[case::no_space_in_the_domain(r"NTAuthority\SYSTEM", MISSPELLED)]
    #[case::underscore_in_the_domain(r"NT_AUTHORITY\LocalService", MISSPELLED)]
    #[case::sid("S-1-5-18", "is a SID: write the name of the account")]
    #[case::container_administrator("ContainerAdministrator", ONLY_IN_CONTAINERS)]
    #[case::container_user(r"User Manager\ContainerUser", ONLY_IN_CONTAINERS)]
    #[case::two_backslashes(
        r"NT AUTHORITY\\SYSTEM",
        r"has two backslashes: write 'NT AUTHORITY\SYSTEM' in single quotes, where YAML keeps each backslash"
    )]
    #[case::two_backslashes_beside_a_letter_that_messages_escape(
        r"CORP\\é",
        r"matches no account, which must have at most one backslash: write DOMAIN\user, or a local user or group"
    )]
    #[case::three_backslashes(
        r"a\b\\c",
        r"matches no account, which must have at most one backslash: write DOMAIN\user, or a local user or group"
    )]
    #[case::local_service_in_double_quotes(
        "NT AUTHORITY\u{2028}ocalService",
        &lost_backslash(r"NT AUTHORITY\LocalService")
    )]
    #[case::network_service_in_double_quotes(
        "NT AUTHORITY\u{85}etworkService",
        &lost_backslash(r"NT AUTHORITY\NetworkService")
    )]
    #[case::user_in_double_quotes("CONTOSO\u{8}ob", &lost_backslash(r"CONTOSO\bob"))]
    #[case::pattern_in_double_quotes("CONTOSO\tom-*", &lost_backslash(r"CONTOSO\tom-*"))]
    #[case::underscore_in_double_quotes("CONTOSO\u{a0}x", &lost_backslash(r"CONTOSO\_x"))]
    #[case::paragraph_separator_in_double_quotes("CONTOSO\u{2029}", &lost_backslash(r"CONTOSO\P"))]
    #[case::other_account_in_double_quotes(
        "NT AUTHORITY\u{2028}ocalSystem",
        NO_ACCOUNT_OF_NT_AUTHORITY
    )]
    #[case::line_feed_at_the_end(
        "NT AUTHORITY\\SYSTEM\n",
        r"has a character that YAML makes of a backslash in double quotes: write 'DOMAIN\user' in single quotes"
    )]
    #[case::slash("NT AUTHORITY/Local Service", &local_user(r"NT AUTHORITY\LocalService"))]
    #[case::too_long(&"a".repeat(361), r"is longer than any account: write DOMAIN\user")]
    #[case::slash_of_another_domain(
        "CORP/svc",
        "matches no account, which must have none of \" / : ; | = , + * ? < > @ [ ] in its user: \
         write a backslash behind the domain"
    )]
    #[case::dot_domain(
        r".\svc",
        "matches no account, which must have a NetBIOS or DNS name as its domain: \
         write the local user or group without domain"
    )]
    #[case::mail_address(
        "a@b*",
        r#"matches no account, which must have none of " / : ; | = , + * ? < > @ [ ] in its user: write DOMAIN\user, or a local user or group"#
    )]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        assert_eq!(text_of_error(check_pattern(pattern)), expected);
    }
}
