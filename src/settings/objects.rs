//! Reads each object of the settings. It knows which values a key takes, and what a message proposes in
//! place of others.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;

use serde_json::Value;

use super::problems::Reason;
use super::reader::{ObjectReader, SettingsReader};
use super::requirement::{Mode, Requirement, Requirements};
use super::types::{ContainerEntry, MinimumVersions, Rule, Settings};
use super::unknown_key::{Keys, KeysElsewhere};
use crate::field_path::Step;
use crate::matching::requester::RequesterList;
use crate::matching::version::Version;
use crate::matching::words::Word;
use crate::matching::{account, image, names, requester};

// What to write if a list is missing or empty. None of these texts proposes "*", because nobody should
// choose that only since a message says so.
const NAMESPACES: &str = "the namespaces that the rule covers: [monitoring]";
const SERVICE_ACCOUNTS: &str = "the service accounts that the rule covers: [node-agent]";
const REQUESTERS: &str = "who may use the rule: [\"group:platform\"], or [nobody]";
const IMAGES: &str = "the images that the containers may have: [registry.example.com/team/agent]";
const ACCOUNTS: &str =
    "the accounts that the containers may run as: ['NT AUTHORITY\\LocalService']";
const WORDS: &str = "a list of words: [powershell.exe, -File, ...]";

/// Reads the settings. The keys that are left out have their defaults.
pub fn read_settings(value: Value, reader: &mut SettingsReader) -> Option<Settings> {
    if let Some(kind) = find_kind(&value) {
        reader.add(&Reason::Manifest { kind });
        return None;
    }

    let elsewhere = [
        KeysElsewhere {
            keys: &Rule::KEYS,
            instead: "write it in a rule of allow",
        },
        KeysElsewhere {
            keys: &Requirement::KEYS,
            instead: "write it under requirements",
        },
        KeysElsewhere {
            keys: &MinimumVersions::KEYS,
            instead: "write it under minimumVersions",
        },
        KeysElsewhere {
            keys: &["mode"],
            instead: "write it in the policy's spec, beside settings",
        },
        KeysElsewhere {
            keys: &["settings"],
            instead: "move its contents one level up",
        },
    ];
    let keys = Keys {
        known: &Settings::KEYS,
        elsewhere: &elsewhere,
    };
    let mut object = reader.read_object(value, keys)?;
    let default = Settings::default();

    let allow = object.read("allow", &read_rules).unwrap_or_default();
    let requirements = match object.read("requirements", &read_requirements) {
        Some(requirements) => requirements,
        // The requirements cannot be read (`read` leaves null in their place, so `has` is still true), or
        // their key is misspelt. `read_requirements` says why each counts as `deny`.
        None if object.has("requirements") => Requirements::new(|_| Mode::Deny),
        None => Requirements::default(),
    };
    let hyper_v_runtime_class_names = object
        .read("hyperVRuntimeClassNames", &read_runtime_classes)
        .unwrap_or(default.hyper_v_runtime_class_names);
    let minimum_versions = object
        .read("minimumVersions", &|value, reader| {
            read_minimum_versions(value, &requirements, reader)
        })
        .unwrap_or_default();

    Some(Settings {
        allow,
        requirements,
        hyper_v_runtime_class_names,
        minimum_versions,
    })
}

/// Returns the kind of a Kubernetes object that was pasted in place of settings. `None` if `value` is
/// not such an object.
fn find_kind(value: &Value) -> Option<&str> {
    value.get("apiVersion")?;
    value.get("kind")?.as_str()
}

