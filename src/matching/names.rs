//! The names of Kubernetes objects, and the patterns of such names: labels such as `kube-system`, and
//! subdomains such as `node-agent.v2`, which are labels with dots between them.
//!
//! The rules are those of RFC 1123 as the API server checks them
//! (`k8s.io/apimachinery/pkg/util/validation`): lower-case letters and digits, with hyphens between
//! them.

use crate::matching::pattern;

/// The longest label, for example a namespace, in bytes. All characters of a name are ASCII.
const LONGEST_LABEL: usize = 63;
/// The longest subdomain, for example the name of a service account, in bytes.
pub const LONGEST_SUBDOMAIN: usize = 253;

/// Returns whether `name` is a label, as the name of a namespace is.
pub fn is_label(name: &str) -> bool {
    name.len() <= LONGEST_LABEL && has_form_of_label(name.as_bytes(), is_lower_case_or_digit)
}

/// Returns whether some label matches `pattern`.
pub fn may_be_label(pattern: &str) -> bool {
    pattern::may_fit(pattern, LONGEST_LABEL)
        && has_form_of_label(pattern.as_bytes(), is_lower_case_digit_or_wildcard)
}

/// Returns whether some subdomain matches `pattern`, as the name of a service account or of a
/// runtime class.
pub fn may_be_subdomain(pattern: &str) -> bool {
    pattern::may_fit(pattern, LONGEST_SUBDOMAIN)
        && labels(pattern).all(|label| has_form_of_label(label, is_lower_case_digit_or_wildcard))
}

/// Returns whether `name` consists of labels with dots between them, as the host of a registry does.
/// Their letters may be in upper case. The callers limit the length.
pub fn is_host(name: &str) -> bool {
    labels(name).all(|label| has_form_of_label(label, u8::is_ascii_alphanumeric))
}

/// Splits `name` at its dots.
fn labels(name: &str) -> impl Iterator<Item = &[u8]> {
    name.as_bytes().split(|byte| *byte == b'.')
}

/// Returns whether `bytes` consist of hyphens and of bytes that `is_allowed` accepts, and neither begin nor
/// end with a hyphen. `is_allowed` must accept ASCII characters only.
fn has_form_of_label(bytes: &[u8], is_allowed: impl Fn(&u8) -> bool) -> bool {
    bytes.first().is_some_and(&is_allowed)
        && bytes.last().is_some_and(&is_allowed)
        && bytes.iter().all(|byte| *byte == b'-' || is_allowed(byte))
}

fn is_lower_case_or_digit(byte: &u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9')
}

/// Returns whether `byte` may stand at the ends of a label's pattern. A wildcard may, because it can
/// stand for a letter or a digit.
pub fn is_lower_case_digit_or_wildcard(byte: &u8) -> bool {
    is_lower_case_or_digit(byte) || matches!(byte, b'*' | b'?')
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
    #[case::dot_first(".a", false, false)]
    #[case::dot_last("a.", false, false)]
    #[case::hyphens_in_the_middle("a--b", true, true)]
    #[case::letter_that_is_not_ascii("\u{e4}", false, false)]
    #[case::upper_case("Kube", false, false)]
    #[case::hyphen_first("-a", false, false)]
    #[case::hyphen_last("a*-", false, false)]
    #[case::hyphen_beside_a_dot("a-.b", false, false)]
    #[case::longest_label(&"a".repeat(63), true, true)]
    #[case::longest_label_and_a_star(&("a".repeat(63) + "*"), true, true)]
    #[case::too_long_a_label(&"?".repeat(64), false, true)]
    #[case::longest_subdomain(&"a".repeat(253), false, true)]
    #[case::too_long_a_subdomain(&"a".repeat(254), false, false)]
    fn names(
        #[case] pattern: &str,
        #[case] expected_label: bool,
        #[case] expected_subdomain: bool,
    ) {
        assert_eq!(may_be_label(pattern), expected_label);
        assert_eq!(may_be_subdomain(pattern), expected_subdomain);

        // A pattern without wildcards is the name itself.
        let expected_name = expected_label && !pattern::has_wildcard(pattern);
        assert_eq!(is_label(pattern), expected_name);
    }
}
