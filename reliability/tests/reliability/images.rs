//! Oracle: `oci-spec`'s reader of image references, against the fully qualified
//! reference that the policy suggests and its rules compare.
//!
//! Known differences, all of them in [`differs_by_intent`]: the policy follows the
//! grammar of distribution/reference, which container runtimes use.

use std::fmt;

use oci_spec::distribution::Reference;
use reliability::choices::Choices;
use serde_json::{Value, json};

use crate::cases::for_all;
use crate::payload::{pod, sound_spec};
use crate::policy::{judge, rule_for_all, rules_alone};

const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

struct Image(String);

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// A reference put together from its parts, now and then with something wrong.
fn image(choices: &mut Choices<'_>) -> Image {
    let hosts = [
        "",
        "docker.io",
        "index.docker.io",
        "registry.example.com",
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "r.example:443",
        "Registry",
        "a-b.c",
        "-a.b",
        "r.example:",
        "a_b.c",
        "[fd00::1]:5000",
    ];
    let components = [
        "nginx", "library", "calico", "node", "a.b", "a__b", "a--b", "a_b", "a-", "_a", "A",
        "a..b", "a___b", "", "1", HEX,
    ];
    let tags = [
        "", ":latest", ":v1.2.3", ":V_1", ":", ":-a", ":.a", ":a:b", ":a/b", ":a b",
    ];
    let digests = [
        String::new(),
        format!("@sha256:{HEX}"),
        format!("@sha512:{HEX}{HEX}"),
        format!("@sha256:{}", HEX.to_uppercase()),
        format!("@sha256:{}", &HEX[1..]),
        format!("@other+x:{HEX}"),
        format!("@{HEX}"),
        "@".to_owned(),
        format!("@sha256:{HEX}@sha256:{HEX}"),
    ];
    let mut text = String::from(*choices.mostly_first(2, &hosts));
    if !text.is_empty() {
        text.push('/');
    }
    for index in 0..1 + choices.below(3) {
        if index > 0 {
            text.push('/');
        }
        text.push_str(choices.mostly_first::<&str>(2, &components));
    }
    text.push_str(choices.mostly_first::<&str>(2, &tags));
    text.push_str(choices.mostly_first::<String>(3, &digests));
    if choices.once_in(20) && text.len() > 1 {
        let at = choices.below(text.len());
        text.replace_range(
            at..=at,
            choices.pick::<&str>(&["/", ":", "@", ".", "A", " ", "*"]),
        );
    }
    Image(text)
}

/// The fully qualified reference, by the oracle.
fn normal(image: &str) -> Option<String> {
    let reference: Reference = image.parse().ok()?;
    let name = format!("{}/{}", reference.registry(), reference.repository());
    Some(match (reference.digest(), reference.tag()) {
        (Some(digest), _) => format!("{name}@{digest}"),
        (None, tag) => format!("{name}:{}", tag.unwrap_or("latest")),
    })
}

/// Where the oracle and distribution/reference part, and the policy goes with the
/// latter.
fn differs_by_intent(image: &str) -> bool {
    let (first, rest) = image.split_once('/').unwrap_or((image, ""));
    // 64 hexadecimal digits are an image's identifier and no repository.
    let identifier = first.split([':', '@']).next() == Some(HEX) && rest.is_empty();
    // A first part with an upper-case letter can be no repository: it is a registry.
    let upper_case_host = !rest.is_empty() && first.bytes().any(|c| c.is_ascii_uppercase());
    // A host has no underscores, and no hyphens at the ends of its labels.
    let host = first.split(':').next().unwrap_or_default();
    let malformed_host = first.contains(['.', ':'])
        && !rest.is_empty()
        && host
            .split('.')
            .any(|label| label.contains('_') || label.starts_with('-') || label.ends_with('-'));
    // Algorithms of digests that nobody has registered are in the grammar all the same.
    let other_algorithm = image.split_once('@').is_some_and(|(_, digest)| {
        !["sha256:", "sha384:", "sha512:"]
            .iter()
            .any(|known| digest.starts_with(known))
    });
    // An IPv6 address in brackets is a host.
    let ipv6 = image.starts_with('[');
    identifier || upper_case_host || malformed_host || other_algorithm || ipv6
}

fn request(image: &str) -> Value {
    let mut spec = sound_spec();
    spec["containers"][0]["image"] = json!(image);
    pod(spec)
}

fn rule(pattern: &str) -> Value {
    let mut rule = rule_for_all();
    rule["images"] = json!([pattern]);
    rules_alone(&[rule])
}

fn check(Image(image): &Image) -> Result<&'static str, String> {
    if image.is_empty() || differs_by_intent(image) {
        return Ok("out of place");
    }
    let request = request(image);
    let suggestion = judge(&request, &json!({}))?.suggested_rule();
    let normal = match (normal(image), suggestion) {
        (None, None) => return Ok("no reference"),
        (Some(normal), Some(rule)) if rule["images"] == json!([normal]) => normal,
        (normal, rule) => return Err(format!("{rule:?}, expected {normal:?}")),
    };
    // The rule with that reference admits, with another one it does not.
    if judge(&request, &rule(&normal))?.verdict() != "admitted" {
        return Err(format!("a rule for {normal} does not admit it"));
    }
    let (name, mark) = match normal.rsplit_once('@') {
        Some((name, _)) => (name, '@'),
        None => (normal.rsplit_once(':').expect("a tag").0, ':'),
    };
    let others = [
        format!("{name}:other"),
        format!("{name}@sha256:{}", HEX.replace('0', "1")),
        format!("{name}x{}", &normal[name.len()..]),
        format!(
            "other.example/{}",
            normal.split_once('/').expect("a registry").1
        ),
    ];
    for other in others {
        if judge(&request, &rule(&other))?.verdict() != "denied" {
            return Err(format!("a rule for {other} admits {normal}"));
        }
    }
    if judge(&request, &rule(name))?.verdict() != "admitted" {
        return Err(format!(
            "a rule for any version of {name} does not admit {normal}"
        ));
    }
    Ok(if mark == '@' { "digest" } else { "tag" })
}

#[test]
fn references_are_qualified_as_oci_spec_does() {
    for_all(32, &["digest", "tag", "no reference"], image, check);
}
