//! Reads the JSON of settings, and says what keeps it from being read.
//!
//! Not with serde's derive: that takes lists for objects and null for what is left out, stops
//! at the first error, shows values as they are, and makes the module 29 KB larger.

use serde_json::{Map, Value};

use super::nearest::nearest;
use super::problems::Problems;
use super::types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};
use crate::message::{quoted, step};

const STRINGS: &str = "a list of strings: [...]";
const WORDS: &str = "a list of words: [powershell.exe, -File, ...]";
const COMMAND: &str = "a list of words: [cmd.exe, /c, 'del x.tmp']";
const COMMANDS: &str = "a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]";
const VERSION: &str = "a version in quotes: \"1.23\"";
const ANY: &str = "[\"*\"] for any";

/// What can be read of `value`; adds to `problems` what cannot.
pub fn read(value: &Value, problems: &mut Problems) -> Settings {
    let default = Settings::default();
    let Some(mut fields) = Object::of(value, "", problems) else {
        return default;
    };
    let settings = Settings {
        allow: fields.list("allow", "a list of rules", rule).unwrap_or_default(),
        requirements: fields.object("requirements", requirements).unwrap_or(default.requirements),
        hyper_v_runtime_class_names: fields
            .texts("hyperVRuntimeClassNames", STRINGS)
            .unwrap_or(default.hyper_v_runtime_class_names),
        minimum_versions: fields
            .object("minimumVersions", minimum_versions)
            .unwrap_or(default.minimum_versions),
    };
    fields.end();
    settings
}

fn rule(value: &Value, path: &str, problems: &mut Problems) -> Option<Rule> {
    let mut fields = Object::of(value, path, problems)?;
    fields.require("name", "a name for the rule");
    fields.require("namespaces", ANY);
    let rule = Rule {
        name: fields.text("name", "a string").unwrap_or_default(),
        namespaces: fields.texts("namespaces", STRINGS).unwrap_or_default(),
        service_account_names: fields.texts("serviceAccountNames", STRINGS),
        requested_by: fields.texts("requestedBy", STRINGS),
        connect_by: fields.texts("connectBy", STRINGS),
        images: fields.texts("images", STRINGS),
        run_as_user_names: fields.texts("runAsUserNames", STRINGS),
        ephemeral_containers: fields.flag("ephemeralContainers"),
        containers: fields.list("containers", "a list of containers", container),
    };
    fields.end();
    Some(rule)
}

fn container(value: &Value, path: &str, problems: &mut Problems) -> Option<Container> {
    let mut fields = Object::of(value, path, problems)?;
    fields.require("images", ANY);
    fields.require("runAsUserNames", ANY);
    let command = |value: &Value, path: &str, problems: &mut Problems| {
        list(value, path, COMMAND, problems, text)
    };
    let container = Container {
        images: fields.texts("images", STRINGS).unwrap_or_default(),
        run_as_user_names: fields.texts("runAsUserNames", STRINGS).unwrap_or_default(),
        command: fields.texts("command", WORDS),
        args: fields.texts("args", WORDS),
        exec: fields.list("exec", COMMANDS, command).unwrap_or_default(),
        ephemeral: fields.flag("ephemeral").unwrap_or_default(),
    };
    fields.end();
    Some(container)
}

fn requirements(value: &Value, path: &str, problems: &mut Problems) -> Option<Requirements> {
    let mut fields = Object::of(value, path, problems)?;
    let default = Requirements::default();
    let requirements = Requirements {
        all_containers: fields.mode("allContainers", default.all_containers),
        host_network: fields.mode("hostNetwork", default.host_network),
        run_as_user_name: fields.mode("runAsUserName", default.run_as_user_name),
        run_as_non_root: fields.mode("runAsNonRoot", default.run_as_non_root),
        named_pipe_mounts: fields.mode("namedPipeMounts", default.named_pipe_mounts),
        unix_socket_mounts: fields.mode("unixSocketMounts", default.unix_socket_mounts),
        hyper_v_isolation: fields.mode("hyperVIsolation", default.hyper_v_isolation),
        rootfs_location: fields.mode("rootfsLocation", default.rootfs_location),
        windows_node: fields.mode("windowsNode", default.windows_node),
        node_kubernetes: fields.mode("nodeKubernetes", default.node_kubernetes),
        node_containerd: fields.mode("nodeContainerd", default.node_containerd),
    };
    fields.end();
    Some(requirements)
}

fn minimum_versions(value: &Value, path: &str, problems: &mut Problems) -> Option<MinimumVersions> {
    let mut fields = Object::of(value, path, problems)?;
    let default = MinimumVersions::default();
    let kubernetes = fields.text("kubernetes", VERSION);
    let containerd = fields.text("containerd", VERSION);
    fields.end();
    Some(MinimumVersions {
        kubernetes: kubernetes.unwrap_or(default.kubernetes),
        containerd: containerd.unwrap_or(default.containerd),
    })
}

