//! Judges objects and admission requests as the policy would in a cluster.

use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::Settings;
use windows_hostprocess_policy::{Denial, DeniedAction, Host, OwningWorkload, ReadError, Verdict};

use super::cluster::{Cluster, ClusterHost, Rbac};
use super::outcome::{Condition, NotJudged, Outcome};
use super::report::JudgedObject;
use super::request::{self, Subject};
use super::requester::Requester;
use super::scope::{NotSent, Scope};
use super::webhook_rule::Candidate;
use crate::reading::field::LocatedField;
use crate::reading::object::{Content, Manifest};
use crate::reading::printable::name;
use crate::reading::rendering::may_render_host_process;

/// What objects are judged by: settings, and the objects that the policy is sent.
pub struct Guard {
    /// The settings of the policy.
    pub settings: Settings,
    /// The objects that the policy is sent.
    pub scope: Scope,
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
    /// Who creates the objects, and sends the admission requests that do not say who sent them. `None`
    /// if the requester is not known.
    pub requester: Option<Requester>,
    /// Whether `kubectl exec` into pods is judged, in place of their creation.
    pub connects: bool,
}

/// What is asked about a manifest, with the request that asks it.
enum Question {
    /// The manifest is an admission request, which says who sent it.
    AdmissionRequest(Value),
    /// May somebody create the object? If the request has no `userInfo`, the requester is not known.
    Creation(Value),
    /// May somebody exec into the pod?
    Exec { request: Value, pod: Value },
    /// `--connect` is given, and the object is no pod, so nobody can exec into it. Holds the request
    /// that creates the object.
    ExecIntoNoPod(Value),
}

impl Judge {
    /// Judges `manifest`.
    pub fn judge(&self, manifest: Manifest<'_>) -> JudgedObject {
        let is_object = matches!(manifest.content, Content::Object(_));
        let mut request = request::from_content(manifest.content, &self.namespace);
        if let Some(requester) = self.requester_of(&request, is_object) {
            set_requester(&mut request, requester);
        }
        let mut subject = Subject::of_request(&request, manifest.file, manifest.position.line);
        let names_namespace = !is_object || request::names_namespace(&request);
        let question = if !is_object {
            Question::AdmissionRequest(request)
        } else if self.connects {
            Question::exec_into(request)
        } else {
            Question::Creation(request)
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
            names_namespace,
        }
    }

    /// Returns who sends `request`, which creates an object of a manifest if `is_object`. `None` if that
    /// is not known.
    fn requester_of(&self, request: &Value, is_object: bool) -> Option<&Requester> {
        let requester = self.requester.as_ref()?;
        let is_creation = is_object && !self.connects;
        let is_pod_without_owner =
            is_pod(request) && OwningWorkload::of(&request["object"]).is_none();
        if requester.is_controllers && is_creation && is_pod_without_owner {
            return None;
        }
        Some(requester)
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
            // Whoever hands over a request asks what the policy says to it, even if no webhook rule
            // selects it.
            Question::AdmissionRequest(_) => judge_for_requester(&read, guard, host),
            Question::Exec { .. } => match guard.scope.exec_exclusion(read.namespace) {
                Some(not_sent) => not_judged(&read, NotJudged::NotSent(not_sent), &host),
                None => judge_for_requester(&read, guard, host),
            },
            Question::Creation(_) => match exclusion_of_request(&guard.scope, request) {
                Some(not_sent) => not_judged(&read, NotJudged::NotSent(not_sent), &host),
                None if request["userInfo"].is_null() => judge_for_anyone(read, guard, host),
                None => judge_for_requester(&read, guard, host),
            },
            Question::ExecIntoNoPod(_) => {
                let kind = name(read.kind);
                not_judged(&read, NotJudged::NoPodToExecInto { kind }, &host)
            }
        }
    }
}

/// Sets the requester of a request that does not say it. The policy reads both spellings.
fn set_requester(request: &mut Value, requester: &Requester) {
    let has_requester = !request["userInfo"].is_null() || !request["user_info"].is_null();
    if !has_requester {
        request["userInfo"] = requester.user_info.clone();
    }
}

/// Returns whether `creation` creates a pod.
fn is_pod(creation: &Value) -> bool {
    creation["kind"]["group"] == "" && creation["kind"]["kind"] == "Pod"
}

