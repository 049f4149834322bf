//! The least rule that would admit a workload.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::account;
use crate::request::Request;
use crate::rules::Candidate;
use crate::settings::{Settings, is_label};
use crate::tape::Ref;
use crate::text;

/// A rule, as it is written in settings. No patterns but `*` where nothing else
/// can match: for an image or account that is missing or malformed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SuggestedRule<'s> {
    name: String,
    namespaces: [&'s str; 1],
    images: Vec<String>,
    run_as_user_names: Vec<&'s str>,
    service_account_names: Vec<&'s str>,
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    ephemeral_containers: bool,
}

/// The least rule that admits all of `candidates`, which stand in one object,
/// as compact JSON in ASCII. Its name is that of no rule in `settings`.
pub(crate) fn rule(
    settings: &Settings<'_>,
    request: &Request<'_>,
    object: Ref<'_>,
    candidates: &[&Candidate<'_, '_>],
) -> Option<String> {
    let mut rule = SuggestedRule {
        name: name(settings, request, object),
        namespaces: [match request.namespace {
            "" => "*",
            namespace => namespace,
        }],
        images: Vec::new(),
        run_as_user_names: Vec::new(),
        service_account_names: Vec::new(),
        ephemeral_containers: false,
    };
    for candidate in candidates {
        rule.ephemeral_containers |= candidate.pod.has_ephemeral();
        add(
            &mut rule.service_account_names,
            candidate.pod.service_account,
        );
        for part in &candidate.parts {
            add(
                &mut rule.images,
                match part.image {
                    Some(image) => {
                        let mut full = String::new();
                        image.write(&mut full);
                        full
                    }
                    None => String::from("*"),
                },
            );
            let account = part.account.filter(|name| account::problem(name).is_none());
            add(&mut rule.run_as_user_names, account.unwrap_or("*"));
        }
    }
    // A list that holds `*` needs nothing else, and an empty one is no rule.
    if rule.images.is_empty() || rule.images.iter().any(|image| image == "*") {
        rule.images = Vec::from([String::from("*")]);
    }
    if rule.run_as_user_names.is_empty() || rule.run_as_user_names.contains(&"*") {
        rule.run_as_user_names = Vec::from(["*"]);
    }
    let json = serde_json::to_string(&rule).ok()?;
    Some(text::json_in_ascii(json))
}

/// Adds `item` unless it is there.
fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// A name for a rule: the object's, made an RFC 1123 label that no rule has.
fn name(settings: &Settings<'_>, request: &Request<'_>, object: Ref<'_>) -> String {
    let metadata = object.get("metadata");
    let field = |name| {
        metadata?
            .get(name)?
            .as_text()
            .filter(|name| !name.is_empty())
    };
    let given = field("name").or_else(|| field("generateName"));
    let mut label = String::new();
    for c in given.unwrap_or(request.kind).chars().take(48) {
        label.push(match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => c,
            _ => '-',
        });
    }
    let mut name = label.trim_matches('-').to_string();
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
