//! Reads settings and finds everything that is wrong with them.

use alloc::string::String;
use alloc::vec::Vec;

use super::modes::{Mode, Modes};
use super::{Given, List, MinimumVersions, Problems, RequestedBy, Rule, Settings};
use crate::blocks::same;
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
    if let Some([rules, modes, classes, versions]) = fields(root, &SETTINGS, &mut problems) {
        if let Some(rules) = rules {
            settings.allow = allow(rules, &mut problems);
        }
        if let Some(modes) = modes {
            settings.requirements = requirements(modes, &mut problems);
        }
        if let Some(classes) = classes {
            if is_empty_list(classes) {
                problems.at(
                    classes,
                    "is an empty list: write requirements.hyperVIsolation: off for no class",
                );
            } else if let Some(classes) = checked(classes, class_pattern, &mut problems) {
                settings.hyper_v_runtime_class_names = classes;
            }
        }
        if let Some(versions) = versions {
            minimum_versions(versions, &mut settings.minimum_versions, &mut problems);
        }
    }
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(problems)
    }
}

/// The fields of `node` that go by the names `known`, in their order, and none for
/// those that are absent or null. Notes those that go by another name or stand
/// twice. None where `node` is no object; null is one without fields.
fn fields<'s, const N: usize>(
    node: Ref<'s>,
    known: &[&str; N],
    problems: &mut Problems,
) -> Option<[Option<Ref<'s>>; N]> {
    let mut found = [None; N];
    find_fields(node, known, &mut found, problems).then_some(found)
}

/// As [`fields`], for any number of names; false where `node` is no object.
#[inline(never)]
fn find_fields<'s>(
    node: Ref<'s>,
    known: &[&str],
    found: &mut [Option<Ref<'s>>],
    problems: &mut Problems,
) -> bool {
    if !node.is_object() && !node.is_null() {
        problems.mistyped(node, "an object");
        return false;
    }
    for field in node.children() {
        let position = known.iter().position(|name| same(name, field.key()));
        match position.and_then(|position| found.get_mut(position)) {
            None => unknown(field, known, problems),
            Some(Some(_)) => problems.at(field, "stands twice: write it once"),
            Some(found) => *found = Some(field),
        }
    }
    for field in found {
        *field = field.filter(|field| !field.is_null());
    }
    true
}

/// Notes that no field goes by the name of `field`, and which may be meant.
#[cold]
fn unknown(field: Ref<'_>, known: &[&str], problems: &mut Problems) {
    let mut problem = String::from("unknown key");
    if problems.is_full() {
        // Comparing names takes long.
    } else if let Some(name) = nearest(field.key(), known) {
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
}

fn allow<'s>(list: Ref<'s>, problems: &mut Problems) -> Vec<Rule<'s>> {
    if !list.is_list() {
        problems.mistyped(list, "a list of rules");
        return Vec::new();
    }
    let count = list.children().count();
    let mut rules = Vec::with_capacity(count);
    let mut names = Table::for_names(count);
    for node in list.children() {
        if node.is_null() {
            problems.mistyped(node, "a rule");
        } else {
            rules.extend(rule(node, &mut names, problems));
        }
    }
    rules
}