/// Reads what stands at a path; none where it cannot be read, which is among the problems.
type Read<T> = fn(&Value, &str, &mut Problems) -> Option<T>;

/// The fields of an object.
struct Object<'a> {
    fields: &'a Map<String, Value>,
    path: &'a str,
    /// The keys that were looked for.
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Object<'a> {
    /// Those of `value` at `path`, which has to be an object.
    fn of(value: &'a Value, path: &'a str, problems: &'a mut Problems) -> Option<Self> {
        let Value::Object(fields) = value else {
            return mistyped(value, path, "an object", problems);
        };
        Some(Object { fields, path, known: Vec::new(), problems })
    }

    /// The field `key`, and its path.
    fn get(&mut self, key: &'static str) -> Option<(&'a Value, String)> {
        self.known.push(key);
        let value = self.fields.get(key)?;
        Some((value, join(self.path, key)))
    }

    /// Adds a problem where there is no `key`: what to `write`.
    fn require(&mut self, key: &str, write: &str) {
        if !self.fields.contains_key(key) {
            let problem = format!("is missing: write {write}");
            self.problems.add(join(self.path, key), problem);
        }
    }

    fn object<T>(&mut self, key: &'static str, read: Read<T>) -> Option<T> {
        let (value, path) = self.get(key)?;
        read(value, &path, self.problems)
    }

    fn list<T>(&mut self, key: &'static str, wanted: &str, read: Read<T>) -> Option<Vec<T>> {
        let (value, path) = self.get(key)?;
        list(value, &path, wanted, self.problems, read)
    }

    fn texts(&mut self, key: &'static str, wanted: &str) -> Option<Vec<String>> {
        self.list(key, wanted, text)
    }

    fn text(&mut self, key: &'static str, wanted: &str) -> Option<String> {
        let (value, path) = self.get(key)?;
        let text = value.as_str().map(str::to_owned);
        text.or_else(|| mistyped(value, &path, wanted, self.problems))
    }

    fn flag(&mut self, key: &'static str) -> Option<bool> {
        let (value, path) = self.get(key)?;
        let flag = value.as_bool();
        flag.or_else(|| mistyped(value, &path, "true or false", self.problems))
    }

    fn mode(&mut self, key: &'static str, default: Mode) -> Mode {
        let Some((value, path)) = self.get(key) else {
            return default;
        };
        match value {
            // What YAML 1.1 makes of off.
            Value::Bool(false) => Mode::Off,
            Value::String(mode) if mode == "deny" => Mode::Deny,
            Value::String(mode) if mode == "warn" => Mode::Warn,
            Value::String(mode) if mode == "off" => Mode::Off,
            _ => mistyped(value, &path, "deny, warn or off", self.problems).unwrap_or(default),
        }
    }

    /// Adds the keys that were not looked for.
    fn end(self) {
        let known = &*self.known;
        for key in self.fields.keys().filter(|key| !known.contains(&&***key)) {
            // Comparing names takes long.
            let full = self.problems.is_full();
            let meant = if full { None } else { nearest(key, known) };
            let write = match meant {
                Some(key) => key.to_owned(),
                None => format!("one of {}", known.join(", ")),
            };
            let path = format!("{}{}", self.path, step(key));
            let problem = format!("unknown key: write {write}");
            self.problems.add(path.trim_start_matches('.').to_owned(), problem);
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{key}")
}

fn list<T>(
    value: &Value,
    path: &str,
    wanted: &str,
    problems: &mut Problems,
    read: Read<T>,
) -> Option<Vec<T>> {
    let Value::Array(entries) = value else {
        return mistyped(value, path, wanted, problems);
    };
    let mut list = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        list.extend(read(entry, &format!("{path}[{index}]"), problems));
    }
    Some(list)
}

fn text(value: &Value, path: &str, problems: &mut Problems) -> Option<String> {
    let text = value.as_str().map(str::to_owned);
    text.or_else(|| mistyped(value, path, "a string", problems))
}

/// Adds that something else than `wanted` stands at `path`.
fn mistyped<T>(value: &Value, path: &str, wanted: &str, problems: &mut Problems) -> Option<T> {
    let found = match value {
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => "null".to_owned(),
    };
    let (path, instead) = match path {
        "" => ("settings", ""),
        _ if value.is_null() => (path, ", or delete it"),
        _ => (path, ""),
    };
    problems.add(path.to_owned(), format!("found {found}: write {wanted}{instead}"));
    None
}
