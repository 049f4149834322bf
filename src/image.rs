//! Image references, and the patterns that rules give of them.
//!
//! References are compared in the fully qualified form that container runtimes
//! resolve them to (distribution/reference): `nginx` is
//! `docker.io/library/nginx:latest`.

use alloc::string::String;

use crate::pattern;
use crate::text;

/// The registry of references that name none.
const DOCKER_HUB: &str = "docker.io";
/// The folder of Docker Hub's images that name none.
const LIBRARY: &str = "library/";
/// Longest name, registry included, in bytes (distribution/reference).
const NAME_LIMIT: usize = 255;

/// A fully qualified image reference: `registry/repository:tag`, or
/// `registry/repository@digest`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Image<'a> {
    /// `docker.io`, `ghcr.io`, `localhost:5000` …
    pub(crate) registry: &'a str,
    /// Whether the repository is one of Docker Hub's own, written without
    /// `library/`.
    pub(crate) library: bool,
    /// What is written of the repository.
    pub(crate) repository: &'a str,
    /// The version: where there is a digest, a tag decides nothing.
    pub(crate) version: Version<'a>,
}

/// Which of a repository's images is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Version<'a> {
    Tag(&'a str),
    /// `sha256:…`
    Digest(&'a str),
}

/// What stands before the first `@` and the last `:` behind the last `/`.
struct Parts<'a> {
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(reference: &'a str) -> Self {
        let (rest, digest) = match text::split_once(reference, b'@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (reference, None),
        };
        // A colon before the last slash is the registry's.
        let (name, tag) = match text::rsplit_once(rest, b':') {
            Some((name, tag)) if !text::has_any(tag, b"/") => (name, Some(tag)),
            _ => (rest, None),
        };
        Parts { name, tag, digest }
    }
}

/// The registry of `name`, where it names one, and the rest. The first part is
/// a registry where it looks like a host.
fn split_registry(name: &str) -> Option<(&str, &str)> {
    let (first, rest) = text::split_once(name, b'/')?;
    let host = text::has_any(first, b".:")
        || first == "localhost"
        || first.bytes().any(|c| c.is_ascii_uppercase());
    host.then_some((first, rest))
}

/// `index.docker.io` is the old name of `docker.io`.
fn canonical_registry(registry: &str) -> &str {
    match registry {
        "index.docker.io" => DOCKER_HUB,
        _ => registry,
    }
}

impl<'a> Image<'a> {
    /// Reads an image reference; none where it is not one, by the grammar of
    /// distribution/reference.
    pub(crate) fn parse(reference: &'a str) -> Option<Self> {
        let parts = Parts::of(reference);
        let (registry, repository) = split_registry(parts.name).unwrap_or((DOCKER_HUB, parts.name));
        let registry = canonical_registry(registry);
        let library = registry == DOCKER_HUB && !text::has_any(repository, b"/");
        let prefix = if library { LIBRARY.len() } else { 0 };
        let valid = is_registry(registry)
            && is_repository(repository)
            && registry.len() + 1 + prefix + repository.len() <= NAME_LIMIT
            && !(library && registry_is_implied(parts.name) && is_identifier(repository))
            && parts.tag.is_none_or(is_tag)
            && parts.digest.is_none_or(is_digest);
        valid.then_some(Image {
            registry,
            library,
            repository,
            version: match parts.digest {
                Some(digest) => Version::Digest(digest),
                None => Version::Tag(parts.tag.unwrap_or("latest")),
            },
        })
    }

    /// The fully qualified reference.
    pub(crate) fn full(&self) -> String {
        let out = &mut String::new();
        text::put(out, self.registry);
        out.push('/');
        if self.library {
            text::put(out, LIBRARY);
        }
        text::put(out, self.repository);
        let (mark, version) = match self.version {
            Version::Tag(tag) => (':', tag),
            Version::Digest(digest) => ('@', digest),
        };
        out.push(mark);
        text::put(out, version);
        core::mem::take(out)
    }
}

fn registry_is_implied(name: &str) -> bool {
    split_registry(name).is_none()
}

/// 64 hexadecimal digits are an image's identifier, never a repository.
fn is_identifier(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// A host, as labels or a bracketed IPv6 address, and maybe a port.
fn is_registry(registry: &str) -> bool {
    let (host, port) = match text::rsplit_once(registry, b':') {
        // A colon inside of brackets is the address's.
        Some((host, port)) if !text::has_any(port, b"]") => (host, port),
        _ => (registry, "0"),
    };
    let host_ok = match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| {
            !address.is_empty() && address.bytes().all(|c| c.is_ascii_hexdigit() || c == b':')
        }),
        None => text::are_labels(host),
    };
    host_ok && !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit())
}

