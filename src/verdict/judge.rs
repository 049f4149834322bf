//! From what a request wants to the verdict.

use crate::budget::{Budget, BudgetSpent};
use crate::host::Host;
use crate::request::Request;
use crate::requirements;
use crate::requirements::finding::{LONGEST_WARNING, REACHES_NO_NODE};
use crate::requirements::nodes::NodeList;
use crate::rules::{AccessReviews, ActiveRules, NoMatchCause, Purpose, Search};
use crate::settings::{Rule, Settings};
use crate::text;
use crate::verdict::{
    Admission, Denial, DeniedAction, Suggestion, Verdict, denial, exec, suggestion,
};
use crate::workload::PodSpecLocation;
use crate::workload::pod::Pod;
use crate::workload::requested_action::{ConnectKind, RequestedAction};

const TOO_MUCH_WORK: &str = "it has too many containers, words or node labels to be compared with all \
                             rules and nodes: use fewer, or narrow the namespaces of the rules";

/// Judges what `request` wants.
pub fn judge(
    action: RequestedAction<'_>,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
    budget: &mut Budget,
) -> Verdict {
    let (denied_action, verdict) = match action {
        RequestedAction::Nothing => return Verdict::Accepted,
        RequestedAction::Inadmissible(reason) => {
            let denial = Denial::new(DeniedAction::HostProcess, reason.to_string());
            return Verdict::Denied(denial);
        }
        RequestedAction::CreatePods(pods) => {
            let verdict = judge_pods(&pods, request, settings, host, budget);
            (DeniedAction::HostProcess, verdict)
        }
        RequestedAction::Connect(kind) => {
            let action = match kind {
                ConnectKind::Exec => DeniedAction::Exec,
                ConnectKind::Attach => DeniedAction::Attach,
            };
            (action, exec::judge(action, request, settings, host, budget))
        }
    };

    match verdict {
        Ok(verdict) => verdict,
        Err(BudgetSpent) => Verdict::Denied(Denial::new(denied_action, TOO_MUCH_WORK)),
    }
}

fn judge_pods(
    pods: &[Pod<'_>],
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
    budget: &mut Budget,
) -> Result<Verdict, BudgetSpent> {
    let mut review = Review::new(pods, request, settings);
    review.check_rules(host, budget)?;
    review.check_requirements(&NodeList::ask(settings, host), budget)?;

    if review.is_denied() {
        return Ok(Verdict::Denied(review.into_denial(budget)));
    }
    review.warn_of_denied_pods(host, budget)?;
    Ok(Verdict::Admitted(review.into_admission()))
}

/// What rules and requirements say of the pods of a request.
struct Review<'v, 'a> {
    pods: &'v [Pod<'a>],
    request: &'v Request<'a>,
    settings: &'v Settings,
    admitted: Vec<AdmittedPod<'v, 'a>>,
    refused: Vec<RefusedPod<'v, 'a>>,
    /// Why no rule matches the refused pods. What is said of several pods is said once.
    reasons: Vec<String>,
    /// The requirements in mode deny that are not met.
    also_fix: Vec<String>,
    warnings: Vec<String>,
}

struct AdmittedPod<'v, 'a> {
    pod: &'v Pod<'a>,
    rule: &'v Rule,
}

struct RefusedPod<'v, 'a> {
    pod: &'v Pod<'a>,
    cause: NoMatchCause,
}

