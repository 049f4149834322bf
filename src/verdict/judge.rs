//! From what a request asks for to a verdict.

use crate::budget::Budget;
use crate::host::Host;
use crate::matching::requester;
use crate::request::Request;
use crate::requirements;
use crate::requirements::finding::{LONGEST_WARNING, REACHES_NO_NODE};
use crate::requirements::nodes::NodeList;
use crate::rules::ActiveRules;
use crate::settings::{Requirement, Rule, Settings};
use crate::text;
use crate::verdict::suggestion::NO_ACCOUNT;
use crate::verdict::{
    Admission, Denial, DeniedAction, Suggestion, Verdict, denial, exec, suggestion,
};
use crate::workload::PodSpecLocation;
use crate::workload::pod::Pod;
use crate::workload::requested_action::{ConnectKind, RequestedAction};

/// Judges what `request` asks for.
pub fn judge(
    ask: RequestedAction<'_>,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Verdict {
    match ask {
        RequestedAction::Nothing => Verdict::Accepted,
        RequestedAction::CreatePods(pods) => judge_pods(&pods, request, settings, host),
        RequestedAction::Connect(ConnectKind::Attach) => {
            exec::judge(DeniedAction::Attach, request, settings, host)
        }
        RequestedAction::Connect(ConnectKind::Exec) => {
            exec::judge(DeniedAction::Exec, request, settings, host)
        }
        RequestedAction::Inadmissible(reason) => {
            Verdict::Denied(Denial::new(DeniedAction::HostProcess, reason.to_string()))
        }
    }
}

fn judge_pods(
    pods: &[Pod<'_>],
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Verdict {
    let nodes = NodeList::ask(settings, host);
    let mut budget = Budget::for_request();
    let in_force = ActiveRules::of(settings, request.namespace, request.requester.as_ref());
    let (mut allowed_by, mut refused, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
    let (mut also_fix, mut warnings) = (Vec::new(), Vec::new());
    let (mut only_by_requester, mut no_account) = (true, false);
    for pod in pods {
        // Where an object has several pod specs, what is said of one says of which.
        let path = (pods.len() > 1).then_some(&*pod.path);
        match in_force.admitting(pod) {
            Ok(rule) => add(&mut allowed_by, rule.name.clone()),
            Err(refusal) => {
                let path = path.filter(|_| refusal.of_the_pod);
                add(&mut reasons, denial::of_pod(path, refusal.reason));
                only_by_requester &= refusal.only_by_requester;
                refused.push(pod);
            }
        }
        let Ok(findings) = requirements::judge(pod, settings, &nodes, &mut budget) else {
            let reason = "the pod selects nodes by too many labels to be compared with all nodes";
            return Verdict::Denied(Denial::new(DeniedAction::HostProcess, reason));
        };
        for finding in findings.denied {
            no_account |= finding.requirement == Requirement::RunAsUserName;
            add(&mut also_fix, denial::of_pod(path, finding.denial()));
        }
        for finding in findings.warned {
            add(&mut warnings, finding.warning());
        }
        if findings.reaches_no_node {
            add(&mut warnings, String::from(REACHES_NO_NODE));
        }
    }
    if reasons.is_empty() && also_fix.is_empty() {
        warnings.extend(refused_pods(pods, request, settings));
        let containers = pods.iter().flat_map(Pod::host_processes);
        let host_process_containers = containers
            .map(|one| text::quote_unless_plain(one.name))
            .collect();
        return Verdict::Admitted(Admission {
            allowed_by,
            host_process_containers,
            warnings,
        });
    }
    let mut suggestion = Suggestion::NotOffered;
    if reasons.is_empty() {
        std::mem::swap(&mut reasons, &mut also_fix);
    } else if !only_by_requester {
        suggestion = match suggestion::rule(request, &refused, &settings.allow) {
            Ok(rule) => Suggestion::Rule(Box::new(rule)),
            Err(problems) => {
                // That no account is named has been said.
                let is_said = |problem: &String| no_account && problem.ends_with(NO_ACCOUNT);
                problems
                    .into_iter()
                    .find(|problem| !is_said(problem))
                    .map_or(Suggestion::NotOffered, Suggestion::Impossible)
            }
        };
    }
    let processes = pods.iter().map(denial::processes).collect();
    Verdict::Denied(Denial {
        action: DeniedAction::HostProcess,
        reasons,
        processes,
        also_fix,
        suggestion,
    })
}

/// A warning where the controllers that make the pods of this workload may not ask for them.
fn refused_pods(pods: &[Pod<'_>], request: &Request<'_>, settings: &Settings) -> Option<String> {
    let has_template = matches!(
        PodSpecLocation::of_kind(request.group, request.kind),
        PodSpecLocation::Template(_)
    );
    if !has_template || request.kind == "PodTemplate" {
        return None;
    }
    let in_force = ActiveRules::of(settings, request.namespace, None);
    let lets = |rule: &Rule| {
        rule.requested_by
            .as_deref()
            .is_none_or(requester::covers_a_controller)
    };
    let pod = pods.iter().find(|pod| in_force.find(pod, lets).is_none())?;
    let name = &in_force.find(pod, |_| true)?.name;
    let warning =
        format!("its pods will be refused: add controllers to the requestedBy of rule \"{name}\"");
    Some(text::truncate(warning, LONGEST_WARNING))
}

/// Adds `text` unless it has been said.
fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
