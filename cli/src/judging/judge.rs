//! Judges objects and admission requests as the policy would in a cluster.

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Denial, DeniedAction, NoHost, Verdict};

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

/// A request to judge.
struct JudgedRequest {
    request: Value,
    /// The pod that somebody connects to.
    pod: Option<Value>,
    /// Whether the request was made for a manifest.
    is_of_manifest: bool,
}

impl Judge {
    /// Judges `manifest`.
    pub fn judge(&self, manifest: Manifest<'_>) -> JudgedObject {
        let is_of_manifest = matches!(manifest.content, Content::Object(_));
        let request = request::of(manifest.content, &self.namespace);
        let mut subject = Subject::of(&request, manifest.file, manifest.position.line);
        let mut judged = JudgedRequest {
            request,
            pod: None,
            is_of_manifest,
        };
        if self.connects && is_of_manifest {
            judged = judged.into_exec();
        }
        self.set_requester(&mut judged.request);

        let outcome = self.judge_by(&self.guard, &judged);
        if outcome.asks_for_host_process() {
            let fields = manifest.fields.host_process_fields();
            subject.fields = fields.iter().map(|field| field.region).collect();
        }
        JudgedObject {
            outcome,
            before: self
                .before
                .as_ref()
                .map(|guard| self.judge_by(guard, &judged)),
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

    fn judge_by(&self, guard: &Guard, judged: &JudgedRequest) -> Outcome {
        let any_requester = judged.is_of_manifest && self.user_info.is_none();
        let mut request = match Request::read(&judged.request) {
            Ok(request) => request,
            Err(error) => return Outcome::Denied(unreadable(&error.to_string())),
        };
        if any_requester {
            request.requester = None;
        }
        if judged.is_of_manifest
            && judged.pod.is_none()
            && let Some(not_sent) = exclusion(&guard.scope, &judged.request)
        {
            return if asks_for_host_process(&request) {
                Outcome::NotJudged(not_sent)
            } else {
                Outcome::Accepted
            };
        }

        let judge_with = |rbac| {
            let host = ClusterHost {
                cluster: &self.cluster,
                pod: judged.pod.as_ref(),
                rbac,
            };
            windows_hostprocess_policy::judge(&request, &guard.settings, &host)
                .unwrap_or_else(|error| Verdict::Denied(unreadable(&error.to_string())))
        };
        let verdict = judge_with(Rbac::GrantsAll);
        if any_requester {
            return Outcome::of_any_requester(verdict, &guard.settings);
        }
        match verdict {
            // No rule admits the request but by a grant that is only assumed.
            Verdict::Admitted(admission)
                if guard.mentions_rbac()
                    && matches!(judge_with(Rbac::GrantsNothing), Verdict::Denied(_)) =>
            {
                let rules = admission.allowed_by.iter().cloned();
                let conditions = rules
                    .map(|rule| Condition::GrantedByRbac { rule })
                    .collect();
                Outcome::AdmittedIf(admission, conditions)
            }
            verdict => Outcome::from(verdict),
        }
    }
}

impl JudgedRequest {
    /// Makes the request that creates a pod a request to exec into it. Other objects have nothing
    /// to connect to, and are judged as they are.
    fn into_exec(mut self) -> Self {
        if self.request["kind"]["kind"] != "Pod" || self.request["kind"]["group"] != "" {
            return self;
        }
        let exec = json!({
            "kind": {"group": "", "version": "v1", "kind": "PodExecOptions"},
            "operation": "CONNECT",
            "name": self.request["name"],
            "namespace": self.request["namespace"],
            "object": {"apiVersion": "v1", "kind": "PodExecOptions"},
        });
        JudgedRequest {
            pod: Some(self.request["object"].take()),
            request: exec,
            is_of_manifest: true,
        }
    }
}

/// Returns why the policy is not sent the object of `request`; `None` if it is.
pub(crate) fn exclusion(scope: &Scope, request: &Value) -> Option<NotSent> {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let kind = &request["kind"];
    let [group, version, kind] = [&kind["group"], &kind["version"], &kind["kind"]].map(text);
    scope.exclusion(&Candidate {
        group: &group,
        version: &version,
        kind: &kind,
        namespace: &text(&request["namespace"]),
        labels: &request["object"]["metadata"]["labels"],
    })
}

/// Returns whether `request` asks for HostProcess, or cannot be read as far as that.
pub(crate) fn asks_for_host_process(request: &Request<'_>) -> bool {
    let verdict = windows_hostprocess_policy::judge(request, &Settings::default(), &NoHost);
    !matches!(verdict, Ok(Verdict::Accepted))
}

fn unreadable(reason: &str) -> Denial {
    Denial::new(
        DeniedAction::HostProcess,
        format!("the request cannot be read: {reason}"),
    )
}
