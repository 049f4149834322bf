//! From what a request asks for to a verdict.

use crate::ask::{Ask, MOST_CONTAINERS};
use crate::denial::{self, Denial};
use crate::exec;
use crate::fields::Unreadable;
use crate::host::Host;
use crate::message;
use crate::nodes::{NONE_REACHABLE, Nodes};
use crate::pod::Pod;
use crate::request::Request;
use crate::requester::covers_a_controller;
use crate::requirements::{self, Judged};
use crate::rules::InForce;
use crate::settings::{Rule, Settings};
use crate::suggestion::{self, NO_ACCOUNT};
use crate::verdict::Verdict;
use crate::workload::Home;

/// How long a warning may get: what Kubernetes recommends, in characters.
const LONGEST_WARNING: usize = 120;

/// Judges what `request` asks for.
///
/// # Errors
/// It connects to no pod, or a field is of another type than the API gives it.
pub fn judge(
    ask: &Ask<'_>,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, Unreadable> {
    match ask {
        Ask::Nothing => Ok(Verdict::Accepted),
        Ask::Pods(pods) => Ok(judge_pods(pods, request, settings, host)),
        Ask::Exec => exec::judge("exec", request, settings, host),
        Ask::Attach => exec::judge("attach", request, settings, host),
        Ask::TooMany | Ask::AnnotatedBinding(_) => {
            Ok(Verdict::Denied { denial: Denial::because(reason(ask)), suggested_rule: None })
        }
    }
}

/// Why no rule can admit what is asked for.
pub fn reason(ask: &Ask<'_>) -> String {
    match ask {
        Ask::AnnotatedBinding(path) => {
            format!("{path}: the API server would give it to the pod: bind it without")
        }
        _ => format!(
            "the pod specs that ask have more than {MOST_CONTAINERS} containers, and are not \
             judged: use objects of fewer"
        ),
    }
}

fn judge_pods(
    pods: &[Pod<'_>],
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Verdict {
    // Where an object has several pod specs, what is said of one says of which.
    let path = |pod: &Pod<'_>| (pods.len() > 1).then(|| pod.path.clone());
    let nodes = Nodes::ask(settings, host);
    let in_force = InForce::of(settings, request.namespace, request.requester.as_ref());
    let (mut allowed_by, mut refusals) = (Vec::new(), Vec::new());
    let (mut findings, mut warnings) = (Vec::new(), Vec::new());
    let mut no_account = false;
    for pod in pods {
        match in_force.admitting(pod) {
            Ok(rule) => add(&mut allowed_by, rule.name.clone()),
            Err(refusal) => refusals.push((pod, refusal)),
        }
        let Judged { denied, warned } = requirements::judge(pod, settings, &nodes);
        no_account |= denied.iter().any(|finding| finding.requirement == "runAsUserName");
        for finding in &denied {
            add(&mut findings, denial::tell(finding, path(pod).as_deref()));
        }
        for finding in &warned {
            add(&mut warnings, requirements::warning(finding));
        }
        if nodes.none_reachable(pod) {
            add(&mut warnings, String::from(NONE_REACHABLE));
        }
    }
    if refusals.is_empty() && findings.is_empty() {
        warnings.extend(refused_pods(pods, request, settings));
        let containers = pods.iter().flat_map(|pod| {
            let on = pod.containers.iter().filter(|container| pod.is_host_process(container));
            on.map(|container| message::name(container.name))
        });
        return Verdict::Admitted {
            allowed_by,
            host_process_containers: containers.collect(),
            warnings,
        };
    }
    let mut denial = Denial { what: "HostProcess", ..Denial::default() };
    let mut suggested_rule = None;
    if refusals.is_empty() {
        denial.reasons = findings;
    } else {
        for (pod, refusal) in &refusals {
            let reason = match path(pod) {
                Some(path) if refusal.of_the_pod => format!("{path}: {}", refusal.reason),
                _ => refusal.reason.clone(),
            };
            add(&mut denial.reasons, reason);
        }
        denial.to_mend = findings;
        if !refusals.iter().all(|(_, refusal)| refusal.only_by_requester) {
            let refused: Vec<_> = refusals.iter().map(|(pod, _)| *pod).collect();
            match suggestion::rule(request, &refused, &settings.allow) {
                Ok(rule) => suggested_rule = Some(Box::new(rule)),
                // That no account is named has been said.
                Err(problems) => denial.to_mend.extend(
                    problems
                        .iter()
                        .find(|problem| !(no_account && problem.contains(NO_ACCOUNT)))
                        .map(|problem| format!("no rule can be suggested: {problem}")),
                ),
            }
        }
    }
    denial.processes = pods.iter().map(denial::processes).collect();
    Verdict::Denied { denial, suggested_rule }
}

/// A warning where the controllers that make the pods of this workload may not ask for them.
fn refused_pods(pods: &[Pod<'_>], request: &Request<'_>, settings: &Settings) -> Option<String> {
    let has_template = matches!(Home::of(request.group, request.kind), Home::Template(_));
    if !has_template || request.kind == "PodTemplate" {
        return None;
    }
    let in_force = InForce::of(settings, request.namespace, None);
    let admitting: Vec<_> = pods.iter().flat_map(|pod| in_force.admitting_all(pod)).collect();
    let lets_them = |rule: &&Rule| rule.requested_by.as_deref().is_none_or(covers_a_controller);
    if admitting.iter().any(lets_them) {
        return None;
    }
    let name = &admitting.first()?.name;
    let warning =
        format!("its pods will be refused: add controllers to the requestedBy of rule \"{name}\"");
    Some(message::cut(warning, LONGEST_WARNING))
}

/// Adds `text` unless it has been said.
fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
