//! Reads settings from JSON, and says all that is wrong with them, and what to write.
//!
//! Not with serde's derive: that takes lists for objects and null for what is left out, stops
//! at the first error, shows values as they are, and makes the module 29 KB larger.

use serde_json::{Map, Value};

use super::problems::Problems;
use super::types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};
use crate::message::{quoted, step};
use crate::version::Version;
use crate::{account, image, names, requester, words};

const WORDS: &str = "a list of words: [powershell.exe, -File, ...]";
const COMMANDS: &str = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
const ANY: &str = "write [\"*\"] for any";

/// Says what is wrong with a text, and what to write.
type Check<'c> = &'c dyn Fn(&str) -> Option<String>;

/// What can be read of `value`; adds to `problems` what cannot, and all else that is wrong.
pub fn settings(value: &Value, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let mut fields = Place { value, path: String::new(), problems }.object();
    settings.allow = fields.list("allow", "a list of rules", rule).unwrap_or_default();
    let no_class = "write requirements.hyperVIsolation: off for no class";
    if let Some(classes) = fields.patterns("hyperVRuntimeClassNames", no_class, &runtime_class) {
        settings.hyper_v_runtime_class_names = classes;
    }
    settings.requirements = fields.get("requirements").map(requirements).unwrap_or_default();
    let modes = &settings.requirements;
    let versions = fields.get("minimumVersions").map(|place| minimum_versions(place, modes));
    settings.minimum_versions = versions.unwrap_or_default();
    fields.end();
    // The map that the module has already: one of another type is 3 KB more.
    let mut rules = Map::new();
    for (index, rule) in settings.allow.iter().enumerate() {
        if let Some(other) = rules.insert(rule.name.clone(), index.into())
            && !rule.name.is_empty()
        {
            let name = quoted(&rule.name);
            let problem = format!("{name} is also the name of allow[{other}]: write another");
            problems.add(&format!("allow[{index}].name"), &problem);
        }
    }
    settings
}

fn rule(place: Place<'_>) -> Rule {
    let mut fields = place.object();
    fields.require("name", "write a name for the rule");
    fields.require("namespaces", ANY);
    if fields.has("containers") {
        for key in ["images", "runAsUserNames", "ephemeralContainers"] {
            if fields.has(key) {
                let problem =
                    "stands beside containers: write it there, in each entry that it is for";
                fields.add(key, problem);
            }
        }
    } else {
        fields.require("images", &format!("{ANY}, or containers"));
        fields.require("runAsUserNames", &format!("{ANY}, or containers"));
    }
    let asks = |pattern: &str| requester::problem(pattern, true);
    let connects = |pattern: &str| requester::problem(pattern, false);
    let rule = Rule {
        name: fields
            .get("name")
            .and_then(|mut name| name.text("a string", &label))
            .unwrap_or_default(),
        namespaces: fields.patterns("namespaces", ANY, &namespace).unwrap_or_default(),
        service_account_names: fields.patterns("serviceAccountNames", ANY, &service_account),
        requested_by: fields.patterns("requestedBy", ANY, &asks),
        connect_by: fields.patterns("connectBy", "delete connectBy for nobody", &connects),
        images: fields.patterns("images", ANY, &image::problem),
        run_as_user_names: fields.patterns("runAsUserNames", ANY, &account::problem),
        ephemeral_containers: fields.flag("ephemeralContainers"),
        containers: fields.list("containers", "a list of containers", container),
    };
    if rule.containers.as_ref().is_some_and(Vec::is_empty) {
        fields.add("containers", "is an empty list: write what containers may be there");
    }
    fields.end();
    rule
}

fn container(place: Place<'_>) -> Container {
    let mut fields = place.object();
    fields.require("images", ANY);
    fields.require("runAsUserNames", ANY);
    let container = Container {
        images: fields.patterns("images", ANY, &image::problem).unwrap_or_default(),
        run_as_user_names: fields
            .patterns("runAsUserNames", ANY, &account::problem)
            .unwrap_or_default(),
        command: fields.list("command", WORDS, word),
        args: fields.list("args", WORDS, word),
        exec: fields.list("exec", COMMANDS, command).unwrap_or_default(),
        ephemeral: fields.flag("ephemeral").unwrap_or_default(),
    };
    if !container.exec.is_empty() && !fields.has("command") && !fields.has("args") {
        let problem = "stands without command and args, where anything may run: write one of \
                       them, or delete exec";
        fields.add("exec", problem);
    }
    fields.end();
    container
}