/// Reads the rules, no two of which may have the same name: messages and annotations name a rule,
/// and RBAC grants it by its name.
fn read_rules(value: Value, reader: &mut SettingsReader) -> Option<Vec<Rule>> {
    let rules = reader.read_list(value, "a list of rules", &|value, reader| {
        // A rule that cannot be read keeps its place, so that the others have the right index.
        Some(read_rule(value, reader).unwrap_or_default())
    })?;

    let mut first_with_name: HashMap<&str, usize> = HashMap::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let name = &*rule.name;
        if name.is_empty() {
            // The name or the whole rule could not be read.
            continue;
        }
        match first_with_name.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(index);
            }
            Entry::Occupied(entry) => {
                let first = *entry.get();
                let steps = [Step::Entry(index), Step::Field("name")];
                reader.add_at(&steps, &Reason::SameName { name, first });
            }
        }
    }
    Some(rules)
}

fn read_rule(value: Value, reader: &mut SettingsReader) -> Option<Rule> {
    let elsewhere = [KeysElsewhere {
        keys: &ContainerEntry::KEYS,
        instead: "write it in an entry of containers",
    }];
    let keys = Keys {
        known: &Rule::KEYS,
        elsewhere: &elsewhere,
    };
    let mut object = reader.read_object(value, keys)?;

    let mut rule = Rule {
        name: object
            .read_required("name", "a name for the rule", &read_rule_name)
            .unwrap_or_default(),
        namespaces: object
            .read_required("namespaces", NAMESPACES, &read_namespaces)
            .unwrap_or_default(),
        service_account_names: object.read("serviceAccountNames", &read_service_accounts),
        requested_by: object.read("requestedBy", &read_requested_by),
        connect_by: object.read("connectBy", &read_connect_by),
        ..Rule::default()
    };
    if object.has("containers") {
        refuse_short_form(&mut object);
        rule.containers = object.read("containers", &read_containers);
    } else if object.has("images") || object.has("runAsUserNames") {
        rule.images = object.read_required("images", IMAGES, &read_images);
        rule.run_as_user_names = object.read_required("runAsUserNames", ACCOUNTS, &read_accounts);
        rule.ephemeral_containers = object.read("ephemeralContainers", &read_flag);
    } else {
        object.add(&Reason::NoContainers);
    }
    Some(rule)
}

/// Adds a problem for each key of the short form, in a rule that has `containers`.
fn refuse_short_form(object: &mut ObjectReader<'_>) {
    let in_entries = "write it in the entries of containers";
    let ephemeral_entry = "write ephemeral: true in the entries of ephemeral containers";
    refuse_beside_containers(object, "images", in_entries);
    refuse_beside_containers(object, "runAsUserNames", in_entries);
    refuse_beside_containers(object, "ephemeralContainers", ephemeral_entry);
}

fn refuse_beside_containers(object: &mut ObjectReader<'_>, key: &str, instead: &str) {
    if object.has(key) {
        object.add_at(key, &Reason::BesideContainers { instead });
    }
}

fn read_rule_name(value: Value, reader: &mut SettingsReader) -> Option<String> {
    reader.read_string(value, &check_rule_name)
}

fn read_namespaces(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    reader.read_patterns(value, NAMESPACES, &check_namespace)
}

fn read_service_accounts(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    reader.read_patterns(value, SERVICE_ACCOUNTS, &check_service_account)
}

fn read_runtime_classes(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let if_empty = "the runtime classes that isolate with Hyper-V, or delete the key";
    reader.read_patterns(value, if_empty, &check_runtime_class)
}

fn read_flag(value: Value, reader: &mut SettingsReader) -> Option<bool> {
    reader.read_flag(value)
}

fn read_images(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check = |pattern: &str| error_text(image::check_pattern(pattern));
    reader.read_patterns(value, IMAGES, &check)
}

fn read_accounts(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check = |pattern: &str| error_text(account::check_pattern(pattern));
    reader.read_patterns(value, ACCOUNTS, &check)
}

fn read_requested_by(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check = |entry: &str| error_text(requester::check_entry(entry, RequesterList::RequestedBy));
    let entries = reader.read_patterns(value, REQUESTERS, &check)?;
    if requester::is_nobody(&entries) && entries.len() > 1 {
        reader.add(&Reason::NobodyBesideOthers);
    } else {
        check_rbac(&entries, reader);
    }
    Some(entries)
}

