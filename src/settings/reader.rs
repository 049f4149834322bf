//! Reads settings from JSON, and says all that is wrong with them, and what to write.
//!
//! Not with serde's derive: that takes lists for objects and null for what is left out, stops
//! at the first error, shows values as they are, and makes the module 29 KB larger.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::{Value, json};

use super::problems::Problems;
use super::requirement::{Requirement, Requirements};
use super::setting::{Fields, Place, STRING};
use super::types::{ContainerEntry, MinimumVersions, Mode, Rule, Settings};
use crate::matching::version::Version;
use crate::matching::words::Word;
use crate::matching::{account, image, names, requester};
use crate::text::quote;

const ANY: &str = "write [\"*\"] for any";
const WORDS: &str = "a list of words: [powershell.exe, -File, ...]";
const NO_LABEL: &str = "is no RFC 1123 label: write at most 63 lower-case letters, digits and \
    hyphens, no hyphen first or last";
const NO_NAMESPACE: &str =
    "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * and ?";
const NO_SERVICE_ACCOUNT: &str = "matches no service account: write its name alone, at most 253 \
    lower-case letters, digits, hyphens, dots, * and ?";
const NO_CLASS: &str =
    "matches no runtime class: write at most 253 letters, digits, hyphens, dots, * and ?";

impl Default for Settings {
    fn default() -> Self {
        settings(json!({}), &RefCell::default())
    }
}

/// What can be read of `value`, and the default of the rest; adds to `problems` all that is wrong.
pub fn settings(value: Value, problems: &RefCell<Problems>) -> Settings {
    let mut place = Place::of(value, problems);
    let mut fields = place.fields("allow, requirements, hyperVRuntimeClassNames, minimumVersions");
    let allow = fields
        .field("allow")
        .list("a list of rules", None, &rule)
        .unwrap_or_default();
    let none = "delete it, and write requirements.hyperVIsolation: ignore for no class";
    let fits = |class: &str| names::may_be_subdomain(&class.to_ascii_lowercase());
    let classes = fields
        .field("hyperVRuntimeClassNames")
        .patterns(none, &unless(fits, NO_CLASS));
    let default = ["*hyperv*", "*hyper-v*", "*hypervisor*"].map(str::to_owned);
    let requirements = requirements(fields.field("requirements"));
    let minimum_versions = minimum_versions(fields.field("minimumVersions"), &requirements);
    let mut names = HashSet::new();
    for (index, Rule { name, .. }) in allow.iter().enumerate() {
        if !name.is_empty() && !names.insert(&**name) {
            let other = allow
                .iter()
                .position(|other| other.name == *name)
                .unwrap_or_default();
            let name = quote(name);
            let problem = format!("{name} is also the name of allow[{other}]: write another");
            problems
                .borrow_mut()
                .add(&format!("allow[{index}].name"), &problem);
        }
    }
    let hyper_v_runtime_class_names = classes.unwrap_or(default.to_vec());
    Settings {
        allow,
        requirements,
        hyper_v_runtime_class_names,
        minimum_versions,
    }
}

fn rule(mut place: Place<'_>) -> Rule {
    let mut fields = place.fields(
        "name, namespaces, serviceAccountNames, requestedBy, connectBy, images, \
         runAsUserNames, ephemeralContainers, containers",
    );
    let label = unless(names::is_label, NO_LABEL);
    let namespace = unless(names::may_be_label, NO_NAMESPACE);
    let service_account = unless(names::may_be_subdomain, NO_SERVICE_ACCOUNT);
    let asks = |pattern: &str| requester::problem(pattern, true);
    let connects = |pattern: &str| requester::problem(pattern, false);
    let name = fields.required("name", "write a name for the rule");
    let namespaces = fields.required("namespaces", ANY);
    let what = "write what containers may be there";
    Rule {
        name: name.text(STRING, &label).unwrap_or_default(),
        namespaces: namespaces.patterns(ANY, &namespace).unwrap_or_default(),
        service_account_names: fields
            .field("serviceAccountNames")
            .patterns(ANY, &service_account),
        requested_by: fields.field("requestedBy").patterns(ANY, &asks),
        connect_by: fields
            .field("connectBy")
            .patterns("delete connectBy for nobody", &connects),
        images: short(&mut fields, "images").patterns(ANY, &image::problem),
        run_as_user_names: short(&mut fields, "runAsUserNames").patterns(ANY, &account::problem),
        ephemeral_containers: short(&mut fields, "ephemeralContainers").flag(),
        containers: fields
            .field("containers")
            .list("a list of containers", Some(what), &container),
    }
}

