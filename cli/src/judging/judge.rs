//! Judges objects and admission requests as the policy would in a cluster.

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Settings, asks_rbac};
use windows_hostprocess_policy::{Denial, DeniedAction, Host, ReadError, Verdict};

use super::cluster::{Cluster, ClusterHost, Rbac};
use super::outcome::{Condition, NotJudged, Outcome};
use super::report::JudgedObject;
use super::request::{self, Subject};
use super::scope::{Candidate, NotSent, Scope};
use crate::reading::field::LocatedField;
use crate::reading::object::{Content, Manifest};
use crate::reading::printable::name;

/// What objects are judged by: settings, and the objects that the policy is sent.
pub struct Guard {
    /// The settings of the policy.
    pub settings: Settings,
    /// The objects that the policy is sent.
    pub scope: Scope,
}

impl Guard {
    /// Returns whether the rule of this name leaves it to RBAC who may use it.
    fn leaves_to_rbac(&self, rule_name: &str) -> bool {
        let mut rules = self.settings.allow.iter();
        rules.any(|rule| {
            let mut lists = [&rule.requested_by, &rule.connect_by].into_iter().flatten();
            rule.name == rule_name && lists.any(|entries| asks_rbac(entries))
        })
    }
}

/// Judges objects.
pub struct Judge {
    /// What objects are judged by.
    pub guard: Guard,
    /// What they were judged by before, to compare with.
    pub before: Option<Guard>,
    /// What files say about the cluster.
    pub cluster: Cluster,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// The `userInfo` of the request that creates an object, and of admission requests that do not say
    /// who sent them. `None` if the requester is not known.
    pub user_info: Option<Value>,
    /// Whether `kubectl exec` into pods is judged, in place of their creation.
    pub connects: bool,
}

/// The question about a manifest that the policy would be asked, with the request that asks it.
enum Question {
    /// The manifest is an admission request, which says who sent it.
    AdmissionRequest(Value),
    /// May somebody create the object?
    Creation(Value),
    /// May somebody exec into the pod?
    Exec { request: Value, pod: Value },
    /// May somebody exec into an object that is no pod? That is never asked. Holds the request that
    /// creates the object.
    ExecIntoNoPod(Value),
}

impl Judge {
    /// Judges `manifest`.
    pub fn judge(&self, manifest: Manifest<'_>) -> JudgedObject {
        let is_object = matches!(manifest.content, Content::Object(_));
        let mut request = request::from_content(manifest.content, &self.namespace);
        self.set_requester(&mut request);
        let mut subject = Subject::of_request(&request, manifest.file, manifest.position.line);
        let question = match (is_object, self.connects) {
            (false, _) => Question::AdmissionRequest(request),
            (true, false) => Question::Creation(request),
            (true, true) => Question::exec_into(request),
        };

        let outcome = self.judge_by(&self.guard, &question);
        if outcome.asks_for_host_process() {
            let fields = manifest.fields.host_process_fields();
            let main_field = outcome
                .asking_path()
                .and_then(|asking_path| find_main_field(&fields, asking_path, is_object));
            subject.main_field = main_field.or(fields.first()).map(|field| field.region);
            subject.fields = fields.iter().map(|field| field.region).collect();
        }
        let before = self.before.as_ref();
        JudgedObject {
            before: before.map(|guard| self.judge_by(guard, &question)),
            outcome,
            subject,
        }
    }

    /// Sets the requester of a request that does not say it. The policy reads both spellings.
    fn set_requester(&self, request: &mut Value) {
        let has_requester = !request["userInfo"].is_null() || !request["user_info"].is_null();
        if let Some(user_info) = &self.user_info
            && !has_requester
        {
            request["userInfo"] = user_info.clone();
        }
    }

    fn judge_by(&self, guard: &Guard, question: &Question) -> Outcome {
        let (request, pod) = match question {
            Question::AdmissionRequest(request)
            | Question::Creation(request)
            | Question::ExecIntoNoPod(request) => (request, None),
            Question::Exec { request, pod } => (request, Some(pod)),
        };
        let read = match Request::read(request) {
            Ok(read) => read,
            Err(error) => return Outcome::Denied(unreadable(&error)),
        };
        let host = ClusterHost {
            cluster: &self.cluster,
            pod,
            rbac: Rbac::GrantsAll,
        };

        match question {
            Question::Exec { .. } if !guard.scope.includes_exec() => {
                not_judged(&read, NotJudged::ExecNotSent, &host)
            }
            // Whoever hands over a request asks what the policy says to it, even if no webhook rule
            // selects it.
            Question::AdmissionRequest(_) | Question::Exec { .. } => {
                judge_for_requester(&read, guard, host)
            }
            Question::Creation(_) => match exclusion(&guard.scope, request) {
                Some(not_sent) => not_judged(&read, NotJudged::NotSent(not_sent), &host),
                None => self.judge_creation(read, guard, host),
            },
            Question::ExecIntoNoPod(_) => {
                let kind = name(read.kind);
                not_judged(&read, NotJudged::NoPodToExecInto { kind }, &host)
            }
        }
    }