/// Components with slashes between them, each of them lower-case letters and
/// digits, with `.`, `_`, `__` or any number of `-` between these.
fn is_repository(repository: &str) -> bool {
    // A component begins, and the separator that stands since its last letter or
    // digit: how often, and which.
    let (mut begins, mut count, mut separator) = (true, 0, b'.');
    for byte in repository.bytes() {
        let ok = match byte {
            b'a'..=b'z' | b'0'..=b'9' => {
                (begins, count) = (false, 0);
                continue;
            }
            _ if begins => false,
            b'.' | b'/' => count == 0,
            b'_' => count == 0 || separator == b'_' && count == 1,
            b'-' => count == 0 || separator == b'-',
            _ => false,
        };
        if !ok {
            return false;
        }
        begins = byte == b'/';
        (count, separator) = (if begins { 0 } else { count + 1 }, byte);
    }
    !begins && count == 0
}

/// A letter, digit or underscore, and up to 127 of these, dots and hyphens.
fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-'))
}

/// `algorithm:hex`, at least 32 hexadecimal digits; the lengths of the
/// registered algorithms are fixed. An algorithm is parts that begin with a
/// letter, and one of `+._-` between them.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = text::split_once(digest, b':') else {
        return false;
    };
    let mut begins = true;
    for byte in algorithm.bytes() {
        let ok = match byte {
            b'+' | b'.' | b'_' | b'-' => !begins,
            b'0'..=b'9' => !begins,
            _ => byte.is_ascii_alphabetic(),
        };
        if !ok {
            return false;
        }
        begins = !byte.is_ascii_alphanumeric();
    }
    let length = match algorithm {
        "sha256" => hex.len() == 64,
        "sha384" => hex.len() == 96,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32,
    };
    !begins && length && hex.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Whether the pattern `digest` may match one: it is one, or what it says beside its
/// wildcards stands in some.
fn may_be_digest(digest: &str) -> bool {
    if !pattern::has_wildcard(digest) {
        return is_digest(digest);
    }
    match text::split_once(digest, b':') {
        Some((_, hex)) => pattern::with_letters(hex)
            .bytes()
            .all(|c| c.is_ascii_hexdigit()),
        None => text::has_any(digest, b"*"),
    }
}

/// Whether `image` matches `pattern`. `*` alone matches any image, none at all
/// and what is no image reference; anything else matches references only.
pub(crate) fn matches(pattern: &str, image: Option<Image<'_>>) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some(image) = image else {
        return false;
    };
    let parts = Parts::of(pattern);
    let Some((registry, repository)) = text::split_once(parts.name, b'/') else {
        return false;
    };
    if canonical_registry(registry) != image.registry {
        return false;
    }
    let same_repository = if image.library {
        match repository.strip_prefix(LIBRARY) {
            Some(rest) => pattern::matches(rest, image.repository),
            // `docker.io/nginx` is `docker.io/library/nginx`.
            None if !text::has_any(repository, b"/*") => {
                pattern::matches(repository, image.repository)
            }
            None => {
                let mut full = String::from(LIBRARY);
                text::put(&mut full, image.repository);
                pattern::matches(repository, &full)
            }
        }
    } else if registry_is_hub_short(registry, repository) {
        image
            .repository
            .strip_prefix(LIBRARY)
            .is_some_and(|rest| pattern::matches(repository, rest))
    } else {
        pattern::matches(repository, image.repository)
    };
    same_repository
        && match (image.version, parts.tag, parts.digest) {
            (_, None, None) => true,
            (Version::Digest(digest), _, Some(wanted)) => pattern::matches(wanted, digest),
            (Version::Tag(tag), Some(wanted), None) => pattern::matches(wanted, tag),
            _ => false,
        }
}

fn registry_is_hub_short(registry: &str, repository: &str) -> bool {
    canonical_registry(registry) == DOCKER_HUB && !text::has_any(repository, b"/*")
}

