//! Image references, and the patterns that rules give of them.
//!
//! They are compared in full (distribution/reference): `nginx` is `docker.io/library/nginx:latest`.

use crate::matching::pattern::Wildcards;
use crate::matching::{names, pattern, split};
use crate::text::quoted;

/// The registry of references that name none.
const DOCKER_HUB: &str = "docker.io";
/// The folder of Docker Hub's own images, which may be left out.
const LIBRARY: &str = "library/";
/// Longest name, registry included, in characters (distribution/reference).
const LONGEST_NAME: usize = 255;
/// The digests that containerd knows, and how many hexadecimal digits they have.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// A fully qualified image reference: `registry/repository:tag`, or `registry/repository@digest`.
#[derive(Clone, Debug, PartialEq)]
pub struct Image<'a> {
    /// `docker.io`, `ghcr.io`, `localhost:5000` …
    registry: &'a str,
    /// `library/nginx`
    repository: String,
    tag: &'a str,
    /// Where there is one, the tag decides nothing.
    digest: Option<&'a str>,
}

/// Name, tag and digest of a reference or a pattern, taken apart at the first `@` and at the
/// last `:` behind the last `/`.
fn parts(reference: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) =
        split::once(reference, b'@').map_or((reference, None), |(rest, it)| (rest, Some(it)));
    // A colon before the last slash is the registry's.
    match split::last(rest, b':') {
        Some((name, tag)) if split::once(tag, b'/').is_none() => (name, Some(tag), digest),
        _ => (rest, None, digest),
    }
}

/// The registry, where `name` names one, and the rest of it. The first part is a registry where
/// it looks like a host.
fn registry_of(name: &str) -> Option<(&str, &str)> {
    let (first, rest) = split::once(name, b'/')?;
    let of_host = |c: u8| c == b'.' || c == b':' || c.is_ascii_uppercase();
    let host = first == "localhost" || first.bytes().any(of_host);
    // The old name of Docker Hub.
    let registry = if first == "index.docker.io" {
        DOCKER_HUB
    } else {
        first
    };
    host.then_some((registry, rest))
}

impl<'a> Image<'a> {
    /// Reads an image reference; none where it is none by the grammar of distribution/reference,
    /// where containerd takes it for the ID of an image, or where it has over 1,000 characters.
    pub fn parse(reference: &'a str) -> Option<Self> {
        if reference.len() > 1_000 || pattern::has_wildcard(reference) || is_id(reference) {
            return None;
        }
        let (name, tag, digest) = parts(reference);
        let (registry, repository) = registry_of(name).unwrap_or((DOCKER_HUB, name));
        let is_in_library = registry == DOCKER_HUB && !repository.contains('/');
        let folder = if is_in_library { LIBRARY } else { "" };
        let repository = folder.to_owned() + repository;
        let tag = tag.unwrap_or("latest");
        let valid = is_registry(registry)
            && is_repository(&repository)
            && registry.len() + 1 + repository.len() <= LONGEST_NAME
            && is_tag(tag)
            && digest.is_none_or(may_be_digest);
        valid.then_some(Image {
            registry,
            repository,
            tag,
            digest,
        })
    }

    /// The fully qualified reference.
    pub fn full(&self) -> String {
        let Image {
            registry,
            repository,
            tag,
            digest,
        } = self;
        match digest {
            Some(digest) => format!("{registry}/{repository}@{digest}"),
            None => format!("{registry}/{repository}:{tag}"),
        }
    }
}

/// Whether containerd takes `reference` for the ID of an image that lies on the node already,
/// from whatever registry: a digest of any length, or 64 hexadecimal digits.
fn is_id(reference: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
    let of = |(name, _): &(&str, _)| reference.strip_prefix(name)?.strip_prefix(':');
    match DIGESTS.iter().find_map(of) {
        Some(hex) => is_hex(hex),
        None => reference.len() == 64 && is_hex(reference),
    }
}

/// A host, as labels or a bracketed IPv6 address, and maybe a port.
fn is_registry(registry: &str) -> bool {
    // A colon inside of brackets is the address's.
    let (host, port) = split::last(registry, b':')
        .filter(|(_, port)| !port.contains(']'))
        .unwrap_or((registry, "0"));
    let is_host = match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some("") => false,
        Some(address) => address.bytes().all(|c| c.is_ascii_hexdigit() || c == b':'),
        None => names::is_host(host),
    };
    is_host && !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit())
}