fn rule<'s>(
    node: Ref<'s>,
    names: &mut Table<'s, Ref<'s>>,
    problems: &mut Problems,
) -> Option<Rule<'s>> {
    let [
        own_name,
        namespaces,
        images,
        run_as_user_names,
        service_account_names,
        commands,
        requesters,
        ephemeral,
    ] = fields(node, &RULE, problems)?;
    let name = match own_name {
        Some(own_name) => name(own_name, names, problems),
        None => {
            problems.at_field(node, "name", "is missing: write a name for the rule");
            ""
        }
    };
    // A list that may not be left out: "any" is written, never implied.
    let mut required = |list: Option<Ref<'s>>, field, check: Check| {
        let Some(list) = list else {
            problems.at_field(node, field, "is missing: write [\"*\"] for any");
            return List::Default(&[]);
        };
        checked(list, check, problems).unwrap_or(List::Default(&[]))
    };
    let rule = Rule {
        name,
        namespaces: required(namespaces, "namespaces", namespace_pattern),
        images: required(images, "images", image_pattern),
        run_as_user_names: required(run_as_user_names, "runAsUserNames", account_pattern),
        ephemeral_containers: ephemeral.and_then(Ref::as_bool) == Some(true),
        service_account_names: service_account_names
            .and_then(|list| checked(list, service_account_pattern, problems)),
        commands: commands.and_then(|list| checked(list, |_, _, _| {}, problems)),
        requested_by: requesters.and_then(|node| requested_by(node, problems)),
    };
    if let Some(ephemeral) = ephemeral.filter(|ephemeral| ephemeral.as_bool().is_none()) {
        problems.mistyped(ephemeral, "true or false");
    }
    Some(rule)
}

/// Notes what is wrong with the name of a rule, and returns it.
fn name<'s>(node: Ref<'s>, names: &mut Table<'s, Ref<'s>>, problems: &mut Problems) -> &'s str {
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

/// Notes what is wrong with an entry of a list, which is the string given.
type Check = fn(Ref<'_>, &str, &mut Problems);

/// The list of non-empty strings `node`.
fn strings<'s>(node: Ref<'s>, problems: &mut Problems) -> Option<List<'s>> {
    checked(node, not_empty, problems)
}

/// The list of strings `node`, each of which is checked.
fn checked<'s>(node: Ref<'s>, check: Check, problems: &mut Problems) -> Option<List<'s>> {
    if !node.is_list() {
        problems.mistyped(node, "a list of strings");
        return None;
    }
    if is_empty_list(node) {
        problems.at(node, "is an empty list: write [\"*\"] for any");
    }
    for entry in node.children() {
        match entry.as_text() {
            Some(text) => check(entry, text, problems),
            None => problems.mistyped(entry, "a string"),
        }
    }
    Some(List::Given(Given(node)))
}

/// Whether `pattern` is nothing but wildcards, and matches what has any length.
fn is_any(pattern: &str) -> bool {
    pattern.bytes().all(|c| matches!(c, b'*' | b'?')) && text::has_any(pattern, b"*")
}

fn is_empty_list(node: Ref<'_>) -> bool {
    node.is_list() && node.children().next().is_none()
}

fn not_empty(entry: Ref<'_>, text: &str, problems: &mut Problems) {
    if text.is_empty() {
        problems.at(entry, "is empty: write \"*\" for any");
    }
}

fn class_pattern(entry: Ref<'_>, pattern: &str, problems: &mut Problems) {
    if pattern.is_empty() {
        problems.at(
            entry,
            "is empty: write the name of a runtime class, or delete it",
        );
    }
}

fn image_pattern(entry: Ref<'_>, pattern: &str, problems: &mut Problems) {
    if pattern.is_empty() {
        return not_empty(entry, pattern, problems);
    }
    let Some(problem) = image::problem(pattern) else {
        return;
    };
    let mut advice = String::new();
    match problem {
        _ if is_any(pattern) => {
            text::put(&mut advice, "is no pattern of images: write \"*\" for any");
        }
        _ if text::split_once(pattern, b':').is_some_and(|(_, rest)| rest.starts_with("//")) => {
            text::put(&mut advice, "has a scheme: write it without one");
        }
        image::Problem::NoRegistry => {
            text::put(&mut advice, "names no registry: write ");
            let full = with_registry(pattern);
            if image::problem(&full).is_none() {
                text::push_quoted(&mut advice, &full);
            } else {
                text::put(&mut advice, "registry/repository, the registry in full");
            }
        }
        image::Problem::RegistryWildcard => text::put(
            &mut advice,
            "has a wildcard in its registry: write the registry in full up to the first /, \
             or \"*\" alone for any image",
        ),
        image::Problem::NeverMatches => text::put(
            &mut advice,
            "matches no image reference: write registry/repository, with :tag or @digest, \
             in lower case but for the tag",
        ),
    }
    problems.of_value(entry, pattern, &advice);
}