/// What is wrong with `pattern`, and what to write instead.
pub(crate) fn problem(pattern: &str) -> Option<Problem> {
    if pattern == "*" {
        return None;
    }
    let parts = Parts::of(pattern);
    let Some((registry, repository)) = text::split_once(parts.name, b'/') else {
        return Some(Problem::NoRegistry);
    };
    if pattern::has_wildcard(registry) {
        return Some(Problem::RegistryWildcard);
    }
    if split_registry(parts.name).is_none() {
        return Some(Problem::NoRegistry);
    }
    // A wildcard stands for what may stand in its place: a letter will do.
    let plain = pattern::with_letters;
    let valid = is_registry(registry)
        && is_repository(&plain(repository))
        && parts.tag.is_none_or(|tag| is_tag(&plain(tag)))
        && parts.digest.is_none_or(may_be_digest);
    (!valid).then_some(Problem::NeverMatches)
}

/// What can be wrong with an image pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Problem {
    /// It names no registry before the first `/`.
    NoRegistry,
    /// A wildcard stands in the registry.
    RegistryWildcard,
    /// No image reference can look like that.
    NeverMatches,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use rstest::rstest;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn full(reference: &str) -> Option<String> {
        Some(Image::parse(reference)?.full())
    }

    #[rstest]
    #[case::official("nginx", Some("docker.io/library/nginx:latest"))]
    #[case::tagged("nginx:1.27", Some("docker.io/library/nginx:1.27"))]
    #[case::user("calico/node:v3", Some("docker.io/calico/node:v3"))]
    #[case::hub("docker.io/nginx", Some("docker.io/library/nginx:latest"))]
    #[case::old_hub("index.docker.io/calico/node", Some("docker.io/calico/node:latest"))]
    #[case::registry("mcr.microsoft.com/a/b/c:1", Some("mcr.microsoft.com/a/b/c:1"))]
    #[case::port("localhost:5000/x", Some("localhost:5000/x:latest"))]
    #[case::localhost("localhost/x", Some("localhost/x:latest"))]
    #[case::port_and_tag("r.example:5000/x:5000", Some("r.example:5000/x:5000"))]
    #[case::ipv6("[fd00::1]:5000/x", Some("[fd00::1]:5000/x:latest"))]
    #[case::ipv6_without_port("[fd00::1]/x", Some("[fd00::1]/x:latest"))]
    #[case::upper_case_host("Registry/x", Some("Registry/x:latest"))]
    #[case::separators("x/a.b_c__d---e", Some("docker.io/x/a.b_c__d---e:latest"))]
    #[case::upper_case_repository("docker.io/Calico/node", None)]
    #[case::upper_case_official("Nginx", None)]
    #[case::empty("", None)]
    #[case::empty_tag("nginx:", None)]
    #[case::empty_component("docker.io//x", None)]
    #[case::trailing_slash("docker.io/x/", None)]
    #[case::three_underscores("a___b", None)]
    #[case::mixed_separators("a.-b", None)]
    #[case::leading_separator("-a", None)]
    #[case::trailing_separator("a-", None)]
    #[case::separator_before_a_slash("a./b", None)]
    #[case::separator_behind_a_slash("a/_b", None)]
    #[case::dots("a..b", None)]
    #[case::digits("1/2.3", Some("docker.io/1/2.3:latest"))]
    #[case::space("nginx ", None)]
    #[case::wildcard("docker.io/calico/*", None)]
    #[case::identifier(HEX, None)]
    #[case::scheme("https://nginx", None)]
    fn references(#[case] reference: &str, #[case] expected: Option<&str>) {
        assert_eq!(full(reference).as_deref(), expected);
    }

    #[test]
    fn a_digest_wins_over_a_tag() {
        let expected = format!("docker.io/library/r@sha256:{HEX}");
        assert_eq!(full(&format!("r:v1@sha256:{HEX}")), Some(expected.clone()));
        assert_eq!(full(&format!("r@sha256:{HEX}")), Some(expected));
        assert_eq!(full(&format!("r@sha256:{HEX}@sha256:{HEX}")), None);
        assert_eq!(full("r@sha256:abc"), None);
        assert_eq!(full(&format!("r@{HEX}")), None);
    }

    #[rstest]
    #[case::other_algorithm("sha+b64u.x:", 43, true)]
    #[case::too_short("md5:", 31, false)]
    #[case::long_enough("md5:", 32, true)]
    #[case::sha512("sha512:", 128, true)]
    #[case::sha512_too_short("sha512:", 64, false)]
    #[case::sha384("sha384:", 96, true)]
    #[case::two_separators("a+-b:", 32, false)]
    #[case::digit_first("5a:", 32, false)]
    #[case::digit_behind_a_separator("a+5:", 32, false)]
    #[case::separator_last("a+:", 32, false)]
    #[case::no_algorithm(":", 32, false)]
    fn digests(#[case] algorithm: &str, #[case] digits: usize, #[case] expected: bool) {
        let hex = "0aF1".repeat(digits.div_ceil(4));
        let digest = [algorithm, &hex[..digits]].concat();
        assert_eq!(is_digest(&digest), expected);
    }

    #[test]
    fn names_are_at_most_255_bytes() {
        let repository = "r".repeat(255 - "docker.io/library/".len());
        assert!(full(&repository).is_some());
        assert_eq!(full(&(repository + "r")), None);
    }

    #[rstest]
    #[case::any("*", "nginx", true)]
    #[case::any_repository_of_a_registry("docker.io/*", "nginx", true)]
    #[case::repository("docker.io/calico/*", "calico/node:v3.28", true)]
    #[case::repository_with_digest("docker.io/calico/*", "calico/node@sha256:", true)]
    #[case::other_registry("docker.io/calico/*", "evil.example/docker.io/calico/node", false)]
    #[case::tag("docker.io/calico/node:v3", "calico/node:v3", true)]
    #[case::other_tag("docker.io/calico/node:v3", "calico/node:v4", false)]
    #[case::tag_pattern("docker.io/calico/node:v3.*", "calico/node:v3.28", true)]
    #[case::tag_against_digest("docker.io/calico/node:v3", "calico/node:v3@sha256:", false)]
    #[case::digest("docker.io/calico/node@sha256:", "calico/node:v3@sha256:", true)]
    #[case::digest_pattern("docker.io/calico/node@sha256:*", "calico/node@sha256:", true)]
    #[case::digest_against_tag("docker.io/calico/node@sha256:*", "calico/node:v3", false)]
    #[case::tag_and_digest("docker.io/calico/node:v1@sha256:", "calico/node:v2@sha256:", true)]
    #[case::short_hub_pattern("docker.io/nginx", "nginx:1", true)]
    #[case::short_hub_pattern_written_in_full("docker.io/nginx", "docker.io/library/nginx", true)]
    #[case::full_hub_pattern("docker.io/library/nginx", "nginx", true)]
    #[case::full_hub_pattern_with_star("docker.io/library/ng*", "nginx", true)]
    #[case::star_over_library("docker.io/lib*", "nginx", true)]
    #[case::short_is_not_a_user("docker.io/nginx", "someone/nginx", false)]
    #[case::old_hub_pattern("index.docker.io/library/nginx", "nginx", true)]
    #[case::port("localhost:5000/x", "localhost:5000/x:v1", true)]
    #[case::malformed("docker.io/library/*", "Nginx", false)]
    #[case::malformed_is_any("*", "Nginx", true)]
    fn patterns(#[case] pattern: &str, #[case] image: &str, #[case] expected: bool) {
        let fill = |text: &str| match text.strip_suffix("@sha256:") {
            Some(name) => format!("{name}@sha256:{HEX}"),
            None => String::from(text),
        };
        let (pattern, image) = (fill(pattern), fill(image));
        assert_eq!(matches(&pattern, Image::parse(&image)), expected);
    }

    #[rstest]
    #[case::any("*", None)]
    #[case::repository("docker.io/calico/*", None)]
    #[case::part("mcr.microsoft.com/oss/calico/n?de-*:v*", None)]
    #[case::digest("ghcr.io/a/b@sha256:*", None)]
    #[case::short("nginx", Some(Problem::NoRegistry))]
    #[case::user("calico/node", Some(Problem::NoRegistry))]
    #[case::user_pattern("calico/*", Some(Problem::NoRegistry))]
    #[case::registry_only("mcr.microsoft.com", Some(Problem::NoRegistry))]
    #[case::wildcard("*.azurecr.io/x", Some(Problem::RegistryWildcard))]
    #[case::two_stars("*/x", Some(Problem::RegistryWildcard))]
    #[case::upper_case("docker.io/Calico/node", Some(Problem::NeverMatches))]
    #[case::space("docker.io/calico/node ", Some(Problem::NeverMatches))]
    #[case::no_repository("docker.io/", Some(Problem::NeverMatches))]
    #[case::short_digest("docker.io/calico/node@sha256:abc", Some(Problem::NeverMatches))]
    fn problems(#[case] pattern: &str, #[case] expected: Option<Problem>) {
        assert_eq!(problem(pattern), expected);
    }
}
