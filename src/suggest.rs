//! The least rule that would admit a workload.

use alloc::string::String;
use alloc::vec::Vec;

use crate::account;
use crate::json::{Object, Value};
use crate::pattern;
use crate::pod::Role;
use crate::request::Request;
use crate::rules::Candidate;
use crate::settings::{Settings, fits_namespaces, fits_service_accounts, is_label};
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
/// whoever sends it, as compact JSON in ASCII. Its name is that of no rule in
/// `settings`.
///
/// It never says "any", and settings take it: there is none where an image, an account
/// or a service account is missing or malformed, which only `*` would admit, where a
/// name would be read as a pattern or is none that Kubernetes has, or where the rule
/// would be too long. Where a command holds `*` or `?`, any character may stand.
pub(crate) fn rule(
    settings: &Settings<'_>,
    request: &Request<'_>,
    object: Ref<'_>,
    candidates: &[&Candidate<'_, '_>],
) -> Option<String> {
    let (mut images, mut accounts) = (List::default(), List::default());
    let (mut commands, mut service_accounts) = (List::default(), List::default());
    if pattern::has_wildcard(request.namespace) || !fits_namespaces(request.namespace) {
        return None;
    }
    for candidate in candidates {
        let service_account = candidate.pod.service_account?;
        if pattern::has_wildcard(service_account) || !fits_service_accounts(service_account) {
            return None;
        }
        service_accounts.add(service_account);
        for part in &candidate.parts {
            images.add(&part.image?.full());
            accounts.add(part.account?);
            if account::problem(part.account?).is_some() {
                return None;
            }
            for command in part.commands() {
                // A star would stand for any command.
                commands.add(&pattern::narrow(&command.line));
            }
            if images.bytes + accounts.bytes + commands.bytes > LONGEST_RULE {
                return None;
            }
        }
    }
    if images.entries.is_empty() {
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
        ("images", images.value()),
        ("runAsUserNames", accounts.value()),
        ("serviceAccountNames", service_accounts.value()),
        ("commands", commands.value()),
    ]));
    if candidates
        .iter()
        .any(|candidate| candidate.pod.has(Role::Ephemeral))
    {
        rule.0.push(("ephemeralContainers", Value::Flag(true)));
    }
    let json = text::json_in_ascii(&rule.into_json());
    (json.len() <= LONGEST_RULE).then_some(json)
}

/// A list of a rule.
#[derive(Default)]
struct List {
    entries: Vec<String>,
    /// The length of all of them.
    bytes: usize,
}

impl List {
    /// Adds `entry` unless it is one of the last in the list. An entry that stands
    /// twice does no harm, so that long lists need not be searched whole.
    #[inline(never)]
    fn add(&mut self, entry: &str) {
        let last = self.entries.len().saturating_sub(MOST_COMPARED);
        if !self.entries.iter().skip(last).any(|other| other == entry) {
            self.bytes += entry.len();
            self.entries.push(String::from(entry));
        }
    }

    #[inline(never)]
    fn value(&self) -> Value<'_> {
        Value::Texts(self.entries.iter().map(|text| &**text).collect())
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
    /// A pod spec, and what a rule says of it behind the namespace.
    const SPEC: &str = r#"{"containers":[{"image":"a"}],"securityContext":{"windowsOptions":{"runAsUserName":"svc"}}}"#;
    const OF_SPEC: &str = r#""images":["docker.io/library/a:latest"],"runAsUserNames":["svc"],"serviceAccountNames":["default"],"commands":[""]"#;

