//! Image references, and the patterns that rules give of them.
//!
//! References are compared in the fully qualified form that container runtimes resolve them
//! to (distribution/reference): `nginx` is `docker.io/library/nginx:latest`.

use std::borrow::Cow;

use crate::message::quoted;
use crate::pattern::{self, Case, Wildcards};

/// The registry of references that name none.
const DOCKER_HUB: &str = "docker.io";
/// The folder of Docker Hub's own images, which may be left out.
const LIBRARY: &str = "library/";
/// Longest name, registry included, in characters (distribution/reference).
const LONGEST_NAME: usize = 255;
/// Longest tag, in characters (distribution/reference).
const LONGEST_TAG: usize = 128;
/// The longest reference that is read, in characters.
const LONGEST_REFERENCE: usize = 1_000;
/// The digests that containerd knows, and how many hexadecimal digits they have.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// A fully qualified image reference: `registry/repository:tag`, or
/// `registry/repository@digest`.
#[derive(Clone, Debug, PartialEq)]
pub struct Image<'a> {
    /// `docker.io`, `ghcr.io`, `localhost:5000` …
    registry: &'a str,
    /// `library/nginx`
    repository: Cow<'a, str>,
    version: Version<'a>,
}

/// Which of a repository's images is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Version<'a> {
    Tag(&'a str),
    Digest(&'a str),
}

/// A reference or a pattern, taken apart at the first `@` and at the last `:` behind the
/// last `/`.
struct Parts<'a> {
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(reference: &'a str) -> Self {
        let (rest, digest) = match reference.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (reference, None),
        };
        // A colon before the last slash is the registry's.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        Parts { name, tag, digest }
    }

    /// The registry, where one is named, and the rest of the name. The first part is a
    /// registry where it looks like a host.
    fn registry(&self) -> Option<(&'a str, &'a str)> {
        let (first, rest) = self.name.split_once('/')?;
        let host = first.contains(['.', ':'])
            || first == "localhost"
            || first.contains(|c: char| c.is_ascii_uppercase());
        host.then_some((canonical_registry(first), rest))
    }
}

/// `index.docker.io` is the old name of `docker.io`.
fn canonical_registry(registry: &str) -> &str {
    match registry {
        "index.docker.io" => DOCKER_HUB,
        _ => registry,
    }
}

impl<'a> Image<'a> {
    /// Reads an image reference; none where it is not one by the grammar of
    /// distribution/reference, where containerd takes it for the ID of an image, or where it
    /// has more than 1,000 characters.
    pub fn parse(reference: &'a str) -> Option<Self> {
        if reference.len() > LONGEST_REFERENCE || is_id(reference) {
            return None;
        }
        let parts = Parts::of(reference);
        let (registry, repository) = parts.registry().unwrap_or((DOCKER_HUB, parts.name));
        let repository = if registry == DOCKER_HUB && !repository.contains('/') {
            Cow::Owned(format!("{LIBRARY}{repository}"))
        } else {
            Cow::Borrowed(repository)
        };
        let valid = is_registry(registry)
            && is_repository(&repository)
            && registry.len() + 1 + repository.len() <= LONGEST_NAME
            && parts
                .tag
                .is_none_or(|tag| tag.len() <= LONGEST_TAG && is_like_a_tag(tag))
            && parts
                .digest
                .is_none_or(|digest| may_be_digest(digest) && !pattern::has_wildcard(digest));
        let version = match parts.digest {
            Some(digest) => Version::Digest(digest),
            None => Version::Tag(parts.tag.unwrap_or("latest")),
        };
        valid.then_some(Image {
            registry,
            repository,
            version,
        })
    }

    /// The fully qualified reference.
    pub fn full(&self) -> String {
        let (mark, version) = match self.version {
            Version::Tag(tag) => (':', tag),
            Version::Digest(digest) => ('@', digest),
        };
        format!("{}/{}{mark}{version}", self.registry, self.repository)
    }
}

/// Whether containerd takes `reference` for the ID of an image that lies on the node already,
/// from whatever registry: a digest of any length, or 64 hexadecimal digits.
fn is_id(reference: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|c| c.is_ascii_hexdigit());
    match reference.split_once(':') {
        Some((algorithm, hex)) => DIGESTS.iter().any(|(name, _)| *name == algorithm) && is_hex(hex),
        None => reference.len() == 64 && is_hex(reference),
    }
}

/// A host, as labels or a bracketed IPv6 address, and maybe a port.
fn is_registry(registry: &str) -> bool {
    let (host, port) = match registry.rsplit_once(':') {
        // A colon inside of brackets is the address's.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (registry, "0"),
    };
    let is_host = match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| {
            !address.is_empty() && address.bytes().all(|c| c.is_ascii_hexdigit() || c == b':')
        }),
        None => host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || c == b'-')
        }),
    };
    is_host && !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit())
}

