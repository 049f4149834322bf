//! `hostprocess suggest`: settings that admit the workloads found, one rule for each.
//!
//! The policy itself names the least rule that admits an object. Here the rules of one workload
//! are made one: of a DaemonSet and its pods, or of its versions, whose image tags become
//! alternatives. What a rule alone does not admit is named instead.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{ContainerEntry, Rule, Settings};
use windows_hostprocess_policy::{NoHost, Verdict};

use super::write;
use crate::judging::request::{self, Subject};
use crate::reading::problem::Unreadable;
use crate::reading::walk::{Look, Walk};

/// The longest name of a rule: an RFC 1123 label.
const LONGEST_NAME: usize = 63;

/// What is written.
#[derive(Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Form {
    /// The settings
    #[default]
    Settings,
    /// A ClusterAdmissionPolicy with them, in mode monitor
    Policy,
}

/// How settings are suggested.
pub struct Options {
    /// The namespace of objects that name none.
    pub namespace: String,
    /// What is written.
    pub form: Form,
    /// Whether rules admit every tag and digest of the images.
    pub any_tag: bool,
    /// Whether rules admit every command.
    pub any_command: bool,
    /// The `requestedBy` of the rules.
    pub requested_by: Vec<String>,
}

/// The rule that admits an object, with the warnings that remain, or why there is none.
type RuleOrReason = Result<(Rule, Vec<String>), String>;

/// What was found out about an object.
pub struct Found {
    /// `FILE:LINE Kind namespace/name`
    origin: String,
    /// The namespace, and what made the object.
    made_by: (String, String),
    result: RuleOrReason,
}

/// What came of it.
pub struct Suggestion {
    /// The settings or the policy, with comments.
    pub yaml: String,
    /// What no rule can admit, and why; a line each.
    pub refused: Vec<String>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// The rule of a workload.
#[derive(Default)]
pub(super) struct Merged {
    pub(super) rule: Rule,
    /// The objects that it comes from: `FILE:LINE Kind namespace/name`.
    pub(super) origins: Vec<String>,
    /// For each of its entries, the numbers of these.
    pub(super) entries: Vec<BTreeSet<usize>>,
    pub(super) warnings: BTreeSet<String>,
}

/// Suggests settings for the objects that `walk` hands over.
///
/// # Errors
/// The requesters given are none that settings take.
pub fn suggest(
    options: &Options,
    walk: impl FnOnce(Look<'_, Found>) -> Walk<Found>,
) -> Result<Suggestion, String> {
    check_requesters(&options.requested_by)?;
    let walk = walk(&mut |manifest| {
        let request = request::of(manifest.content, &options.namespace);
        let result = find(&request, options).transpose()?;
        let subject = Subject::of(&request, manifest.file, manifest.position.line);
        // Who is refused for the same reason is named once where a controller made them all.
        let made_by = controller(&request["object"]).unwrap_or_else(|| subject.title());
        Some(Found {
            origin: subject.to_string(),
            made_by: (subject.namespace, made_by),
            result,
        })
    });
    // A workload is told from others by its namespace, its service account, and the name of the
    // object that its pods are made of.
    let mut rules: BTreeMap<_, Merged> = BTreeMap::new();
    let mut refusals: BTreeMap<_, (String, usize)> = BTreeMap::new();
    for found in walk.found {
        let Found {
            origin,
            made_by,
            result,
        } = found;
        match result {
            Ok((rule, warnings)) => {
                let accounts = rule.service_account_names.clone();
                let workload = (rule.namespaces.clone(), accounts, rule.name.clone());
                rules
                    .entry(workload)
                    .or_default()
                    .add(origin, rule, warnings);
            }
            Err(reason) => refusals.entry((made_by, reason)).or_insert((origin, 0)).1 += 1,
        }
    }
    let rules = named(rules.into_values().collect());
    let refused = refusals
        .into_iter()
        .map(|((_, reason), (origin, number))| match number {
            1 => format!("no rule can admit {origin}: {reason}"),
            _ => format!(
                "no rule can admit {origin} and {} more: {reason}",
                number - 1
            ),
        });
    Ok(Suggestion {
        yaml: match options.form {
            Form::Settings => write::settings(&rules),
            Form::Policy => write::policy(&rules)?,
        },
        refused: refused.collect(),
        unreadable: walk.unreadable,
    })
}

fn check_requesters(requested_by: &[String]) -> Result<(), String> {
    if requested_by.is_empty() {
        return Ok(());
    }
    let rule = json!({
        "name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"],
        "requestedBy": requested_by,
    });
    Settings::read(json!({"allow": [rule]}))
        .map(drop)
        .map_err(|problems| {
            let problems: Vec<&str> = problems.iter().map(|(_, problem)| &**problem).collect();
            format!("--requested-by: {}", problems.join("; "))
        })
}

/// The rule that admits what `request` asks for, and what it is warned of even so; nothing where
/// it asks for nothing.
///
/// # Errors
/// Why there is none.
fn find(request: &Value, options: &Options) -> Result<Option<(Rule, Vec<String>)>, String> {
    let mut read = Request::read(request).map_err(|unreadable| unreadable.to_string())?;
    read.requester = None;
    let rule = windows_hostprocess_policy::suggest(&read).map_err(|reasons| reasons.join("; "))?;
    let Some(mut rule) = rule else {
        return Ok(None);
    };
    rule.name = controller(&request["object"]).unwrap_or(rule.name);
    rule.requested_by = Some(options.requested_by.clone()).filter(|it| !it.is_empty());
    for entry in rule.containers.iter_mut().flatten() {
        if options.any_tag {
            entry.images = entry
                .images
                .iter()
                .map(|it| repository(it).to_owned())
                .collect();
        }
        if options.any_command {
            (entry.command, entry.args) = (None, None);
            entry.exec.clear();
        }
    }
    let settings = Settings {
        allow: vec![rule.clone()],
        ..Settings::default()
    };
    match windows_hostprocess_policy::judge(&read, &settings, &NoHost) {
        Ok(Verdict::Accepted) => Ok(None),
        Ok(Verdict::Admitted(admission)) => Ok(Some((rule, admission.warnings))),
        Ok(Verdict::Denied(denial)) => Err([denial.reasons, denial.also_fix].concat().join("; ")),
        Err(unreadable) => Err(unreadable.to_string()),
    }
}

/// An image reference without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

/// The name of the workload that a controller made `object` for, as a name of a rule. None
/// where no controller did: then the object is the workload.
fn controller(object: &Value) -> Option<String> {
    let metadata = &object["metadata"];
    let owners = metadata["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
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
            let place = place.unwrap_or_else(|| {
                known.push(ContainerEntry {
                    images: Vec::new(),
                    ..entry.clone()
                });
                self.entries.push(BTreeSet::new());
                known.len() - 1
            });
            entry
                .images
                .retain(|image| !known[place].images.contains(image));
            known[place].images.append(&mut entry.images);
            self.entries[place].insert(number);
        }
    }
}

fn is_same_but_for_tag(one: &ContainerEntry, other: &ContainerEntry) -> bool {
    let of = |entry: &ContainerEntry| entry.images.first().map(|it| repository(it).to_owned());
    let rest = |entry: &ContainerEntry| ContainerEntry {
        images: Vec::new(),
        ..entry.clone()
    };
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
        merged.rule.name = names
            .find(|name| taken.insert(name.clone()))
            .unwrap_or_default();
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
