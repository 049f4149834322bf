//! What the policy asks of the policy server that hosts it.

use serde_json::{Value, json};

use crate::request::Requester;
use crate::request::fields::{self, Fields, ReadError, ReadResult};
use crate::request::parsed_size;

/// The most groups of a requester that a SubjectAccessReview names. Rules compare as many, by
/// `MOST_GROUPS` of `matching::requester`, on which this module does not depend. A test below compares
/// the two.
const MOST_REVIEWED_GROUPS: usize = 1_000;

/// The host's capabilities.
pub trait Host {
    /// Calls a Kubernetes capability of the host, such as `get_resource`. `request` holds the
    /// parameters as JSON; the answer is JSON as well.
    ///
    /// # Errors
    /// The host's own words, if it has not granted the capability or if it fails.
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String>;
}

/// A host without capabilities.
pub struct NoHost;

impl Host for NoHost {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from("no cluster can be asked here"))
    }
}

/// Why a question to the host has no answer that the policy can use.
#[derive(Clone, Debug, PartialEq)]
pub enum HostError {
    /// The host could not or may not look. Holds the first line of the host's own words, unescaped. A
    /// grant may be missing.
    Refused(String),
    /// The host has answered, so that no grant is missing, and the policy cannot read the answer. Holds
    /// what is wrong with the answer, in the policy's words, which need no escaping.
    UnreadableAnswer(String),
}

/// What the host knows of a pod.
#[derive(Debug, PartialEq)]
pub enum PodLookup {
    /// The pod as the API server has it.
    Found(Value),
    /// The API server has no such pod.
    DoesNotExist,
    /// The host could not look, or its answer cannot be read. Messages write the reason after they have
    /// named the pod.
    Failed(HostError),
}

/// The parameters of `list_resources_all` for the Windows nodes: their names, labels and versions.
/// They are always the same, so that the policy server keeps one answer for all requests.
pub const WINDOWS_NODES: &str = concat!(
    r#"{"api_version":"v1","kind":"Node","label_selector":"kubernetes.io/os=windows","#,
    r#""field_selector":null,"#,
    r#""field_masks":["metadata.labels","metadata.name","status.nodeInfo"]}"#,
);

/// Asks `host` for the cluster's Windows nodes and returns a `NodeList`.
///
/// # Errors
/// Why the host could not look, or why its answer cannot be read. Messages write this reason after they
/// have named the nodes.
pub fn list_windows_nodes(host: &dyn Host) -> Result<Value, HostError> {
    let answer = host
        .kubernetes("list_resources_all", WINDOWS_NODES.as_bytes())
        .map_err(|reason| HostError::refused(&reason))?;
    if !parsed_size::fits_into_memory(&answer) {
        return Err(HostError::unreadable("there are too many to be read"));
    }
    fields::parse_json(&answer)
        .map_err(|error| HostError::unreadable(format!("the answer is {error}")))
}

/// Asks `host` for a pod. The answer comes from the API server, not from the host's cache.
pub fn get_pod(host: &dyn Host, namespace: &str, name: &str) -> PodLookup {
    // The keys of the SDK's `GetResourceRequest`. The type itself would bring in k8s-openapi, which
    // is too large for the module.
    let request = json!({
        "api_version": "v1",
        "kind": "Pod",
        "name": name,
        "namespace": namespace,
        "disable_cache": true,
        "field_masks": null,
    });
    match host.kubernetes("get_resource", request.to_string().as_bytes()) {
        Ok(answer) if !parsed_size::fits_into_memory(&answer) => {
            PodLookup::Failed(HostError::unreadable("it is too large"))
        }
        Ok(answer) => match fields::parse_json(&answer) {
            Ok(pod) => PodLookup::Found(pod),
            Err(error) => {
                let problem = format!("the host's answer is {error}");
                PodLookup::Failed(HostError::unreadable(problem))
            }
        },
        Err(reason) if says_pod_does_not_exist(&reason) => PodLookup::DoesNotExist,
        Err(reason) => PodLookup::Failed(HostError::refused(&reason)),
    }
}

/// A question to the API server's authorizers, RBAC among them: may `requester` do `verb` to an
/// object?
pub struct AccessQuestion<'q> {
    pub requester: &'q Requester,
    /// The namespace of the object; empty if it is in none.
    pub namespace: &'q str,
    pub api_group: &'q str,
    pub resource: &'q str,
    pub name: &'q str,
    pub verb: &'q str,
}

