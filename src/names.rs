//! The names that Kubernetes gives: labels and subdomains (RFC 1123), and what patterns of
//! them may be.

use crate::pattern;

/// Whether `name` is a label, as that of a namespace: at most 63 lower-case letters, digits and
/// hyphens, no hyphen first or last.
pub fn is_label(name: &str) -> bool {
    may_be_label(name) && !pattern::has_wildcard(name)
}

/// Whether some label matches `pattern`.
pub fn may_be_label(pattern: &str) -> bool {
    pattern::shortest(pattern) <= 63 && is_like_a_label(pattern.as_bytes(), is_lower)
}

/// Whether some subdomain matches `pattern`, as the name of a service account or a runtime class:
/// labels with dots between them, at most 253 characters.
pub fn may_be_subdomain(pattern: &str) -> bool {
    let mut labels = pattern.as_bytes().split(|c| *c == b'.');
    pattern::shortest(pattern) <= 253 && labels.all(|label| is_like_a_label(label, is_lower))
}

/// Whether `name` is labels with dots between them, in either case: as the host of a registry.
pub fn is_host(name: &str) -> bool {
    let mut labels = name.as_bytes().split(|c| *c == b'.');
    labels.all(|label| is_like_a_label(label, u8::is_ascii_alphanumeric))
}

/// Whether `label` is one but for its length, of characters that are letters by `is_letter`.
fn is_like_a_label(label: &[u8], is_letter: fn(&u8) -> bool) -> bool {
    [label.first(), label.last()].iter().all(|end| end.is_some_and(is_letter))
        && label.iter().all(|c| *c == b'-' || is_letter(c))
}

/// Whether `c` is a letter or digit of a label, or a wildcard, which may stand for one.
fn is_lower(c: &u8) -> bool {
    matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'*' | b'?')
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
