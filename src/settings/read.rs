//! Reads settings from JSON, and says all that is wrong with them, and what to write.
//!
//! Not with serde's derive: that takes lists for objects and null for what is left out, stops
//! at the first error, shows values as they are, and makes the module 29 KB larger.

use serde_json::{Map, Value, json};

use super::place::Place;
use super::problems::Problems;
use super::types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};
use crate::message::quoted;
use crate::version::Version;
use crate::{account, image, names, requester, words};

const ANY: &str = "write [\"*\"] for any";
const ANY_OR_CONTAINERS: &str = "write [\"*\"] for any, or containers";
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
        settings(&json!({}), &mut Problems::default())
    }
}

/// What can be read of `value`, and the default of the rest; adds to `problems` all that is wrong.
pub fn settings(value: &Value, problems: &mut Problems) -> Settings {
    let mut fields = Place::of(value, problems);
    let allow = fields.field("allow").list("a list of rules", None, &rule).unwrap_or_default();
    let none = "write requirements.hyperVIsolation: off for no class";
    let fits = |class: &str| names::may_be_subdomain(&class.to_ascii_lowercase());
    let classes = fields.field("hyperVRuntimeClassNames").patterns(none, &unless(fits, NO_CLASS));
    let default = ["*hyperv*", "*hyper-v*", "*hypervisor*"].map(str::to_owned);
    let requirements = requirements(fields.field("requirements"));
    let minimum_versions = minimum_versions(fields.field("minimumVersions"), &requirements);
    fields.end();
    // The map that the module has already: one of another type is 3 KB more.
    let mut names = Map::new();
    let rules = allow.iter().enumerate();
    for (index, Rule { name, .. }) in rules.filter(|(_, rule)| !rule.name.is_empty()) {
        if let Some(other) = names.insert(name.clone(), index.into()) {
            let name = quoted(name);
            let problem = format!("{name} is also the name of allow[{other}]: write another");
            problems.add(&format!("allow[{index}].name"), &problem);
        }
    }
    Settings {
        allow,
        requirements,
        hyper_v_runtime_class_names: classes.unwrap_or(default.to_vec()),
        minimum_versions,
    }
}

fn rule(mut fields: Place<'_>) -> Rule {
    fields.require("name", "write a name for the rule");
    fields.require("namespaces", ANY);
    if fields.has("containers") {
        let problem = "stands beside containers: write it there, in each entry that it is for";
        for key in ["images", "runAsUserNames", "ephemeralContainers"] {
            if fields.has(key) {
                fields.field(key).add(problem);
            }
        }
    } else {
        fields.require("images", ANY_OR_CONTAINERS);
        fields.require("runAsUserNames", ANY_OR_CONTAINERS);
    }
    let label = unless(names::is_label, NO_LABEL);
    let namespace = unless(names::may_be_label, NO_NAMESPACE);
    let service_account = unless(names::may_be_subdomain, NO_SERVICE_ACCOUNT);
    let asks = |pattern: &str| requester::problem(pattern, true);
    let connects = |pattern: &str| requester::problem(pattern, false);
    let what = "write what containers may be there";
    let rule = Rule {
        name: fields.field("name").text("a string", &label).unwrap_or_default(),
        namespaces: fields.field("namespaces").patterns(ANY, &namespace).unwrap_or_default(),
        service_account_names: fields.field("serviceAccountNames").patterns(ANY, &service_account),
        requested_by: fields.field("requestedBy").patterns(ANY, &asks),
        connect_by: fields.field("connectBy").patterns("delete connectBy for nobody", &connects),
        images: fields.field("images").patterns(ANY, &image::problem),
        run_as_user_names: fields.field("runAsUserNames").patterns(ANY, &account::problem),
        ephemeral_containers: fields.field("ephemeralContainers").flag(),
        containers: fields.field("containers").list("a list of containers", Some(what), &container),
    };
    fields.end();
    rule
}

