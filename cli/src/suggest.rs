//! `hostprocess suggest`: settings that admit the workloads found, one rule for each.
//!
//! The policy itself names the least rule that admits an object. Here the rules of one workload
//! are made one: of a DaemonSet and its pods, or of its versions, whose image tags become
//! alternatives. What a rule alone does not admit is named instead.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Container, Rule, Settings};
use windows_hostprocess_policy::{NoHost, Verdict};

use crate::arguments::{Form, Suggest};
use crate::check::exit_status;
use crate::judge::Subject;
use crate::request::Circumstances;
use crate::source::{self, Unreadable};
use crate::walk::walk;

/// The longest name of a rule: an RFC 1123 label.
const LONGEST_NAME: usize = 63;

/// What came of it.
#[derive(Debug)]
pub struct Suggestion {
    /// The settings or the policy, with comments.
    pub yaml: String,
    /// What no rule can admit, and why; a line each.
    pub refused: Vec<String>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl Suggestion {
    /// The exit status.
    pub fn status(&self) -> u8 {
        exit_status(!self.refused.is_empty(), &self.unreadable)
    }
}

/// By what a workload is told from others: namespace, service account, and the name of the
/// object that its pods are made of.
type Workload = (Vec<String>, Option<Vec<String>>, String);

/// The rule that admits an object, and what it is warned of even so, or why there is none.
type Found = Result<(Box<Rule>, Vec<String>), String>;

/// The rule of a workload.
#[derive(Default)]
struct Merged {
    rule: Rule,
    /// The objects that it comes from: `FILE:LINE Kind namespace/name`.
    origins: Vec<String>,
    /// For each of its entries, the numbers of these.
    entries: Vec<BTreeSet<usize>>,
    warnings: BTreeSet<String>,
}

/// Suggests settings for what the arguments point at.
///
/// # Errors
/// The requesters given are none that settings take.
pub fn suggest(arguments: &Suggest) -> Result<Suggestion, String> {
    check_requesters(&arguments.requested_by)?;
    let circumstances =
        Circumstances { namespace: arguments.manifests.namespace.clone(), requester: None };
    let walk = walk(&source::expand(&arguments.manifests.paths()), &|file, line, content| {
        let request = content.into_request(&circumstances)?;
        let found = find(&request, arguments)?;
        let subject = Subject::of(&request, file, line);
        let origin = format!("{file}:{line} {}", subject.title());
        // Who is refused for the same reason is named once where a controller made them all.
        let made_by = controller(&request["object"]).unwrap_or_else(|| subject.title());
        Some((origin, (subject.namespace, made_by), found))
    });
    let mut rules: BTreeMap<Workload, Merged> = BTreeMap::new();
    let mut refusals: BTreeMap<_, (String, usize)> = BTreeMap::new();
    for (origin, made_by, found) in walk.found {
        match found {
            Ok((rule, warnings)) => {
                let workload = (
                    rule.namespaces.clone(),
                    rule.service_account_names.clone(),
                    rule.name.clone(),
                );
                let merged = rules.entry(workload).or_default();
                merged.add(origin, *rule, warnings);
            }
            Err(reason) => refusals.entry((made_by, reason)).or_insert((origin, 0)).1 += 1,
        }
    }
    let rules = named(rules.into_values().collect());
    let refused = refusals.into_iter().map(|((_, reason), (origin, number))| match number {
        1 => format!("no rule can admit {origin}: {reason}"),
        _ => format!("no rule can admit {origin} and {} more: {reason}", number - 1),
    });
    Ok(Suggestion {
        yaml: match arguments.output {
            Form::Settings => write::settings(&rules),
            Form::Policy => write::policy(&rules)?,
        },
        refused: refused.collect(),
        unreadable: walk.unreadable,
    })
}

fn check_requesters(requested_by: &[String]) -> Result<(), String> {
    let rule = json!({
        "name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"],
        "requestedBy": requested_by,
    });
    match Settings::read(&json!({"allow": [rule]})) {
        Err(problems) if !requested_by.is_empty() => {
            let problems: Vec<&str> = problems.iter().map(|it| &*it.problem).collect();
            Err(format!("--requested-by: {}", problems.join("; ")))
        }
        _ => Ok(()),
    }
}

/// The rule that admits what `request` asks for, and what it is warned of even so, or why there
/// is none; nothing where it asks for nothing.
fn find(request: &Value, arguments: &Suggest) -> Option<Found> {
    let read = Request::read(request).map_err(|unreadable| unreadable.to_string());
    let mut read = match read {
        Ok(read) => read,
        Err(reason) => return Some(Err(reason)),
    };
    read.requester = None;
    let mut rule = match windows_hostprocess_policy::suggest(&read) {
        Ok(rule) => rule?,
        Err(reasons) => return Some(Err(reasons.join("; "))),
    };
    if let Some(name) = controller(&request["object"]) {
        rule.name = name;
    }
    widen(&mut rule, arguments);
    let settings = Settings { allow: vec![rule.clone()], ..Settings::default() };
    match windows_hostprocess_policy::judge(&read, &settings, &NoHost) {
        Ok(Verdict::Accepted) => None,
        Ok(Verdict::Admitted { warnings, .. }) => Some(Ok((Box::new(rule), warnings))),
        Ok(Verdict::Denied { denial, .. }) => {
            Some(Err([denial.reasons, denial.to_mend].concat().join("; ")))
        }
        Err(unreadable) => Some(Err(unreadable.to_string())),
    }
}

