//! Finds what is wrong with settings that could be read.

use serde_json::Map;

use super::problems::Problems;
use super::types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};
use crate::message::quoted;
use crate::version::Version;
use crate::{account, image, names, requester, words};

/// What to write in place of nothing.
const ANY: &str = "write [\"*\"] for any";

/// All that is wrong with `settings`.
#[inline(never)]
pub fn check(settings: &Settings) -> Problems {
    let mut problems = Problems::default();
    // The map that the module has already: one of another type is 3 KB more.
    let mut rules = Map::new();
    for (index, rule) in settings.allow.iter().enumerate() {
        let path = format!("allow[{index}]");
        if !names::is_label(&rule.name) {
            let problem = "is no RFC 1123 label: write at most 63 lower-case letters, digits and \
                           hyphens, no hyphen first or last";
            let problem = format!("{} {problem}", quoted(&rule.name));
            problems.add(format!("{path}.name"), problem);
        } else if let Some(other) = rules.insert(rule.name.clone(), index.into()) {
            let name = quoted(&rule.name);
            let problem = format!("{name} is also the name of allow[{other}]: write another");
            problems.add(format!("{path}.name"), problem);
        }
        check_rule(&path, rule, &mut problems);
    }
    let classes = &settings.hyper_v_runtime_class_names;
    check_list(
        "hyperVRuntimeClassNames",
        classes,
        "write requirements.hyperVIsolation: off for no class",
        &runtime_class_problem,
        &mut problems,
    );
    check_versions(settings, &mut problems);
    problems
}

#[inline(never)]
fn check_rule(path: &str, rule: &Rule, problems: &mut Problems) {
    let at = |key: &str| format!("{path}.{key}");
    check_list(&at("namespaces"), &rule.namespaces, ANY, &namespace_problem, problems);
    if let Some(names) = &rule.service_account_names {
        let path = at("serviceAccountNames");
        check_list(&path, names, ANY, &service_account_problem, problems);
    }
    if let Some(requesters) = &rule.requested_by {
        let problem = |pattern: &str| requester::problem(pattern, true);
        check_list(&at("requestedBy"), requesters, ANY, &problem, problems);
    }
    if let Some(requesters) = &rule.connect_by {
        let problem = |pattern: &str| requester::problem(pattern, false);
        let nobody = "delete connectBy for nobody";
        check_list(&at("connectBy"), requesters, nobody, &problem, problems);
    }
    let short_form = [
        ("images", rule.images.is_some()),
        ("runAsUserNames", rule.run_as_user_names.is_some()),
        ("ephemeralContainers", rule.ephemeral_containers.is_some()),
    ];
    for (key, given) in short_form {
        if given && rule.containers.is_some() {
            let problem = "stands beside containers: write it there, in each entry that it is for";
            problems.add(at(key), problem);
        } else if !given && rule.containers.is_none() && key != "ephemeralContainers" {
            problems.add(at(key), format!("is missing: {ANY}, or containers"));
        }
    }
    if let Some(images) = &rule.images {
        check_list(&at("images"), images, ANY, &image::problem, problems);
    }
    if let Some(accounts) = &rule.run_as_user_names {
        check_list(&at("runAsUserNames"), accounts, ANY, &account::problem, problems);
    }
    if let Some(containers) = &rule.containers {
        if containers.is_empty() {
            let problem = "is an empty list: write what containers may be there";
            problems.add(at("containers"), problem);
        }
        for (index, container) in containers.iter().enumerate() {
            check_container(&format!("{path}.containers[{index}]"), container, problems);
        }
    }
}

#[inline(never)]
fn check_container(path: &str, container: &Container, problems: &mut Problems) {
    let at = |key: &str| format!("{path}.{key}");
    check_list(&at("images"), &container.images, ANY, &image::problem, problems);
    let accounts = &container.run_as_user_names;
    check_list(&at("runAsUserNames"), accounts, ANY, &account::problem, problems);
    for (key, words) in [("command", &container.command), ("args", &container.args)] {
        problems.check(&at(key), words.as_deref().unwrap_or_default(), &words::problem);
    }
    let anything = container.command.is_none() && container.args.is_none();
    if anything && !container.exec.is_empty() {
        let problem = "stands without command and args, where anything may run: write one of \
                       them, or delete exec";
        problems.add(at("exec"), problem);
    }
    for (index, command) in container.exec.iter().enumerate() {
        let path = format!("{path}.exec[{index}]");
        if command.is_empty() {
            problems.add(path, "is an empty list: write a list of words, or delete it");
        } else {
            problems.check(&path, command, &words::problem);
        }
    }
}

/// Adds what `problem` finds wrong with the entries of the list at `path`; neither they nor
/// the list may be empty: `instead` says what to write then.
fn check_list(
    path: &str,
    list: &[String],
    instead: &str,
    problem: &dyn Fn(&str) -> Option<String>,
    problems: &mut Problems,
) {
    if list.is_empty() {
        problems.add(path.to_owned(), format!("is an empty list: {instead}"));
    }
    problems.check(path, list, &|entry| match entry {
        "" => Some("is empty: write something, or delete it".to_owned()),
        _ => problem(entry),
    });
}

fn namespace_problem(pattern: &str) -> Option<String> {
    let problem = "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * \
                   and ?";
    (!names::may_be_label(pattern)).then(|| problem.to_owned())
}

fn service_account_problem(pattern: &str) -> Option<String> {
    let problem = "matches no service account: write its name alone, at most 253 lower-case \
                   letters, digits, hyphens, dots, * and ?";
    (!names::may_be_subdomain(pattern)).then(|| problem.to_owned())
}

fn runtime_class_problem(pattern: &str) -> Option<String> {
    let problem = "matches no runtime class: write at most 253 letters, digits, hyphens, dots, * \
                   and ?";
    (!names::may_be_subdomain(&pattern.to_ascii_lowercase())).then(|| problem.to_owned())
}

#[inline(never)]
fn check_versions(settings: &Settings, problems: &mut Problems) {
    let Requirements { node_kubernetes, node_containerd, .. } = settings.requirements;
    let (given, default) = (&settings.minimum_versions, MinimumVersions::default());
    let versions = [
        ("kubernetes", &given.kubernetes, default.kubernetes, "nodeKubernetes", node_kubernetes),
        ("containerd", &given.containerd, default.containerd, "nodeContainerd", node_containerd),
    ];
    for (key, version, default, requirement, mode) in versions {
        let path = format!("minimumVersions.{key}");
        let plain = version.bytes().all(|c| c.is_ascii_digit() || c == b'.');
        let parsed = Version::parse(version).filter(|_| plain);
        if parsed.is_none() {
            let problem = "is no version: write it as \"1.23\" or \"1.23.4\"";
            problems.add(path, format!("{} {problem}", quoted(version)));
        } else if mode == Mode::Off && parsed != Version::parse(&default) {
            let problem =
                format!("is looked at by nothing: write requirements.{requirement}: deny");
            problems.add(path, problem);
        }
    }
}