/// Returns the one of `fields` whose path in the object is `asking_path`. The paths of `fields` begin
/// at the object if `is_object`, else at the request with the object.
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

/// Judges a request whose requester is not known.
fn judge_for_anyone(mut request: Request<'_>, guard: &Guard, host: ClusterHost<'_>) -> Outcome {
    // `Request::read` gives a request without `userInfo` a requester with an empty name. Without a
    // requester, the request matches rules with any `requestedBy` but `nobody`.
    request.requester = None;
    let verdict = verdict(&request, &guard.settings, &host);
    Outcome::of_any_requester(verdict, &guard.settings)
}

/// Judges a request whose requester is known. For `host`, RBAC grants all. If the verdict relies on
/// that, it is a condition.
fn judge_for_requester(request: &Request<'_>, guard: &Guard, host: ClusterHost<'_>) -> Outcome {
    let admission = match verdict(request, &guard.settings, &host) {
        Verdict::Admitted(admission) => admission,
        verdict => return Outcome::from(verdict),
    };
    let without_grants = ClusterHost {
        rbac: Rbac::GrantsNothing,
        ..host
    };
    // A recording may have what RBAC answers. Then the verdict does not rely on what is assumed.
    let relies_on_grants = !admission.granted_by_rbac.is_empty()
        && matches!(
            verdict(request, &guard.settings, &without_grants),
            Verdict::Denied(_)
        );
    if !relies_on_grants {
        return Outcome::Admitted(admission);
    }

    let rules = admission.granted_by_rbac.iter().cloned();
    let conditions = rules
        .map(|rule| Condition::GrantedByRbac { rule })
        .collect();
    Outcome::AdmittedIf(admission, conditions)
}

/// Returns the outcome of an object that is not judged for this `reason`.
fn not_judged(request: &Request<'_>, reason: NotJudged, host: &dyn Host) -> Outcome {
    if asks_for_host_process(request, host) || may_render_host_process(request.object) {
        Outcome::NotJudged(reason)
    } else {
        Outcome::Accepted
    }
}

fn verdict(request: &Request<'_>, settings: &Settings, host: &ClusterHost<'_>) -> Verdict {
    windows_hostprocess_policy::judge(request, settings, host)
        .unwrap_or_else(|error| Verdict::Denied(unreadable(&error)))
}

impl Question {
    /// Returns the question whether somebody may exec into the object that `creation` creates.
    fn exec_into(mut creation: Value) -> Self {
        if !is_pod(&creation) {
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
pub(crate) fn exclusion_of_request(scope: &Scope, request: &Value) -> Option<NotSent> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a rule for pods with this image and requesters.
    fn rule(name: &str, image: &str, requested_by: &[&str]) -> Value {
        json!({
            "name": name,
            "namespaces": ["*"],
            "requestedBy": requested_by,
            "images": [image],
            "runAsUserNames": ["*"],
        })
    }

    fn pod(image: &str) -> Value {
        json!({
            "hostNetwork": true,
            "securityContext": {
                "windowsOptions": {"hostProcess": true, "runAsUserName": r"NT AUTHORITY\SYSTEM"},
            },
            "containers": [{"name": "c", "image": image}],
        })
    }

    #[test]
    fn rbac_is_a_condition_of_the_rules_that_it_grants() {
        let settings = json!({
            "requirements": {"windowsNode": "ignore"},
            "allow": [
                rule("by-name", "r.example/a", &["rbac", "user:alice"]),
                rule("by-rbac", "r.example/b", &["rbac"]),
            ],
        });
        let guard = Guard {
            settings: Settings::read(settings).unwrap(),
            scope: Scope::PodKinds,
        };
        let request = json!({
            "kind": {"group": "example.com", "version": "v1", "kind": "Pair"},
            "operation": "CREATE",
            "namespace": "ns",
            "userInfo": {"username": "alice"},
            "object": {"spec": {"pods": [pod("r.example/a"), pod("r.example/b")]}},
        });
        let host = ClusterHost {
            cluster: &Cluster::default(),
            pod: None,
            rbac: Rbac::GrantsAll,
        };

        let outcome = judge_for_requester(&Request::read(&request).unwrap(), &guard, host);
        assert_eq!(
            outcome.words(),
            "admitted by rules by-name, by-rbac if RBAC lets the requester use rule by-rbac"
        );
    }
}
