//! Image references, and the patterns of images in a rule.
//!
//! An image is compared by its full name: `nginx` in a pod is `docker.io/library/nginx:latest`. The
//! rules are those of distribution/reference (`reference.go`, `normalize.go`), which containerd
//! uses, and of containerd itself, which takes some references for the ID of an image on the node.
//!
//! A pattern names the registry in full, without wildcards. `docker.io/calico/*` matches everything
//! below `calico`, and `docker.io/calico/n*:v3.*` matches some versions of some repositories there. A
//! pattern without tag and digest matches every version.
//!
//! No library reads the references as containerd does: for the crate oci-spec, `Registry/x` is a
//! repository of docker.io, and for containerd it is one of a registry with the name `Registry`. A
//! test lists the differences from oci-spec.

use std::borrow::Cow;
use std::fmt;

use crate::matching::pattern::Wildcards;
use crate::matching::{names, pattern};
use crate::text::{self, quote};

/// The registry of a reference that names none.
const DOCKER_HUB: &str = "docker.io";
/// The old name of Docker Hub, which distribution/reference replaces.
const OLD_DOCKER_HUB: &str = "index.docker.io";
/// The folder of Docker Hub's own images, which a reference may leave out.
const LIBRARY: &str = "library/";
/// The longest name, registry included, in characters (distribution/reference).
const LONGEST_NAME: usize = 255;
/// The longest reference that is read, in bytes. The longest name, tag and digest together are
/// shorter.
const LONGEST_REFERENCE: usize = 1_000;
/// The longest tag, in characters (distribution/reference).
const LONGEST_TAG: usize = 128;

/// A kind of digest that containerd knows.
struct DigestAlgorithm {
    name: &'static str,
    hex_digits: usize,
}

const DIGEST_ALGORITHMS: [DigestAlgorithm; 3] = [
    DigestAlgorithm {
        name: "sha256",
        hex_digits: 64,
    },
    DigestAlgorithm {
        name: "sha384",
        hex_digits: 96,
    },
    DigestAlgorithm {
        name: "sha512",
        hex_digits: 128,
    },
];

/// An image reference in full: `registry/repository:tag`, or `registry/repository@digest`.
#[derive(Clone, Debug, PartialEq)]
pub struct Image<'a> {
    /// For example `docker.io` or `localhost:5000`, in lower case.
    registry: Cow<'a, str>,
    /// For example `library/nginx`.
    repository: String,
    tag: &'a str,
    /// If there is a digest, containerd ignores the tag, and so do rules.
    digest: Option<&'a str>,
}

/// Why the image of a container has no full name. Only the pattern `*` matches such an image.
/// `Display` gives the reason for a sentence that begins with the quoted image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnnamedImage {
    /// The image is no reference by the grammar of distribution/reference.
    NotAReference,
    /// containerd takes the image for the ID of one that is on the node already, which may come
    /// from any registry.
    ImageId,
    /// `Docker.io/calico/node`: containerd compares `docker.io` exactly, so that this is another
    /// registry for it.
    DockerHubInCapitals,
    /// `Calico/node`: containerd takes a first part with capitals for the name of a host.
    RegistryInCapitals,
}

impl fmt::Display for UnnamedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UnnamedImage::NotAReference => "is no image reference",
            UnnamedImage::ImageId => {
                "is the ID of an image on the node, which may come from any registry"
            }
            UnnamedImage::DockerHubInCapitals => {
                "names docker.io with capitals, which containerd takes for another registry"
            }
            UnnamedImage::RegistryInCapitals => {
                "begins with a part in capitals, which containerd takes for a registry"
            }
        })
    }
}

/// A reference or a pattern, taken apart: `name:tag@digest`.
struct Parts<'a> {
    name: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(reference: &'a str) -> Self {
        let (rest, digest) = match text::split_once(reference, b'@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (reference, None),
        };

        // In `localhost:5000/x` the colon belongs to the port.
        let (name, tag) = match text::rsplit_once(rest, b':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };

        Parts { name, tag, digest }
    }
}

/// Splits `name` into registry and repository. `None` if it names no registry, and therefore a
/// repository of Docker Hub: `nginx` has only one part, and the first part of `calico/node` does not
/// look like a host.
fn split_registry(name: &str) -> Option<(&str, &str)> {
    let (first, rest) = text::split_once(name, b'/')?;
    let looks_like_host = first == "localhost" || has_dot_or_port(first) || has_capital(first);
    if looks_like_host {
        Some((first, rest))
    } else {
        None
    }
}

fn has_dot_or_port(host: &str) -> bool {
    host.bytes().any(|byte| matches!(byte, b'.' | b':'))
}

