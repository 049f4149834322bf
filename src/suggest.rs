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