/// A field of the short form of a rule, in whose place there may be `containers`.
fn short<'a>(fields: &mut Fields<'a>, key: &'static str) -> Place<'a> {
    let has_containers = fields.has("containers");
    let place = match has_containers || key == "ephemeralContainers" {
        true => fields.field(key),
        false => fields.required(key, "write [\"*\"] for any, or containers"),
    };
    if has_containers && !place.is_left_out() {
        place.add("stands beside containers: write it there, in each entry that it is for");
    }
    place
}

fn container(mut place: Place<'_>) -> ContainerEntry {
    let mut fields = place.fields("images, runAsUserNames, command, args, exec, ephemeral");
    let images = fields
        .required("images", ANY)
        .patterns(ANY, &image::problem);
    let accounts = fields
        .required("runAsUserNames", ANY)
        .patterns(ANY, &account::problem);
    let [command, args, execs] = ["command", "args", "exec"].map(|key| fields.field(key));
    if command.is_left_out() && args.is_left_out() && !execs.is_left_out() {
        execs.add(
            "stands without command and args, where anything may run: write one of them, or \
             delete exec",
        );
    }
    let commands = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
    ContainerEntry {
        images: images.unwrap_or_default(),
        run_as_user_names: accounts.unwrap_or_default(),
        command: command.list(WORDS, None, &word),
        args: args.list(WORDS, None, &word),
        exec: execs.list(commands, None, &exec).unwrap_or_default(),
        ephemeral: fields.field("ephemeral").flag().unwrap_or_default(),
    }
}

fn exec(entry: Place<'_>) -> Vec<Word> {
    let instead = Some("write a list of words, or delete it");
    let words = entry.list(
        "a list of words: [cmd.exe, /c, 'del x.tmp']",
        instead,
        &word,
    );
    words.unwrap_or_default()
}

/// Reads a word: a string, or an object whose only key is `pattern`.
fn word(mut entry: Place<'_>) -> Word {
    if !entry.is_object() {
        let problem = |text: &str| Some(Word::parse_literal(text).err()?.to_string());
        return Word::Literal(entry.text(STRING, &problem).unwrap_or_default());
    }

    let problem = |text: &str| Some(Word::parse_pattern(text).err()?.to_string());
    let mut fields = entry.fields("pattern");
    let pattern = fields
        .required("pattern", "write a word, or {pattern: 'setup-*.exe'}")
        .text(STRING, &problem)
        .unwrap_or_default();
    Word::parse_pattern(&pattern).unwrap_or(Word::Literal(pattern))
}

fn requirements(mut place: Place<'_>) -> Requirements {
    let mut fields = place.fields(
        "allContainers, hostNetwork, runAsUserName, runAsNonRoot, namedPipeMounts, \
         unixSocketMounts, hyperVIsolation, rootfsLocation, windowsNode, nodeKubernetes, \
         nodeContainerd",
    );
    Requirements::new(|requirement| {
        let mode = fields.field(requirement.key()).mode();
        mode.unwrap_or(requirement.default_mode())
    })
}

fn minimum_versions(mut place: Place<'_>, modes: &Requirements) -> MinimumVersions {
    let mut fields = place.fields("kubernetes, containerd");
    let mut version = |key, default: &str, requirement: Requirement| {
        let problem = |text: &str| {
            let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
            let Some(given) = Version::parse(text).filter(|_| plain) else {
                return Some("is no version: write it as \"1.23\" or \"1.23.4\"".to_owned());
            };
            let mode = modes.mode(requirement);
            (mode == Mode::Ignore && Some(given) != Version::parse(default)).then(|| {
                let key = requirement.key();
                format!("is looked at by nothing: write requirements.{key}: deny")
            })
        };
        let given = fields
            .field(key)
            .text("a version in quotes: \"1.23\"", &problem);
        given.unwrap_or(default.to_owned())
    };
    MinimumVersions {
        kubernetes: version("kubernetes", "1.23", Requirement::NodeKubernetes),
        containerd: version("containerd", "1.6", Requirement::NodeContainerd),
    }
}

/// Says `problem` of all but what `fits`.
fn unless(fits: fn(&str) -> bool, problem: &'static str) -> impl Fn(&str) -> Option<String> {
    move |text| (!fits(text)).then(|| problem.to_owned())
}