/// Components with slashes between them, of lower-case letters and digits with `.`, `_`, `__` or
/// any number of `-` between these. Wildcards are taken for letters, but two stars are not.
fn is_repository(repository: &str) -> bool {
    let is_letter = |c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'*' | b'?');
    let mut last = [b'/'; 2];
    let mut fits = |c| {
        let [second_last, before] = last;
        last = [before, c];
        match c {
            b'*' => before != b'*',
            b'-' => is_letter(before) || before == b'-',
            b'_' => is_letter(before) || before == b'_' && second_last != b'_',
            b'.' | b'/' => is_letter(before),
            _ => is_letter(c),
        }
    };
    repository.bytes().all(&mut fits) && is_letter(last[1])
}

/// A letter, digit or underscore, and up to 127 of these, dots and hyphens. Wildcards are taken
/// for letters.
fn is_tag(tag: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"_.-*?".contains(&c);
    (1..=128).contains(&tag.len()) && !tag.starts_with(['.', '-']) && tag.bytes().all(plain)
}

/// Whether some digest matches `pattern`: `sha256:` and 64 hexadecimal digits in lower case,
/// and its likes.
fn may_be_digest(pattern: &str) -> bool {
    let Some((algorithm, hex)) = pattern.split_once(':') else {
        return pattern == "*";
    };
    let shortest = pattern::shortest(hex);
    hex.bytes()
        .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f' | b'*' | b'?'))
        && DIGESTS.iter().any(|(name, length)| {
            pattern::matches(algorithm, name)
                && (shortest == *length || shortest < *length && hex.contains('*'))
        })
}

/// A pattern of images, taken apart once for all the images that it is compared with.
pub struct Pattern<'a> {
    /// `*`: any image, none at all, and what is no reference.
    any: bool,
    registry: &'a str,
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Pattern<'a> {
    /// Takes `pattern` apart.
    pub fn of(pattern: &'a str) -> Self {
        let (name, tag, digest) = parts(pattern);
        // An empty registry is that of no image.
        let (registry, repository) = registry_of(name).unwrap_or_default();
        Pattern {
            any: pattern == "*",
            registry,
            repository,
            tag,
            digest,
        }
    }

    /// Whether `image` matches. Without tag and digest the pattern is any version.
    pub fn matches(&self, image: Option<&Image<'_>>) -> bool {
        let Some(image) = image.filter(|_| !self.any) else {
            return self.any;
        };
        self.registry == image.registry
            && matches_repository(self.registry, self.repository, &image.repository)
            && match (image.digest, self.digest, self.tag) {
                (_, None, None) => true,
                (Some(found), Some(wanted), _) => pattern::matches(wanted, found),
                (None, None, Some(wanted)) => pattern::matches(wanted, image.tag),
                _ => false,
            }
    }
}

/// Whether a last part `*` covers the repository `found`, or it matches `wanted` part by part.
fn matches_repository(registry: &str, wanted: &str, found: &str) -> bool {
    let matches =
        |wanted: &str, found: &str| pattern::matches_with(wanted, found, Wildcards::Except(b'/'));
    if wanted == "*" {
        true
    } else if let Some(folder) = wanted.strip_suffix("/*") {
        let end = found.match_indices('/').nth(folder.matches('/').count());
        end.is_some_and(|(end, _)| matches(folder, &found[..end]))
    } else if registry == DOCKER_HUB && !wanted.contains('/') {
        found
            .strip_prefix(LIBRARY)
            .is_some_and(|found| matches(wanted, found))
    } else {
        matches(wanted, found)
    }
}