fn container(mut fields: Place<'_>) -> Container {
    fields.require("images", ANY);
    fields.require("runAsUserNames", ANY);
    let images = fields.field("images").patterns(ANY, &image::problem);
    let accounts = fields.field("runAsUserNames").patterns(ANY, &account::problem);
    let commands = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
    let container = Container {
        images: images.unwrap_or_default(),
        run_as_user_names: accounts.unwrap_or_default(),
        command: fields.field("command").list(WORDS, None, &word),
        args: fields.field("args").list(WORDS, None, &word),
        exec: fields.field("exec").list(commands, None, &exec).unwrap_or_default(),
        ephemeral: fields.field("ephemeral").flag().unwrap_or_default(),
    };
    if !container.exec.is_empty() && !fields.has("command") && !fields.has("args") {
        let problem = "stands without command and args, where anything may run: write one of \
                       them, or delete exec";
        fields.field("exec").add(problem);
    }
    fields.end();
    container
}

fn exec(entry: Place<'_>) -> Vec<String> {
    let instead = Some("write a list of words, or delete it");
    let words = entry.list("a list of words: [cmd.exe, /c, 'del x.tmp']", instead, &word);
    words.unwrap_or_default()
}

fn word(entry: Place<'_>) -> String {
    entry.text("a string", &words::problem).unwrap_or_default()
}

fn requirements(mut fields: Place<'_>) -> Requirements {
    let mut mode = |key, default| {
        let mut place = fields.field(key);
        match (place.value.and_then(Value::as_str), place.value) {
            (Some("deny"), _) => Mode::Deny,
            (Some("warn"), _) => Mode::Warn,
            // What YAML 1.1 makes of off.
            (Some("off"), _) | (_, Some(Value::Bool(false))) => Mode::Off,
            _ => place.mistyped("deny, warn or off").unwrap_or(default),
        }
    };
    let modes = Requirements {
        all_containers: mode("allContainers", Mode::Deny),
        host_network: mode("hostNetwork", Mode::Deny),
        run_as_user_name: mode("runAsUserName", Mode::Deny),
        run_as_non_root: mode("runAsNonRoot", Mode::Deny),
        named_pipe_mounts: mode("namedPipeMounts", Mode::Deny),
        unix_socket_mounts: mode("unixSocketMounts", Mode::Deny),
        hyper_v_isolation: mode("hyperVIsolation", Mode::Deny),
        rootfs_location: mode("rootfsLocation", Mode::Deny),
        windows_node: mode("windowsNode", Mode::Warn),
        node_kubernetes: mode("nodeKubernetes", Mode::Off),
        node_containerd: mode("nodeContainerd", Mode::Off),
    };
    fields.end();
    modes
}

fn minimum_versions(mut fields: Place<'_>, modes: &Requirements) -> MinimumVersions {
    let mut version = |key, default: &str, requirement, mode| {
        let problem = |text: &str| {
            let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
            let Some(given) = Version::parse(text).filter(|_| plain) else {
                return Some("is no version: write it as \"1.23\" or \"1.23.4\"".to_owned());
            };
            (mode == Mode::Off && Some(given) != Version::parse(default))
                .then(|| format!("is looked at by nothing: write requirements.{requirement}: deny"))
        };
        let given = fields.field(key).text("a version in quotes: \"1.23\"", &problem);
        given.unwrap_or(default.to_owned())
    };
    let versions = MinimumVersions {
        kubernetes: version("kubernetes", "1.23", "nodeKubernetes", modes.node_kubernetes),
        containerd: version("containerd", "1.6", "nodeContainerd", modes.node_containerd),
    };
    fields.end();
    versions
}

/// Says `problem` of all but what `fits`.
fn unless(fits: fn(&str) -> bool, problem: &'static str) -> impl Fn(&str) -> Option<String> {
    move |text| (!fits(text)).then(|| problem.to_owned())
}