/// What a pattern that names no registry is likely to mean.
fn with_registry(pattern: &str) -> String {
    // What may be a tag or a port tells nothing.
    let name = text::rsplit_once(pattern, b':').map_or(pattern, |(name, _)| name);
    let (before, after) = if text::has_any(pattern, b"/") {
        ("docker.io/", "")
    } else if text::has_any(name, b".") || name == "localhost" {
        ("", "/*")
    } else {
        ("docker.io/library/", "")
    };
    let mut full = String::from(before);
    text::put(&mut full, pattern);
    text::put(&mut full, after);
    full
}

fn namespace_pattern(entry: Ref<'_>, pattern: &str, problems: &mut Problems) {
    let advice = "matches no namespace: write lower-case letters, digits, hyphens, * and ?";
    name_pattern(entry, pattern, fits_namespaces(pattern), advice, problems);
}

fn service_account_pattern(entry: Ref<'_>, pattern: &str, problems: &mut Problems) {
    let advice = "matches no service account: write its name alone, without the namespace, in \
                  lower-case letters, digits, hyphens, dots, * and ?";
    name_pattern(
        entry,
        pattern,
        fits_service_accounts(pattern),
        advice,
        problems,
    );
}

/// Notes `advice` on a pattern of names that fits none.
fn name_pattern(entry: Ref<'_>, pattern: &str, fits: bool, advice: &str, problems: &mut Problems) {
    if pattern.is_empty() {
        not_empty(entry, pattern, problems);
    } else if !fits {
        problems.of_value(entry, pattern, advice);
    }
}

/// Whether `pattern` may match the name of a namespace, an RFC 1123 label.
pub(crate) fn fits_namespaces(pattern: &str) -> bool {
    is_name_pattern(pattern, b"-")
}

/// Whether `pattern` may match the name of a service account, an RFC 1123 subdomain.
pub(crate) fn fits_service_accounts(pattern: &str) -> bool {
    is_name_pattern(pattern, b"-.")
}

/// Whether `pattern` has nothing but what the names of objects have, `marks` among
/// it but neither first nor last, and wildcards.
fn is_name_pattern(pattern: &str, marks: &[u8]) -> bool {
    let is_mark = |c: Option<&u8>| c.is_some_and(|c| marks.contains(c));
    let bytes = pattern.as_bytes();
    let fits = |&c: &u8| {
        c.is_ascii_lowercase()
            || c.is_ascii_digit()
            || matches!(c, b'*' | b'?')
            || marks.contains(&c)
    };
    bytes.iter().all(fits) && !is_mark(bytes.first()) && !is_mark(bytes.last())
}

fn account_pattern(entry: Ref<'_>, pattern: &str, problems: &mut Problems) {
    if pattern.is_empty() {
        return not_empty(entry, pattern, problems);
    }
    if pattern != "*" && pattern.bytes().all(|c| c == b'*') {
        let advice = "matches local users and groups alone: write \"*\" for any account";
        return problems.of_value(entry, pattern, advice);
    }
    let problem = match account::problem(&pattern::with_letters(pattern)) {
        None if !account::lacks_its_backslash(pattern) => return,
        None => "a built-in account has a backslash behind its domain, as NT AUTHORITY\\SYSTEM has",
        Some(problem) => problem,
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
    } else if text::has_any(pattern, b"/") && !text::has_any(pattern, b"\\") {
        text::put(&mut advice, ": write a backslash behind the domain");
    }
    problems.of_value(entry, pattern, &advice);
}

