//! The names that Kubernetes gives: labels and subdomains (RFC 1123), and what patterns of
//! them may be.

use crate::pattern;

/// Longest label, in characters: the name of a namespace.
const LONGEST_LABEL: usize = 63;
/// Longest subdomain, in characters: the name of a service account or a runtime class.
const LONGEST_SUBDOMAIN: usize = 253;

/// Whether `name` is a label: at most 63 lower-case letters, digits and hyphens, no hyphen
/// first or last.
pub fn is_label(name: &str) -> bool {
    name.len() <= LONGEST_LABEL && is_like_a_label(name)
}

/// Whether some label matches `pattern`.
pub fn may_be_label(pattern: &str) -> bool {
    pattern::shortest(pattern) <= LONGEST_LABEL && is_like_a_label(&pattern::with_letters(pattern))
}

/// Whether some subdomain, labels with dots between them, matches `pattern`.
pub fn may_be_subdomain(pattern: &str) -> bool {
    pattern::shortest(pattern) <= LONGEST_SUBDOMAIN
        && pattern::with_letters(pattern)
            .split('.')
            .all(is_like_a_label)
}

/// Whether `name` is a label but for its length.
fn is_like_a_label(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !name.is_empty() && name.bytes().all(plain) && !name.starts_with('-') && !name.ends_with('-')
}
