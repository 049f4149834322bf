//! `kubectl exec` and `kubectl attach`: a shell in a HostProcess container is a process of the
//! node, too.
//!
//! The request names the pod, and the host looks it up. `connectBy` of a rule that matches the pod
//! says who may connect, whoever created the pod. Requirements do not count, because the pod runs
//! already. No rule is suggested, because a rule may match the pod already and lack only the requester
//! in its `connectBy`.

use serde_json::Value;

use crate::budget::{Budget, BudgetSpent};
use crate::host::{self, Host, HostError, PodLookup};
use crate::request::{Request, Requester};
use crate::rules::{AccessReviews, ActiveRules, Purpose, Search};
use crate::settings::Settings;
use crate::text;
use crate::verdict::{Admission, Denial, DeniedAction, Verdict, denial};
use crate::workload::PodSpecLocation;
use crate::workload::pod::Pod;
use crate::workload::requested_action::ConnectKind;

/// What an administrator has to grant so that the host can look pods up.
const POD_GRANT: &str = "grant v1 Pod in the policy's contextAwareResources, and its policy server \
                         to get pods";

/// Judges `request`, which wants to connect to a container of the pod that it names.
///
/// # Errors
/// Too little of the budget is left to compare the pod with the rules.
pub fn judge_connection(
    kind: ConnectKind,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
    budget: &mut Budget,
) -> Result<Verdict, BudgetSpent> {
    let action = DeniedAction::from(kind);
    let id = text::quote_unless_plain(&format!("{}/{}", request.namespace, request.name));
    let deny = |reason: String| Ok(Verdict::Denied(Denial::new(action, reason)));

    let pod = match host::get_pod(host, request.namespace, request.name) {
        PodLookup::Found(pod) => pod,
        PodLookup::DoesNotExist => return deny(format!("pod {id} does not exist")),
        PodLookup::Failed(HostError::Refused(reason)) => {
            let reason = text::quote(&reason);
            return deny(format!("pod {id} cannot be read: {reason}: {POD_GRANT}"));
        }
        PodLookup::Failed(HostError::UnreadableAnswer(problem)) => {
            return deny(format!("pod {id} cannot be read: {problem}"));
        }
    };
    let pod = match read_pod(&pod) {
        Ok(pod) => pod,
        Err(reason) => return deny(format!("pod {id} cannot be read: {reason}")),
    };
    if !pod.requests_host_process() {
        return Ok(Verdict::Accepted);
    }

    // A request without a requester is that of a user without a name: only patterns that match
    // everything cover such a user.
    let unnamed = Requester::default();
    let purpose = Purpose::Connect(request.requester.as_ref().unwrap_or(&unnamed));
    let rules = ActiveRules::new(settings, request.namespace, purpose, budget)?;
    let mut reviews = AccessReviews::new(host, request.namespace);
    match rules.find(&pod, &mut reviews, budget)? {
        Search::Found(rule) => Ok(Verdict::Admitted(Admission {
            allowed_by: vec![rule.name.clone()],
            granted_by_rbac: reviews.into_granted(),
            ..Admission::default()
        })),
        Search::NotFound(no_match) => Ok(Verdict::Denied(Denial {
            processes: denial::describe_what_runs(&pod),
            asking_path: Some(no_match.asking_path),
            ..Denial::new(action, format!("pod {id}: {}", no_match.reason))
        })),
    }
}

/// Reads the pod that the host found.
fn read_pod(answer: &Value) -> Result<Pod<'_>, String> {
    match PodSpecLocation::Pod.read_pod(answer) {
        Ok(Some(pod)) => Ok(pod),
        Ok(None) => Err(String::from("the host's answer has no pod spec")),
        Err(error) => Err(error.to_string()),
    }
}