fn requested_by<'s>(node: Ref<'s>, problems: &mut Problems) -> Option<RequestedBy<'s>> {
    let [users, groups] = fields(node, &["users", "groups"], problems)?;
    let mut named = 0;
    let mut list = |list: Option<Ref<'s>>| {
        // One of the two may be empty: the other says who.
        let list = list.filter(|list| !is_empty_list(*list));
        named += usize::from(list.is_some());
        list.and_then(|list| strings(list, problems))
            .unwrap_or(List::Default(&[]))
    };
    let requested_by = RequestedBy {
        users: list(users),
        groups: list(groups),
    };
    let anyone = |list: List<'_>| list.any(&is_any);
    if named == 2 && (anyone(requested_by.users) || anyone(requested_by.groups)) {
        problems.at(
            node,
            "lets anyone ask by \"*\", whatever else it says: delete the \"*\", or requestedBy",
        );
    }
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
    let Some(values) = fields(node, &names, problems) else {
        return modes;
    };
    for (mode, value) in modes.0.iter_mut().zip(values) {
        let Some(value) = value else {
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
    let Some([kubernetes, containerd]) = fields(node, &["kubernetes", "containerd"], problems)
    else {
        return;
    };
    for (value, version) in [
        (kubernetes, &mut versions.kubernetes),
        (containerd, &mut versions.containerd),
    ] {
        match value.map(|value| (value, value.as_text())) {
            None => {}
            Some((_, Some(text))) if is_version(text) => *version = text,
            Some((value, _)) => {
                problems.at(value, "is no version: write it in quotes, like \"1.23\"");
            }
        }
    }
}

/// Whether `text` is a version and no more: nodes report what is built of it, too.
fn is_version(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_digit() || matches!(c, b'.' | b'v');
    text.bytes().all(plain) && Version::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::{ALL, Tape};
    use alloc::format;
    use rstest::rstest;

    /// What is wrong with settings, one line without its beginning; nothing
    /// where they are valid.
    fn problems(json: &str) -> String {
        let tape = Tape::read(json, &ALL, "").expect("JSON");
        match read(tape.root()) {
            Ok(_) => String::new(),
            Err(problems) => {
                let message = problems.message();
                let problems = message.strip_prefix("settings are not valid: ");
                String::from(problems.expect("the beginning"))
            }
        }
    }

    /// A rule with `fields` in place of those of the same names.
    fn rule(fields: &str) -> String {
        let whole = [
            r#""name":"r""#,
            r#""namespaces":["*"]"#,
            r#""images":["*"]"#,
            r#""runAsUserNames":["*"]"#,
        ];
        let mut rule = String::from(fields);
        for field in whole {
            let key = field.split(':').next().unwrap_or_default();
            if !fields.contains(key) {
                rule = format!("{rule}{}{field}", if rule.is_empty() { "" } else { "," });
            }
        }
        format!("{{{rule}}}")
    }

    #[rstest]
    #[case::null("null", "")]
    #[case::empty("{}", "")]
    #[case::nulls(
        r#"{"allow":null,"requirements":null,"hyperVRuntimeClassNames":null,"minimumVersions":null}"#,
        ""
    )]
    #[case::no_object("[]", "settings: an object is expected, found a list")]
    #[case::text(r#""x""#, "settings: an object is expected, found a string")]
    #[case::misspelt(r#"{"alow":[]}"#, "alow: unknown key: write allow")]
    #[case::unknown(
        r#"{"x":1}"#,
        "x: unknown key; known are allow, requirements, hyperVRuntimeClassNames, minimumVersions"
    )]
    #[case::twice(r#"{"allow":[],"allow":[]}"#, "allow: stands twice: write it once")]
    #[case::allow(
        r#"{"allow":{}}"#,
        "allow: a list of rules is expected, found an object"
    )]
    #[case::no_rule(r#"{"allow":[null]}"#, "allow[0]: a rule is expected, found null")]
    #[case::rule(
        r#"{"allow":["x"]}"#,
        "allow[0]: an object is expected, found a string"
    )]
    #[case::classes(
        r#"{"hyperVRuntimeClassNames":"x"}"#,
        "hyperVRuntimeClassNames: a list of strings is expected, found a string"
    )]
    #[case::empty_class(
        r#"{"hyperVRuntimeClassNames":["x",""]}"#,
        "hyperVRuntimeClassNames[1]: is empty: write the name of a runtime class, or delete it"
    )]
    #[case::no_classes(
        r#"{"hyperVRuntimeClassNames":[]}"#,
        "hyperVRuntimeClassNames: is an empty list: write requirements.hyperVIsolation: off for no class"
    )]
    #[case::version_with_more_behind_it(
        r#"{"minimumVersions":{"kubernetes":"1.23 or so"}}"#,
        "minimumVersions.kubernetes: is no version: write it in quotes, like \"1.23\""
    )]
    #[case::versions(
        r#"{"minimumVersions":{"kubernetes":1.23,"containerd":"1"}}"#,
        "minimumVersions.kubernetes: is no version: write it in quotes, like \"1.23\"; \
         minimumVersions.containerd: is no version: write it in quotes, like \"1.23\""
    )]
    #[case::known_versions(r#"{"minimumVersions":{"kubernetes":"v1.29","containerd":null}}"#, "")]
    #[case::version_of_what(
        r#"{"minimumVersions":{"windows":"1.23"}}"#,
        "minimumVersions.windows: unknown key; known are kubernetes, containerd"
    )]
    #[case::modes(
        r#"{"requirements":{"hostNetwork":"deny","windowsNode":"warn","runAsUserName":"off",
            "runAsNonRoot":false,"allContainers":null}}"#,
        ""
    )]
    #[case::no_modes(
        r#"{"requirements":{"hostNetwork":true,"windowsNode":"Deny","runAsUserName":1}}"#,
        "requirements.hostNetwork: is no mode: write deny, warn or off; \
         requirements.runAsUserName: is no mode: write deny, warn or off; \
         requirements.windowsNode: is no mode: write deny, warn or off"
    )]
    #[case::misspelt_requirement(
        r#"{"requirements":{"hostnetwork":"off"}}"#,
        "requirements.hostnetwork: unknown key: write hostNetwork"
    )]
    #[case::requirements(
        r#"{"requirements":"off"}"#,
        "requirements: an object is expected, found a string"
    )]
    fn settings(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(problems(json), expected);
    }

    const NO_LABEL: &str = "is no RFC 1123 label: write at most 63 lower-case letters, digits and \
        hyphens, a letter or digit first and last";
    const NO_REFERENCE: &str = "matches no image reference: write registry/repository, with :tag or \
        @digest, in lower case but for the tag";

    /// Problems of the fields of the rule `allow[0]`.
    #[rstest]
    #[case::none("", "")]
    #[case::any(
        r#""serviceAccountNames":["*"],"commands":[""],"ephemeralContainers":true"#,
        ""
    )]
    #[case::nulls(
        r#""serviceAccountNames":null,"commands":null,"ephemeralContainers":null,"requestedBy":null"#,
        ""
    )]
    #[case::unknown(r#""namespace":["x"]"#, ".namespace: unknown key: write namespaces")]
    #[case::no_name(r#""name":null"#, ".name: is missing: write a name for the rule")]
    #[case::name(r#""name":1"#, ".name: a string is expected, found a number")]
    #[case::empty_name(r#""name":"""#, &format!(r#".name: "" {NO_LABEL}"#))]
    #[case::upper_case(r#""name":"Rule""#, &format!(r#".name: "Rule" {NO_LABEL}"#))]
    #[case::hyphen_last(r#""name":"r-""#, &format!(r#".name: "r-" {NO_LABEL}"#))]
    #[case::no_namespaces(
        r#""namespaces":null"#,
        r#".namespaces: is missing: write ["*"] for any"#
    )]
    #[case::empty_list(r#""images":[]"#, r#".images: is an empty list: write ["*"] for any"#)]
    #[case::empty_entry(
        r#""namespaces":["x",""]"#,
        r#".namespaces[1]: is empty: write "*" for any"#
    )]
    #[case::entry(
        r#""commands":[["a"]]"#,
        ".commands[0]: a string is expected, found a list"
    )]
    #[case::list(
        r#""serviceAccountNames":"sa""#,
        ".serviceAccountNames: a list of strings is expected, found a string"
    )]
    #[case::no_commands(
        r#""commands":[]"#,
        r#".commands: is an empty list: write ["*"] for any"#
    )]
    #[case::no_registry(
        r#""images":["nginx"]"#,
        r#".images[0]: "nginx" names no registry: write "docker.io/library/nginx""#
    )]
    #[case::image_with_a_tag_and_no_registry(
        r#""images":["nginx:1.2"]"#,
        r#".images[0]: "nginx:1.2" names no registry: write "docker.io/library/nginx:1.2""#
    )]
    #[case::registry_alone(
        r#""images":["localhost:5000","r.example:5000"]"#,
        r#".images[0]: "localhost:5000" names no registry: write "localhost:5000/*"; allow[0].images[1]: "r.example:5000" names no registry: write "r.example:5000/*""#
    )]
    #[case::digests(
        r#""images":["r.io/a@sha256:a*","r.io/a@*","r.io/a@sha256:XYZ*","r.io/a@ab?"]"#,
        r#".images[2]: "r.io/a@sha256:XYZ*" matches no image reference: write registry/repository, with :tag or @digest, in lower case but for the tag; allow[0].images[3]: "r.io/a@ab?" matches no image reference: write registry/repository, with :tag or @digest, in lower case but for the tag"#
    )]
    #[case::no_registry_but_a_user(
        r#""images":["calico/*"]"#,
        r#".images[0]: "calico/*" names no registry: write "docker.io/calico/*""#
    )]
    #[case::registry_alone(
        r#""images":["ghcr.io"]"#,
        r#".images[0]: "ghcr.io" names no registry: write "ghcr.io/*""#
    )]
    #[case::wildcard_registry(
        r#""images":["*.io/x"]"#,
        r#".images[0]: "*.io/x" has a wildcard in its registry: write the registry in full up to the first /, or "*" alone for any image"#
    )]
    #[case::registry_with_a_wildcard_at_its_end(
        r#""images":["docker.io*"]"#,
        r#".images[0]: "docker.io*" names no registry: write registry/repository, the registry in full"#
    )]
    #[case::nothing_but_wildcards(
        r#""images":["**"]"#,
        r#".images[0]: "**" is no pattern of images: write "*" for any"#
    )]
    #[case::scheme(
        r#""images":["oci://ghcr.io/x"]"#,
        r#".images[0]: "oci://ghcr.io/x" has a scheme: write it without one"#
    )]
    #[case::namespace(
        r#""namespaces":["kube-*","kube_system"]"#,
        r#".namespaces[1]: "kube_system" matches no namespace: write lower-case letters, digits, hyphens, * and ?"#
    )]
    #[case::service_account(
        r#""serviceAccountNames":["a.b-?","system:serviceaccount:ns:a"]"#,
        r#".serviceAccountNames[1]: "system:serviceaccount:ns:a" matches no service account: write its name alone, without the namespace, in lower-case letters, digits, hyphens, dots, * and ?"#
    )]
    #[case::slash_in_an_account(
        r#""runAsUserNames":["NT AUTHORITY/SYSTEM"]"#,
        r#".runAsUserNames[0]: "NT AUTHORITY/SYSTEM" matches no account: the user of an account has no quotes, no semicolons and none of / \ : | = , + * ? < > @ [ ]: write a backslash behind the domain"#
    )]
    #[case::no_reference(
        r#""images":["ghcr.io/X"]"#,
        &format!(r#".images[0]: "ghcr.io/X" {NO_REFERENCE}"#)
    )]
    #[case::account_patterns(r#""runAsUserNames":["NT AUTHORITY\\*","Admin?","*"]"#, "")]
    #[case::account(
        r#""runAsUserNames":["a@b"]"#,
        r#".runAsUserNames[0]: "a@b" matches no account: the user of an account has no quotes, no semicolons and none of / \ : | = , + * ? < > @ [ ]"#
    )]
    #[case::two_backslashes(
        r#""runAsUserNames":["NT AUTHORITY\\\\SYSTEM"]"#,
        r#".runAsUserNames[0]: "NT AUTHORITY\\\\SYSTEM" matches no account: an account has at most one backslash: write 'NT AUTHORITY\SYSTEM' in single quotes, in which YAML takes one backslash as it is"#
    )]
    #[case::control_character(
        r#""runAsUserNames":["NT AUTHORITY\u0008"]"#,
        r#".runAsUserNames[0]: "NT AUTHORITY\u{8}" matches no account: an account may not contain control characters: write 'NT AUTHORITY\SYSTEM' in single quotes, in which YAML takes one backslash as it is"#
    )]
    #[case::ephemeral(
        r#""ephemeralContainers":"true""#,
        ".ephemeralContainers: true or false is expected, found a string"
    )]
    #[case::account_without_backslash(
        r#""runAsUserNames":["NT AUTHORITY*","nt authority system"]"#,
        r#".runAsUserNames[0]: "NT AUTHORITY*" matches no account: a built-in account has a backslash behind its domain, as NT AUTHORITY\SYSTEM has; allow[0].runAsUserNames[1]: "nt authority system" matches no account: a built-in account has a backslash behind its domain, as NT AUTHORITY\SYSTEM has"#
    )]
    #[case::account_of_stars(
        r#""runAsUserNames":["**"]"#,
        r#".runAsUserNames[0]: "**" matches local users and groups alone: write "*" for any account"#
    )]
    #[case::names_that_end_in_a_mark(
        r#""namespaces":["calico-"],"serviceAccountNames":[".a","-*"]"#,
        r#".namespaces[0]: "calico-" matches no namespace: write lower-case letters, digits, hyphens, * and ?; allow[0].serviceAccountNames[0]: ".a" matches no service account: write its name alone, without the namespace, in lower-case letters, digits, hyphens, dots, * and ?; allow[0].serviceAccountNames[1]: "-*" matches no service account: write its name alone, without the namespace, in lower-case letters, digits, hyphens, dots, * and ?"#
    )]
    #[case::users(r#""requestedBy":{"users":["u"],"groups":[]}"#, "")]
    #[case::anyone_by_two_stars(
        r#""requestedBy":{"users":["u"],"groups":["**"]}"#,
        ".requestedBy: lets anyone ask by \"*\", whatever else it says: delete the \"*\", or requestedBy"
    )]
    #[case::groups(r#""requestedBy":{"users":null,"groups":["g"]}"#, "")]
    #[case::anyone(r#""requestedBy":{"users":["*"],"groups":null}"#, "")]
    #[case::anyone_beside_a_group(
        r#""requestedBy":{"users":["*"],"groups":["g"]}"#,
        ".requestedBy: lets anyone ask by \"*\", whatever else it says: delete the \"*\", or requestedBy"
    )]
    #[case::nobody(
        r#""requestedBy":{"users":[]}"#,
        ".requestedBy: names nobody: write users or groups, or leave requestedBy out for anyone"
    )]
    #[case::requester(
        r#""requestedBy":["u"]"#,
        ".requestedBy: an object is expected, found a list"
    )]
    #[case::requester_key(
        r#""requestedBy":{"user":["u"]}"#,
        ".requestedBy.user: unknown key: write users; allow[0].requestedBy: names nobody: write \
         users or groups, or leave requestedBy out for anyone"
    )]
    #[case::empty_user(
        r#""requestedBy":{"users":[""]}"#,
        r#".requestedBy.users[0]: is empty: write "*" for any"#
    )]
    fn rules(#[case] fields: &str, #[case] expected: &str) {
        let expected = match expected {
            "" => String::new(),
            problem => ["allow[0]", problem].concat(),
        };
        assert_eq!(
            problems(&format!(r#"{{"allow":[{}]}}"#, rule(fields))),
            expected
        );
    }

    #[test]
    fn names_are_unique() {
        let rules = [r#""name":"a""#, r#""name":"b""#, r#""name":"a""#].map(rule);
        assert_eq!(
            problems(&format!(r#"{{"allow":[{}]}}"#, rules.join(","))),
            r#"allow[2].name: "a" is also the name of allow[0].name: write another name"#
        );
    }

    #[test]
    fn names_have_at_most_63_characters() {
        let named = |length: usize| {
            let rule = rule(&format!(r#""name":"{}""#, "n".repeat(length)));
            problems(&format!(r#"{{"allow":[{rule}]}}"#))
        };
        assert_eq!(named(63), "");
        let name = "n".repeat(64);
        assert_eq!(named(64), format!("allow[0].name: \"{name}\" {NO_LABEL}"));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let line = "requirements.hostNetwork: is no mode: write deny, warn or off";
        assert_eq!(problems(r#"{"requirements":{"hostNetwork":0}}"#), line);
        // Each entry is one problem of 43 bytes at most.
        let entries = ["1"; 1000].join(",");
        let problems = problems(&format!(r#"{{"hyperVRuntimeClassNames":[{entries}]}}"#));
        let (told, more) = problems.rsplit_once("; and ").expect("a count");
        let count = told.split("; ").count();
        assert_eq!(more, format!("{} more", 1000 - count));
        assert!((16_000..16_100).contains(&told.len()), "{}", told.len());
        assert!(told.ends_with(&format!(
            "; hyperVRuntimeClassNames[{}]: a string is expected, found a number",
            count - 1
        )));
    }

    #[test]
    fn what_is_read() {
        let json = format!(
            r#"{{"allow":[{}],"requirements":{{"hostNetwork":"warn","runAsNonRoot":false}},
                "minimumVersions":{{"containerd":"1.7"}},"hyperVRuntimeClassNames":["h*"]}}"#,
            rule(
                r#""name":"r","commands":[""],"ephemeralContainers":true,"requestedBy":{"users":["u"]}"#
            )
        );
        let tape = Tape::read(&json, &ALL, "").expect("JSON");
        let settings = read(tape.root()).expect("valid settings");
        let [rule] = &settings.allow[..] else {
            panic!("one rule is expected");
        };
        let has = |list: List<'_>, wanted: &str| list.any(&|entry| entry == wanted);
        assert_eq!((rule.name, rule.ephemeral_containers), ("r", true));
        assert!(has(rule.namespaces, "*") && rule.commands.is_some_and(|list| has(list, "")));
        assert!(rule.service_account_names.is_none());
        let requesters = rule.requested_by.as_ref().expect("requesters");
        assert!(has(requesters.users, "u") && !requesters.groups.any(&|_| true));
        let classes = settings.hyper_v_runtime_class_names;
        assert!(has(classes, "h*") && !has(classes, "*hyperv*"));
        let versions = &settings.minimum_versions;
        assert_eq!((versions.kubernetes, versions.containerd), ("1.23", "1.7"));
        let mode = |name| {
            let index = REQUIREMENTS.iter().position(|r| r.name == name);
            index.map(|index| settings.requirements.0[index])
        };
        assert_eq!(mode("hostNetwork"), Some(Mode::Warn));
        assert_eq!(mode("runAsNonRoot"), Some(Mode::Off));
        assert_eq!(mode("runAsUserName"), Some(Mode::Deny));
    }
}
