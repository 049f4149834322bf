//! `kubectl exec` and `kubectl attach`: a shell in a HostProcess container is a process of the
//! node, too.
//!
//! The request names the pod, and the host looks it up. `connectBy` of a rule that matches the pod
//! says who may connect, whoever created the pod. Requirements do not count, because the pod runs
//! already.

use serde_json::Value;

use crate::host::{self, Host, PodLookup};
use crate::matching::requester;
use crate::request::{Request, Requester};
use crate::rules::ActiveRules;
use crate::settings::{Rule, Settings};
use crate::text;
use crate::verdict::{Admission, Denial, DeniedAction, Verdict, denial};
use crate::workload::PodSpecLocation;
use crate::workload::pod::Pod;

/// What an administrator has to grant so that the host can look pods up.
const POD_GRANT: &str = "grant v1 Pod in the policy's contextAwareResources, and its policy server \
                         to get pods";

/// Judges `request`, which wants to connect to a container of the pod that it names. `action` is
/// exec or attach.
pub fn judge(
    action: DeniedAction,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Verdict {
    let id = text::quote_unless_plain(&format!("{}/{}", request.namespace, request.name));

    let pod = match host::get_pod(host, request.namespace, request.name) {
        PodLookup::Found(pod) => pod,
        PodLookup::DoesNotExist => {
            return Verdict::Denied(Denial::new(action, format!("pod {id} does not exist")));
        }
        PodLookup::Failed(reason) => {
            let reason = format!(
                "pod {id} cannot be read: {}: {POD_GRANT}",
                text::quote(&reason)
            );
            return Verdict::Denied(Denial::new(action, reason));
        }
    };
    let pod = match read_pod(&pod) {
        Ok(pod) => pod,
        Err(reason) => {
            let reason = format!("pod {id} cannot be read: {reason}");
            return Verdict::Denied(Denial::new(action, reason));
        }
    };
    if !pod.requests_host_process() {
        return Verdict::Accepted;
    }

    match find_rule(&pod, request, settings) {
        Ok(rule) => Verdict::Admitted(Admission {
            allowed_by: vec![rule.name.clone()],
            ..Admission::default()
        }),
        Err(reason) => Verdict::Denied(Denial {
            processes: vec![denial::processes(&pod)],
            ..Denial::new(action, format!("pod {id}: {reason}"))
        }),
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

/// Finds a rule that matches `pod` and lets the requester connect.
///
/// # Errors
/// The reason why there is none.
fn find_rule<'s>(
    pod: &Pod<'_>,
    request: &Request<'_>,
    settings: &'s Settings,
) -> Result<&'s Rule, String> {
    // Who created the pod does not count.
    let rules = ActiveRules::of(settings, request.namespace, None);
    let may_connect = |rule: &Rule| {
        let patterns = rule.connect_by.as_deref().unwrap_or_default();
        let requester = request.requester.as_ref();
        requester.is_some_and(|requester| requester::covers(patterns, requester))
    };

    if let Some(rule) = rules.find(pod, may_connect) {
        return Ok(rule);
    }
    match rules.admitting(pod) {
        Ok(rule) => {
            let requester = request.requester.as_ref();
            let who = requester.map(Requester::title).unwrap_or_default();
            Err(format!("rule \"{}\" has no connectBy for {who}", rule.name))
        }
        Err(refusal) => Err(format!("no rule admits the pod: {}", refusal.reason)),
    }
}
