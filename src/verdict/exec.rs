//! `kubectl exec` and `attach`: a shell in a HostProcess container is a process of the node, too.
//!
//! The request names the pod, which is asked of the host. Who may is said by the `connectBy` of a
//! rule that admits the pod, whoever asked for it. Requirements are no matter: the pod runs.

use serde_json::Value;

use crate::host::Host;
use crate::matching::requester;
use crate::request::Requester;
use crate::request::{Request, fields};
use crate::rules::ActiveRules;
use crate::settings::{Rule, Settings};
use crate::text;
use crate::verdict::denial::Denial;
use crate::verdict::{Verdict, denial};
use crate::workload::PodSpecLocation;

/// Judges `request`, which connects to a container of the pod that it names, to do `what`: `exec`
/// or `attach`.
pub fn judge(
    what: &'static str,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, Denial> {
    let id = text::name(&format!("{}/{}", request.namespace, request.name));
    let deny = |reason: String| Denial {
        what,
        ..Denial::because(reason)
    };
    let unreadable = |reason: String| deny(format!("pod {id} cannot be read: {reason}"));
    let grant = "grant v1 Pod in the policy's contextAwareResources, and its policy server to get \
                 pods";
    let answer = ask_for_pod(request, host)
        .map_err(|reason| unreadable(format!("{}: {grant}", text::quoted(&reason))))?;
    let pod = PodSpecLocation::Pod
        .pod(&answer)
        .map_err(|error| unreadable(error.to_string()))?;
    let pod = pod.ok_or_else(|| deny(format!("the host's answer is no pod {id}")))?;
    if !pod.requests_host_process() {
        return Ok(Verdict::Accepted);
    }
    let in_force = ActiveRules::of(settings, request.namespace, None);
    let requester = request.requester.as_ref();
    let may_connect = |rule: &Rule| {
        let patterns = rule.connect_by.as_deref().unwrap_or_default();
        requester.is_some_and(|requester| requester::covers(patterns, requester))
    };
    if let Some(rule) = in_force.find(&pod, may_connect) {
        let (allowed_by, host_process_containers) = (vec![rule.name.clone()], Vec::new());
        return Ok(Verdict::Admitted {
            allowed_by,
            host_process_containers,
            warnings: Vec::new(),
        });
    }
    let why = match in_force.admitting(&pod) {
        Ok(rule) => {
            let who = requester.map(Requester::title).unwrap_or_default();
            format!("rule \"{}\" has no connectBy for {who}", rule.name)
        }
        Err(refusal) => format!("no rule admits the pod: {}", refusal.reason),
    };
    Err(Denial {
        processes: vec![denial::processes(&pod)],
        ..deny(format!("pod {id}: {why}"))
    })
}

/// The pod that `request` names, from no cache: the SDK's `GetResourceRequest` takes k8s-openapi.
fn ask_for_pod(request: &Request<'_>, host: &dyn Host) -> Result<Value, String> {
    let json = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let asked = format!(
        concat!(
            r#"{{"api_version":"v1","kind":"Pod","name":{},"namespace":{},"#,
            r#""disable_cache":true,"field_masks":null}}"#,
        ),
        json(request.name),
        json(request.namespace),
    );
    let answer = host.kubernetes("get_resource", asked.as_bytes())?;
    fields::json(&answer).map_err(|error| error.to_string())
}
