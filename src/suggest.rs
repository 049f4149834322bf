//! The least rule that would admit a workload.

use alloc::string::String;
use alloc::vec::Vec;

use crate::account;
use crate::json::{Object, Value};
use crate::pattern;
use crate::request::Request;
use crate::rules::Candidate;
use crate::settings::{Settings, is_label};
use crate::tape::Ref;
use crate::text;

/// How much of an object's name a rule's name takes over, in characters: room
/// for a number stays.
const LONGEST_NAME: usize = 48;

/// How many entries of a list a further one is compared with.
const MOST_COMPARED: usize = 64;
/// How long a suggestion may get, in bytes: no administrator pastes a longer one.
const LONGEST_RULE: usize = 16 * 1024;

/// The least rule that admits all of `candidates`, which stand in one object,
/// as compact JSON in ASCII. Its name is that of no rule in `settings`.
///
/// It holds no patterns but `*` where nothing else can match: for an image or an
/// account that is missing or malformed. None where a name would be read as a
/// pattern (Kubernetes has no such names), or where the rule would be too long.
pub(crate) fn rule(
    settings: &Settings<'_>,
    request: &Request<'_>,
    object: Ref<'_>,
    candidates: &[&Candidate<'_, '_>],
) -> Option<String> {
    let parts = || candidates.iter().flat_map(|candidate| &candidate.parts);
    let full: Vec<String> = parts()
        .map(|part| part.image.map_or(String::from("*"), |image| image.full()))
        .collect();
    let (mut images, mut accounts, mut service_accounts) = (Vec::new(), Vec::new(), Vec::new());
    for image in &full {
        add(&mut images, image);
    }
    for part in parts() {
        let account = part.account.filter(|name| account::problem(name).is_none());
        add(&mut accounts, account.unwrap_or("*"));
    }
    let mut named = !pattern::has_wildcard(request.namespace);
    for candidate in candidates {
        named &= !pattern::has_wildcard(candidate.pod.service_account);
        add(&mut service_accounts, candidate.pod.service_account);
    }
    if !named {
        return None;
    }
    let name = name(settings, request, object);
    let namespace = match request.namespace {
        "" => "*",
        namespace => namespace,
    };
    let mut rule = Object(Vec::from([
        ("name", Value::Text(&name)),
        ("namespaces", Value::Texts(Vec::from([namespace]))),
        ("images", or_any(images)),
        ("runAsUserNames", or_any(accounts)),
        ("serviceAccountNames", Value::Texts(service_accounts)),
    ]));
    if candidates
        .iter()
        .any(|candidate| candidate.pod.has_ephemeral())
    {
        rule.0.push(("ephemeralContainers", Value::Flag(true)));
    }
    let json = text::json_in_ascii(&rule.into_json());
    (json.len() <= LONGEST_RULE).then_some(json)
}

/// Adds `entry` unless it is one of the last in the list. An entry that stands
/// twice does no harm, so that long lists need not be searched whole.
fn add<'a>(list: &mut Vec<&'a str>, entry: &'a str) {
    let last = list.len().saturating_sub(MOST_COMPARED);
    if !list.get(last..).unwrap_or_default().contains(&entry) {
        list.push(entry);
    }
}

/// `*` alone where it is one of the entries: a list that holds it needs nothing
/// else, and an empty list is no list of a rule.
fn or_any(list: Vec<&str>) -> Value<'_> {
    match list.is_empty() || list.contains(&"*") {
        true => Value::Texts(Vec::from(["*"])),
        false => Value::Texts(list),
    }
}