impl<'v, 'a> Review<'v, 'a> {
    fn new(pods: &'v [Pod<'a>], request: &'v Request<'a>, settings: &'v Settings) -> Self {
        Review {
            pods,
            request,
            settings,
            admitted: Vec::new(),
            refused: Vec::new(),
            reasons: Vec::new(),
            also_fix: Vec::new(),
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
                Search::Found(rule) => self.admitted.push(AdmittedPod { pod, rule }),
                Search::NotFound(no_match) => {
                    let cause = no_match.cause;
                    let reason = match cause {
                        NoMatchCause::Namespace => no_match.reason,
                        _ => self.about(pod, no_match.reason),
                    };
                    add(&mut self.reasons, reason);
                    self.refused.push(RefusedPod { pod, cause });
                }
            }
        }
        Ok(())
    }

    fn check_requirements(
        &mut self,
        nodes: &NodeList,
        budget: &mut Budget,
    ) -> Result<(), BudgetSpent> {
        for pod in self.pods {
            let findings = requirements::judge(pod, self.settings, nodes, budget)?;
            for finding in findings.denied {
                let text = self.about(pod, finding.denial());
                add(&mut self.also_fix, text);
            }
            for finding in findings.warned {
                add(&mut self.warnings, finding.warning());
            }
            if findings.reaches_no_node {
                add(&mut self.warnings, String::from(REACHES_NO_NODE));
            }
        }
        Ok(())
    }

    /// Warns if a rule lets the requester create the workload, but no rule lets the controller
    /// manager create its pods.
    fn warn_of_denied_pods(
        &mut self,
        host: &dyn Host,
        budget: &mut Budget,
    ) -> Result<(), BudgetSpent> {
        let Request { group, kind, .. } = self.request;
        let location = PodSpecLocation::of_kind(group, kind);
        if !matches!(location, Some(PodSpecLocation::Template(_))) || *kind == "PodTemplate" {
            return Ok(());
        }

        let namespace = self.request.namespace;
        let purpose = Purpose::CreateByController;
        let rules = ActiveRules::new(self.settings, namespace, purpose, budget)?;
        let mut reviews = AccessReviews::new(host, namespace);
        for AdmittedPod { pod, rule } in &self.admitted {
            if let Search::NotFound(_) = rules.find(pod, &mut reviews, budget)? {
                let warning = format!(
                    "its pods will be denied: add controllers to requestedBy of rule \"{}\"",
                    rule.name
                );
                self.warnings.push(text::truncate(warning, LONGEST_WARNING));
                break;
            }
        }
        Ok(())
    }

    fn is_denied(&self) -> bool {
        !self.reasons.is_empty() || !self.also_fix.is_empty()
    }

    fn into_admission(self) -> Admission {
        let mut allowed_by = Vec::new();
        for AdmittedPod { rule, .. } in &self.admitted {
            add(&mut allowed_by, rule.name.clone());
        }
        let containers = self.pods.iter().flat_map(Pod::host_processes);
        Admission {
            allowed_by,
            host_process_containers: containers
                .map(|it| text::quote_unless_plain(it.name))
                .collect(),
            warnings: self.warnings,
        }
    }

    fn into_denial(self, budget: &mut Budget) -> Denial {
        let suggestion = self.suggestion(budget);
        let processes = self.pods.iter().map(denial::would_run).collect();
        let (reasons, also_fix) = match self.reasons.is_empty() {
            true => (self.also_fix, Vec::new()),
            false => (self.reasons, self.also_fix),
        };
        Denial {
            action: DeniedAction::HostProcess,
            reasons,
            processes,
            also_fix,
            suggestion,
        }
    }

    /// Suggests a rule for the refused pods, if another rule is what it takes.
    fn suggestion(&self, budget: &mut Budget) -> Suggestion {
        let needs_rule = self
            .refused
            .iter()
            .any(|refused| refused.cause != NoMatchCause::Requester);
        // A workload that does not meet the requirements has to change first.
        if !needs_rule || !self.also_fix.is_empty() {
            return Suggestion::NotOffered;
        }

        let pods: Vec<&Pod<'_>> = self.refused.iter().map(|refused| refused.pod).collect();
        match suggestion::suggest_rule(self.request, &pods, &self.settings.allow, budget) {
            Ok(rule) => Suggestion::Rule(Box::new(rule)),
            Err(mut reasons) => Suggestion::Impossible(reasons.remove(0)),
        }
    }

    /// `text` about `pod`. If the object has several pod specs, it says which.
    fn about(&self, pod: &Pod<'_>, text: String) -> String {
        match self.pods {
            [_] => text,
            _ => format!("{}: {text}", pod.path),
        }
    }
}

/// Adds `text` unless it is there already.
fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