/// An entry of `exec`.
fn command(mut place: Place<'_>) -> Vec<String> {
    let words = place.list("a list of words: [cmd.exe, /c, 'del x.tmp']", &word);
    if words.as_ref().is_some_and(Vec::is_empty) {
        place.add("is an empty list: write a list of words, or delete it");
    }
    words.unwrap_or_default()
}

fn word(mut place: Place<'_>) -> String {
    place.text("a string", &words::problem).unwrap_or_default()
}

fn requirements(place: Place<'_>) -> Requirements {
    let mut modes = Requirements::default();
    let mut fields = place.object();
    for (key, mode) in [
        ("allContainers", &mut modes.all_containers),
        ("hostNetwork", &mut modes.host_network),
        ("runAsUserName", &mut modes.run_as_user_name),
        ("runAsNonRoot", &mut modes.run_as_non_root),
        ("namedPipeMounts", &mut modes.named_pipe_mounts),
        ("unixSocketMounts", &mut modes.unix_socket_mounts),
        ("hyperVIsolation", &mut modes.hyper_v_isolation),
        ("rootfsLocation", &mut modes.rootfs_location),
        ("windowsNode", &mut modes.windows_node),
        ("nodeKubernetes", &mut modes.node_kubernetes),
        ("nodeContainerd", &mut modes.node_containerd),
    ] {
        let Some(mut place) = fields.get(key) else { continue };
        *mode = match (place.value.as_str(), place.value) {
            (Some("deny"), _) => Mode::Deny,
            (Some("warn"), _) => Mode::Warn,
            // What YAML 1.1 makes of off.
            (Some("off"), _) | (_, Value::Bool(false)) => Mode::Off,
            _ => place.mistyped("deny, warn or off").unwrap_or(*mode),
        };
    }
    fields.end();
    modes
}

fn minimum_versions(place: Place<'_>, modes: &Requirements) -> MinimumVersions {
    let mut versions = MinimumVersions::default();
    let mut fields = place.object();
    for (key, version, requirement, mode) in [
        ("kubernetes", &mut versions.kubernetes, "nodeKubernetes", modes.node_kubernetes),
        ("containerd", &mut versions.containerd, "nodeContainerd", modes.node_containerd),
    ] {
        let problem = |text: &str| {
            let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.');
            let parsed = Version::parse(text).filter(|_| plain);
            if parsed.is_none() {
                Some("is no version: write it as \"1.23\" or \"1.23.4\"".to_owned())
            } else if mode == Mode::Off && parsed != Version::parse(version) {
                Some(format!("is looked at by nothing: write requirements.{requirement}: deny"))
            } else {
                None
            }
        };
        let wanted = "a version in quotes: \"1.23\"";
        if let Some(given) = fields.get(key).and_then(|mut place| place.text(wanted, &problem)) {
            *version = given;
        }
    }
    fields.end();
    versions
}

fn label(name: &str) -> Option<String> {
    let problem = "is no RFC 1123 label: write at most 63 lower-case letters, digits and hyphens, \
                   no hyphen first or last";
    (!names::is_label(name)).then(|| problem.to_owned())
}

fn namespace(pattern: &str) -> Option<String> {
    let problem = "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * \
                   and ?";
    (!names::may_be_label(pattern)).then(|| problem.to_owned())
}

fn service_account(pattern: &str) -> Option<String> {
    let problem = "matches no service account: write its name alone, at most 253 lower-case \
                   letters, digits, hyphens, dots, * and ?";
    (!names::may_be_subdomain(pattern)).then(|| problem.to_owned())
}

fn runtime_class(pattern: &str) -> Option<String> {
    let problem = "matches no runtime class: write at most 253 letters, digits, hyphens, dots, * \
                   and ?";
    (!names::may_be_subdomain(&pattern.to_ascii_lowercase())).then(|| problem.to_owned())
}

