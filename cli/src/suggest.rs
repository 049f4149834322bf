//! `hostprocess suggest`: settings that admit the workloads found, one rule for each.
//!
//! The policy itself names the least rule that admits an object. Here the rules of one workload
//! are made one: of a DaemonSet and its pods, or of its versions, whose image tags become
//! alternatives. What a rule alone does not admit is named instead.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Container, Rule, Settings};
use windows_hostprocess_policy::{NoHost, Verdict};

use crate::arguments::{Form, Suggest};
use crate::judge::title_of;
use crate::object::Content;
use crate::request::{self, Circumstances};
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
        match (self.refused.is_empty(), self.unreadable.is_empty()) {
            (true, true) => 0,
            (true, false) => 2,
            (false, _) => 1,
        }
    }
}

/// By what a workload is told from others: namespace, service account, and the name of the
/// object that its pods are made of.
type Workload = (String, String, String);

/// What an object gives.
enum Found {
    /// The rule that admits it, and what it is warned of even so.
    Rule(Box<Rule>, Vec<String>),
    /// Why no rule admits it.
    Refusal(String),
}

/// The rule of a workload.
struct Merged {
    rule: Rule,
    /// The objects that it comes from: `FILE:LINE Kind namespace/name`.
    origins: Vec<String>,
    /// For each of its entries, which of these.
    entries: Vec<BTreeSet<usize>>,
    warnings: BTreeSet<String>,
}

/// Suggests settings for what the arguments point at.
///
/// # Errors
/// The requesters given are none that settings take.
pub fn suggest(arguments: &Suggest) -> Result<Suggestion, String> {
    let requested_by = Some(&arguments.requested_by).filter(|it| !it.is_empty());
    let circumstances =
        Circumstances { namespace: arguments.manifests.namespace.clone(), requester: None };
    check_requesters(requested_by)?;
    let walk = walk(&source::expand(&arguments.manifests.paths()), &|file, line, content| {
        let (subject, request, name) = match content {
            Content::Object(object) => {
                let name = workload(&object);
                let (subject, request) = request::creates(object, &circumstances);
                (subject, request, name)
            }
            Content::Request(request) => {
                (request::subject(&request), request.clone(), workload(&request["object"]))
            }
            Content::Other { .. } => return None,
        };
        let found = find(&request, |rule| {
            rule.requested_by = requested_by.cloned();
            if let Some(name) = name {
                rule.name = name;
            }
            widen(rule, arguments);
        })?;
        Some((format!("{file}:{line} {}", title_of(&subject)), found))
    });
    let mut rules: BTreeMap<Workload, Merged> = BTreeMap::new();
    let mut refusals: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (origin, found) in walk.found {
        match found {
            Found::Rule(rule, warnings) => {
                let account = rule.service_account_names.iter().flatten().next();
                let workload = (
                    rule.namespaces.join(","),
                    account.cloned().unwrap_or_default(),
                    rule.name.clone(),
                );
                let merged = rules.entry(workload).or_insert_with(|| Merged {
                    rule: Rule { containers: None, ..(*rule).clone() },
                    origins: Vec::new(),
                    entries: Vec::new(),
                    warnings: BTreeSet::new(),
                });
                merged.add(origin, rule.containers.unwrap_or_default(), warnings);
            }
            Found::Refusal(reason) => {
                refusals.entry(reason).or_insert((origin, 0)).1 += 1;
            }
        }
    }
    let rules = named(without_doubles(rules.into_values().collect()));
    let refused = refusals.into_iter().map(|(reason, (origin, number))| match number {
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

fn check_requesters(requested_by: Option<&Vec<String>>) -> Result<(), String> {
    let Some(requested_by) = requested_by else {
        return Ok(());
    };
    let rule = serde_json::json!({
        "name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"],
        "requestedBy": requested_by,
    });
    match Settings::read(&serde_json::json!({"allow": [rule]})) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(|it| it.problem.clone()).collect();
            Err(format!("--requested-by: {}", problems.join("; ")))
        }
    }
}

/// The rule that admits what `request` asks for, changed by `change`, or why there is none;
/// nothing where it asks for nothing.
fn find(request: &Value, change: impl FnOnce(&mut Rule)) -> Option<Found> {
    let refusal = |reasons: &[String]| Some(Found::Refusal(reasons.join("; ")));
    let mut request = match Request::read(request) {
        Ok(request) => request,
        Err(unreadable) => return refusal(&[unreadable.to_string()]),
    };
    request.requester = None;
    let mut rule = match windows_hostprocess_policy::suggest(&request) {
        Ok(rule) => rule?,
        Err(reasons) => return refusal(&reasons),
    };
    change(&mut rule);
    let settings = Settings { allow: vec![rule.clone()], ..Settings::default() };
    match windows_hostprocess_policy::judge(&request, &settings, &NoHost) {
        Ok(Verdict::Accepted) => None,
        Ok(Verdict::Admitted { warnings, .. }) => Some(Found::Rule(Box::new(rule), warnings)),
        Ok(Verdict::Denied { denial, .. }) => refusal(&[denial.reasons, denial.to_mend].concat()),
        Err(unreadable) => refusal(&[unreadable.to_string()]),
    }
}

fn widen(rule: &mut Rule, arguments: &Suggest) {
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
fn workload(object: &Value) -> Option<String> {
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
    let label = made.unwrap_or(name).to_lowercase().replace('.', "-");
    let label: String = label.chars().take(LONGEST_NAME).collect();
    Some(label.trim_matches('-').to_owned())
}

impl Merged {
    fn add(&mut self, origin: String, entries: Vec<Container>, warnings: Vec<String>) {
        let number = self.origins.len();
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

/// The rules; of those that differ in nothing but their names, the first, with the origins of
/// all: bare pods have names of their own.
fn without_doubles(rules: Vec<Merged>) -> Vec<Merged> {
    let mut kept: Vec<Merged> = Vec::new();
    for merged in rules {
        let unnamed = |rule: &Rule| Rule { name: String::new(), ..rule.clone() };
        match kept.iter_mut().find(|it| unnamed(&it.rule) == unnamed(&merged.rule)) {
            Some(first) => {
                let before = first.origins.len();
                first.origins.extend(merged.origins);
                first.warnings.extend(merged.warnings);
                for (entry, origins) in first.entries.iter_mut().zip(merged.entries) {
                    entry.extend(origins.into_iter().map(|number| before + number));
                }
            }
            None => kept.push(merged),
        }
    }
    kept
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
    use serde_json::json;

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
        assert_eq!(super::workload(&pod).as_deref(), Some(expected));
    }
}