/// What is wrong with `pattern`, and what to write; none where it is fine.
pub fn problem(pattern: &str) -> Option<String> {
    let (name, tag, digest) = parts(pattern);
    let (registry, repository) = registry_of(name).unwrap_or_default();
    let has_upper_case = registry.bytes().any(|c| c.is_ascii_uppercase());
    let is_valid = !has_upper_case
        && is_registry(registry)
        && is_repository(repository)
        && pattern::may_fit(repository, LONGEST_NAME.saturating_sub(registry.len() + 1))
        && tag.is_none_or(is_tag)
        && digest.is_none_or(may_be_digest);
    if is_valid || pattern == "*" {
        return None;
    }
    let (first, _) = split::once(name, b'/').unwrap_or((name, ""));
    let problem = if first.ends_with(':')
        && let Some(reference) = pattern[first.len()..].strip_prefix("//")
        && reference != "*"
    {
        let or = || format!("has a scheme: write {}", quoted(reference));
        return Some(problem(reference).unwrap_or_else(or));
    } else if is_id(pattern) {
        "is the ID of an image, which names no registry: write registry/repository@digest"
    } else if first != name && pattern::has_wildcard(first) {
        "has a wildcard in its registry: write the registry in full up to the first /, or \"*\" \
         alone for any image"
    } else if registry.is_empty() {
        let full = with_registry(pattern, first);
        if problem(&full).is_none() {
            return Some(format!("names no registry: write {}", quoted(&full)));
        }
        "names no registry: write registry/repository"
    } else if has_upper_case {
        let lower = first.to_ascii_lowercase() + &pattern[first.len()..];
        let or = || format!("has a registry in upper case: write {}", quoted(&lower));
        return Some(problem(&lower).unwrap_or_else(or));
    } else if repository.as_bytes().windows(2).any(|two| two == b"**") {
        "holds **: write one *, as the last part for all that is below"
    } else if digest.is_some_and(|digest| !may_be_digest(digest)) {
        "has no digest behind the @: write sha256: and 64 hexadecimal digits in lower case"
    } else {
        "matches no image: write registry/repository, with :tag or @digest, in lower case but \
         for the tag"
    };
    Some(problem.to_owned())
}