fn has_capital(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Returns the registry as rules compare it: in lower case, because DNS ignores case.
///
/// # Errors
/// The registry has capitals, and containerd distinguishes it from the same name in lower case.
fn normalize_registry(registry: &str) -> Result<Cow<'_, str>, UnnamedImage> {
    if registry == OLD_DOCKER_HUB {
        return Ok(Cow::Borrowed(DOCKER_HUB));
    }
    if !has_capital(registry) {
        return Ok(Cow::Borrowed(registry));
    }

    let lower = registry.to_ascii_lowercase();
    if lower == DOCKER_HUB || lower == OLD_DOCKER_HUB {
        Err(UnnamedImage::DockerHubInCapitals)
    } else if has_dot_or_port(registry) {
        Ok(Cow::Owned(lower))
    } else {
        // The capitals matter: `Registry/x` names a registry, `registry/x` a repository of Docker Hub.
        Err(UnnamedImage::RegistryInCapitals)
    }
}

impl<'a> Image<'a> {
    /// Reads an image reference as containerd does.
    ///
    /// # Errors
    /// No pattern but `*` can match the image.
    pub fn parse(reference: &'a str) -> Result<Self, UnnamedImage> {
        if reference.len() > LONGEST_REFERENCE || pattern::has_wildcard(reference) {
            return Err(UnnamedImage::NotAReference);
        }
        if is_image_id(reference) {
            return Err(UnnamedImage::ImageId);
        }

        let Parts { name, tag, digest } = Parts::split(reference);
        let tag = tag.unwrap_or("latest");
        let (registry, repository) = split_registry(name).unwrap_or((DOCKER_HUB, name));
        let is_on_docker_hub = registry == DOCKER_HUB || registry == OLD_DOCKER_HUB;
        let repository = if is_on_docker_hub && !repository.contains('/') {
            format!("{LIBRARY}{repository}")
        } else {
            repository.to_owned()
        };

        // The functions below allow wildcards, but there are none here.
        let is_reference = is_registry(registry)
            && is_repository(&repository)
            && registry.len() + "/".len() + repository.len() <= LONGEST_NAME
            && is_tag(tag)
            && digest.is_none_or(may_match_digest);
        if !is_reference {
            return Err(UnnamedImage::NotAReference);
        }

        Ok(Image {
            registry: normalize_registry(registry)?,
            repository,
            tag,
            digest,
        })
    }

    /// Returns the reference in full, for example `docker.io/library/nginx:latest`.
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

/// Returns whether containerd takes `reference` for the ID of an image on the node: the name of a
/// digest algorithm, a colon and any number of hexadecimal digits, even none; or 64 hexadecimal digits
/// alone.
fn is_image_id(reference: &str) -> bool {
    match reference.split_once(':') {
        Some((algorithm, hex)) => is_digest_algorithm(algorithm) && is_hex(hex),
        None => reference.len() == 64 && is_hex(reference),
    }
}

fn is_digest_algorithm(name: &str) -> bool {
    DIGEST_ALGORITHMS.iter().any(|known| known.name == name)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether `registry` is a host name or an IPv6 address in brackets, maybe with a port.
fn is_registry(registry: &str) -> bool {
    // In `[fd00::1]` the last colon belongs to the address.
    let (host, port) = match text::rsplit_once(registry, b':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (registry, None),
    };

    is_host(host) && port.is_none_or(is_port)
}

fn is_host(host: &str) -> bool {
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match in_brackets {
        Some("") => false,
        Some(address) => address.split(':').all(is_hex),
        None => names::is_host(host),
    }
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns whether `repository` is one or more components with slashes between them. The
/// repository of a pattern may hold wildcards.
fn is_repository(repository: &str) -> bool {
    let mut components = repository.as_bytes().split(|byte| *byte == b'/');
    components.all(is_repository_component)
}

/// Returns whether `component` consists of lower-case letters and digits with `.`, `_`, `__` or
/// any number of `-` between them. A wildcard counts as a letter.
fn is_repository_component(component: &[u8]) -> bool {
    let is_letter = names::is_lower_case_digit_or_wildcard;
    let mut gaps = component.split(is_letter);
    component.first().is_some_and(is_letter)
        && component.last().is_some_and(is_letter)
        && gaps.all(is_gap)
}

/// Returns whether `bytes` may stand between two letters or digits: a separator, or nothing.
fn is_gap(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'-') || matches!(bytes, b"." | b"_" | b"__")
}

/// Returns whether `tag` consists of letters, digits, underscores, dots and hyphens, and does not
/// begin with a dot or a hyphen. A wildcard counts as a letter.
fn is_tag(tag: &str) -> bool {
    (1..=LONGEST_TAG).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-*?".contains(&byte))
}

/// Returns whether some digest matches `pattern`. A digest is `sha256:` and 64 hexadecimal digits
/// in lower case, or one of the longer kinds.
fn may_match_digest(pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some((algorithm_pattern, hex_pattern)) = pattern.split_once(':') else {
        return false;
    };
    let is_hex_pattern = hex_pattern
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'*' | b'?'));

