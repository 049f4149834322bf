//! Reads settings and finds everything that is wrong with them.

use alloc::string::String;
use alloc::vec::Vec;

use super::modes::{Mode, Modes};
use super::{Given, List, MinimumVersions, Problems, RequestedBy, Rule, Settings};
use crate::image;
use crate::nearest::nearest;
use crate::requirements::REQUIREMENTS;
use crate::table::Table;
use crate::tape::Ref;
use crate::version::Version;
use crate::{account, path, pattern, text};

const SETTINGS: [&str; 4] = [
    "allow",
    "requirements",
    "hyperVRuntimeClassNames",
    "minimumVersions",
];

const RULE: [&str; 8] = [
    "name",
    "namespaces",
    "images",
    "runAsUserNames",
    "serviceAccountNames",
    "commands",
    "requestedBy",
    "ephemeralContainers",
];

/// The settings at `root`, which may be null for none.
///
/// # Errors
/// The problems, if there are any.
pub(crate) fn read(root: Ref<'_>) -> Result<Settings<'_>, Problems> {
    let mut problems = Problems::default();
    let mut settings = Settings::default();
    if !root.is_null() && known_fields(root, &SETTINGS, &mut problems) {
        settings.allow = allow(root, &mut problems);
        if let Some(modes) = root.get("requirements") {
            settings.requirements = requirements(modes, &mut problems);
        }
        if let Some(classes) = strings(root, "hyperVRuntimeClassNames", &mut problems) {
            settings.hyper_v_runtime_class_names = classes;
        }
        if let Some(versions) = root.get("minimumVersions") {
            minimum_versions(versions, &mut settings.minimum_versions, &mut problems);
        }
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

/// Notes the fields of `node` that are not among `known`, and those that stand
/// twice. Returns whether `node` is an object at all (null is one without
/// fields).
fn known_fields(node: Ref<'_>, known: &[&str], problems: &mut Problems) -> bool {
    if node.is_null() {
        return true;
    }
    if !node.is_object() {
        problems.mistyped(node, "an object");
        return false;
    }
    let mut seen = 0u64;
    for field in node.children() {
        let key = field.key();
        let Some(position) = known.iter().position(|name| *name == key) else {
            let mut problem = String::from("unknown key");
            if let Some(name) = nearest(key, known) {
                text::put(&mut problem, ": write ");
                text::put(&mut problem, name);
            } else {
                let mut separator = "; known are ";
                for name in known {
                    text::put(&mut problem, separator);
                    text::put(&mut problem, name);
                    separator = ", ";
                }
            }
            problems.at(field, &problem);
            continue;
        };
        if seen & (1 << position) != 0 {
            problems.at(field, "stands twice: write it once");
        }
        seen |= 1 << position;
    }
    true
}

fn allow<'s>(root: Ref<'s>, problems: &mut Problems) -> Vec<Rule<'s>> {
    let mut rules = Vec::new();
    let Some(list) = root.get("allow").filter(|list| !list.is_null()) else {
        return rules;
    };
    if !list.is_list() {
        problems.mistyped(list, "a list of rules");
        return rules;
    }
    let mut names = Table::for_names(list.children().count());
    for node in list.children() {
        if node.is_null() {
            problems.mistyped(node, "a rule");
        } else if known_fields(node, &RULE, problems) {
            rules.push(rule(node, &mut names, problems));
        }
    }
    rules
}

fn rule<'s>(node: Ref<'s>, names: &mut Table<'s, Ref<'s>>, problems: &mut Problems) -> Rule<'s> {
    let name = name(node, names, problems);
    let namespaces = required(node, "namespaces", problems);
    let images = required(node, "images", problems);
    for entry in entries(images) {
        image_pattern(entry, problems);
    }
    let run_as_user_names = required(node, "runAsUserNames", problems);
    for entry in entries(run_as_user_names) {
        account_pattern(entry, problems);
    }
    let ephemeral = node.get("ephemeralContainers").filter(|e| !e.is_null());
    if let Some(ephemeral) = ephemeral.filter(|e| e.as_bool().is_none()) {
        problems.mistyped(ephemeral, "true or false");
    }
    Rule {
        name,
        namespaces,
        images,
        run_as_user_names,
        service_account_names: strings(node, "serviceAccountNames", problems),
        commands: list(node, "commands", true, problems),
        requested_by: requested_by(node, problems),
        ephemeral_containers: ephemeral.and_then(Ref::as_bool) == Some(true),
    }
}

fn name<'s>(rule: Ref<'s>, names: &mut Table<'s, Ref<'s>>, problems: &mut Problems) -> &'s str {
    let Some(node) = rule.get("name").filter(|name| !name.is_null()) else {
        problems.at_field(rule, "name", "is missing: write a name for the rule");
        return "";
    };
    let Some(name) = node.as_text() else {
        problems.mistyped(node, "a string");
        return "";
    };
    if !is_label(name) {
        problems.of_value(
            node,
            name,
            "is no RFC 1123 label: write at most 63 lower-case letters, digits and hyphens, \
             a letter or digit first and last",
        );
    } else if let Some(other) = names.insert(name, node) {
        let mut problem = String::from("is also the name of ");
        path::write(other, &mut problem);
        text::put(&mut problem, ": write another name");
        problems.of_value(node, name, &problem);
    }
    name
}

/// Whether `name` is an RFC 1123 label.
pub(crate) fn is_label(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// A list that may not be left out: "any" is written, never implied.
fn required<'s>(rule: Ref<'s>, field: &str, problems: &mut Problems) -> List<'s> {
    if rule.get(field).is_none_or(Ref::is_null) {
        problems.at_field(rule, field, "is missing: write [\"*\"] for any");
    }
    strings(rule, field, problems).unwrap_or(List::Default(&[]))
}

