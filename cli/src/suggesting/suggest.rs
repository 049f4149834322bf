//! `hostprocess suggest`: settings that admit the workloads found, one rule for each.
//!
//! The policy's own code names the narrowest rule that admits an object. Objects that belong to one
//! workload, such as a DaemonSet, its pods and its older versions, get one rule together. If no rule
//! can admit an object, the reason is told.

use std::collections::BTreeMap;

use serde_json::json;
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Rule, Settings};
use windows_hostprocess_policy::{NoHost, Verdict};

use super::rule_set::{self, ObjectName, RuleOfObject, RuleSet};
use super::workload::{Workload, is_debugging_session, is_made_by_controller, is_node_debugger};
use super::write;
use crate::judging::judge;
use crate::judging::report::Conclusion;
use crate::judging::request::{self, Subject};
use crate::judging::requester;
use crate::judging::scope::Scope;
use crate::reading::object::{Content, Manifest};
use crate::reading::printable::printable;
use crate::reading::problem::Unreadable;
use crate::reading::walk::{Look, Walk};

/// What is written. The comments on the variants are help texts of both `suggest` and `rules`.
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

/// What was found out about an object that asks for HostProcess. Callers only pass it on.
pub struct Found(Finding);

/// What [`Found`] holds. `origin` names the object: `FILE:LINE Kind namespace/name`.
enum Finding {
    /// A rule admits the object.
    Rule(Box<RuleOfObject>),
    /// No rule can admit the object.
    Obstacle {
        origin: String,
        workload: Workload,
        reason: String,
    },
    /// A policy is not sent such objects, for this reason.
    NotSent { origin: String, reason: String },
}

/// Suggested settings.
pub struct Suggestion {
    /// The settings or the policy, with comments.
    pub yaml: String,
    /// What no rule can admit, and why; a line each.
    pub obstacles: Vec<String>,
    /// What else the reader should know; a line each.
    pub notes: Vec<String>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
}

impl Suggestion {
    /// How the command ends.
    pub fn conclusion(&self) -> Conclusion {
        if !self.obstacles.is_empty() {
            Conclusion::Failed
        } else if !self.unreadable.is_empty() {
            Conclusion::Unreadable
        } else {
            Conclusion::Passed
        }
    }
}

/// Suggests settings for the objects that `start_walk` hands to the function that it is given.
///
/// # Errors
/// The requesters given are not requesters of settings.
pub fn suggest(
    options: &Options,
    start_walk: impl FnOnce(Look<'_, Found>) -> Walk<Found>,
) -> Result<Suggestion, String> {
    check_requesters(&options.requested_by)?;
    let walk = start_walk(&mut |manifest| examine(manifest, options).map(Found));

    let mut rules = RuleSet::default();
    let mut obstacles = Obstacles::default();
    let mut notes = Vec::new();
    for Found(finding) in walk.found {
        match finding {
            Finding::Rule(rule) => rules.add(*rule),
            Finding::Obstacle {
                origin,
                workload,
                reason,
            } => obstacles.add(workload, reason, origin),
            Finding::NotSent { origin, reason } => notes.push(format!("{origin}: {reason}")),
        }
    }
    let rules = rules.into_rules();
    let obstacles = obstacles.into_lines();
    let is_all_read = walk.unreadable.is_empty();
    if rules.is_empty() && obstacles.is_empty() && is_all_read && walk.objects > 0 {
        let all_are_sent = notes.is_empty();
        notes.push(String::from(if all_are_sent {
            "nothing asks for HostProcess: no rule is needed"
        } else {
            "nothing that the policy is sent asks for HostProcess: no rule is needed"
        }));
    }

    Ok(Suggestion {
        yaml: match options.form {
            Form::Settings => write::settings(&rules),
            Form::Policy => write::policy(&rules),
        },
        obstacles,
        notes,
        unreadable: walk.unreadable,
    })
}

/// What no rule can admit. Objects of one workload with the same reason share a line.
#[derive(Default)]
struct Obstacles {
    origins: BTreeMap<(Workload, String), Vec<String>>,
}

impl Obstacles {
    fn add(&mut self, workload: Workload, reason: String, origin: String) {
        self.origins
            .entry((workload, reason))
            .or_default()
            .push(origin);
    }

    fn into_lines(self) -> Vec<String> {
        let mut lines = Vec::new();
        for ((_, reason), origins) in self.origins {
            lines.push(match &origins[..] {
                [] => continue,
                [only] => format!("no rule can admit {only}: {reason}"),
                [first, others @ ..] => {
                    let others = others.len();
                    format!("no rule can admit {first} and {others} more: {reason}")
                }
            });
        }
        lines
    }
}

/// Checks that settings take `requested_by`, by a rule that has nothing else that could be wrong.
///
/// # Errors
/// Settings do not take it, or it names nobody, so the rules would admit nothing.
fn check_requesters(requested_by: &[String]) -> Result<(), String> {
    if requested_by.is_empty() {
        return Ok(());
    }
    if requested_by.iter().all(|requester| requester == "nobody") {
        return Err(String::from(
            "--requested-by: \"nobody\" admits no workload: write who may create it, as \
             controllers or group:NAME, or user:nobody for a user of this name",
        ));
    }
    for entry in requested_by {
        if let Some(reason) = requester::explain_kind(entry) {
            let problem = format!("--requested-by: \"{entry}\" {reason}");
            return Err(printable(&problem));
        }
    }
    let rule = json!({
        "name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"],
        "requestedBy": requested_by,
    });
    match Settings::read(json!({"allow": [rule]})) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let problems: Vec<&str> = problems.iter().map(|problem| &*problem.text).collect();
            Err(format!("--requested-by: {}", problems.join("; ")))
        }
    }
}

