//! Judges what a request asks for, by the rules and by the requirements.

use crate::budget::{Budget, BudgetSpent};
use crate::host::Host;
use crate::request::Request;
use crate::requirements;
use crate::requirements::finding::{LONGEST_WARNING, REACHES_NO_NODE};
use crate::requirements::nodes::NodeList;
use crate::rules::{AccessReviews, ActiveRules, NoMatch, NoMatchCause, Purpose, Search};
use crate::settings::{Rule, Settings};
use crate::text;
use crate::verdict::{
    Admission, Denial, DeniedAction, Suggestion, Verdict, denial, exec, suggestion,
};
use crate::workload::pod::Pod;
use crate::workload::pod_kind::PodKind;
use crate::workload::requested_action::RequestedAction;

const TOO_MUCH_WORK: &str = "it has too many containers, words or node labels to be compared with all \
                             rules and nodes: use fewer, or narrow the namespaces of the rules";

/// Judges `action`, which is what `request` asks for.
pub fn judge(
    action: RequestedAction<'_>,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
    budget: &mut Budget,
) -> Verdict {
    match action {
        RequestedAction::Nothing => Verdict::Accepted,
        RequestedAction::CreatePods(pods) => {
            match judge_pods(&pods, request, settings, host, budget) {
                Ok(verdict) => verdict,
                Err(BudgetSpent) => deny(DeniedAction::HostProcess, TOO_MUCH_WORK),
            }
        }
        RequestedAction::Connect(kind) => {
            match exec::judge_connection(kind, request, settings, host, budget) {
                Ok(verdict) => verdict,
                Err(BudgetSpent) => deny(DeniedAction::from(kind), TOO_MUCH_WORK),
            }
        }
        RequestedAction::Inadmissible(reason) => {
            deny(DeniedAction::HostProcess, &reason.to_string())
        }
    }
}

fn deny(action: DeniedAction, reason: &str) -> Verdict {
    Verdict::Denied(Denial::new(action, reason))
}

fn judge_pods(
    pods: &[Pod<'_>],
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
    budget: &mut Budget,
) -> Result<Verdict, BudgetSpent> {
    let mut judgement = PodsJudgement::new(pods, request, settings);
    judgement.check_rules(host, budget)?;
    let nodes = NodeList::ask(settings, host);
    judgement.check_requirements(&nodes, budget)?;

    if judgement.is_denied() {
        return Ok(Verdict::Denied(judgement.into_denial(budget)));
    }
    judgement.warn_if_controller_is_denied(host, budget)?;
    Ok(Verdict::Admitted(judgement.into_admission()))
}

/// What rules and requirements say about the pods of a request.
struct PodsJudgement<'v, 'a> {
    pods: &'v [Pod<'a>],
    request: &'v Request<'a>,
    settings: &'v Settings,
    matched: Vec<MatchedPod<'v, 'a>>,
    unmatched: Vec<UnmatchedPod<'v, 'a>>,
    /// The names of the rules that the requester may use because RBAC says so.
    granted_by_rbac: Vec<String>,
    /// Why no rule matches the unmatched pods. A reason that several pods share is here once.
    reasons: Vec<String>,
    /// The requirements in mode deny that are not met.
    unmet_requirements: Vec<String>,
    /// The path of the HostProcess field that the first reason is about, or the first unmet requirement
    /// if there is no reason. `None` if there is neither.
    asking_path: Option<String>,
    warnings: Vec<String>,
}

/// A pod that a rule matches.
struct MatchedPod<'v, 'a> {
    pod: &'v Pod<'a>,
    rule: &'v Rule,
}

/// A pod that no rule matches.
struct UnmatchedPod<'v, 'a> {
    pod: &'v Pod<'a>,
    cause: NoMatchCause,
}