    is_hex_pattern
        && DIGEST_ALGORITHMS.iter().any(|known| {
            pattern::matches(algorithm_pattern, known.name)
                && may_have_length(hex_pattern, known.hex_digits)
        })
}

/// Returns whether a text of exactly `length` characters may match `pattern`.
fn may_have_length(pattern: &str, length: usize) -> bool {
    let shortest = pattern::shortest_length(pattern);
    shortest == length || (shortest < length && pattern.contains('*'))
}

/// A pattern of images, taken apart once for all the images that it is compared with.
pub enum ImagePattern<'a> {
    /// `*`: every image, one that is no reference, and a container without an image.
    Any,
    /// Images of one registry.
    OfRegistry(RegistryPattern<'a>),
    /// No image. Settings that hold such a pattern are not valid.
    Nothing,
}

/// A pattern that names a registry.
pub struct RegistryPattern<'a> {
    /// In lower case.
    registry: Cow<'a, str>,
    repository: &'a str,
    tag: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> ImagePattern<'a> {
    /// Takes `pattern` apart.
    pub fn new(pattern: &'a str) -> Self {
        if pattern == "*" {
            return ImagePattern::Any;
        }

        let Parts { name, tag, digest } = Parts::split(pattern);
        let Some((registry, repository)) = split_registry(name) else {
            return ImagePattern::Nothing;
        };
        match normalize_registry(registry) {
            Ok(registry) => ImagePattern::OfRegistry(RegistryPattern {
                registry,
                repository,
                tag,
                digest,
            }),
            Err(_) => ImagePattern::Nothing,
        }
    }

    /// Returns whether the image of a container matches. `None` stands for an image without a full
    /// name (see [`UnnamedImage`]) and for a container without an image. Only `*` matches these.
    pub fn matches(&self, image: Option<&Image<'_>>) -> bool {
        match self {
            ImagePattern::Any => true,
            ImagePattern::OfRegistry(pattern) => image.is_some_and(|image| pattern.matches(image)),
            ImagePattern::Nothing => false,
        }
    }
}

impl RegistryPattern<'_> {
    fn matches(&self, image: &Image<'_>) -> bool {
        self.registry == image.registry
            && matches_repository(&self.registry, self.repository, &image.repository)
            && self.matches_version(image)
    }

    /// Returns whether `image` has the version that the pattern names. If the pattern has a digest,
    /// the digest alone decides. If it has only a tag, an image with a digest does not match,
    /// because containerd ignores the tag of such an image.
    fn matches_version(&self, image: &Image<'_>) -> bool {
        if let Some(wanted) = self.digest {
            return image
                .digest
                .is_some_and(|found| pattern::matches(wanted, found));
        }
        if let Some(wanted) = self.tag {
            return image.digest.is_none() && pattern::matches(wanted, image.tag);
        }

        true
    }
}

/// Returns whether the repository `found` matches the repository `wanted` of a pattern.
///
/// A wildcard does not cross a slash. The exception is a last part `*`, which stands for everything
/// below: `calico/*` matches `calico/windows/node`. On Docker Hub the pattern `nginx` matches
/// `library/nginx`.
fn matches_repository(registry: &str, wanted: &str, found: &str) -> bool {
    if wanted == "*" {
        return true;
    }
    if let Some(folder) = wanted.strip_suffix("/*") {
        return is_below(folder, found);
    }
    if registry == DOCKER_HUB && !wanted.contains('/') {
        return found
            .strip_prefix(LIBRARY)
            .is_some_and(|name| matches_within_parts(wanted, name));
    }

    matches_within_parts(wanted, found)
}

/// Returns whether the repository `found` lies in a folder that matches `folder`.
fn is_below(folder: &str, found: &str) -> bool {
    // `folder` is compared with as many parts of `found` as it has. The folder `a/b` has one slash. Of
    // `a/b/c/d`, it is compared with what stands before the second slash.
    let slashes_of_folder = folder.matches('/').count();
    match found.match_indices('/').nth(slashes_of_folder) {
        Some((end, _)) => matches_within_parts(folder, &found[..end]),
        None => false,
    }
}

/// Returns whether the repository `found` matches `wanted`, where no wildcard crosses a slash.
fn matches_within_parts(wanted: &str, found: &str) -> bool {
    pattern::matches_with(wanted, found, Wildcards::Except('/'))
}