/// A value of the settings, and where what is wrong with it goes.
struct Place<'a> {
    value: &'a Value,
    path: String,
    problems: &'a mut Problems,
}

impl<'a> Place<'a> {
    fn add(&mut self, problem: &str) {
        self.problems.add(&self.path, problem);
    }

    /// Adds that it is something else than `wanted`.
    fn mistyped<T>(&mut self, wanted: &str) -> Option<T> {
        let found = match self.value {
            Value::String(text) => quoted(text),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            // Numbers, flags and null.
            value => value.to_string(),
        };
        let instead = if self.value.is_null() { ", or delete it" } else { "" };
        self.add(&format!("found {found}: write {wanted}{instead}"));
        None
    }

    fn object(mut self) -> Object<'a> {
        let fields = self.value.as_object().or_else(|| self.mistyped("an object"));
        Object { fields, path: self.path, known: Vec::new(), problems: self.problems }
    }

    fn list<T>(&mut self, wanted: &str, read: &dyn Fn(Place<'_>) -> T) -> Option<Vec<T>> {
        let Value::Array(entries) = self.value else {
            return self.mistyped(wanted);
        };
        let mut list = Vec::new();
        for (index, value) in entries.iter().enumerate() {
            let path = format!("{}[{index}]", self.path);
            list.push(read(Place { value, path, problems: self.problems }));
        }
        Some(list)
    }

    fn text(&mut self, wanted: &str, check: Check<'_>) -> Option<String> {
        let Value::String(text) = self.value else {
            return self.mistyped(wanted);
        };
        if let Some(problem) = check(text) {
            self.add(&format!("{} {problem}", quoted(text)));
        }
        Some(text.clone())
    }
}

/// The fields of an object.
struct Object<'a> {
    /// None where it is something else.
    fields: Option<&'a Map<String, Value>>,
    path: String,
    /// The keys that were looked for.
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl Object<'_> {
    fn has(&self, key: &str) -> bool {
        self.fields.is_some_and(|fields| fields.contains_key(key))
    }

    fn path_of(&self, key: &str) -> String {
        let dot = if self.path.is_empty() { "" } else { "." };
        format!("{}{dot}{key}", self.path)
    }

    /// Adds a problem with the field `key`.
    fn add(&mut self, key: &str, problem: &str) {
        self.problems.add(&self.path_of(key), problem);
    }

    /// Adds what to write where there is no `key`.
    fn require(&mut self, key: &str, write: &str) {
        if self.fields.is_some() && !self.has(key) {
            self.add(key, &format!("is missing: {write}"));
        }
    }

    fn get(&mut self, key: &'static str) -> Option<Place<'_>> {
        self.known.push(key);
        let value = self.fields?.get(key)?;
        Some(Place { value, path: self.path_of(key), problems: self.problems })
    }

    fn list<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: fn(Place<'_>) -> T,
    ) -> Option<Vec<T>> {
        self.get(key)?.list(wanted, &read)
    }

    /// The list `key` of patterns, of which none may be empty, nor the list: `instead` says what
    /// to write then.
    fn patterns(
        &mut self,
        key: &'static str,
        instead: &str,
        check: Check<'_>,
    ) -> Option<Vec<String>> {
        let check: Check<'_> = &|pattern| match pattern {
            "" => Some("is empty: write something, or delete it".to_owned()),
            _ => check(pattern),
        };
        let mut place = self.get(key)?;
        let text = |mut place: Place<'_>| place.text("a string", check).unwrap_or_default();
        let patterns = place.list("a list of strings: [...]", &text)?;
        if patterns.is_empty() {
            place.add(&format!("is an empty list: {instead}"));
        }
        Some(patterns)
    }

    fn flag(&mut self, key: &'static str) -> Option<bool> {
        let mut place = self.get(key)?;
        place.value.as_bool().or_else(|| place.mistyped("true or false"))
    }

    /// Adds the keys that were not looked for.
    fn end(self) {
        let problem = format!("unknown key: write one of {}", self.known.join(", "));
        let keys = self.fields.into_iter().flat_map(Map::keys);
        for key in keys.filter(|key| !self.known.contains(&&***key)) {
            let path = format!("{}{}", self.path, step(key));
            self.problems.add(path.trim_start_matches('.'), &problem);
        }
    }
}