fn read_connect_by(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check = |entry: &str| error_text(requester::check_entry(entry, RequesterList::ConnectBy));
    let if_empty = "who may use exec and attach, or delete the key if nobody may";
    let entries = reader.read_patterns(value, if_empty, &check)?;
    check_rbac(&entries, reader);
    Some(entries)
}

/// Adds a problem if `entries` of a requester list have `rbac` beside an entry for anyone.
fn check_rbac(entries: &[String], reader: &mut SettingsReader) {
    if requester::asks_rbac(entries) && requester::covers_anyone(entries) {
        reader.add(&Reason::RbacBesideAnyone);
    }
}

fn read_containers(value: Value, reader: &mut SettingsReader) -> Option<Vec<ContainerEntry>> {
    let expected = "a list of containers";
    let if_empty = "an entry for each container that the workload may have";
    reader.read_filled_list(value, expected, if_empty, &read_container_entry)
}

fn read_container_entry(value: Value, reader: &mut SettingsReader) -> Option<ContainerEntry> {
    let keys = Keys {
        known: &ContainerEntry::KEYS,
        elsewhere: &[],
    };
    let mut object = reader.read_object(value, keys)?;

    if object.has("exec") && !object.has("command") && !object.has("args") {
        object.add_at("exec", &Reason::ExecWithoutCommand);
    }
    Some(ContainerEntry {
        images: object
            .read_required("images", IMAGES, &read_images)
            .unwrap_or_default(),
        run_as_user_names: object
            .read_required("runAsUserNames", ACCOUNTS, &read_accounts)
            .unwrap_or_default(),
        command: object.read("command", &read_words),
        args: object.read("args", &read_words),
        exec: object.read("exec", &read_exec).unwrap_or_default(),
        ephemeral: object.read("ephemeral", &read_flag).unwrap_or_default(),
    })
}

fn read_words(value: Value, reader: &mut SettingsReader) -> Option<Vec<Word>> {
    reader.read_list(value, WORDS, &read_word)
}

fn read_exec(value: Value, reader: &mut SettingsReader) -> Option<Vec<Vec<Word>>> {
    let expected = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
    reader.read_list(value, expected, &read_exec_command)
}

/// Reads one of the commands in `exec`.
fn read_exec_command(value: Value, reader: &mut SettingsReader) -> Option<Vec<Word>> {
    let expected = "a list of words: [cmd.exe, /c, 'del x.tmp']";
    let if_empty = "the words of a command, or delete it";
    reader.read_filled_list(value, expected, if_empty, &read_word)
}

/// Reads a word: a string, or an object whose only key is `pattern`.
fn read_word(value: Value, reader: &mut SettingsReader) -> Option<Word> {
    if !value.is_object() {
        let check = |text: &str| error_text(Word::parse_literal(text));
        return reader.read_string(value, &check).map(Word::Literal);
    }

    let keys = Keys {
        known: &["pattern"],
        elsewhere: &[],
    };
    let if_missing = "a word, or {pattern: 'setup-*.exe'}";
    let mut object = reader.read_object(value, keys)?;
    let pattern = object.read_required("pattern", if_missing, &read_pattern_text)?;
    // If the pattern cannot be parsed, that has been added as a problem.
    Word::parse_pattern(&pattern).ok()
}

fn read_pattern_text(value: Value, reader: &mut SettingsReader) -> Option<String> {
    let check = |pattern: &str| error_text(Word::parse_pattern(pattern));
    reader.read_string(value, &check)
}

fn read_requirements(value: Value, reader: &mut SettingsReader) -> Option<Requirements> {
    let keys = Keys {
        known: &Requirement::KEYS,
        elsewhere: &[],
    };
    let mut object = reader.read_object(value, keys)?;
    Some(Requirements::new(|requirement| {
        if !object.has(requirement.key()) {
            return requirement.default_mode();
        }
        let mode = object.read(requirement.key(), &|value, reader| reader.read_mode(value));
        // A mode that cannot be read counts as `deny`. If it counted as `ignore`, a second problem
        // would say that minimumVersions has no effect.
        mode.unwrap_or(Mode::Deny)
    }))
}

