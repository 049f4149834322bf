//! The names that Kubernetes gives: labels and subdomains (RFC 1123), and what patterns of
//! them may be.

use crate::matching::pattern;

/// Whether `name` is a label, as that of a namespace: at most 63 lower-case letters, digits and
/// hyphens, no hyphen first or last.
pub fn is_label(name: &str) -> bool {
    name.len() <= 63 && !name.contains('.') && are_labels(name, is_lower)
}

/// Whether some label matches `pattern`.
pub fn may_be_label(pattern: &str) -> bool {
    !pattern.contains('.') && pattern::may_fit(pattern, 63) && are_labels(pattern, may_be_lower)
}

/// Whether some subdomain matches `pattern`, as the name of a service account or a runtime class:
/// labels with dots between them, at most 253 characters.
pub fn may_be_subdomain(pattern: &str) -> bool {
    pattern::may_fit(pattern, 253) && are_labels(pattern, may_be_lower)
}

/// Whether `name` is labels with dots between them, in either case: as the host of a registry.
pub fn is_host(name: &str) -> bool {
    are_labels(name, |c| c.is_ascii_alphanumeric())
}

/// Whether `name` is labels with dots between them, but for their length: letters by `is_letter`,
/// with hyphens between these.
fn are_labels(name: &str, is_letter: impl Fn(u8) -> bool) -> bool {
    let mut last = b'.';
    let mut fits = |c| {
        let before = std::mem::replace(&mut last, c);
        is_letter(c) || c == b'-' && before != b'.' || c == b'.' && is_letter(before)
    };
    name.bytes().all(&mut fits) && is_letter(last)
}

fn is_lower(c: u8) -> bool {
    matches!(c, b'a'..=b'z' | b'0'..=b'9')
}

/// Whether `c` is a wildcard, which may stand for such a letter, or one itself.
fn may_be_lower(c: u8) -> bool {
    is_lower(c) || matches!(c, b'*' | b'?')
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
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

    proptest! {
        #[test]
        fn subdomains_are_labels(parts in vec(select("a9Z*-.".chars().collect::<Vec<_>>()), 0..9)) {
            let name = String::from_iter(parts);
            let is_letter = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '*');
            let is_label = |label: &str| {
                label.starts_with(is_letter)
                    && label.ends_with(is_letter)
                    && label.chars().all(|c| c == '-' || is_letter(c))
            };
            prop_assert_eq!(may_be_subdomain(&name), name.split('.').all(is_label), "{}", name);
        }
    }
}
