//! The names that Kubernetes gives: labels and subdomains (RFC 1123), and what patterns of
//! them may be.

use crate::pattern;

/// Longest subdomain, in characters: the name of a service account or a runtime class.
pub const LONGEST_SUBDOMAIN: usize = 253;

/// Whether `name` is a label, as that of a namespace: at most 63 lower-case letters, digits and
/// hyphens, no hyphen first or last.
pub fn is_label(name: &str) -> bool {
    may_be_label(name) && !pattern::has_wildcard(name)
}

/// Whether some label matches `pattern`.
pub fn may_be_label(pattern: &str) -> bool {
    pattern::shortest(pattern) <= 63 && is_like_a_label(&pattern::with_letters(pattern))
}

/// Whether some subdomain, labels with dots between them, matches `pattern`.
pub fn may_be_subdomain(pattern: &str) -> bool {
    pattern::shortest(pattern) <= LONGEST_SUBDOMAIN
        && pattern::with_letters(pattern).split('.').all(is_like_a_label)
}

/// Whether `name` is a label but for its length.
fn is_like_a_label(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with('-') && !name.ends_with('-')
}

/// Whether `name` is labels with dots between them, in either case: as the host of a registry.
pub fn is_host(name: &str) -> bool {
    name.to_ascii_lowercase().split('.').all(is_like_a_label)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("kube-system", true, true)]
    #[case::empty("", false, false)]
    #[case::wildcards("*-?", true, true)]
    #[case::dots("a.b-*.c", false, true)]
    #[case::two_dots("a..b", false, false)]
    #[case::upper_case("Kube", false, false)]
    #[case::hyphen_first("-a", false, false)]
    #[case::hyphen_last("a*-", false, false)]
    #[case::hyphen_beside_a_dot("a-.b", false, false)]
    #[case::longest_label(&"a".repeat(63), true, true)]
    #[case::longest_label_and_a_star(&("a".repeat(63) + "*"), true, true)]
    #[case::too_long_a_label(&"?".repeat(64), false, true)]
    #[case::longest_subdomain(&"a".repeat(253), false, true)]
    #[case::too_long_a_subdomain(&"a".repeat(254), false, false)]
    fn names(#[case] pattern: &str, #[case] label: bool, #[case] subdomain: bool) {
        assert_eq!(may_be_label(pattern), label);
        assert_eq!(may_be_subdomain(pattern), subdomain);
        assert_eq!(is_label(pattern), label && !pattern::has_wildcard(pattern));
    }
}