impl<'v, 'a> PodsJudgement<'v, 'a> {
    fn new(pods: &'v [Pod<'a>], request: &'v Request<'a>, settings: &'v Settings) -> Self {
        PodsJudgement {
            pods,
            request,
            settings,
            matched: Vec::new(),
            unmatched: Vec::new(),
            granted_by_rbac: Vec::new(),
            reasons: Vec::new(),
            unmet_requirements: Vec::new(),
            asking_path: None,
            warnings: Vec::new(),
        }
    }

    fn check_rules(&mut self, host: &dyn Host, budget: &mut Budget) -> Result<(), BudgetSpent> {
        let namespace = self.request.namespace;
        let purpose = match &self.request.requester {
            Some(requester) => Purpose::Create(requester),
            None => Purpose::CreateByUnknown,
        };
        let rules = ActiveRules::new(self.settings, namespace, purpose, budget)?;
        let mut reviews = AccessReviews::new(host, namespace);

        for pod in self.pods {
            match rules.find(pod, &mut reviews, budget)? {
                Search::Found(rule) => self.matched.push(MatchedPod { pod, rule }),
                Search::NotFound(no_match) => {
                    let NoMatch {
                        cause,
                        reason,
                        asking_path,
                    } = no_match;
                    let reason = match cause {
                        // The reason is the same for all pods, so it names none of them.
                        NoMatchCause::Namespace => reason,
                        NoMatchCause::Requester | NoMatchCause::Pod => self.about(pod, reason),
                    };
                    add_unless_there(&mut self.reasons, reason);
                    self.asking_path.get_or_insert(asking_path);
                    self.unmatched.push(UnmatchedPod { pod, cause });
                }
            }
        }
        self.granted_by_rbac = reviews.into_granted();
        Ok(())
    }

    fn check_requirements(
        &mut self,
        nodes: &NodeList,
        budget: &mut Budget,
    ) -> Result<(), BudgetSpent> {
        for pod in self.pods {
            let findings = requirements::check_all(pod, self.settings, nodes, budget)?;
            for finding in findings.denied {
                // If `check_rules` found a reason, it has set the path, because reasons come first in the
                // message.
                self.asking_path
                    .get_or_insert_with(|| pod.asking_path(None));
                let text = self.about(pod, finding.denial());
                add_unless_there(&mut self.unmet_requirements, text);
            }
            for finding in findings.warned {
                add_unless_there(&mut self.warnings, finding.warning());
            }
            if findings.reaches_no_node {
                add_unless_there(&mut self.warnings, String::from(REACHES_NO_NODE));
            }
        }
        Ok(())
    }

    /// Warns if a rule lets the requester create the workload, but no rule lets the controller
    /// manager create its pods. One warning is enough, whichever of the pods it is about.
    fn warn_if_controller_is_denied(
        &mut self,
        host: &dyn Host,
        budget: &mut Budget,
    ) -> Result<(), BudgetSpent> {
        let kind = match PodKind::find(self.request.group, self.request.kind) {
            Some(kind) if !kind.controllers.is_empty() => kind,
            // No controller of Kubernetes creates pods for the object.
            _ => return Ok(()),
        };
        let namespace = self.request.namespace;
        let purpose = Purpose::CreateByControllersOf(kind);
        let rules = ActiveRules::new(self.settings, namespace, purpose, budget)?;
        let mut reviews = AccessReviews::new(host, namespace);
        for MatchedPod { pod, rule } in &self.matched {
            if let Search::NotFound(_) = rules.find(pod, &mut reviews, budget)? {
                let warning = format!(
                    "its pods will be denied: add controllers to requestedBy of rule \"{}\"",
                    rule.name
                );
                self.warnings.push(text::truncate(warning, LONGEST_WARNING));
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_denied(&self) -> bool {
        !self.unmatched.is_empty() || !self.unmet_requirements.is_empty()
    }

    fn into_admission(self) -> Admission {
        let mut allowed_by = Vec::new();
        for MatchedPod { rule, .. } in &self.matched {
            add_unless_there(&mut allowed_by, rule.name.clone());
        }
        let containers = self.pods.iter().flat_map(Pod::host_processes);
        Admission {
            allowed_by,
            granted_by_rbac: self.granted_by_rbac,
            host_process_containers: containers
                .map(|container| text::quote_unless_plain(container.name))
                .collect(),
            warnings: self.warnings,
        }
    }

    /// Returns the denial. If too little of the budget is left to find a rule, it says so in place of
    /// a suggestion.
    fn into_denial(self, budget: &mut Budget) -> Denial {
        let suggestion = self.suggestion(budget);
        let processes = denial::describe_what_would_run(self.pods);
        let (reasons, also_fix) = if self.reasons.is_empty() {
            (self.unmet_requirements, Vec::new())
        } else {
            (self.reasons, self.unmet_requirements)
        };
        Denial {
            action: DeniedAction::HostProcess,
            reasons,
            processes,
            also_fix,
            suggestion,
            asking_path: self.asking_path,
        }
    }

    /// Suggests a rule for the unmatched pods.
    fn suggestion(&self, budget: &mut Budget) -> Suggestion {
        // Where a rule matches everything but the requester, the message names the rule to change.
        let needs_rule = self
            .unmatched
            .iter()
            .any(|unmatched| unmatched.cause != NoMatchCause::Requester);
        // A workload that does not meet the requirements has to change first.
        if !needs_rule || !self.unmet_requirements.is_empty() {
            return Suggestion::NotOffered;
        }

        let pods: Vec<&Pod<'_>> = self
            .unmatched
            .iter()
            .map(|unmatched| unmatched.pod)
            .collect();
        match suggestion::suggest_rule(self.request, &pods, &self.settings.allow, budget) {
            Ok(rule) => Suggestion::Rule(Box::new(rule)),
            // The message has room for one of the reasons.
            Err(reasons) => Suggestion::Impossible(reasons.into_iter().next().unwrap_or_default()),
        }
    }

    /// Returns `text` about `pod`. If the object has several pod specs, the text says which, unless the
    /// pod spec is the object itself.
    fn about(&self, pod: &Pod<'_>, text: String) -> String {
        match self.pods {
            [_] => text,
            _ if pod.path.is_empty() => text,
            _ => format!("{}: {text}", pod.path),
        }
    }
}

fn add_unless_there(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