/// Why settings must not hold a pattern of images. `Display` completes a sentence that begins with
/// the quoted pattern, and says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagePatternError {
    /// `https://ghcr.io/x`. Holds the pattern without its scheme.
    Scheme(String),
    /// The ID of an image on the node.
    ImageId,
    /// `*.azurecr.io/x`
    WildcardInRegistry,
    /// `nginx`. Holds the pattern that was probably meant; `None` if settings must not hold that
    /// pattern either.
    NoRegistry(Option<String>),
    /// `ghcr.io`. Holds the pattern for all images of the registry.
    RegistryAlone(String),
    /// `Docker.io/x`, `LOCALHOST/x`. Holds the pattern with the registry in lower case.
    NotInLowerCase(String),
    /// `MyRegistry/x`: containerd takes this for a registry, and `myregistry/x` for a repository of
    /// Docker Hub, where it may belong to somebody else.
    FirstPartInCapitals,
    /// `ghcr.io/**`
    TwoStars,
    /// No digest matches what follows the `@`.
    NoDigest,
    /// `ghcr.io/x:v1@sha256:*` would match any version, although it names one.
    TagBesideDigestPattern,
    /// No image has such a name.
    NoImage,
}

impl fmt::Display for ImagePatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImagePatternError::Scheme(rest) => write!(f, "has a scheme: write {}", quote(rest)),
            ImagePatternError::ImageId => f.write_str(
                "is the ID of an image, which names no registry: write registry/repository@digest",
            ),
            ImagePatternError::WildcardInRegistry => f.write_str(
                "has a wildcard in its registry: write the registry in full up to the first /",
            ),
            ImagePatternError::NoRegistry(Some(full)) => {
                write!(f, "names no registry: write {}", quote(full))
            }
            ImagePatternError::RegistryAlone(all) => write!(
                f,
                "is a registry alone: write registry/repository, or {} for all of its images",
                quote(all)
            ),
            ImagePatternError::NoRegistry(None) => {
                f.write_str("names no registry: write registry/repository")
            }
            ImagePatternError::NotInLowerCase(lower) => {
                write!(f, "has a registry in capitals: write {}", quote(lower))
            }
            ImagePatternError::FirstPartInCapitals => f.write_str(
                "begins with a part in capitals, which containerd takes for a registry: write the \
                 registry's host name in full",
            ),
            ImagePatternError::TwoStars => {
                f.write_str("holds **: write one *, as the last part for all that is below")
            }
            ImagePatternError::NoDigest => f.write_str(
                "has no digest behind the @: write sha256: and 64 hexadecimal digits in lower case",
            ),
            ImagePatternError::TagBesideDigestPattern => f.write_str(
                "has a tag beside a digest with a wildcard, so that any tag matches: write only \
                 the tag, or the digest in full",
            ),
            ImagePatternError::NoImage => f.write_str(
                "matches no image: write registry/repository, with :tag or @digest, in lower case \
                 but for the tag",
            ),
        }
    }
}

/// Checks that some image may match `pattern`, and that the pattern says what it matches. (The
/// `library/` that `docker.io/NAME` leaves out is not counted: a NAME of 238 letters is accepted, and
/// matches nothing.)
///
/// No error proposes a pattern that would be refused next: a proposal is checked as well. If settings
/// must not hold it, its own error is returned, or an error without a proposal.
///
/// # Errors
/// Settings must not hold the pattern.
pub fn check_pattern(pattern: &str) -> Result<(), ImagePatternError> {
    if pattern == "*" || is_valid_pattern(pattern) {
        Ok(())
    } else {
        Err(find_error(pattern))
    }
}

/// Returns whether settings may hold `pattern`, which is not `*`.
fn is_valid_pattern(pattern: &str) -> bool {
    let Parts { name, tag, digest } = Parts::split(pattern);
    let Some((registry, repository)) = split_registry(name) else {
        return false;
    };
    // A star may stand for nothing, so a name may be shorter than its pattern. That is counted only if the
    // pattern itself is too long.
    let fits = name.len() <= LONGEST_NAME
        || registry.len() + "/".len() + shortest_repository(repository) <= LONGEST_NAME;

    fits && normalize_registry(registry).is_ok()
        && is_registry(registry)
        && is_repository(repository)
        && !has_two_stars(repository)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(may_match_digest)
        && !is_tag_beside_digest_pattern(tag, digest)
}