    /// The suggestion for [`SPEC`] with other containers or fields before them.
    fn spec(containers: &str, fields: &str) -> Option<String> {
        let spec =
            SPEC.replace(r#"{"image":"a"}"#, containers)
                .replacen('{', &["{", fields].concat(), 1);
        suggested(&[], POD, &format!(r#"{{"spec":{spec}}}"#))
    }

    /// The rule that is suggested for [`SPEC`], with what has changed.
    fn rule_with(from: &str, to: &str) -> Option<String> {
        let of_spec = OF_SPEC.replacen(from, to, 1);
        assert!(from.is_empty() || of_spec != OF_SPEC, "{from}");
        Some(format!(r#"{{"name":"pod","namespaces":["ns"],{of_spec}}}"#))
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
        let object = format!(r#"{{"metadata":{metadata},"spec":{SPEC}}}"#);
        let rule = format!(r#"{{"name":"{expected}","namespaces":["ns"],{OF_SPEC}}}"#);
        assert_eq!(suggested(taken, POD, &object), Some(rule));
    }

    #[rstest]
    #[case::as_it_is(r#"{"image":"a"}"#, "", "")]
    #[case::full(
        r#"{"image":"calico/node:v3"}"#,
        "docker.io/library/a:latest",
        "docker.io/calico/node:v3"
    )]
    #[case::each_once(
        r#"{"image":"a"},{"image":"docker.io/a:latest"},{"image":"b"}"#,
        r#"a:latest""#,
        r#"a:latest","docker.io/library/b:latest""#
    )]
    #[case::accounts(
        r#"{"image":"a","securityContext":{"windowsOptions":{"runAsUserName":"NT AUTHORITY\\SYSTEM"}}},
           {"image":"a","securityContext":{"windowsOptions":{"runAsUserName":"K\u00f6ln"}}}"#,
        r#""svc""#,
        r#""NT AUTHORITY\\SYSTEM","K\u00f6ln""#
    )]
    #[case::commands(
        r#"{"image":"a","command":["x","y"],"args":["z"]},{"image":"a"},{"image":"a","command":["x y z"]}"#,
        r#"[""]"#,
        r#"["x y z",""]"#
    )]
    #[case::hooks_and_probes(
        r#"{"image":"a","lifecycle":{"preStop":{"exec":{"command":["b"]}}},"livenessProbe":{"exec":{"command":["c"]}}}"#,
        r#"[""]"#,
        r#"["","b","c"]"#
    )]
    #[case::command_with_a_wildcard(
        r#"{"image":"a","args":["dir *?"]}"#,
        r#"[""]"#,
        r#"["dir ??"]"#
    )]
    fn lists(#[case] containers: &str, #[case] from: &str, #[case] to: &str) {
        assert_eq!(spec(containers, ""), rule_with(from, to));
    }

    /// What only "any" would admit is not suggested.
    #[rstest]
    #[case::no_image("{}", "")]
    #[case::malformed_image(r#"{"image":"a"},{"image":"A B"}"#, "")]
    #[case::no_container("", "")]
    #[case::malformed_account(
        r#"{"image":"a","securityContext":{"windowsOptions":{"runAsUserName":"a*"}}}"#,
        ""
    )]
    #[case::service_account_that_would_be_a_pattern(
        r#"{"image":"a"}"#,
        r#""serviceAccountName":"s?","#
    )]
    #[case::service_account_that_kubernetes_has_not(
        r#"{"image":"a"}"#,
        r#""serviceAccountName":"Foo_Bar","#
    )]
    fn nothing(#[case] containers: &str, #[case] fields: &str) {
        assert_eq!(spec(containers, fields), None);
    }

    #[test]
    fn nothing_without_an_account() {
        let object = r#"{"spec":{"containers":[{"image":"a"}]}}"#;
        assert_eq!(suggested(&[], POD, object), None);
    }

    #[test]
    fn ephemeral_containers_and_the_service_account() {
        let fields = r#""serviceAccountName":"sa","ephemeralContainers":[{"image":"a"}],"#;
        let expected = rule_with("default", "sa").map(|rule| {
            rule.replace(
                r#""commands":[""]"#,
                r#""commands":[""],"ephemeralContainers":true"#,
            )
        });
        assert_eq!(spec(r#"{"image":"a"}"#, fields), expected);
    }

    #[test]
    fn one_rule_for_all_pods_of_an_object() {
        let other = SPEC.replace(r#""image":"a""#, r#""image":"b""#).replacen(
            '{',
            r#"{"serviceAccountName":"sa","#,
            1,
        );
        let expected = rule_with("", "").map(|rule| {
            rule.replace("pod", "agent")
                .replace(r#"a:latest""#, r#"a:latest","docker.io/library/b:latest""#)
                .replace(r#""default""#, r#""default","sa""#)
        });
        let object = format!(r#"{{"x":[{SPEC},{other}]}}"#);
        assert_eq!(suggested(&[], r#"{"kind":"Agent"}"#, &object), expected);
    }

    /// The suggestion for [`SPEC`] in a namespace.
    fn in_namespace(namespace: &str) -> Option<String> {
        let request = format!(r#""kind":{POD},"namespace":{namespace},"object":{{"spec":{SPEC}}}"#);
        with("[]", &request, |given| {
            let candidates: Vec<_> = given.candidates.iter().collect();
            rule(given.settings, given.request, given.object, &candidates)
        })
    }

    #[test]
    fn namespaces() {
        assert_eq!(in_namespace(r#""MyApp""#), None);
        assert_eq!(in_namespace(r#""n*""#), None);
        let any = rule_with("", "").map(|rule| rule.replace(r#""ns""#, r#""*""#));
        assert_eq!(in_namespace("null"), any);
    }

    #[test]
    fn none_that_is_too_long() {
        // A list of long images, the last of them growing byte by byte.
        let containers = |count: usize, last: usize| {
            let image = |name: &str, number| format!(r#"{{"image":"x.y/{name}{number:04}:t"}}"#);
            let name = "n".repeat(51);
            let mut images: Vec<_> = (0..count).map(|number| image(&name, number)).collect();
            images.push(image(&"n".repeat(last), count));
            spec(&images.join(","), "")
        };
        let longest = (0..=200)
            .map(|last| containers(252, last))
            .map_while(|rule| rule)
            .last()
            .expect("some fit");
        assert_eq!(longest.len(), LONGEST_RULE);
        assert_eq!(containers(260, 0), None);
    }

    #[test]
    fn an_image_of_long_ago_is_written_again() {
        let mut list = List::default();
        for number in 0..=MOST_COMPARED {
            list.add(&format!("i{number}"));
        }
        list.add("i1");
        assert_eq!(list.entries.len(), MOST_COMPARED + 1);
        list.add("i0");
        assert_eq!(list.entries.last().map(|image| &**image), Some("i0"));
    }
}