/// A name for a rule: the object's, made an RFC 1123 label that no rule has.
fn name(settings: &Settings<'_>, request: &Request<'_>, object: Ref<'_>) -> String {
    let metadata = object.get("metadata");
    let field = |name| metadata?.text(name).filter(|name| !name.is_empty());
    let given = field("name").or_else(|| field("generateName"));
    let mut name = String::new();
    for byte in given.unwrap_or(request.kind).bytes().take(LONGEST_NAME) {
        let byte = byte.to_ascii_lowercase();
        let plain = byte.is_ascii_alphanumeric();
        if plain || !name.is_empty() {
            name.push(if plain { byte as char } else { '-' });
        }
    }
    while name.ends_with('-') {
        name.pop();
    }
    if !is_label(&name) {
        name = String::from("workload");
    }
    let length = name.len();
    let mut number = 1;
    while settings.allow.iter().any(|rule| rule.name == name) {
        number += 1;
        name.truncate(length);
        name.push('-');
        text::push_number(&mut name, number);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::with;
    use alloc::format;
    use rstest::rstest;

    /// The suggestion for an object, JSON, in `ns`, beside rules of these names.
    fn suggested(names: &[&str], kind: &str, object: &str) -> Option<String> {
        let rules: Vec<_> = names
            .iter()
            .map(|name| {
                format!(
                    r#"{{"name":"{name}","namespaces":["x"],"images":["*"],"runAsUserNames":["*"]}}"#
                )
            })
            .collect();
        let request = format!(r#""kind":{kind},"namespace":"ns","object":{object}"#);
        with(&format!("[{}]", rules.join(",")), &request, |given| {
            let candidates: Vec<_> = given.candidates.iter().collect();
            rule(given.settings, given.request, given.object, &candidates)
        })
    }

    const POD: &str = r#"{"kind":"Pod"}"#;

    fn spec(spec: &str) -> Option<String> {
        suggested(&[], POD, &format!(r#"{{"spec":{spec}}}"#))
    }

    #[rstest]
    #[case::named(r#"{"name":"calico-node","generateName":"x-"}"#, &[], "calico-node")]
    #[case::generated(r#"{"generateName":"job-"}"#, &[], "job")]
    #[case::empty_name(r#"{"name":"","generateName":"job-"}"#, &[], "job")]
    #[case::unnamed("{}", &[], "pod")]
    #[case::domain(r#"{"name":"a.B_c"}"#, &[], "a-b-c")]
    #[case::no_letters(r#"{"name":"--"}"#, &[], "workload")]
    #[case::leading_hyphens(r#"{"name":"--a--"}"#, &[], "a")]
    #[case::cut(
        r#"{"name":"a23456789-123456789-123456789-123456789-123456789-123"}"#,
        &[],
        "a23456789-123456789-123456789-123456789-12345678"
    )]
    #[case::taken(r#"{"name":"a"}"#, &["a"], "a-2")]
    #[case::taken_again(r#"{"name":"a"}"#, &["a-2", "a", "a-3", "a-5"], "a-4")]
    #[case::number_after_the_cut(
        r#"{"name":"a23456789-123456789-123456789-123456789-1234567-9"}"#,
        &["a23456789-123456789-123456789-123456789-1234567"],
        "a23456789-123456789-123456789-123456789-1234567-2"
    )]
    fn names(#[case] metadata: &str, #[case] taken: &[&str], #[case] expected: &str) {
        let object = format!(r#"{{"metadata":{metadata},"spec":{{}}}}"#);
        let rule = format!(
            r#"{{"name":"{expected}","namespaces":["ns"],"images":["*"],"runAsUserNames":["*"],"serviceAccountNames":["default"]}}"#
        );
        assert_eq!(suggested(taken, POD, &object), Some(rule));
    }

    #[rstest]
    #[case::full(
        r#"{"image":"calico/node:v3"}"#,
        r#"["docker.io/calico/node:v3"]"#,
        r#"["*"]"#
    )]
    #[case::each_once(
        r#"{"image":"a"},{"image":"docker.io/a:latest"},{"image":"b"}"#,
        r#"["docker.io/library/a:latest","docker.io/library/b:latest"]"#,
        r#"["*"]"#
    )]
    #[case::malformed_image(r#"{"image":"a"},{"image":"A B"}"#, r#"["*"]"#, r#"["*"]"#)]
    #[case::accounts(
        r#"{"securityContext":{"windowsOptions":{"runAsUserName":"NT AUTHORITY\\SYSTEM"}}},
           {"securityContext":{"windowsOptions":{"runAsUserName":"K\u00f6ln"}}}"#,
        r#"["*"]"#,
        r#"["NT AUTHORITY\\SYSTEM","K\u00f6ln"]"#
    )]
    #[case::malformed_account(
        r#"{"securityContext":{"windowsOptions":{"runAsUserName":"a*"}}}"#,
        r#"["*"]"#,
        r#"["*"]"#
    )]
    fn lists(#[case] containers: &str, #[case] images: &str, #[case] accounts: &str) {
        let rule = format!(
            r#"{{"name":"pod","namespaces":["ns"],"images":{images},"runAsUserNames":{accounts},"serviceAccountNames":["default"]}}"#
        );
        assert_eq!(
            spec(&format!(r#"{{"containers":[{containers}]}}"#)),
            Some(rule)
        );
    }

    #[test]
    fn ephemeral_containers_and_the_service_account() {
        let rule = r#"{"name":"pod","namespaces":["ns"],"images":["*"],"runAsUserNames":["*"],"serviceAccountNames":["sa"],"ephemeralContainers":true}"#;
        assert_eq!(
            spec(r#"{"serviceAccountName":"sa","ephemeralContainers":[{}]}"#).as_deref(),
            Some(rule)
        );
    }

    #[test]
    fn one_rule_for_all_pods_of_an_object() {
        let rule = r#"{"name":"agent","namespaces":["ns"],"images":["docker.io/library/a:latest","docker.io/library/b:latest"],"runAsUserNames":["*"],"serviceAccountNames":["default","sa"]}"#;
        let object = r#"{"x":[{"containers":[{"image":"a"}]},
            {"containers":[{"image":"b"}],"serviceAccountName":"sa"}]}"#;
        assert_eq!(
            suggested(&[], r#"{"kind":"Agent"}"#, object).as_deref(),
            Some(rule)
        );
    }

    #[test]
    fn none_for_a_name_that_would_be_a_pattern() {
        assert_eq!(spec(r#"{"serviceAccountName":"s?"}"#), None);
        let request = format!(r#""kind":{POD},"namespace":"n*","object":{{"spec":{{}}}}"#);
        let suggested = with("[]", &request, |given| {
            let candidates: Vec<_> = given.candidates.iter().collect();
            rule(given.settings, given.request, given.object, &candidates)
        });
        assert_eq!(suggested, None);
    }

    #[test]
    fn none_in_a_namespace_is_any() {
        let request = format!(r#""kind":{POD},"object":{{"spec":{{}}}}"#);
        let suggested = with("[]", &request, |given| {
            let candidates: Vec<_> = given.candidates.iter().collect();
            rule(given.settings, given.request, given.object, &candidates)
        });
        let rule = r#"{"name":"pod","namespaces":["*"],"images":["*"],"runAsUserNames":["*"],"serviceAccountNames":["default"]}"#;
        assert_eq!(suggested.as_deref(), Some(rule));
    }

    #[test]
    fn none_that_is_too_long() {
        // A list of long images, the last of them growing byte by byte.
        let containers = |count: usize, last: usize| {
            let image = |name: &str, number| format!(r#"{{"image":"x.y/{name}{number:04}:t"}}"#);
            let name = "n".repeat(51);
            let mut images: Vec<_> = (0..count).map(|number| image(&name, number)).collect();
            images.push(image(&"n".repeat(last), count));
            spec(&format!(r#"{{"containers":[{}]}}"#, images.join(",")))
        };
        let longest = (0..=200)
            .map(|last| containers(253, last))
            .map_while(|rule| rule)
            .last()
            .expect("some fit");
        assert_eq!(longest.len(), LONGEST_RULE);
        assert_eq!(containers(260, 0), None);
    }

    #[test]
    fn an_image_of_long_ago_is_written_again() {
        let images: Vec<_> = (0..=MOST_COMPARED).map(|n| format!("i{n}")).collect();
        let mut list: Vec<&str> = Vec::new();
        for image in &images {
            add(&mut list, image);
        }
        add(&mut list, "i1");
        assert_eq!(list.len(), MOST_COMPARED + 1);
        add(&mut list, "i0");
        assert_eq!(list.last(), Some(&"i0"));
    }
}
