//! Reads each object of the settings: which value a key takes, and what to write instead of others.

use std::collections::HashMap;
use std::fmt::Display;

use serde_json::Value;

use super::problems::Reason;
use super::reader::{ObjectReader, SettingsReader};
use super::requirement::{Requirement, Requirements};
use super::types::{ContainerEntry, MinimumVersions, Mode, Rule, Settings};
use super::unknown_key::{Keys, KeysWithin};
use crate::matching::requester::RequesterList;
use crate::matching::version::Version;
use crate::matching::words::Word;
use crate::matching::{account, image, names, requester};

// What to write if a list is missing or empty. None of them proposes "*": an administrator should
// decide for that, not a message.
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

    let within = [
        KeysWithin {
            known: &Rule::KEYS,
            place: "in a rule of allow",
        },
        KeysWithin {
            known: &Requirement::KEYS,
            place: "under requirements",
        },
        KeysWithin {
            known: &MinimumVersions::KEYS,
            place: "under minimumVersions",
        },
    ];
    let keys = Keys {
        known: &Settings::KEYS,
        within: &within,
    };
    let mut object = reader.read_object(value, keys)?;
    let default = Settings::default();

    let allow = object.read("allow", &read_rules).unwrap_or_default();
    let requirements = object
        .read("requirements", &read_requirements)
        .unwrap_or_default();
    let hyper_v_runtime_class_names = object
        .read("hyperVRuntimeClassNames", &|value, reader| {
            let instead = "the runtime classes that isolate with Hyper-V, or delete the key";
            reader.read_patterns(value, instead, &check_runtime_class)
        })
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

/// Returns the kind of a Kubernetes object that was pasted in place of settings.
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

    let mut first_with_name: HashMap<&str, usize> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let name = &*rule.name;
        if name.is_empty() {
            continue;
        }
        match first_with_name.get(name) {
            Some(&first) => {
                let step = format!("[{index}].name");
                reader.add_at(&step, &Reason::SameName { name, first });
            }
            None => {
                first_with_name.insert(name, index);
            }
        }
    }
    Some(rules)
}

fn read_rule(value: Value, reader: &mut SettingsReader) -> Option<Rule> {
    let within = [KeysWithin {
        known: &ContainerEntry::KEYS,
        place: "in an entry of containers",
    }];
    let keys = Keys {
        known: &Rule::KEYS,
        within: &within,
    };
    let mut object = reader.read_object(value, keys)?;

    let mut rule = Rule {
        name: object
            .read_required("name", "a name for the rule", &|value, reader| {
                reader.read_string(value, &check_rule_name)
            })
            .unwrap_or_default(),
        namespaces: object
            .read_required("namespaces", NAMESPACES, &|value, reader| {
                reader.read_patterns(value, NAMESPACES, &check_namespace)
            })
            .unwrap_or_default(),
        service_account_names: object.read("serviceAccountNames", &|value, reader| {
            reader.read_patterns(value, SERVICE_ACCOUNTS, &check_service_account)
        }),
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
        rule.ephemeral_containers = object.read("ephemeralContainers", &|value, reader| {
            reader.read_flag(value)
        });
    } else {
        object.add(&Reason::NoContainers);
    }
    Some(rule)
}

/// Adds a problem for each key of the short form, in a rule that has `containers`.
fn refuse_short_form(object: &mut ObjectReader<'_>) {
    let move_it = "write it in the entries of containers";
    let instead = [
        ("images", move_it),
        ("runAsUserNames", move_it),
        (
            "ephemeralContainers",
            "write ephemeral: true in the entries of ephemeral containers",
        ),
    ];
    for (key, write) in instead {
        if object.has(key) {
            object.add_at(key, &Reason::BesideContainers { write });
        }
    }
}

fn read_images(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    reader.read_patterns(value, IMAGES, &|pattern| {
        find_problem(image::check_pattern(pattern))
    })
}

fn read_accounts(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    reader.read_patterns(value, ACCOUNTS, &|pattern| {
        find_problem(account::check_pattern(pattern))
    })
}

fn read_requested_by(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check =
        |entry: &str| find_problem(requester::check_entry(entry, RequesterList::RequestedBy));
    let entries = reader.read_patterns(value, REQUESTERS, &check)?;
    check_requesters(&entries, reader);
    Some(entries)
}

fn read_connect_by(value: Value, reader: &mut SettingsReader) -> Option<Vec<String>> {
    let check = |entry: &str| find_problem(requester::check_entry(entry, RequesterList::ConnectBy));
    let instead = "who may use exec and attach, or delete the key if nobody may";
    let entries = reader.read_patterns(value, instead, &check)?;
    check_requesters(&entries, reader);
    Some(entries)
}

/// Checks which entries of a requester list go together.
fn check_requesters(entries: &[String], reader: &mut SettingsReader) {
    let has = |wanted: &str| entries.iter().any(|entry| entry == wanted);
    if has("nobody") && entries.len() > 1 {
        reader.add(&Reason::NobodyBesideOthers);
    } else if has("rbac") && has("*") {
        reader.add(&Reason::RbacBesideAnyone);
    }
}

