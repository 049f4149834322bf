//! `kubectl exec` and `attach`: a shell in a HostProcess container is a process of the node,
//! too.
//!
//! The request names the pod, which is asked of the host. Who may is said by the `connectBy`
//! of a rule that admits the pod, whoever asked for it. Requirements are no matter: the pod
//! runs.

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
use crate::settings::{Rule, Settings};
use crate::verdict::Verdict;
use crate::workload::Home;

/// Judges `request`, which connects to a container to do `what`: `exec` or `attach`. It has to
/// name a pod, and its options have to be of the API's types.
pub fn judge(
    what: &'static str,
    request: &Request<'_>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, Unreadable> {
    if request.name.is_empty() {
        return Err(Unreadable::new("is missing").within("request.name"));
    }
    let container = Fields::of(request.object).and_then(|options| options.text("container"));
    let container = container.map_err(|error| error.within("request.object"))?;
    Ok(decide(request, container, settings, host)
        .unwrap_or_else(|reason| Verdict::Denied(Denial { what, ..Denial::because(reason) })))
}

/// The verdict, or the reason for a denial.
fn decide(
    request: &Request<'_>,
    container: Option<&str>,
    settings: &Settings,
    host: &dyn Host,
) -> Result<Verdict, String> {
    let id = message::name(&format!("{}/{}", request.namespace, request.name));
    let answer = ask_for_pod(request, host).map_err(|reason| {
        format!(
            "pod {id} cannot be read: {}: grant v1 Pod in the policy's contextAwareResources, \
             and its policy server to get pods",
            message::quoted(&reason)
        )
    })?;
    let pod = Home::Pod.pod(&answer);
    let pod = pod.map_err(|error| format!("pod {id} cannot be read: {error}"))?;
    let pod = pod.ok_or_else(|| format!("the host's answer is no pod {id}"))?;
    if !pod.asks() {
        return Ok(Verdict::Accepted);
    }
    let in_force = InForce::of(settings, request.namespace, None);
    let requester = request.requester.as_ref();
    let may_connect = |rule: &Rule| {
        let patterns = rule.connect_by.as_deref().unwrap_or_default();
        requester.map_or(!patterns.is_empty(), |requester| requester.is_among(patterns))
    };
    if let Some(rule) = in_force.find(&pod, may_connect) {
        return Ok(Verdict::Admitted {
            allowed_by: vec![rule.name.clone()],
            host_process_containers: Vec::new(),
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
    Err(format!("{}; {why}", runs_as(&pod, container, &id)))
}

/// The pod that `request` names, as the host gives it, from no cache: by the SDK's
/// `GetResourceRequest`, which comes with k8s-openapi.
fn ask_for_pod(request: &Request<'_>, host: &dyn Host) -> Result<Value, String> {
    let asked = format!(
        concat!(
            r#"{{"api_version":"v1","kind":"Pod","name":{},"namespace":{},"#,
            r#""disable_cache":true,"field_masks":null}}"#,
        ),
        Value::from(request.name),
        Value::from(request.namespace),
    );
    let answer = host.kubernetes("get_resource", asked.as_bytes())?;
    serde_json::from_slice(&answer).map_err(|error| error.to_string())
}

/// Whose process the shell would be: that of the container `named`, else of the first.
fn runs_as(pod: &Pod<'_>, named: Option<&str>, id: &str) -> String {
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