/// The answer to an [`AccessQuestion`].
#[derive(Debug, PartialEq)]
pub enum AccessReview {
    Allowed,
    /// No authorizer allows it.
    NotAllowed,
    /// An authorizer denies it, whatever others allow. Holds the first line of the authorizer's reason,
    /// unescaped, which may be empty.
    Denied(String),
    /// The host could not ask, or its answer cannot be read.
    Failed(HostError),
}

/// Asks `host` for a SubjectAccessReview. The answer comes from the API server, not from the
/// host's cache.
pub fn can_i(host: &dyn Host, question: &AccessQuestion<'_>) -> AccessReview {
    let groups = question.requester.groups.iter().take(MOST_REVIEWED_GROUPS);
    let groups: Vec<&String> = groups.collect();
    // The keys of the SDK's `CanIRequest`. The type itself would bring in k8s-openapi, which is too
    // large for the module.
    let request = json!({
        "subject_access_review": {
            "groups": groups,
            "resource_attributes": {
                "group": question.api_group,
                "name": question.name,
                "namespace": question.namespace,
                "resource": question.resource,
                "subresource": null,
                "verb": question.verb,
                "version": null,
            },
            "user": question.requester.username,
        },
        "disable_cache": true,
    });
    match host.kubernetes("can_i", request.to_string().as_bytes()) {
        Ok(answer) if !parsed_size::fits_into_memory(&answer) => {
            let problem = "the answer is too large to be read";
            AccessReview::Failed(HostError::unreadable(problem))
        }
        Ok(answer) => read_review(&answer).unwrap_or_else(|error| {
            let problem = format!("the answer cannot be read: {error}");
            AccessReview::Failed(HostError::unreadable(problem))
        }),
        Err(reason) => AccessReview::Failed(HostError::refused(&reason)),
    }
}

/// Reads a `SubjectAccessReviewStatus`. A status that is both allowed and denied is a denial.
fn read_review(answer: &[u8]) -> ReadResult<AccessReview> {
    let status = fields::parse_json(answer)?;
    let status = Fields::new(&status)?;
    let is_allowed = status
        .flag("allowed")?
        .ok_or_else(|| ReadError::missing("allowed"))?;

    if status.flag("denied")? == Some(true) {
        let reason = status.text("reason")?.unwrap_or_default();
        return Ok(AccessReview::Denied(first_line(reason).to_owned()));
    }
    if is_allowed {
        return Ok(AccessReview::Allowed);
    }
    Ok(AccessReview::NotAllowed)
}

impl HostError {
    /// Returns the error of a host that says `reason`, perhaps with a stack trace on further lines.
    fn refused(reason: &str) -> Self {
        HostError::Refused(first_line(reason).to_owned())
    }

    /// Returns the error of an answer that has this `problem`.
    pub fn unreadable(problem: impl Into<String>) -> Self {
        HostError::UnreadableAnswer(problem.into())
    }
}

/// Returns whether `reason` says that the API server has no such pod. kwctl and policy-server say so
/// by this text alone: `Callback evaluation failure: Cannot find v1/Pod named 'x' inside of namespace
/// …`.
fn says_pod_does_not_exist(reason: &str) -> bool {
    let reason = reason
        .strip_prefix("Callback evaluation failure: ")
        .unwrap_or(reason);
    reason.starts_with("Cannot find v1/Pod named ")
}

/// Returns the first line of `reason`, the words of the host or of an authorizer. A stack trace may follow.
fn first_line(reason: &str) -> &str {
    reason.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rbac_is_asked_about_the_groups_that_rules_compare() {
        assert_eq!(
            MOST_REVIEWED_GROUPS,
            crate::matching::requester::MOST_GROUPS
        );
    }

    /// A host that answers every question with a list that needs more memory than the module has.
    struct LargeAnswerHost;

    impl Host for LargeAnswerHost {
        fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
            let entries = vec!["{}"; 300_000].join(",");
            Ok(format!("[{entries}]").into_bytes())
        }
    }

    #[test]
    fn large_answers_are_not_read() {
        let nodes = list_windows_nodes(&LargeAnswerHost);
        let error = HostError::unreadable("there are too many to be read");
        assert_eq!(nodes, Err(error));

        let pod = get_pod(&LargeAnswerHost, "ns", "pod");
        let error = HostError::unreadable("it is too large");
        assert_eq!(pod, PodLookup::Failed(error));

        let question = AccessQuestion {
            requester: &Requester::default(),
            namespace: "ns",
            api_group: "policies.kubewarden.io",
            resource: "clusteradmissionpolicies",
            name: "rule",
            verb: "use",
        };
        let error = HostError::unreadable("the answer is too large to be read");
        assert_eq!(
            can_i(&LargeAnswerHost, &question),
            AccessReview::Failed(error)
        );
    }
}