/// Returns what is found out about `manifest`; `None` if it does not ask for HostProcess.
fn examine(manifest: Manifest<'_>, options: &Options) -> Option<Finding> {
    let is_object = matches!(manifest.content, Content::Object(_));
    let request = request::from_content(manifest.content, &options.namespace);
    let subject = Subject::of_request(&request, manifest.file, manifest.position.line);
    let origin = subject.to_string();
    let workload = Workload::of_request(&request);
    let obstacle = |reason| Finding::Obstacle {
        origin: origin.clone(),
        workload: workload.clone(),
        reason,
    };

    let mut read = match Request::read(&request) {
        Ok(read) => read,
        Err(error) => return Some(obstacle(error.to_string())),
    };
    // A request without a requester matches a rule with any `requestedBy`.
    read.requester = None;
    if is_object && let Some(not_sent) = judge::exclusion_of_request(&Scope::PodKinds, &request) {
        if !judge::asks_for_host_process(&read, &NoHost) {
            return None;
        }
        let reason = format!("passed over: {not_sent}");
        return Some(Finding::NotSent { origin, reason });
    }
    let mut rule = match windows_hostprocess_policy::suggest(&read) {
        Ok(Some(rule)) => widen(rule, options),
        Ok(None) => return None,
        Err(reasons) => return Some(obstacle(reasons.join("; "))),
    };
    if is_node_debugger(&request["object"]) {
        // The policy names the rule after the pod, and there is one rule for all these pods.
        rule.name = workload.name.clone();
    }
    match judge_by_rule(&read, &rule) {
        Ok(warnings) => Some(Finding::Rule(Box::new(RuleOfObject {
            rule,
            object: ObjectName {
                namespace: read.namespace.to_owned(),
                kind: read.kind.to_owned(),
                name: read.name.to_owned(),
            },
            is_workload_itself: !is_made_by_controller(&request["object"]),
            is_debugging_session: is_debugging_session(&request["object"]),
            workload,
            origin,
            warnings,
        }))),
        Err(reason) => Some(obstacle(reason)),
    }
}

/// Returns `rule` as wide as the options say.
fn widen(mut rule: Rule, options: &Options) -> Rule {
    if !options.requested_by.is_empty() {
        rule.requested_by = Some(options.requested_by.clone());
    }
    for entry in rule.containers.iter_mut().flatten() {
        if options.any_tag {
            for image in &mut entry.images {
                *image = rule_set::repository(image).to_owned();
            }
        }
        if options.any_command {
            entry.command = None;
            entry.args = None;
            entry.exec.clear();
        }
    }
    rule
}

/// Returns the warnings with which `rule` admits `request`.
///
/// # Errors
/// The rule alone does not admit the request: what stands in the way.
fn judge_by_rule(request: &Request<'_>, rule: &Rule) -> Result<Vec<String>, String> {
    let settings = Settings {
        allow: vec![rule.clone()],
        ..Settings::default()
    };
    match windows_hostprocess_policy::judge(request, &settings, &NoHost) {
        Ok(Verdict::Accepted) => Ok(Vec::new()),
        Ok(Verdict::Admitted(admission)) => Ok(admission.warnings),
        Ok(Verdict::Denied(denial)) => Err([denial.reasons, denial.also_fix].concat().join("; ")),
        Err(error) => Err(error.to_string()),
    }
}