/// Returns why settings must not hold `pattern`, for which [`is_valid_pattern`] returns false.
fn find_error(pattern: &str) -> ImagePatternError {
    if let Some(reference) = without_scheme(pattern) {
        return match check_pattern(reference) {
            Ok(()) => ImagePatternError::Scheme(reference.to_owned()),
            Err(error) => error,
        };
    }

    let Parts { name, tag, digest } = Parts::split(pattern);
    if let Some((first_part, _)) = name.split_once('/')
        && pattern::has_wildcard(first_part)
    {
        return ImagePatternError::WildcardInRegistry;
    }
    let Some((registry, repository)) = split_registry(name) else {
        return explain_missing_registry(pattern, name);
    };
    // Only capitals make this fail, so `check_pattern` does not come here again for `lower`. `Registry/x`
    // names a registry only because of its capital: `registry/x` is a repository of Docker Hub.
    if normalize_registry(registry).is_err() {
        let lower = pattern.replacen(registry, &registry.to_ascii_lowercase(), 1);
        return match check_pattern(&lower) {
            Ok(()) => ImagePatternError::NotInLowerCase(lower),
            Err(ImagePatternError::NoRegistry(_)) => ImagePatternError::FirstPartInCapitals,
            Err(error) => error,
        };
    }

    if has_two_stars(repository) {
        ImagePatternError::TwoStars
    } else if digest.is_some_and(|digest| !may_match_digest(digest)) {
        ImagePatternError::NoDigest
    } else if is_tag_beside_digest_pattern(tag, digest) {
        ImagePatternError::TagBesideDigestPattern
    } else {
        ImagePatternError::NoImage
    }
}

fn is_tag_beside_digest_pattern(tag: Option<&str>, digest: Option<&str>) -> bool {
    tag.is_some() && digest.is_some_and(pattern::has_wildcard)
}

fn has_two_stars(repository: &str) -> bool {
    let mut pairs = repository.as_bytes().windows(2);
    pairs.any(|pair| pair == b"**")
}

/// Returns the length in bytes of the shortest repository that may match `pattern`. A star stands for
/// at least one character if it is a whole component, because no component is empty.
fn shortest_repository(pattern: &str) -> usize {
    let slashes = pattern.matches('/').count();
    let components = pattern
        .split('/')
        .map(|component| pattern::shortest_length(component).max(1));
    slashes + components.sum::<usize>()
}

/// Returns what follows the last scheme of `pattern`: `ghcr.io/x` of `https://ghcr.io/x`. The result
/// has no scheme, so [`check_pattern`] calls itself once, however many schemes there are. `None` if
/// there is no scheme, and for `https://*`, because no message proposes `*`.
fn without_scheme(pattern: &str) -> Option<&str> {
    let (_, rest) = pattern.rsplit_once("://")?;
    if rest == "*" { None } else { Some(rest) }
}

/// Returns the error for `pattern`, which names no registry: it proposes what was probably meant. `name`
/// is the pattern without tag and digest.
fn explain_missing_registry(pattern: &str, name: &str) -> ImagePatternError {
    if is_image_id(pattern) {
        return ImagePatternError::ImageId;
    }
    if is_registry_alone(pattern, name) {
        let all = format!("{pattern}/*");
        return match check_pattern(&all) {
            Ok(()) => ImagePatternError::RegistryAlone(all),
            Err(_) => ImagePatternError::NoRegistry(None),
        };
    }

    // A repository of Docker Hub: `calico/node` or `nginx`.
    let meant = if pattern.contains('/') {
        format!("{DOCKER_HUB}/{pattern}")
    } else {
        format!("{DOCKER_HUB}/{LIBRARY}{pattern}")
    };
    match check_pattern(&meant) {
        Ok(()) => ImagePatternError::NoRegistry(Some(meant)),
        Err(_) => ImagePatternError::NoRegistry(None),
    }
}

/// Returns whether `pattern` is nothing but the name of a registry, such as `mcr.microsoft.com`. `name` is
/// the pattern without tag and digest.
fn is_registry_alone(pattern: &str, name: &str) -> bool {
    // In `localhost:5000` the port looks like a tag, so `name` is `localhost` alone. With a digest,
    // the pattern is about one image, not about all of a registry.
    let is_host = name.contains('.') || name == "localhost";
    is_host && !pattern.contains('/') && !pattern.contains('@')
}

#[cfg(test)]
mod tests {
    use oci_spec::distribution::Reference;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use rstest::rstest;

    use super::UnnamedImage::*;
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// Returns `text` with a digest in place of the word `DIGEST`.
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
    #[case::host_in_capitals("MyRegistry.azurecr.io/x:V1", "myregistry.azurecr.io/x:V1")]
    #[case::host_in_capitals_with_a_port("LOCALHOST:5000/x", "localhost:5000/x:latest")]
    #[case::docker_hub_with_a_port("Docker.io:443/x", "docker.io:443/x:latest")]
    #[case::separators("x/a.b_c__d---e", "docker.io/x/a.b_c__d---e:latest")]
    #[case::digest("r@DIGEST", "docker.io/library/r@DIGEST")]
    #[case::digest_before_tag("r:v1@DIGEST", "docker.io/library/r@DIGEST")]
    #[case::name_like_an_id("sha256", "docker.io/library/sha256:latest")]
    #[case::tag_that_is_no_hex("sha256:v1", "docker.io/library/sha256:v1")]
    #[case::folder_like_an_id("docker.io/sha256:abc", "docker.io/library/sha256:abc")]
    #[case::longest_name(&"r".repeat(237), &format!("docker.io/library/{}:latest", "r".repeat(237)))]
    fn references(#[case] reference: &str, #[case] expected: &str) {
        let reference = with_digest(reference);
        let image = Image::parse(&reference).expect("a reference");
        assert_eq!(image.full(), with_digest(expected));
    }