/// What a pattern whose first part is no registry is likely to mean.
fn with_registry(pattern: &str, first: &str) -> String {
    // A dot or a port speaks of a host, but a version has dots too.
    let host = first.contains('.') || first == "localhost";
    if pattern.contains('/') {
        format!("{DOCKER_HUB}/{pattern}")
    } else if host && !pattern.contains('@') {
        format!("{pattern}/*")
    } else {
        format!("{DOCKER_HUB}/{LIBRARY}{pattern}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::select;
    use rstest::rstest;

    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// `text` with a digest in place of `DIGEST`.
    fn with_digest(text: &str) -> String {
        text.replace("DIGEST", &format!("sha256:{HEX}"))
    }

    #[rstest]
    #[case::official("nginx", "docker.io/library/nginx:latest")]
    #[case::tagged("nginx:1.27", "docker.io/library/nginx:1.27")]
    #[case::user("calico/node:v3", "docker.io/calico/node:v3")]
    #[case::hub("docker.io/nginx", "docker.io/library/nginx:latest")]
    #[case::old_hub("index.docker.io/calico/node", "docker.io/calico/node:latest")]
    #[case::registry("mcr.microsoft.com/a/b/c:1", "mcr.microsoft.com/a/b/c:1")]
    #[case::port("localhost:5000/x", "localhost:5000/x:latest")]
    #[case::port_and_tag("r.example:5000/x:5000", "r.example:5000/x:5000")]
    #[case::ipv6("[fd00::1]:5000/x", "[fd00::1]:5000/x:latest")]
    #[case::upper_case_host("Registry/x", "Registry/x:latest")]
    #[case::separators("x/a.b_c__d---e", "docker.io/x/a.b_c__d---e:latest")]
    #[case::digest("r@DIGEST", "docker.io/library/r@DIGEST")]
    #[case::digest_before_tag("r:v1@DIGEST", "docker.io/library/r@DIGEST")]
    #[case::name_like_an_id("sha256", "docker.io/library/sha256:latest")]
    #[case::tag_that_is_no_hex("sha256:v1", "docker.io/library/sha256:v1")]
    #[case::folder_like_an_id("docker.io/sha256:abc", "docker.io/library/sha256:abc")]
    #[case::longest_name(&"r".repeat(237), &format!("docker.io/library/{}:latest", "r".repeat(237)))]
    #[case::too_long_a_name(&"r".repeat(238), "")]
    #[case::too_long_a_tag(&format!("r:{}", "t".repeat(129)), "")]
    #[case::too_long(&format!("r.example/{}", "r/".repeat(500)), "")]
    #[case::short_id("sha256:3fbc", "")]
    #[case::id("DIGEST", "")]
    #[case::id_without_algorithm(HEX, "")]
    #[case::upper_case_repository("docker.io/Calico/node", "")]
    #[case::upper_case_official("Nginx", "")]
    #[case::empty("", "")]
    #[case::empty_tag("nginx:", "")]
    #[case::empty_component("docker.io//x", "")]
    #[case::three_underscores("a___b", "")]
    #[case::leading_separator("-a", "")]
    #[case::trailing_separator("a-", "")]
    #[case::separator_before_a_slash("a./b", "")]
    #[case::space("nginx ", "")]
    #[case::wildcard("docker.io/calico/*", "")]
    #[case::scheme("https://nginx", "")]
    #[case::two_digests("r@DIGEST@DIGEST", "")]
    #[case::short_digest("r@sha256:abc", "")]
    #[case::upper_case_digest(&format!("r@sha256:{}", HEX.to_uppercase()), "")]
    #[case::digest_of_another_length(&format!("r@sha512:{HEX}"), "")]
    #[case::unknown_algorithm(&format!("r@md5:{HEX}"), "")]
    #[case::digest_without_algorithm(&format!("r@{HEX}"), "")]
    fn references(#[case] reference: &str, #[case] expected: &str) {
        let reference = with_digest(reference);
        let full = Image::parse(&reference).map(|image| image.full());
        assert_eq!(full.unwrap_or_default(), with_digest(expected));
    }

    #[rstest]
    #[case::any("*", "nginx", true)]
    #[case::any_of_the_hub("docker.io/*", "nginx", true)]
    #[case::any_of_a_registry("ghcr.io/*", "ghcr.io/a/b/c:1", true)]
    #[case::folder("docker.io/calico/*", "calico/node:v3.28", true)]
    #[case::deep_folder("mcr.microsoft.com/oss/*", "mcr.microsoft.com/oss/v2/x/y", true)]
    #[case::folder_is_not_itself("ghcr.io/a/*", "ghcr.io/a", false)]
    #[case::folder_by_a_pattern("ghcr.io/a*/b/*", "ghcr.io/ab/b/c/d", true)]
    #[case::folder_with_a_tag("ghcr.io/a/*:v*", "ghcr.io/a/b/c:v1", true)]
    #[case::other_folder("docker.io/calico/*", "docker.io/calicoevil/x", false)]
    #[case::star_does_not_cross("docker.io/calico*", "docker.io/calicoevil/x", false)]
    #[case::star_in_a_part("ghcr.io/a/b*", "ghcr.io/a/bc", true)]
    #[case::star_in_a_part_does_not_cross("ghcr.io/a/b*", "ghcr.io/a/bc/d", false)]
    #[case::star_in_the_middle("ghcr.io/*/x", "ghcr.io/a/x", true)]
    #[case::star_in_the_middle_does_not_cross("ghcr.io/*/x", "ghcr.io/a/b/x", false)]
    #[case::question_mark_does_not_cross("ghcr.io/a?b", "ghcr.io/a/b", false)]
    #[case::star_does_not_reach_the_tag("ghcr.io/a/*b", "ghcr.io/a/c:b", false)]
    #[case::with_digest("docker.io/calico/*", "calico/node@DIGEST", true)]
    #[case::other_registry("docker.io/calico/*", "evil.example/docker.io/calico/node", false)]
    #[case::tag("docker.io/calico/node:v3", "calico/node:v3", true)]
    #[case::other_tag("docker.io/calico/node:v3", "calico/node:v4", false)]
    #[case::tag_pattern("docker.io/calico/node:v3.*", "calico/node:v3.28", true)]
    #[case::latest("docker.io/calico/node:latest", "calico/node", true)]
    #[case::tag_against_digest("docker.io/calico/node:v3", "calico/node:v3@DIGEST", false)]
    #[case::digest("docker.io/calico/node@DIGEST", "calico/node:v3@DIGEST", true)]
    #[case::digest_pattern("docker.io/calico/node@sha256:0*", "calico/node@DIGEST", true)]
    #[case::other_digest("docker.io/calico/node@sha256:1*", "calico/node@DIGEST", false)]
    #[case::digest_against_tag("docker.io/calico/node@*", "calico/node:v3", false)]
    #[case::tag_and_digest("docker.io/calico/node:v1@DIGEST", "calico/node:v2@DIGEST", true)]
    #[case::short_hub("docker.io/nginx", "nginx:1", true)]
    #[case::short_hub_pattern("docker.io/ng*", "nginx", true)]
    #[case::full_hub_pattern("docker.io/library/ng*", "nginx", true)]
    #[case::short_is_not_a_user("docker.io/nginx", "someone/nginx", false)]
    #[case::old_hub("index.docker.io/library/nginx", "nginx", true)]
    #[case::port("localhost:5000/x", "localhost:5000/x:v1", true)]
    #[case::id("docker.io/*", "sha256:3fbc", false)]
    #[case::malformed("docker.io/library/*", "Nginx", false)]
    #[case::malformed_is_any("*", "Nginx", true)]
    fn patterns(#[case] pattern: &str, #[case] image: &str, #[case] expected: bool) {
        let (pattern, image) = (with_digest(pattern), with_digest(image));
        let image = Image::parse(&image);
        assert_eq!(Pattern::of(&pattern).matches(image.as_ref()), expected);
    }

    const REGISTRY_WILDCARD: &str = "has a wildcard in its registry: write the registry in full up \
        to the first /, or \"*\" alone for any image";
    const NO_DIGEST: &str = "has no digest behind the @: write sha256: and 64 hexadecimal digits \
        in lower case";
    const NO_IMAGE: &str = "matches no image: write registry/repository, with :tag or @digest, in \
        lower case but for the tag";
    const ID: &str = "is the ID of an image, which names no registry: write \
        registry/repository@digest";
    const STARS: &str = "holds **: write one *, as the last part for all that is below";

    #[rstest]
    #[case::any("*", "")]
    #[case::folder("docker.io/calico/*", "")]
    #[case::wildcards("mcr.microsoft.com/oss/calico/n?de-*:v*", "")]
    #[case::any_digest("ghcr.io/a/b@*", "")]
    #[case::digest("ghcr.io/a/b@DIGEST", "")]
    #[case::digest_pattern("ghcr.io/a/b@sha256:0*", "")]
    #[case::port("r.example:5000/x", "")]
    #[case::official("nginx", r#"names no registry: write "docker.io/library/nginx""#)]
    #[case::official_tag(
        "nginx:1.2",
        r#"names no registry: write "docker.io/library/nginx:1.2""#
    )]
    #[case::user("calico/*", r#"names no registry: write "docker.io/calico/*""#)]
    #[case::two_characters("??", r#"names no registry: write "docker.io/library/??""#)]
    #[case::registry_alone(
        "mcr.microsoft.com",
        r#"names no registry: write "mcr.microsoft.com/*""#
    )]
    #[case::port_alone("localhost:5000", r#"names no registry: write "localhost:5000/*""#)]
    #[case::upper_case_user("Calico/x", r#"names no registry: write "docker.io/calico/x""#)]
    #[case::hopeless("nginx ", "names no registry: write registry/repository")]
    #[case::wildcard_at_the_end_of_a_registry(
        "docker.io*",
        "names no registry: write registry/repository"
    )]
    #[case::wildcard_in_the_registry("*.azurecr.io/x", REGISTRY_WILDCARD)]
    #[case::upper_case_registry(
        "GHCR.io/a:V1",
        r#"has a registry in upper case: write "ghcr.io/a:V1""#
    )]
    #[case::scheme_and_no_registry(
        "https://nginx",
        r#"names no registry: write "docker.io/library/nginx""#
    )]
    #[case::scheme_and_any("https://*", NO_IMAGE)]
    #[case::scheme("oci://ghcr.io/x", r#"has a scheme: write "ghcr.io/x""#)]
    #[case::two_stars_as_a_part("docker.io/**", STARS)]
    #[case::id("DIGEST", ID)]
    #[case::id_without_algorithm(HEX, ID)]
    #[case::upper_case_digest(&format!("ghcr.io/a/b@sha256:{}", HEX.to_uppercase()), NO_DIGEST)]
    #[case::short_digest("ghcr.io/a/b@sha256:abc", NO_DIGEST)]
    #[case::long_digest(&format!("ghcr.io/a/b@sha256:{HEX}?"), NO_DIGEST)]
    #[case::upper_case_repository("docker.io/Calico/node", NO_IMAGE)]
    #[case::space("docker.io/calico/node ", NO_IMAGE)]
    #[case::slash_at_the_end("docker.io/calico/", NO_IMAGE)]
    #[case::empty_tag("docker.io/a:", NO_IMAGE)]
    #[case::long_name(&format!("ghcr.io/{}*", "r".repeat(248)), NO_IMAGE)]
    #[case::odd_registry("-a.io/x", NO_IMAGE)]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        assert_eq!(problem(&with_digest(pattern)).unwrap_or_default(), expected);
    }

    /// Whether `text` matches `pattern`, by trying all that a star may stand for.
    fn slowly(pattern: &str, text: &str) -> bool {
        match pattern.chars().next() {
            None => text.is_empty(),
            Some('*') => (0..=text.len()).any(|at| slowly(&pattern[1..], &text[at..])),
            Some(one) => {
                text.starts_with(|c| one == '?' || one == c) && slowly(&pattern[1..], &text[1..])
            }
        }
    }

    /// The same of a registry and the parts of a repository.
    fn slowly_by_parts(pattern: &[&str], image: &[&str]) -> bool {
        match (pattern, image) {
            ([], []) => true,
            (["*"], [_, ..]) => true,
            ([wanted, pattern @ ..], [found, image @ ..]) => {
                slowly(wanted, found) && slowly_by_parts(pattern, image)
            }
            _ => false,
        }
    }

    /// Whether `component` is one of a repository, as the grammar says it.
    fn is_component(component: &str) -> bool {
        let is_letter = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '*' | '?');
        component.starts_with(is_letter)
            && component.ends_with(is_letter)
            && !component.contains("**")
            && component.split(is_letter).all(|separator| {
                [".", "_", "__"].contains(&separator) || separator.chars().all(|c| c == '-')
            })
    }

    proptest! {
        #[test]
        fn repositories(parts in vec(select("a9Z*?._-/".chars().collect::<Vec<_>>()), 0..9)) {
            let repository = String::from_iter(parts);
            let expected = repository.split('/').all(is_component);
            prop_assert_eq!(is_repository(&repository), expected, "{}", repository);
        }

        #[test]
        fn agrees_with_the_slow_way(
            registry in select(vec!["docker.io", "r.example:5000"]),
            found in vec(select(vec!["a", "ab", "library", "b-a"]), 1..4),
            wanted in vec(select(vec!["a", "a*", "?b", "*", "library", "*-*"]), 1..4),
            versions in [of(select(vec![":v1", ":v2", "@D"])), of(select(vec![":v1", ":v*", "@D", "@*"]))],
        ) {
            let version = |index: usize| versions[index].unwrap_or_default();
            let written = |parts: &[&str], at| {
                with_digest(&format!("{registry}/{}{}", parts.join("/"), version(at)).replace('D', "DIGEST"))
            };
            let (image, pattern) = (written(&found, 0), written(&wanted, 1));
            let in_full = |parts: &[&'static str]| match parts {
                [one] if registry == "docker.io" && *one != "*" => vec!["library", *one],
                parts => parts.to_vec(),
            };
            let versions_match = match (version(0), version(1)) {
                (_, "") | ("@D", "@D" | "@*") => true,
                ("@D", _) | (_, "@D" | "@*") => false,
                ("", tag) => slowly(&tag[1..], "latest"),
                (found, tag) => slowly(&tag[1..], &found[1..]),
            };
            let expected = versions_match && slowly_by_parts(&in_full(&wanted), &in_full(&found));
            let parsed = Image::parse(&image).expect("it is a reference");
            prop_assert_eq!(Pattern::of(&pattern).matches(Some(&parsed)), expected, "{} {}", pattern, image);
        }
    }
}