    fn judge_creation(
        &self,
        mut request: Request<'_>,
        guard: &Guard,
        host: ClusterHost<'_>,
    ) -> Outcome {
        if self.user_info.is_some() {
            return judge_for_requester(&request, guard, host);
        }
        // A request without a requester matches rules with any `requestedBy` but `nobody`.
        request.requester = None;
        let verdict = verdict(&request, &guard.settings, &host);
        Outcome::of_any_requester(verdict, &guard.settings)
    }
}

/// Returns the one of `fields` whose path in the object is `asking_path`. The paths of `fields` begin at
/// the object if `is_object`, else at the request with the object.
fn find_main_field<'f>(
    fields: &'f [LocatedField],
    asking_path: &str,
    is_object: bool,
) -> Option<&'f LocatedField> {
    fields.iter().find(|field| {
        let path = if is_object {
            Some(field.path())
        } else {
            path_in_object(field.path())
        };
        path == Some(asking_path)
    })
}

/// Returns the path in the object of a field of an AdmissionRequest, with or without the
/// AdmissionReview around it; `None` for a field of something else, such as `oldObject`.
fn path_in_object(path_in_request: &str) -> Option<&str> {
    path_in_request
        .strip_prefix("request.")
        .unwrap_or(path_in_request)
        .strip_prefix("object.")
}

/// Judges a request whose requester is known. What RBAC would answer is not known; for `host` it grants
/// all.
fn judge_for_requester(request: &Request<'_>, guard: &Guard, host: ClusterHost<'_>) -> Outcome {
    let admission = match verdict(request, &guard.settings, &host) {
        Verdict::Admitted(admission) => admission,
        verdict => return Outcome::from(verdict),
    };
    // Another pod of the object may be admitted by a rule without `rbac`.
    let rules = admission.allowed_by.iter();
    let conditions: Vec<Condition> = rules
        .filter(|rule| guard.leaves_to_rbac(rule))
        .map(|rule| Condition::GrantedByRbac { rule: rule.clone() })
        .collect();
    if conditions.is_empty() {
        return Outcome::Admitted(admission);
    }

    let without_grants = ClusterHost {
        rbac: Rbac::GrantsNothing,
        ..host
    };
    match verdict(request, &guard.settings, &without_grants) {
        Verdict::Denied(_) => Outcome::AdmittedIf(admission, conditions),
        Verdict::Accepted | Verdict::Admitted(_) => Outcome::Admitted(admission),
    }
}

/// Returns the outcome of an object that is not judged for this `reason`.
fn not_judged(request: &Request<'_>, reason: NotJudged, host: &dyn Host) -> Outcome {
    match asks_for_host_process(request, host) {
        true => Outcome::NotJudged(reason),
        false => Outcome::Accepted,
    }
}

fn verdict(request: &Request<'_>, settings: &Settings, host: &ClusterHost<'_>) -> Verdict {
    windows_hostprocess_policy::judge(request, settings, host)
        .unwrap_or_else(|error| Verdict::Denied(unreadable(&error)))
}

impl Question {
    /// Returns the question whether somebody may exec into the object that `creation` creates.
    fn exec_into(mut creation: Value) -> Self {
        let is_pod = creation["kind"]["group"] == "" && creation["kind"]["kind"] == "Pod";
        if !is_pod {
            return Question::ExecIntoNoPod(creation);
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

/// Returns whether `request` asks for HostProcess, or cannot be read as far as that. Without rules,
/// everything that asks is denied. For an exec, `host` has the pod.
pub(crate) fn asks_for_host_process(request: &Request<'_>, host: &dyn Host) -> bool {
    let verdict = windows_hostprocess_policy::judge(request, &Settings::default(), host);
    !matches!(verdict, Ok(Verdict::Accepted))
}

fn unreadable(error: &ReadError) -> Denial {
    let reason = format!("the request cannot be read: {error}");
    Denial::new(DeniedAction::HostProcess, reason)
}