    #[rstest]
    #[case::too_long_a_name(&"r".repeat(238), NotAReference)]
    #[case::too_long_a_tag(&format!("r:{}", "t".repeat(129)), NotAReference)]
    #[case::too_long(&format!("r.example/{}", "r/".repeat(500)), NotAReference)]
    #[case::short_id("sha256:3fbc", ImageId)]
    #[case::id("DIGEST", ImageId)]
    #[case::id_without_algorithm(HEX, ImageId)]
    #[case::upper_case_repository("docker.io/Calico/node", NotAReference)]
    #[case::upper_case_official("Nginx", NotAReference)]
    #[case::empty("", NotAReference)]
    #[case::empty_tag("nginx:", NotAReference)]
    #[case::empty_component("docker.io//x", NotAReference)]
    #[case::three_underscores("a___b", NotAReference)]
    #[case::leading_separator("-a", NotAReference)]
    #[case::trailing_separator("a-", NotAReference)]
    #[case::separator_before_a_slash("a./b", NotAReference)]
    #[case::port_that_is_no_number("r.example:port/x", NotAReference)]
    #[case::empty_port("r.example:/x", NotAReference)]
    #[case::space("nginx ", NotAReference)]
    #[case::wildcard("docker.io/calico/*", NotAReference)]
    #[case::scheme("https://nginx", NotAReference)]
    #[case::two_digests("r@DIGEST@DIGEST", NotAReference)]
    #[case::short_digest("r@sha256:abc", NotAReference)]
    #[case::upper_case_digest(&format!("r@sha256:{}", HEX.to_uppercase()), NotAReference)]
    #[case::digest_of_another_length(&format!("r@sha512:{HEX}"), NotAReference)]
    #[case::unknown_algorithm(&format!("r@md5:{HEX}"), NotAReference)]
    #[case::digest_without_algorithm(&format!("r@{HEX}"), NotAReference)]
    #[case::docker_hub_in_capitals("Docker.io/calico/node", DockerHubInCapitals)]
    #[case::old_docker_hub_in_capitals("INDEX.docker.io/nginx", DockerHubInCapitals)]
    #[case::host_in_capitals("Registry/x", RegistryInCapitals)]
    #[case::localhost_in_capitals("LOCALHOST/x", RegistryInCapitals)]
    #[case::malformed_host_in_capitals("Registry-/x", NotAReference)]
    fn unnamed_images(#[case] reference: &str, #[case] expected: UnnamedImage) {
        assert_eq!(Image::parse(&with_digest(reference)), Err(expected));
    }

