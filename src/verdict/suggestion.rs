//! The narrowest rule that admits a workload.
//!
//! A namespace, service account, image or account of the rule never holds a wildcard. Words may
//! hold any character, because rules compare them literally. Who may create the workload stays
//! open: the rule has no `requestedBy`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::budget::Budget;
use crate::host::NoHost;
use crate::matching::image::Image;
use crate::matching::words::Word;
use crate::matching::{account, names, pattern};
use crate::request::Request;
use crate::rules::{AccessReviews, ActiveRules, Purpose, Search};
use crate::settings::{ContainerEntry, Rule, Settings};
use crate::text;
use crate::workload::container::{Container, Role};
use crate::workload::pod::Pod;

/// The longest suggestion, in bytes of JSON. No administrator pastes a longer one.
const LONGEST_RULE: usize = 16 * 1024;
/// The most container entries that a suggestion may have. Each has at least 64 bytes.
const MOST_ENTRIES: usize = LONGEST_RULE / 64;
/// How much of a workload's name becomes the name of the rule, so that a number fits behind it.
const LONGEST_NAME: usize = 48;

const TOO_LONG: &str = "the rule would be too long";

/// Suggests the narrowest rule that admits all of `pods`, which `request` wants to create. Its name
/// differs from those of the `taken` rules.
///
/// # Errors
/// The reasons why no rule can name the workload. Never empty.
pub fn suggest_rule(
    request: &Request<'_>,
    pods: &[&Pod<'_>],
    taken: &[Rule],
    budget: &mut Budget,
) -> Result<Rule, Vec<String>> {
    let mut reasons = Vec::new();
    reasons.extend(namespace_problem(request.namespace));
    let service_accounts = collect_service_accounts(pods, &mut reasons);
    let containers = collect_entries(pods, &mut reasons)?;
    if !reasons.is_empty() {
        reasons.dedup();
        return Err(reasons);
    }

    let rule = Rule {
        name: unique_name(&workload_name(request), taken),
        namespaces: vec![request.namespace.to_owned()],
        service_account_names: Some(service_accounts),
        containers: Some(containers),
        ..Rule::default()
    };
    check_rule(&rule, request, pods, budget).map_err(|reason| vec![reason])?;
    Ok(rule)
}

fn namespace_problem(namespace: &str) -> Option<String> {
    if namespace.is_empty() {
        return Some(String::from("the object is in no namespace"));
    }
    let is_name = names::is_label(namespace) && !pattern::has_wildcard(namespace);
    (!is_name).then(|| format!("namespace {} is not a valid name", text::quote(namespace)))
}

/// Returns the service account of the pods. Adds a reason if they have several, or an invalid one.
fn collect_service_accounts(pods: &[&Pod<'_>], reasons: &mut Vec<String>) -> Vec<String> {
    let mut accounts: Vec<String> = Vec::new();
    for pod in pods {
        match pod.service_account_name {
            None => reasons.push(String::from(
                "hostProcess stands outside of any pod spec, so there is no container to name",
            )),
            Some(name) if !names::may_be_subdomain(name) || pattern::has_wildcard(name) => {
                let name = text::quote(name);
                reasons.push(format!("serviceAccountName {name} is not a valid name"));
            }
            Some(name) if accounts.iter().any(|account| account == name) => {}
            Some(name) => accounts.push(name.to_owned()),
        }
    }
    if accounts.len() > 1 {
        reasons.push(String::from("its pods have several service accounts"));
    }
    accounts
}

/// Returns an entry for each container of the pods, equal ones once.
///
/// # Errors
/// There are too many.
fn collect_entries(
    pods: &[&Pod<'_>],
    reasons: &mut Vec<String>,
) -> Result<Vec<ContainerEntry>, Vec<String>> {
    let mut entries: Vec<ContainerEntry> = Vec::new();
    for pod in pods {
        for container in &pod.containers {
            match entry(pod, container) {
                Ok(entry) if entries.contains(&entry) => {}
                Ok(entry) => entries.push(entry),
                Err(reason) => reasons.push(format!("{}: {reason}", container.title())),
            }
            if entries.len() > MOST_ENTRIES {
                return Err(vec![String::from(TOO_LONG)]);
            }
        }
    }
    Ok(entries)
}

/// Returns the entry that matches `container` of `pod` and nothing else.
///
/// # Errors
/// The reason why there is none, in terms of the container's fields.
fn entry(pod: &Pod<'_>, container: &Container<'_>) -> Result<ContainerEntry, String> {
    let command = literal_words("command", &container.command)?;
    let args = literal_words("args", &container.args)?;
    let mut exec = Vec::new();
    for handler in &container.execs {
        exec.push(literal_words(handler.field, &handler.command)?);
    }

    // Without both, the container runs the image's own entrypoint: `command: []`. Of the two, the
    // one that is left out must be absent from the container.
    let (command, args) = match (command.is_empty(), args.is_empty()) {
        (true, false) => (None, Some(args)),
        (_, true) => (Some(command), None),
        (false, false) => (Some(command), Some(args)),
    };
    Ok(ContainerEntry {
        images: vec![full_image(container)?],
        run_as_user_names: vec![exact_account(pod, container)?],
        command,
        args,
        exec,
        ephemeral: container.role == Role::Ephemeral,
    })
}

fn full_image(container: &Container<'_>) -> Result<String, String> {
    let Some(image) = container.image else {
        return Err(String::from("its image is unknown"));
    };
    match Image::parse(image) {
        Ok(reference) => Ok(reference.full()),
        Err(reason) => Err(format!("image {} {reason}", text::quote(image))),
    }
}

fn exact_account(pod: &Pod<'_>, container: &Container<'_>) -> Result<String, String> {
    let Some(account) = pod.run_as_user_name(container) else {
        return Err(String::from("it has no runAsUserName"));
    };
    let refused = |problem: String| format!("runAsUserName {} {problem}", text::quote(account));

    account::check(account).map_err(|error| refused(error.to_string()))?;
    if pattern::has_wildcard(account) {
        return Err(refused(String::from("must not hold * or ?")));
    }
    account::check_pattern(account).map_err(|error| refused(error.to_string()))?;
    Ok(account.to_owned())
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

/// Makes sure that settings take `rule` and that it admits `pods`.
///
/// # Errors
/// The reason why not.
fn check_rule(
    rule: &Rule,
    request: &Request<'_>,
    pods: &[&Pod<'_>],
    budget: &mut Budget,
) -> Result<(), String> {
    let json = serde_json::to_value([rule]).unwrap_or_default();
    if json.to_string().len() > LONGEST_RULE {
        return Err(String::from(TOO_LONG));
    }
    let mut settings = Value::default();
    settings["allow"] = json;
    let settings = Settings::read(settings)
        .map_err(|problems| format!("settings do not take its values: {problems}"))?;

    let mut admits_all = || {
        let namespace = request.namespace;
        let rules = ActiveRules::new(&settings, namespace, Purpose::CreateByUnknown, budget)?;
        let mut reviews = AccessReviews::new(&NoHost, namespace);
        for pod in pods {
            if let Search::NotFound(_) = rules.find(pod, &mut reviews, budget)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    match admits_all() {
        Ok(true) => Ok(()),
        Ok(false) => Err(String::from("no rule can name it exactly")),
        Err(crate::budget::BudgetSpent) => Err(String::from("its commands are too long")),
    }
}

/// Returns the name of the workload that `request` belongs to: that of the controller that made the
/// object, so that all pods of a DaemonSet suggest the same rule; else what the object's name is
/// generated from, its name, or its kind.
fn workload_name(request: &Request<'_>) -> String {
    let metadata = &request.object["metadata"];
    let text = |field: &str| metadata[field].as_str().filter(|text| !text.is_empty());
    let name = controller_name(request.object)
        .or_else(|| text("generateName"))
        .or_else(|| text("name"))
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

/// Returns the name of the workload whose controller made `object`. `None` if no controller did.
fn controller_name(object: &Value) -> Option<&str> {
    let metadata = &object["metadata"];
    let owners = metadata["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    let name = owner["name"].as_str().filter(|name| !name.is_empty())?;

    let workload = match owner["kind"].as_str() {
        // A Deployment names its ReplicaSets: `web-7d9f8b6c5`.
        Some("ReplicaSet") => {
            let hash = metadata["labels"]["pod-template-hash"].as_str();
            let workload = hash.and_then(|hash| name.strip_suffix(hash));
            workload.map(|workload| workload.trim_end_matches('-'))
        }
        // A CronJob names its Jobs: `backup-29012345`.
        Some("Job") => name
            .rsplit_once('-')
            .filter(|(_, time)| time.len() >= 8 && time.bytes().all(|c| c.is_ascii_digit()))
            .map(|(workload, _)| workload),
        _ => None,
    };
    Some(workload.unwrap_or(name))
}

/// Returns `name`, with a number behind it if a rule has this name already.
fn unique_name(name: &str, taken: &[Rule]) -> String {
    let taken: BTreeSet<&str> = taken.iter().map(|rule| &*rule.name).collect();
    if !taken.contains(name) {
        return name.to_owned();
    }
    let mut number = 2;
    loop {
        let numbered = format!("{name}-{number}");
        if !taken.contains(&*numbered) {
            return numbered;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::daemon_set("DaemonSet", "kube-proxy.windows", "kube-proxy.windows")]
    #[case::replica_set("ReplicaSet", "web-7d9f8b6c5", "web")]
    #[case::job_of_a_cron_job("Job", "backup-29012345", "backup")]
    #[case::job("Job", "backup-2", "backup-2")]
    fn controllers_name_the_workload(
        #[case] kind: &str,
        #[case] owner: &str,
        #[case] expected: &str,
    ) {
        let object = json!({"metadata": {
            "labels": {"pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"kind": kind, "name": owner, "controller": true}],
        }});
        assert_eq!(controller_name(&object), Some(expected));
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["a", "a-2"].map(|name| Rule {
            name: name.to_owned(),
            ..Rule::default()
        });
        assert_eq!(unique_name("a", &taken), "a-3");
        assert_eq!(unique_name("b", &taken), "b");
    }
}
