//! The least rule that would admit a workload.

use alloc::string::String;
use alloc::vec::Vec;

use crate::account;
use crate::json::{Object, Value};
use crate::request::Request;
use crate::rules::Candidate;
use crate::settings::{Settings, is_label};
use crate::table::Table;
use crate::tape::Ref;
use crate::text;

/// How much of an object's name a rule's name takes over, in characters: room
/// for a number stays.
const LONGEST_NAME: usize = 48;

/// The least rule that admits all of `candidates`, which stand in one object,
/// as compact JSON in ASCII. Its name is that of no rule in `settings`.
///
/// It holds no patterns but `*` where nothing else can match: for an image or an
/// account that is missing or malformed.
pub(crate) fn rule(
    settings: &Settings<'_>,
    request: &Request<'_>,
    object: Ref<'_>,
    candidates: &[&Candidate<'_, '_>],
) -> String {
    let images: Vec<String> = candidates
        .iter()
        .flat_map(|candidate| &candidate.parts)
        .map(|part| part.image.map_or(String::from("*"), |image| image.full()))
        .collect();
    let mut images: Vec<&str> = images.iter().map(|image| &**image).collect();
    let mut accounts = Vec::new();
    let mut service_accounts = Vec::new();
    let mut ephemeral = false;
    for candidate in candidates {
        ephemeral |= candidate.pod.has_ephemeral();
        service_accounts.push(candidate.pod.service_account);
        for part in &candidate.parts {
            let account = part.account.filter(|name| account::problem(name).is_none());
            accounts.push(account.unwrap_or("*"));
        }
    }
    tidy(&mut images);
    tidy(&mut accounts);
    tidy(&mut service_accounts);
    let name = name(settings, request, object);
    let namespace = match request.namespace {
        "" => "*",
        namespace => namespace,
    };
    let mut rule = Object(Vec::from([
        ("name", Value::Text(&name)),
        ("namespaces", Value::Texts(Vec::from([namespace]))),
        ("images", Value::Texts(images)),
        ("runAsUserNames", Value::Texts(accounts)),
        ("serviceAccountNames", Value::Texts(service_accounts)),
    ]));
    if ephemeral {
        rule.0.push(("ephemeralContainers", Value::Flag(true)));
    }
    text::json_in_ascii(&rule.into_json())
}

/// Leaves each entry once, and `*` alone where it is one of them: a list that
/// holds it needs nothing else, and an empty list is no list of a rule.
fn tidy<'a>(list: &mut Vec<&'a str>) {
    if list.is_empty() || list.contains(&"*") {
        *list = Vec::from(["*"]);
    }
    let mut seen = Table::for_names(list.len());
    list.retain(|entry| seen.insert(entry, ()).is_none());
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
