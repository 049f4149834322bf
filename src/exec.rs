//! `kubectl exec` and `attach`: a shell in a HostProcess container is a process of the node,
//! too.
//!
//! The request names the pod, which is asked of the host. Who may is said by the `connectBy`
//! of a rule that admits the pod, whoever asked for it. Requirements are no matter: the pod
//! runs.

use serde::Serialize;
use serde_json::Value;

use crate::container::Role;
use crate::denial::{self, Denial};
use crate::fields::{Fields, Unreadable};
use crate::host::Host;
use crate::message;
use crate::pod::Pod;
use crate::request::Request;
use crate::requester::Requester;
use crate::rules::InForce;
use crate::settings::Settings;
use crate::verdict::{Verdict, to_json};
use crate::workload::Home;

/// Judges `request`, which connects to a container to do `what`: `exec` or `attach`.
///
/// # Errors
/// It names no pod, or its options are of another type than the Kubernetes API gives them.
pub fn judge(
    what: &'static str,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, Unreadable> {
    if request.name.is_empty() {
        return Err(Unreadable::new("is missing").within("request.name"));
    }
    let options = Fields::of(request.object).map_err(|error| error.within("request.object"))?;
    let container = options.text("container").map_err(|error| error.within("request.object"))?;
    let id = format!("{}/{}", request.namespace, request.name);
    let denied = |reason: String| Verdict::Denied {
        denial: Denial { what, ..Denial::because(reason) },
        suggested_rule: None,
    };
    let answer = match pod(request, host) {
        Ok(answer) => answer,
        Err(reason) => {
            return Ok(denied(format!(
                "pod {} cannot be read: {}: grant v1 Pod in the policy's contextAwareResources, \
                 and its policy server to get pods",
                message::name(&id),
                message::quoted(&reason)
            )));
        }
    };
    let pod = match Home::Pod.pod(&answer) {
        Ok(Some(pod)) => pod,
        Ok(None) => {
            return Ok(denied(format!("the host's answer is no pod {}", message::name(&id))));
        }
        Err(error) => {
            return Ok(denied(format!("pod {} cannot be read: {error}", message::name(&id))));
        }
    };
    if !pod.asks() {
        return Ok(Verdict::Accepted);
    }
    let in_force = InForce::of(settings, request.namespace, None);
    let admitting = in_force.admitting_all(&pod);
    let by_rule = admitting.iter().find(|rule| {
        let patterns = rule.connect_by.as_deref().unwrap_or_default();
        let covers = |requester: &Requester| requester.is_among(patterns);
        request.requester.as_ref().map_or(!patterns.is_empty(), covers)
    });
    if let Some(rule) = by_rule {
        return Ok(Verdict::Admitted {
            allowed_by: vec![rule.name.clone()],
            host_process_containers: Vec::new(),
            warnings: Vec::new(),
        });
    }
    let who = request.requester.as_ref().map(Requester::title).unwrap_or_default();
    let why = match (admitting.first(), in_force.admitting(&pod)) {
        (Some(rule), _) => format!("rule \"{}\" has no connectBy for {who}", rule.name),
        (None, Err(refusal)) => format!("no rule admits the pod: {}", refusal.reason),
        (None, Ok(_)) => String::new(),
    };
    Ok(denied(format!("{}; {why}", runs_as(&pod, container, &id))))
}

/// The SDK's `GetResourceRequest`, which comes with k8s-openapi.
#[derive(Serialize)]
struct GetResourceRequest<'a> {
    api_version: &'static str,
    kind: &'static str,
    name: &'a str,
    namespace: &'a str,
    disable_cache: bool,
    field_masks: Option<()>,
}

/// The pod that `request` names, as the host gives it, from no cache.
fn pod(request: &Request<'_>, host: &dyn Host) -> Result<Value, String> {
    let asked = GetResourceRequest {
        api_version: "v1",
        kind: "Pod",
        name: request.name,
        namespace: request.namespace,
        disable_cache: true,
        field_masks: None,
    };
    let answer = host.kubernetes("get_resource", &to_json(&asked))?;
    serde_json::from_slice(&answer).map_err(|error| error.to_string())
}

/// Whose process the shell would be: that of the container `named`, else of the first.
fn runs_as(pod: &Pod<'_>, named: Option<&str>, id: &str) -> String {
    let id = message::name(id);
    let mut containers = pod.containers.iter();
    let container = match named {
        Some(name) => containers.find(|container| container.name == name),
        None => containers.find(|container| container.role == Role::Main),
    };
    let name = named.or(container.map(|container| container.name)).unwrap_or_default();
    let account = container.and_then(|container| pod.run_as_user_name(container));
    let account = denial::named(account);
    format!("container {} of pod {id} runs as {account} on its node", message::quoted(name))
}