fn widen(rule: &mut Rule, arguments: &Suggest) {
    let requested_by = Some(arguments.requested_by.clone());
    rule.requested_by = requested_by.filter(|requesters| !requesters.is_empty());
    for entry in rule.containers.iter_mut().flatten() {
        if arguments.any_tag {
            let repositories = entry.images.iter().map(|image| repository(image).to_owned());
            entry.images = repositories.collect();
        }
        if arguments.any_command {
            (entry.command, entry.args) = (None, None);
            entry.exec.clear();
        }
    }
}

/// An image reference without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last_part = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[last_part..].find(':') {
        Some(colon) => &image[..last_part + colon],
        None => image,
    }
}

/// The name of the workload that a controller made `object` for, as a name of a rule. None
/// where no controller did: then the object is the workload.
fn controller(object: &Value) -> Option<String> {
    let metadata = &object["metadata"];
    let owner =
        metadata["ownerReferences"].as_array()?.iter().find(|owner| owner["controller"] == true)?;
    let name = owner["name"].as_str()?;
    // The names that Deployments and CronJobs give: `web-7d9f8b6c5`, `backup-29012345`.
    let hash = metadata["labels"]["pod-template-hash"].as_str();
    let made = match owner["kind"].as_str() {
        Some("ReplicaSet") => hash.and_then(|hash| name.strip_suffix(hash)),
        Some("Job") => name
            .rsplit_once('-')
            .filter(|(_, time)| time.len() >= 8 && time.bytes().all(|it| it.is_ascii_digit()))
            .map(|(name, _)| name),
        _ => None,
    };
    let label: String = made
        .unwrap_or(name)
        .to_ascii_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        .chars()
        .take(LONGEST_NAME)
        .collect();
    let label = label.trim_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

impl Merged {
    fn add(&mut self, origin: String, mut rule: Rule, warnings: Vec<String>) {
        let number = self.origins.len();
        let entries = rule.containers.take().unwrap_or_default();
        if number == 0 {
            self.rule = rule;
        }
        self.origins.push(origin);
        self.warnings.extend(warnings);
        let known = self.rule.containers.get_or_insert_default();
        for mut entry in entries {
            let place = known.iter().position(|it| is_same_but_for_tag(it, &entry));
            match place {
                Some(place) => {
                    entry.images.retain(|image| !known[place].images.contains(image));
                    known[place].images.append(&mut entry.images);
                    self.entries[place].insert(number);
                }
                None => {
                    known.push(entry);
                    self.entries.push(BTreeSet::from([number]));
                }
            }
        }
    }
}

fn is_same_but_for_tag(one: &Container, other: &Container) -> bool {
    let of = |entry: &Container| entry.images.first().map(|it| repository(it).to_owned());
    let rest = |entry: &Container| Container { images: Vec::new(), ..entry.clone() };
    of(one) == of(other) && rest(one) == rest(other)
}

/// The rules by name, each name made the only one of its kind: `name`, `name-2` …
fn named(mut rules: Vec<Merged>) -> Vec<Merged> {
    rules.sort_by(|one, other| one.rule.name.cmp(&other.rule.name));
    let mut taken = BTreeSet::new();
    for merged in &mut rules {
        let name = std::mem::take(&mut merged.rule.name);
        let numbered = (2..).map(|number| {
            let suffix = format!("-{number}");
            let kept = name.len().min(LONGEST_NAME - suffix.len());
            format!("{}{suffix}", name[..kept].trim_end_matches('-'))
        });
        let mut names = std::iter::once(name.clone()).chain(numbered);
        merged.rule.name = names.find(|name| taken.insert(name.clone())).unwrap_or_default();
    }
    rules
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::tag("docker.io/a/b:v1", "docker.io/a/b")]
    #[case::port("localhost:5000/a", "localhost:5000/a")]
    #[case::digest("localhost:5000/a:v1@sha256:00", "localhost:5000/a")]
    fn repositories(#[case] image: &str, #[case] expected: &str) {
        assert_eq!(super::repository(image), expected);
    }

    #[rstest]
    #[case::daemon_set("DaemonSet", "kube-proxy.windows", "kube-proxy-windows")]
    #[case::replica_set("ReplicaSet", "web-7d9f8b6c5", "web")]
    #[case::job_of_a_cron_job("Job", "backup-29012345", "backup")]
    #[case::job("Job", "backup-2", "backup-2")]
    fn workloads(#[case] kind: &str, #[case] owner: &str, #[case] expected: &str) {
        let pod = json!({"metadata": {
            "labels": {"pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"kind": kind, "name": owner, "controller": true}],
        }});
        assert_eq!(super::controller(&pod).as_deref(), Some(expected));
    }
}