/// The list of non-empty strings in the field `field`, where there is one.
fn strings<'s>(owner: Ref<'s>, field: &str, problems: &mut Problems) -> Option<List<'s>> {
    list(owner, field, false, problems)
}

fn list<'s>(
    owner: Ref<'s>,
    field: &str,
    may_be_blank: bool,
    problems: &mut Problems,
) -> Option<List<'s>> {
    let node = owner.get(field).filter(|node| !node.is_null())?;
    if !node.is_list() {
        problems.mistyped(node, "a list of strings");
        return None;
    }
    if node.children().next().is_none() {
        problems.at(node, "is an empty list: write [\"*\"] for any");
    }
    for entry in node.children() {
        match entry.as_text() {
            Some("") if !may_be_blank => problems.at(entry, "is empty: write \"*\" for any"),
            Some(_) => {}
            None => problems.mistyped(entry, "a string"),
        }
    }
    Some(List::Given(Given(node)))
}

/// The non-empty strings of a list, as nodes.
fn entries(list: List<'_>) -> impl Iterator<Item = Ref<'_>> {
    let given = match list {
        List::Given(given) => Some(given.0),
        List::Default(_) => None,
    };
    given
        .into_iter()
        .flat_map(Ref::children)
        .filter(|entry| entry.as_text().is_some_and(|text| !text.is_empty()))
}

fn image_pattern(entry: Ref<'_>, problems: &mut Problems) {
    let pattern = entry.as_text().unwrap_or_default();
    let mut advice = String::new();
    match image::problem(pattern) {
        None => return,
        Some(image::Problem::NoRegistry) => {
            text::put(&mut advice, "names no registry: write ");
            let (before, after) = if text::has_any(pattern, b"/") {
                ("docker.io/", "")
            } else if text::has_any(pattern, b".") {
                ("", "/*")
            } else {
                ("docker.io/library/", "")
            };
            let mut full = String::from(before);
            text::put(&mut full, pattern);
            text::put(&mut full, after);
            text::push_quoted(&mut advice, &full);
        }
        Some(image::Problem::RegistryWildcard) => text::put(
            &mut advice,
            "has a wildcard in its registry: write the registry in full up to the first /, \
             or \"*\" alone for any image",
        ),
        Some(image::Problem::NeverMatches) => text::put(
            &mut advice,
            "matches no image reference: write registry/repository, with :tag or @digest, \
             in lower case but for the tag",
        ),
    }
    problems.of_value(entry, pattern, &advice);
}

fn account_pattern(entry: Ref<'_>, problems: &mut Problems) {
    let pattern = entry.as_text().unwrap_or_default();
    let Some(problem) = account::problem(&pattern::with_letters(pattern)) else {
        return;
    };
    let mut advice = String::from("matches no account: ");
    text::put(&mut advice, problem);
    if pattern.as_bytes().windows(2).any(|pair| pair == br"\\")
        || pattern.bytes().any(|c| c.is_ascii_control())
    {
        text::put(
            &mut advice,
            ": write 'NT AUTHORITY\\SYSTEM' in single quotes, in which YAML takes one backslash \
             as it is",
        );
    }
    problems.of_value(entry, pattern, &advice);
}

fn requested_by<'s>(rule: Ref<'s>, problems: &mut Problems) -> Option<RequestedBy<'s>> {
    let node = rule.get("requestedBy").filter(|node| !node.is_null())?;
    if !known_fields(node, &["users", "groups"], problems) {
        return None;
    }
    let mut named = 0;
    let mut list = |field| {
        // One of the two may be empty: the other says who.
        let list = node.get(field).filter(|list| !list.is_null());
        if list.is_some_and(|list| list.is_list() && list.children().next().is_none()) {
            return List::Default(&[]);
        }
        named += usize::from(list.is_some());
        strings(node, field, problems).unwrap_or(List::Default(&[]))
    };
    let requested_by = RequestedBy {
        users: list("users"),
        groups: list("groups"),
    };
    if named == 0 {
        problems.at(
            node,
            "names nobody: write users or groups, or leave requestedBy out for anyone",
        );
    }
    Some(requested_by)
}

fn requirements(node: Ref<'_>, problems: &mut Problems) -> Modes {
    let mut modes = Modes::default();
    let names = REQUIREMENTS.map(|requirement| requirement.name);
    if !known_fields(node, &names, problems) {
        return modes;
    }
    for (mode, name) in modes.0.iter_mut().zip(names) {
        let Some(value) = node.get(name).filter(|value| !value.is_null()) else {
            continue;
        };
        let named = Mode::NAMES
            .iter()
            .find(|(name, _)| value.as_text() == Some(name));
        match named {
            Some((_, named)) => *mode = *named,
            // What YAML 1.1 makes of a bare off.
            None if value.as_bool() == Some(false) => *mode = Mode::Off,
            None => problems.at(value, "is no mode: write deny, warn or off"),
        }
    }
    modes
}

fn minimum_versions<'s>(
    node: Ref<'s>,
    versions: &mut MinimumVersions<'s>,
    problems: &mut Problems,
) {
    if !known_fields(node, &["kubernetes", "containerd"], problems) {
        return;
    }
    for (field, version) in [
        ("kubernetes", &mut versions.kubernetes),
        ("containerd", &mut versions.containerd),
    ] {
        match node.get(field).filter(|value| !value.is_null()) {
            None => {}
            Some(value) => match value.as_text() {
                Some(text) if Version::parse(text).is_some() => *version = text,
                _ => problems.at(value, "is no version: write it in quotes, like \"1.23\""),
            },
        }
    }
}
