//! The narrowest rule that admits a workload.
//!
//! A namespace, service account, image or account of the rule never holds a wildcard. Words may
//! hold any character, because rules compare them literally. Who may create the workload stays
//! open: the rule has no `requestedBy`.

use std::collections::HashSet;

use serde_json::json;

use crate::budget::{Budget, BudgetSpent};
use crate::host::NoHost;
use crate::matching::image::Image;
use crate::matching::words::Word;
use crate::matching::{account, names, pattern};
use crate::request::Request;
use crate::requirements::all_containers;
use crate::rules::{AccessReviews, ActiveRules, Purpose, Search};
use crate::settings::{ContainerEntry, Requirement, Rule, Settings};
use crate::text;
use crate::workload::OwningWorkload;
use crate::workload::container::{Container, Role};
use crate::workload::pod::Pod;

/// The longest suggestion, in bytes of JSON. No administrator pastes a longer one.
const LONGEST_RULE: usize = 16 * 1024;
/// The most container entries that a suggestion may have. Each has at least 64 bytes, so more of them
/// would be longer than [`LONGEST_RULE`].
const MOST_ENTRIES: usize = LONGEST_RULE / 64;
/// How much of a workload's name becomes the name of the rule, so that a number fits behind it.
const LONGEST_NAME: usize = 48;

const TOO_LONG: &str = "the rule would be too long";