/// Reads the minimum versions. `requirements` say which of the versions have an effect.
fn read_minimum_versions(
    value: Value,
    requirements: &Requirements,
    reader: &mut SettingsReader,
) -> Option<MinimumVersions> {
    let keys = Keys {
        known: &MinimumVersions::KEYS,
        elsewhere: &[],
    };
    let mut object = reader.read_object(value, keys)?;
    let default = MinimumVersions::default();

    let mut read = |key: &'static str, requirement: Requirement, default: String| {
        let version = object.read(key, &|value, reader| {
            read_version(value, &default, requirement, requirements, reader)
        });
        version.unwrap_or(default)
    };
    Some(MinimumVersions {
        kubernetes: read(
            "kubernetes",
            Requirement::NodeKubernetes,
            default.kubernetes,
        ),
        containerd: read(
            "containerd",
            Requirement::NodeContainerd,
            default.containerd,
        ),
    })
}

/// Reads a version. It has no effect while `requirement`, which compares it with the versions of nodes,
/// is ignored. That is a problem unless the version is the default.
fn read_version(
    value: Value,
    default: &str,
    requirement: Requirement,
    requirements: &Requirements,
    reader: &mut SettingsReader,
) -> Option<String> {
    let version = reader.read_string(value, &|text| check_version(text, default))?;

    // A version that cannot be parsed has been added as a problem, and the default takes its place.
    let parsed = parse_version(&version)?;
    let is_ignored = requirements.mode(requirement) == Mode::Ignore;
    if is_ignored && Some(parsed) != parse_version(default) {
        reader.add(&Reason::VersionWithoutEffect {
            version: &version,
            requirement,
        });
    }
    Some(version)
}

fn check_version(text: &str, default: &str) -> Option<String> {
    if parse_version(text).is_some() {
        return None;
    }
    Some(format!(
        "is not a version: write numbers with dots between them, such as \"{default}\""
    ))
}

/// Parses `1.23` or `1.23.4`. Nodes report more than that (`v1.23.4-gke.100`); settings must not.
fn parse_version(text: &str) -> Option<Version> {
    let is_plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    if is_plain { Version::parse(text) } else { None }
}

/// Returns the text of the error, if a check has found one.
fn error_text<T, E: Display>(checked: Result<T, E>) -> Option<String> {
    checked.err().map(|error| error.to_string())
}

fn problem_unless(is_valid: bool, problem: &str) -> Option<String> {
    if is_valid {
        None
    } else {
        Some(problem.to_owned())
    }
}

fn check_rule_name(name: &str) -> Option<String> {
    let problem = "is not a name for a rule: write at most 63 lower-case letters, digits and \
        hyphens, with a letter or digit at each end";
    problem_unless(names::is_label(name), problem)
}

fn check_namespace(pattern: &str) -> Option<String> {
    let problem = "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * \
        and ?";
    problem_unless(names::may_be_label(pattern), problem)
}

fn check_service_account(pattern: &str) -> Option<String> {
    let problem = "matches no service account: write its name alone, at most 253 lower-case \
        letters, digits, hyphens, dots, * and ?";
    problem_unless(names::may_be_subdomain(pattern), problem)
}

/// Checks a pattern of runtime classes. The API server takes lower-case letters only, and case does
/// not count in the comparison.
fn check_runtime_class(pattern: &str) -> Option<String> {
    let problem = "matches no runtime class: write at most 253 letters, digits, hyphens, dots, * \
        and ?";
    let pattern = pattern.to_ascii_lowercase();
    problem_unless(names::may_be_subdomain(&pattern), problem)
}