fn read_containers(value: Value, reader: &mut SettingsReader) -> Option<Vec<ContainerEntry>> {
    let instead = "an entry for each container that the workload may have";
    reader.read_filled_list(
        value,
        "a list of containers",
        instead,
        &read_container_entry,
    )
}

fn read_container_entry(value: Value, reader: &mut SettingsReader) -> Option<ContainerEntry> {
    let keys = Keys {
        known: &ContainerEntry::KEYS,
        within: &[],
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
        ephemeral: object
            .read("ephemeral", &|value, reader| reader.read_flag(value))
            .unwrap_or_default(),
    })
}

fn read_words(value: Value, reader: &mut SettingsReader) -> Option<Vec<Word>> {
    reader.read_list(value, WORDS, &read_word)
}

fn read_exec(value: Value, reader: &mut SettingsReader) -> Option<Vec<Vec<Word>>> {
    let write = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
    reader.read_list(value, write, &|value, reader| {
        let write = "a list of words: [cmd.exe, /c, 'del x.tmp']";
        let instead = "the words of a command, or delete it";
        reader.read_filled_list(value, write, instead, &read_word)
    })
}

/// Reads a word: a string, or an object whose only key is `pattern`.
fn read_word(value: Value, reader: &mut SettingsReader) -> Option<Word> {
    if !value.is_object() {
        let check = |text: &str| find_problem(Word::parse_literal(text));
        return reader.read_string(value, &check).map(Word::Literal);
    }

    let keys = Keys {
        known: &["pattern"],
        within: &[],
    };
    let instead = "a word, or {pattern: 'setup-*.exe'}";
    let mut object = reader.read_object(value, keys)?;
    let pattern = object.read_required("pattern", instead, &|value, reader| {
        let check = |pattern: &str| find_problem(Word::parse_pattern(pattern));
        reader.read_string(value, &check)
    })?;
    Word::parse_pattern(&pattern).ok()
}

fn read_requirements(value: Value, reader: &mut SettingsReader) -> Option<Requirements> {
    let keys = Keys {
        known: &Requirement::KEYS,
        within: &[],
    };
    let mut object = reader.read_object(value, keys)?;
    Some(Requirements::new(|requirement| {
        if !object.has(requirement.key()) {
            return requirement.default_mode();
        }
        let mode = object.read(requirement.key(), &|value, reader| reader.read_mode(value));
        // A mode that cannot be read is not `ignore`. Else minimumVersions would have no effect.
        mode.unwrap_or(Mode::Deny)
    }))
}

/// Reads the minimum versions. `requirements` say which of them are compared with nodes.
fn read_minimum_versions(
    value: Value,
    requirements: &Requirements,
    reader: &mut SettingsReader,
) -> Option<MinimumVersions> {
    let keys = Keys {
        known: &MinimumVersions::KEYS,
        within: &[],
    };
    let mut object = reader.read_object(value, keys)?;
    let default = MinimumVersions::default();
    let mut read = |key, requirement, default: String| {
        let version = object.read(key, &|value, reader| {
            read_version(value, requirement, requirements, &default, reader)
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

/// Reads a version, which `requirement` compares with the nodes' versions.
fn read_version(
    value: Value,
    requirement: Requirement,
    requirements: &Requirements,
    default: &str,
    reader: &mut SettingsReader,
) -> Option<String> {
    let version = reader.read_string(value, &|text| {
        parse_version(text).is_none().then(|| {
            format!("is not a version: write numbers with dots between them, such as \"{default}\"")
        })
    })?;

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

/// Parses `1.23` or `1.23.4`. Nodes report more than that (`v1.23.4-gke.100`); settings must not.
fn parse_version(text: &str) -> Option<Version> {
    let is_plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    Version::parse(text).filter(|_| is_plain)
}

/// Returns the text of the error that a check has found.
fn find_problem<T, E: Display>(checked: Result<T, E>) -> Option<String> {
    checked.err().map(|error| error.to_string())
}

fn check_rule_name(name: &str) -> Option<String> {
    let problem = "is not a name for a rule: write at most 63 lower-case letters, digits and \
        hyphens, with a letter or digit at each end";
    (!names::is_label(name)).then(|| problem.to_owned())
}

fn check_namespace(pattern: &str) -> Option<String> {
    let problem = "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * \
        and ?";
    (!names::may_be_label(pattern)).then(|| problem.to_owned())
}

fn check_service_account(pattern: &str) -> Option<String> {
    let problem = "matches no service account: write its name alone, at most 253 lower-case \
        letters, digits, hyphens, dots, * and ?";
    (!names::may_be_subdomain(pattern)).then(|| problem.to_owned())
}

/// Checks a pattern of runtime classes. The API server takes lower-case letters only, and case does
/// not count in the comparison.
fn check_runtime_class(pattern: &str) -> Option<String> {
    let problem = "matches no runtime class: write at most 253 letters, digits, hyphens, dots, * \
        and ?";
    (!names::may_be_subdomain(&pattern.to_ascii_lowercase())).then(|| problem.to_owned())
}