/// Suggests the narrowest rule that admits all of `pods`, which `request` wants to create. Its name
/// differs from those of the `existing_rules` rules.
///
/// # Errors
/// The reasons why no rule can name the workload. Never empty.
pub fn suggest_rule(
    request: &Request<'_>,
    pods: &[&Pod<'_>],
    existing_rules: &[Rule],
    budget: &mut Budget,
) -> Result<Rule, Vec<String>> {
    let mut reasons = Vec::new();
    if let Some(problem) = namespace_problem(request.namespace) {
        reasons.push(problem);
    }
    let service_accounts = collect_service_accounts(pods, &mut reasons);
    let Some(containers) = collect_entries(pods, &mut reasons) else {
        return Err(vec![String::from(TOO_LONG)]);
    };
    if !reasons.is_empty() {
        // Pods that stand side by side often have the same problem.
        reasons.dedup();
        return Err(reasons);
    }

    let rule = Rule {
        name: unique_name(&workload_name(request), existing_rules),
        namespaces: vec![request.namespace.to_owned()],
        service_account_names: Some(service_accounts),
        containers: Some(containers),
        ..Rule::default()
    };
    check_rule(&rule, request, pods, budget).map_err(|reason| vec![reason])?;
    Ok(rule)
}

/// Returns why no rule can name `namespace`. `None` if a rule can.
fn namespace_problem(namespace: &str) -> Option<String> {
    if namespace.is_empty() {
        return Some(String::from("the object is in no namespace"));
    }
    if names::is_label(namespace) {
        return None;
    }
    let namespace = text::quote(namespace);
    Some(format!("namespace {namespace} is not a valid name"))
}

/// Returns the service account of the pods. Adds a reason if they have several, or an invalid one.
fn collect_service_accounts(pods: &[&Pod<'_>], reasons: &mut Vec<String>) -> Vec<String> {
    let mut accounts: Vec<String> = Vec::new();
    for pod in pods {
        // Only a bare `windowsOptions` has no service account.
        let Some(name) = pod.service_account_name else {
            reasons.push(String::from(
                "hostProcess stands outside of any pod spec, so there is no container to name",
            ));
            continue;
        };
        // `may_be_subdomain` also takes patterns.
        let is_name = names::may_be_subdomain(name) && !pattern::has_wildcard(name);
        if !is_name {
            let name = text::quote(name);
            reasons.push(format!("serviceAccountName {name} is not a valid name"));
        } else if !accounts.iter().any(|account| account == name) {
            accounts.push(name.to_owned());
        }
    }
    if accounts.len() > 1 {
        reasons.push(String::from("its pods have several service accounts"));
    }
    accounts
}

/// Returns an entry for each container of the pods. Equal containers share an entry. Adds a reason for
/// each container that no entry can name. `None` if the entries are too many for a rule.
fn collect_entries(pods: &[&Pod<'_>], reasons: &mut Vec<String>) -> Option<Vec<ContainerEntry>> {
    let mut entries: Vec<ContainerEntry> = Vec::new();
    for pod in pods {
        for container in &pod.containers {
            match exact_entry(pod, container) {
                Ok(entry) => {
                    if !entries.contains(&entry) {
                        entries.push(entry);
                    }
                }
                Err(reason) => reasons.push(format!("{}: {reason}", container.title())),
            }
            if entries.len() > MOST_ENTRIES {
                return None;
            }
        }
    }
    Some(entries)
}

/// Returns the entry that matches `container` of `pod` and nothing else.
///
/// # Errors
/// The reason why there is none, in terms of the container's fields.
fn exact_entry(pod: &Pod<'_>, container: &Container<'_>) -> Result<ContainerEntry, String> {
    let command = literal_words("command", &container.command)?;
    let args = literal_words("args", &container.args)?;
    let mut exec = Vec::new();
    for exec_action in &container.exec_actions {
        let words = literal_words(exec_action.field, &exec_action.command)?;
        // Several hooks and probes may run the same command.
        if !exec.contains(&words) {
            exec.push(words);
        }
    }

    // If the container has only one of command and args, the entry has only that one. If it has
    // neither, the entry has `command: []`, the image's own entrypoint: an entry without both keys
    // would let the container run anything.
    let has_args_only = command.is_empty() && !args.is_empty();
    Ok(ContainerEntry {
        images: vec![full_image(container)?],
        run_as_user_names: vec![exact_account(pod, container)?],
        command: if has_args_only { None } else { Some(command) },
        args: if args.is_empty() { None } else { Some(args) },
        exec,
        ephemeral: container.role == Role::Ephemeral,
    })
}

/// Returns the image of `container` with its registry.
///
/// # Errors
/// The reason why no rule can name the image.
fn full_image(container: &Container<'_>) -> Result<String, String> {
    let Some(image) = container.image else {
        return Err(String::from("its image is unknown"));
    };
    match Image::parse(image) {
        Ok(reference) => Ok(reference.full()),
        Err(reason) => Err(format!("image {} {reason}", text::quote(image))),
    }
}

/// Returns the account of `container`.
///
/// # Errors
/// The reason why no rule can name the account.
fn exact_account(pod: &Pod<'_>, container: &Container<'_>) -> Result<String, String> {
    let Some(account) = pod.run_as_user_name(container) else {
        // A container that is not a HostProcess container needs no account yet. The requirement says
        // what it needs first.
        if !pod.is_host_process(container) {
            let key = Requirement::AllContainers.key();
            let problem = all_containers::PROBLEM;
            return Err(format!("{problem} (requirements.{key})"));
        }
        return Err(String::from("it has no runAsUserName"));
    };
    match account_problem(account) {
        Some(problem) => {
            let account = text::quote(account);
            Err(format!("runAsUserName {account} {problem}"))
        }
        None => Ok(account.to_owned()),
    }
}

/// Returns why no rule can name `account`: the API server refuses it, it would be a pattern for
/// several accounts, or settings do not take it. `None` if a rule can.
fn account_problem(account: &str) -> Option<String> {
    if let Err(error) = account::check(account) {
        return Some(error.to_string());
    }
    if pattern::has_wildcard(account) {
        return Some(String::from("must not hold * or ?"));
    }
    match account::check_pattern(account) {
        Ok(()) => None,
        Err(error) => Some(error.to_string()),
    }
}

/// Returns words of a rule that match `words` and nothing else.
fn literal_words(field: &str, words: &[&str]) -> Result<Vec<Word>, String> {
    let mut literals = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let literal = Word::parse_literal(word);
        literals.push(literal.map_err(|error| format!("{field}[{index}] {error}"))?);
    }
    Ok(literals)
}

/// Checks that settings take `rule`, and that it admits `pods`.
///
/// # Errors
/// The reason why the rule cannot be suggested.
fn check_rule(
    rule: &Rule,
    request: &Request<'_>,
    pods: &[&Pod<'_>],
    budget: &mut Budget,
) -> Result<(), String> {
    let settings = json!({"allow": [rule]});
    if settings["allow"].to_string().len() > LONGEST_RULE {
        return Err(String::from(TOO_LONG));
    }
    let settings = Settings::read(settings)
        .map_err(|problems| format!("settings do not take its values: {problems}"))?;

    match admits_all(&settings, request.namespace, pods, budget) {
        Ok(true) => Ok(()),
        Ok(false) => Err(String::from("no rule can name it exactly")),
        Err(BudgetSpent) => Err(String::from("its commands are too long")),
    }
}

/// Returns whether the rules of `settings` admit all of `pods` in `namespace`.
fn admits_all(
    settings: &Settings,
    namespace: &str,
    pods: &[&Pod<'_>],
    budget: &mut Budget,
) -> Result<bool, BudgetSpent> {
    // A suggested rule has no `requestedBy`, so it does not matter who creates the pods.
    let rules = ActiveRules::new(settings, namespace, Purpose::CreateByUnknown, budget)?;
    let mut reviews = AccessReviews::new(&NoHost, namespace);
    for pod in pods {
        if let Search::NotFound(_) = rules.find(pod, &mut reviews, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the name of the workload that `request` belongs to, as a label.
///
/// It is the name of the controller that made the object, so that all pods of a DaemonSet suggest the
/// same rule. Without a controller, it is what the object's name is generated from, or else the
/// object's name, or else its kind.
fn workload_name(request: &Request<'_>) -> String {
    let metadata = &request.object["metadata"];
    let filled = |field: &str| metadata[field].as_str().filter(|text| !text.is_empty());
    let name = OwningWorkload::of(request.object)
        .map(|workload| workload.name)
        .or_else(|| filled("generateName"))
        .or_else(|| filled("name"))
        .unwrap_or(request.kind);

    let characters = name.chars().take(LONGEST_NAME);
    let label: String = characters
        .map(|c| match c {
            'a'..='z' | '0'..='9' => c,
            'A'..='Z' => c.to_ascii_lowercase(),
            _ => '-',
        })
        .collect();
    match label.trim_matches('-') {
        "" => String::from("workload"),
        label => label.to_owned(),
    }
}

/// Returns `name`, with a number behind it if a rule has this name already.
fn unique_name(name: &str, existing_rules: &[Rule]) -> String {
    let existing_rules: HashSet<&str> = existing_rules.iter().map(|rule| &*rule.name).collect();
    if !existing_rules.contains(name) {
        return name.to_owned();
    }
    let mut number = 2;
    loop {
        let numbered = format!("{name}-{number}");
        if !existing_rules.contains(&*numbered) {
            return numbered;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let existing_rules = ["a", "a-2"].map(|name| Rule {
            name: name.to_owned(),
            ..Rule::default()
        });
        assert_eq!(unique_name("a", &existing_rules), "a-3");
        assert_eq!(unique_name("b", &existing_rules), "b");
    }
}