/// Components with slashes between them, each of them lower-case letters and digits, with
/// `.`, `_`, `__` or any number of `-` between these.
fn is_repository(repository: &str) -> bool {
    let is_alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    repository.split('/').all(|component| {
        component.starts_with(is_alphanumeric)
            && component.ends_with(is_alphanumeric)
            && component.split(is_alphanumeric).all(|separator| {
                matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|c| c == b'-')
            })
    })
}

/// A letter, digit or underscore, and any number of these, dots and hyphens.
fn is_like_a_tag(tag: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-');
    !tag.is_empty() && !tag.starts_with(['.', '-']) && tag.bytes().all(plain)
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

/// Whether `image` matches `pattern`. `*` alone matches any image, none at all and what is
/// no image reference; anything else matches references only.
pub fn matches(pattern: &str, image: Option<&Image<'_>>) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts = Parts::of(pattern);
    let (Some(image), Some((registry, repository))) = (image, parts.registry()) else {
        return false;
    };
    registry == image.registry
        && matches_repository(registry, repository, &image.repository)
        && match (image.version, parts.tag, parts.digest) {
            (_, None, None) => true,
            (Version::Digest(digest), _, Some(wanted)) => pattern::matches(wanted, digest),
            (Version::Tag(tag), Some(wanted), None) => pattern::matches(wanted, tag),
            _ => false,
        }
}

/// Whether a last part `*` covers the repository `found`, or it matches `wanted` part by part.
fn matches_repository(registry: &str, wanted: &str, found: &str) -> bool {
    let matches = |wanted: &str, found: &str| {
        pattern::matches_with(wanted, found, Wildcards::Except('/'), Case::Counts)
    };
    if wanted == "*" {
        return true;
    }
    if let Some(folder) = wanted.strip_suffix("/*") {
        let depth = folder.matches('/').count();
        return found
            .match_indices('/')
            .nth(depth)
            .is_some_and(|(end, _)| matches(folder, &found[..end]));
    }
    if registry == DOCKER_HUB && !wanted.contains('/') {
        return found
            .strip_prefix(LIBRARY)
            .is_some_and(|found| matches(wanted, found));
    }
    matches(wanted, found)
}

/// What is wrong with `pattern`, and what to write; none where it is fine.
pub fn problem(pattern: &str) -> Option<String> {
    if pattern == "*" {
        return None;
    }
    if pattern::is_wildcards(pattern) {
        return Some("is no pattern of images: write \"*\" for any".to_owned());
    }
    if let Some((_, reference)) = pattern.split_once("://") {
        return Some(format!("has a scheme: write {}", quoted(reference)));
    }
    if is_id(pattern) {
        return Some(
            "is the ID of an image, which names no registry: write registry/repository@digest"
                .to_owned(),
        );
    }
    let parts = Parts::of(pattern);
    let first = parts.name.split('/').next().unwrap_or_default();
    if parts.name.contains('/') && pattern::has_wildcard(first) {
        return Some(
            "has a wildcard in its registry: write the registry in full up to the first /, or \
             \"*\" alone for any image"
                .to_owned(),
        );
    }
    let Some((registry, repository)) = parts.registry() else {
        let full = with_registry(pattern, first);
        return Some(match problem(&full) {
            None => format!("names no registry: write {}", quoted(&full)),
            Some(_) => "names no registry: write registry/repository".to_owned(),
        });
    };
    if first.contains(|c: char| c.is_ascii_uppercase()) {
        let lower = pattern.replacen(first, &first.to_ascii_lowercase(), 1);
        let or = || format!("has a registry in upper case: write {}", quoted(&lower));
        return Some(problem(&lower).unwrap_or_else(or));
    }
    if repository.contains("**") {
        return Some("holds **: write one *, as the last part for all that is below".to_owned());
    }
    if let Some(digest) = parts.digest.filter(|digest| !may_be_digest(digest)) {
        return Some(if may_be_digest(&digest.to_ascii_lowercase()) {
            "has a digest in upper case: write it in lower case".to_owned()
        } else {
            "has no digest behind the @: write sha256: and 64 hexadecimal digits".to_owned()
        });
    }
    let may_match = is_registry(registry)
        && is_repository(&pattern::with_letters(repository))
        && pattern::shortest(parts.name) <= LONGEST_NAME
        && parts.tag.is_none_or(|tag| {
            pattern::shortest(tag) <= LONGEST_TAG && is_like_a_tag(&pattern::with_letters(tag))
        });
    (!may_match).then(|| {
        "matches no image: write registry/repository, with :tag or @digest, in lower case but \
         for the tag"
            .to_owned()
    })
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