    #[rstest]
    #[case(NotAReference, "is no image reference")]
    #[case(
        ImageId,
        "is the ID of an image on the node, which may come from any registry"
    )]
    #[case(
        DockerHubInCapitals,
        "names docker.io with capitals, which containerd takes for another registry"
    )]
    #[case(
        RegistryInCapitals,
        "begins with a part in capitals, which containerd takes for a registry"
    )]
    fn reasons_of_unnamed_images(#[case] reason: UnnamedImage, #[case] expected: &str) {
        assert_eq!(reason.to_string(), expected);
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
    #[case::capitals_of_the_image("ghcr.io/a", "GHCR.io/a", true)]
    #[case::capitals_of_the_pattern("GHCR.io/a", "ghcr.io/a", true)]
    #[case::capitals_of_the_tag("ghcr.io/a:V1", "ghcr.io/a:v1", false)]
    #[case::docker_hub_in_capitals("docker.io/*", "Docker.io/calico/node", false)]
    #[case::host_in_capitals("docker.io/*", "Calico/node", false)]
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
        let image = Image::parse(&image).ok();
        assert_eq!(
            ImagePattern::new(&pattern).matches(image.as_ref()),
            expected
        );
    }

    // The texts of the errors that several cases of `problems` expect.
    const REGISTRY_WILDCARD: &str =
        "has a wildcard in its registry: write the registry in full up to the first /";
    const NO_DIGEST: &str = "has no digest behind the @: write sha256: and 64 hexadecimal digits \
        in lower case";
    const NO_IMAGE: &str = "matches no image: write registry/repository, with :tag or @digest, in \
        lower case but for the tag";
    const ID: &str = "is the ID of an image, which names no registry: write \
        registry/repository@digest";
    const TAG: &str = "has a tag beside a digest with a wildcard, so that any tag matches: write \
        only the tag, or the digest in full";
    const STARS: &str = "holds **: write one *, as the last part for all that is below";

    #[rstest]
    #[case::any("*", "")]
    #[case::folder("docker.io/calico/*", "")]
    #[case::wildcards("mcr.microsoft.com/oss/calico/n?de-*:v*", "")]
    #[case::any_digest("ghcr.io/a/b@*", "")]
    #[case::digest("ghcr.io/a/b@DIGEST", "")]
    #[case::digest_pattern("ghcr.io/a/b@sha256:0*", "")]
    #[case::longer_than_a_name_by_its_stars(&format!("r.example/{}", "a*".repeat(130)), "")]
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
        r#"is a registry alone: write registry/repository, or "mcr.microsoft.com/*" for all of its images"#
    )]
    #[case::port_alone(
        "localhost:5000",
        r#"is a registry alone: write registry/repository, or "localhost:5000/*" for all of its images"#
    )]
    #[case::upper_case_user(
        "Calico/x",
        "begins with a part in capitals, which containerd takes for a registry: write the registry's host name in full"
    )]
    #[case::upper_case_localhost(
        "LOCALHOST/x",
        r#"has a registry in capitals: write "localhost/x""#
    )]
    #[case::hopeless("nginx ", "names no registry: write registry/repository")]
    #[case::wildcard_at_the_end_of_a_registry(
        "docker.io*",
        "names no registry: write registry/repository"
    )]
    #[case::wildcard_in_the_registry("*.azurecr.io/x", REGISTRY_WILDCARD)]
    #[case::registry_in_capitals("GHCR.io/a:V1", "")]
    #[case::docker_hub_in_capitals(
        "Docker.io/a:V1",
        r#"has a registry in capitals: write "docker.io/a:V1""#
    )]
    #[case::localhost_in_capitals(
        "Localhost/a",
        r#"has a registry in capitals: write "localhost/a""#
    )]
    #[case::tag_beside_any_digest("ghcr.io/a:v1@sha256:*", TAG)]
    #[case::tag_beside_a_digest_pattern("ghcr.io/a:v*@*", TAG)]
    #[case::tag_beside_a_digest("ghcr.io/a:v1@DIGEST", "")]
    #[case::many_schemes(&"a://".repeat(100_000), "names no registry: write registry/repository")]
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
    #[case::longest_registry(&format!("{}.io/*", "r".repeat(250)), "")]
    #[case::longest_registry_and_two_components(&format!("{}.io/*/*", "r".repeat(248)), "")]
    #[case::registry_without_room_for_a_repository(&format!("{}.io/*", "r".repeat(251)), NO_IMAGE)]
    #[case::registry_without_room_for_two_components(&format!("{}.io/*/*", "r".repeat(249)), NO_IMAGE)]
    #[case::registry_longer_than_a_name(&format!("{}.io/*", "r".repeat(255)), NO_IMAGE)]
    #[case::odd_registry("-a.io/x", NO_IMAGE)]
    fn problems(#[case] pattern: &str, #[case] expected: &str) {
        let error = check_pattern(&with_digest(pattern)).err();
        let problem = error.map(|error| error.to_string());
        assert_eq!(problem.unwrap_or_default(), expected);
    }

    /// Returns whether `text`, which is ASCII, matches `pattern`, by trying all that a star may
    /// stand for.
    fn matches_slowly(pattern: &str, text: &str) -> bool {
        let Some(first) = pattern.chars().next() else {
            return text.is_empty();
        };

        let rest_of_pattern = &pattern[1..];
        match (first, text.chars().next()) {
            ('*', _) => (0..=text.len()).any(|end| matches_slowly(rest_of_pattern, &text[end..])),
            (_, Some(found)) if first == '?' || first == found => {
                matches_slowly(rest_of_pattern, &text[1..])
            }
            _ => false,
        }
    }

    /// Returns whether the parts of a repository match the parts of a pattern, by comparing one
    /// part after another. A last part `*` of the pattern stands for all that is below.
    fn parts_match_slowly(pattern: &[&str], repository: &[&str]) -> bool {
        match (pattern, repository) {
            ([], []) => true,
            (["*"], [_, ..]) => true,
            ([wanted, other_wanted @ ..], [found, other_found @ ..]) => {
                matches_slowly(wanted, found) && parts_match_slowly(other_wanted, other_found)
            }
            _ => false,
        }
    }

    /// Returns whether the version `found` of an image matches the version `wanted` of a pattern.
    /// Each is empty, or begins with `:` or `@`.
    fn versions_match_slowly(wanted: &str, found: &str) -> bool {
        match (wanted, found) {
            ("", _) => true,
            ("@DIGEST" | "@*", found) => found == "@DIGEST",
            (_tag, "@DIGEST") => false,
            (tag, "") => matches_slowly(&tag[1..], "latest"),
            (tag, found) => matches_slowly(&tag[1..], &found[1..]),
        }
    }

    /// Puts `library` before a repository of Docker Hub that has one part. `*` alone stays, because
    /// it stands for all repositories of the registry.
    fn add_library<'a>(registry: &str, repository: &[&'a str]) -> Vec<&'a str> {
        match repository {
            [name] if registry == "docker.io" && *name != "*" => vec!["library", *name],
            parts => parts.to_vec(),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_slow_way(
            registry in select(vec!["docker.io", "r.example:5000"]),
            found in vec(select(vec!["a", "ab", "library", "b-a"]), 1..4),
            wanted in vec(select(vec!["a", "a*", "?b", "*", "library", "*-*"]), 1..4),
            found_version in select(vec!["", ":v1", ":v2", "@DIGEST"]),
            wanted_version in select(vec!["", ":v1", ":v*", "@DIGEST", "@*"]),
        ) {
            let image = with_digest(&format!("{registry}/{}{found_version}", found.join("/")));
            let pattern = with_digest(&format!("{registry}/{}{wanted_version}", wanted.join("/")));

            let wanted = add_library(registry, &wanted);
            let found = add_library(registry, &found);
            let expected = parts_match_slowly(&wanted, &found)
                && versions_match_slowly(wanted_version, found_version);

            let parsed = Image::parse(&image).expect("a reference");
            prop_assert_eq!(
                ImagePattern::new(&pattern).matches(Some(&parsed)),
                expected,
                "{} {}",
                pattern,
                image
            );
        }
    }

    /// Returns the full name that the crate oci-spec gives to `reference`, in the form of
    /// [`Image::full`]. `None` if oci-spec does not read the reference.
    fn full_by_oci_spec(reference: &str) -> Option<String> {
        let reference: Reference = reference.parse().ok()?;
        let registry = reference.registry();
        let repository = reference.repository();
        match reference.digest() {
            Some(digest) => Some(format!("{registry}/{repository}@{digest}")),
            None => Some(format!("{registry}/{repository}:{}", reference.tag()?)),
        }
    }

    #[rstest]
    #[case::case_of_a_registry("GHCR.io/a", Ok("ghcr.io/a:latest"), Some("GHCR.io/a:latest"))]
    #[case::docker_hub_in_capitals(
        "Docker.io/a",
        Err(DockerHubInCapitals),
        Some("Docker.io/a:latest")
    )]
    #[case::host_in_capitals(
        "Registry/a",
        Err(RegistryInCapitals),
        Some("docker.io/Registry/a:latest")
    )]
    #[case::underscore_in_a_registry("a_b.c/d", Err(NotAReference), Some("a_b.c/d:latest"))]
    #[case::ipv6("[fd00::1]/a", Ok("[fd00::1]/a:latest"), None)]
    #[case::image_id("sha256:3fbc", Err(ImageId), Some("docker.io/library/sha256:3fbc"))]
    #[case::letter_that_is_not_ascii_in_a_tag(
        "a:\u{e4}",
        Err(NotAReference),
        Some("docker.io/library/a:\u{e4}")
    )]
    fn differences_from_oci_spec(
        #[case] reference: &str,
        #[case] ours: Result<&str, UnnamedImage>,
        #[case] theirs: Option<&str>,
    ) {
        let full = Image::parse(reference).map(|image| image.full());
        assert_eq!(full, ours.map(str::to_owned));
        assert_eq!(full_by_oci_spec(reference).as_deref(), theirs);
    }

    proptest! {
        /// References like those of [`differences_from_oci_spec`] are left out: the generated ones
        /// are ASCII, those with an underscore in the registry are skipped, and upper and lower
        /// case are the same here.
        #[test]
        fn agrees_with_oci_spec(
            registry in "([a-zA.-]{1,5}(:[0-9]{0,3})?/)?",
            repository in "[a-z_./-]{1,9}",
            tag in "(:[aB._-]{0,4})?",
            digest in "(@sha256:[0-9a-f]{63,65})?",
        ) {
            let reference = format!("{registry}{repository}{tag}{digest}");
            if let Some((first_part, _)) = reference.split_once('/') {
                prop_assume!(!first_part.contains('_'));
            }

            let theirs = full_by_oci_spec(&reference);
            match Image::parse(&reference) {
                Ok(image) => prop_assert_eq!(
                    Some(image.full().to_ascii_lowercase()),
                    theirs.map(|full| full.to_ascii_lowercase())
                ),
                Err(NotAReference) => prop_assert_eq!(theirs, None),
                Err(ImageId | DockerHubInCapitals | RegistryInCapitals) => {}
            }
        }
    }
}
