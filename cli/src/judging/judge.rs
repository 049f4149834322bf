//! Judges objects and admission requests as the policy would in a cluster.

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Denial, DeniedAction, NoHost, ReadError, Verdict};

use super::cluster::{Cluster, ClusterHost, Rbac};
use super::outcome::{Condition, Outcome};
use super::report::JudgedObject;
use super::request::{self, Subject};
use super::scope::{Candidate, NotSent, Scope};
use crate::reading::object::{Content, Manifest};

/// What objects are judged by: settings, and the objects that the policy is sent.
pub struct Guard {
    /// The settings of the policy.
    pub settings: Settings,
    /// The objects that the policy is sent.
    pub scope: Scope,
}

impl Guard {
    /// Returns whether a rule leaves it to RBAC who may use it.
    fn mentions_rbac(&self) -> bool {
        let rules = self.settings.allow.iter();
        rules
            .flat_map(|rule| [&rule.requested_by, &rule.connect_by])
            .flatten()
            .flatten()
            .any(|requester| requester == "rbac")
    }
}

/// Judges objects.
pub struct Judge {
    /// What objects are judged by.
    pub guard: Guard,
    /// What they were judged by before, to compare with.
    pub before: Option<Guard>,
    /// What is given of the cluster.
    pub cluster: Cluster,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// The `userInfo` of the request for a manifest, and of requests that have none; `None` if the
    /// requester is not known.
    pub user_info: Option<Value>,
    /// Whether `kubectl exec` into pods is judged, in place of their creation.
    pub connects: bool,
}

/// What a verdict is wanted on.
enum Question {
    /// An admission request, which says who sent it.
    AdmissionRequest(Value),
    /// The creation of the object of a manifest, as the request for it.
    Creation(Value),
    /// An exec into a pod, as the request for it.
    Exec { request: Value, pod: Value },
    /// An exec into an object that is not a pod.
    NothingToConnectTo,
}

impl Judge {
    /// Judges `manifest`.
    pub fn judge(&self, manifest: Manifest<'_>) -> JudgedObject {
        let is_object = matches!(manifest.content, Content::Object(_));
        let mut request = request::of(manifest.content, &self.namespace);
        self.set_requester(&mut request);
        let mut subject = Subject::of(&request, manifest.file, manifest.position.line);
        let question = match (is_object, self.connects) {
            (false, _) => Question::AdmissionRequest(request),
            (true, false) => Question::Creation(request),
            (true, true) => Question::exec_into(request),
        };

        let outcome = self.judge_by(&self.guard, &question);
        if outcome.asks_for_host_process() {
            let fields = manifest.fields.host_process_fields();
            subject.fields = fields.iter().map(|field| field.region).collect();
        }
        let before = self.before.as_ref();
        JudgedObject {
            before: before.map(|guard| self.judge_by(guard, &question)),
            outcome,
            subject,
        }
    }

    /// Sets the requester of a request that does not say it.
    fn set_requester(&self, request: &mut Value) {
        let has_none = request["userInfo"].is_null() && request["user_info"].is_null();
        if let (true, Some(user_info)) = (has_none, &self.user_info) {
            request["userInfo"] = user_info.clone();
        }
    }

    fn judge_by(&self, guard: &Guard, question: &Question) -> Outcome {
        let (request, pod) = match question {
            Question::AdmissionRequest(request) | Question::Creation(request) => (request, None),
            Question::Exec { request, pod } => (request, Some(pod)),
            Question::NothingToConnectTo => return Outcome::Accepted,
        };
        let host = ClusterHost {
            cluster: &self.cluster,
            pod,
            rbac: Rbac::GrantsAll,
        };
        let mut read = match Request::read(request) {
            Ok(read) => read,
            Err(error) => return Outcome::Denied(unreadable(&error)),
        };
        if !matches!(question, Question::Creation(_)) {
            return judge_for_requester(&read, guard, host);
        }

        if self.user_info.is_none() {
            read.requester = None;
        }
        match exclusion(&guard.scope, request) {
            Some(not_sent) if asks_for_host_process(&read) => Outcome::NotJudged(not_sent),
            Some(_) => Outcome::Accepted,
            None if self.user_info.is_none() => {
                let verdict = verdict(&read, &guard.settings, &host);
                Outcome::of_any_requester(verdict, &guard.settings)
            }
            None => judge_for_requester(&read, guard, host),
        }
    }
}

/// Judges a request whose requester is known. What RBAC would answer is not known.
fn judge_for_requester(request: &Request<'_>, guard: &Guard, host: ClusterHost<'_>) -> Outcome {
    let admission = match verdict(request, &guard.settings, &host) {
        Verdict::Admitted(admission) if guard.mentions_rbac() => admission,
        verdict => return Outcome::from(verdict),
    };
    let without_grants = ClusterHost {
        rbac: Rbac::GrantsNothing,
        ..host
    };
    if !matches!(
        verdict(request, &guard.settings, &without_grants),
        Verdict::Denied(_)
    ) {
        return Outcome::Admitted(admission);
    }

    // No rule admits the request but by a grant that is only assumed.
    let rules = admission.allowed_by.iter().cloned();
    let conditions = rules
        .map(|rule| Condition::GrantedByRbac { rule })
        .collect();
    Outcome::AdmittedIf(admission, conditions)
}

fn verdict(request: &Request<'_>, settings: &Settings, host: &ClusterHost<'_>) -> Verdict {
    windows_hostprocess_policy::judge(request, settings, host)
        .unwrap_or_else(|error| Verdict::Denied(unreadable(&error)))
}

impl Question {
    /// Makes the request that creates a pod a request to exec into the pod.
    fn exec_into(mut creation: Value) -> Self {
        if creation["kind"]["kind"] != "Pod" || creation["kind"]["group"] != "" {
            return Question::NothingToConnectTo;
        }
        Question::Exec {
            pod: creation["object"].take(),
            request: json!({
                "kind": {"group": "", "version": "v1", "kind": "PodExecOptions"},
                "operation": "CONNECT",
                "name": creation["name"],
                "namespace": creation["namespace"],
                "userInfo": creation["userInfo"],
                "object": {"apiVersion": "v1", "kind": "PodExecOptions"},
            }),
        }
    }
}

/// Returns why the policy is not sent the object of `request`; `None` if it is.
pub(crate) fn exclusion(scope: &Scope, request: &Value) -> Option<NotSent> {
    fn text(value: &Value) -> &str {
        value.as_str().unwrap_or_default()
    }
    let kind = &request["kind"];
    scope.exclusion(&Candidate {
        group: text(&kind["group"]),
        version: text(&kind["version"]),
        kind: text(&kind["kind"]),
        namespace: text(&request["namespace"]),
        labels: &request["object"]["metadata"]["labels"],
    })
}

/// Returns whether `request` asks for HostProcess, or cannot be read as far as that.
pub(crate) fn asks_for_host_process(request: &Request<'_>) -> bool {
    let verdict = windows_hostprocess_policy::judge(request, &Settings::default(), &NoHost);
    !matches!(verdict, Ok(Verdict::Accepted))
}

fn unreadable(error: &ReadError) -> Denial {
    let reason = format!("the request cannot be read: {error}");
    Denial::new(DeniedAction::HostProcess, reason)
}
