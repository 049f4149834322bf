//! Who may use a rule: `requestedBy`, `connectBy`, and RBAC if these lists hold `rbac`.

use std::fmt;

use crate::budget::{Budget, BudgetSpent};
use crate::host::{self, AccessReview, Host, HostError};
use crate::matching::requester;
use crate::request::Requester;
use crate::rules::cost;
use crate::settings::Rule;
use crate::text;
use crate::workload::pod_kind::PodKind;

/// The most questions that RBAC is asked for one request. Each is a call of the API server.
const MOST_REVIEWS: usize = 3;

/// The API group and the resource that Roles name. The API server serves neither, and RBAC does not
/// check that.
const API_GROUP: &str = "windows-hostprocess.kubewarden.io";
const RESOURCE: &str = "rules";

/// What an administrator has to grant so that the host can ask RBAC.
const REVIEW_GRANT: &str = "grant the policy server create on subjectaccessreviews";

/// What the requester does, for which a rule is needed.
#[derive(Clone, Copy)]
pub enum Purpose<'r> {
    /// The requester creates or changes a workload.
    Create(&'r Requester),
    /// Somebody unknown creates or changes a workload: `hostprocess check` without `--as`.
    CreateByUnknown,
    /// The controllers of Kubernetes create the pods of a workload of this kind.
    CreateByControllersOf(&'static PodKind),
    /// The requester connects to a container of a running pod.
    Connect(&'r Requester),
}

/// Whether the requester may use a rule for a [`Purpose`].
pub enum Access<'r> {
    Granted,
    /// The requester is unknown, and the rule admits some requesters only.
    Assumed,
    /// RBAC decides whether this requester may use the rule.
    ByReview(&'r Requester),
    Refused(Refusal),
}

/// Why the requester may not use a rule for a [`Purpose`].
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The requester is not in the list `requestedBy` or `connectBy`.
    NotListed {
        list: &'static str,
        /// What messages call the requester: `user "alice"`.
        requester_title: String,
    },
    /// The rule has no `connectBy`.
    NoConnectBy,
    /// RBAC does not let the requester use the rule.
    ByRbac(RbacRefusal),
}

/// Why RBAC does not let the requester use a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum RbacRefusal {
    /// RBAC did not answer with yes.
    Asked(RefusedQuestion),
    /// RBAC was not asked, because the request has used up its [`MOST_REVIEWS`] questions. There may be
    /// hundreds of such refusals for each of a thousand pods, so each holds little.
    NotAsked {
        /// The name of the rule.
        rule: String,
    },
}

/// A question that RBAC did not answer with yes, and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedQuestion {
    /// The name of the rule.
    pub rule: String,
    /// The namespace of the request; empty if the request is for an object in no namespace.
    pub namespace: String,
    /// What messages call the requester: `user "alice"`.
    pub requester_title: String,
    pub verb: Verb,
    pub cause: RbacCause,
}

/// Why RBAC did not answer with yes.
#[derive(Clone, Debug, PartialEq)]
pub enum RbacCause {
    /// No Role grants the verb.
    NotGranted,
    /// An authorizer denies the verb, whatever is granted. Its reason may be empty.
    Denied(String),
    /// The host could not ask, or its answer cannot be read.
    Failed(HostError),
}

/// The verbs of a Role that lets somebody use rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Create and change workloads.
    Use,
    /// Exec into and attach to containers.
    Connect,
}

/// Asks RBAC for one request, and remembers the answers.
///
/// All questions of a request have the same requester, namespace and verb. So the name of the rule
/// identifies a question, and a request with several pods asks only once about a rule.
pub struct AccessReviews<'h> {
    host: &'h dyn Host,
    namespace: &'h str,
    /// At most [`MOST_REVIEWS`].
    answered: Vec<AnsweredQuestion>,
}

/// What RBAC said about a rule.
struct AnsweredQuestion {
    rule: String,
    answer: Result<(), RbacRefusal>,
}

impl Purpose<'_> {
    fn verb(self) -> Verb {
        match self {
            Purpose::Connect(_) => Verb::Connect,
            Purpose::Create(_) | Purpose::CreateByUnknown | Purpose::CreateByControllersOf(_) => {
                Verb::Use
            }
        }
    }
}

impl<'r> Access<'r> {
    /// Decides whether the requester may use `rule` for `purpose`.
    pub fn decide(
        rule: &Rule,
        purpose: Purpose<'r>,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        match purpose {
            Purpose::Connect(requester) => match &rule.connect_by {
                None => Ok(Access::Refused(Refusal::NoConnectBy)),
                Some(entries) => Access::decide_by_list("connectBy", entries, requester, budget),
            },
            Purpose::Create(requester) => match &rule.requested_by {
                None => Ok(Access::Granted),
                Some(entries) => Access::decide_by_list("requestedBy", entries, requester, budget),
            },
            Purpose::CreateByUnknown if rule.depends_on_requester() => Ok(Access::Assumed),
            Purpose::CreateByUnknown => Ok(Access::Granted),
            Purpose::CreateByControllersOf(kind) => match &rule.requested_by {
                Some(entries) if !requester::covers_controllers_of(entries, kind) => {
                    Ok(Access::Refused(Refusal::NotListed {
                        list: "requestedBy",
                        requester_title: String::from("the controller manager"),
                    }))
                }
                _ => Ok(Access::Granted),
            },
        }
    }

    /// Decides by the `entries` of a `list`, which is `requestedBy` or `connectBy`.
    fn decide_by_list(
        list: &'static str,
        entries: &[String],
        requester: &'r Requester,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        budget.spend(cost::of_requester(entries, requester))?;

        if requester::covers(entries, requester) {
            return Ok(Access::Granted);
        }
        // RBAC is not asked about a requester with neither a name nor groups, such as the one that
        // `verdict::exec` makes for a request without `userInfo`.
        let is_known = !requester.username.is_empty() || !requester.groups.is_empty();
        if is_known && requester::asks_rbac(entries) {
            return Ok(Access::ByReview(requester));
        }
        Ok(Access::Refused(Refusal::NotListed {
            list,
            requester_title: requester.title(),
        }))
    }
}

impl<'h> AccessReviews<'h> {
    /// Prepares to ask `host` about a request in `namespace`.
    pub fn new(host: &'h dyn Host, namespace: &'h str) -> Self {
        AccessReviews {
            host,
            namespace,
            answered: Vec::new(),
        }
    }

    /// Asks RBAC whether `requester` may use `rule` for `purpose`. Asks about each rule once, and
    /// about at most [`MOST_REVIEWS`] rules.
    ///
    /// # Errors
    /// RBAC did not answer with yes.
    pub fn ask(
        &mut self,
        rule: &Rule,
        requester: &Requester,
        purpose: Purpose<'_>,
    ) -> Result<(), RbacRefusal> {
        let known = self
            .answered
            .iter()
            .find(|question| question.rule == rule.name);
        if let Some(question) = known {
            return question.answer.clone();
        }

        if self.answered.len() == MOST_REVIEWS {
            let rule = rule.name.clone();
            return Err(RbacRefusal::NotAsked { rule });
        }

        let question = host::AccessQuestion {
            requester,
            namespace: self.namespace,
            api_group: API_GROUP,
            resource: RESOURCE,
            name: &rule.name,
            verb: purpose.verb().as_str(),
        };
        let refusal = |cause| {
            RbacRefusal::Asked(RefusedQuestion {
                rule: rule.name.clone(),
                namespace: self.namespace.to_owned(),
                requester_title: requester.title(),
                verb: purpose.verb(),
                cause,
            })
        };
        let answer = match host::can_i(self.host, &question) {
            AccessReview::Allowed => Ok(()),
            AccessReview::NotAllowed => Err(refusal(RbacCause::NotGranted)),
            AccessReview::Denied(reason) => Err(refusal(RbacCause::Denied(reason))),
            AccessReview::Failed(error) => Err(refusal(RbacCause::Failed(error))),
        };
        self.answered.push(AnsweredQuestion {
            rule: rule.name.clone(),
            answer: answer.clone(),
        });
        answer
    }

    /// Returns the names of the rules that RBAC lets the requester use.
    pub fn into_granted(self) -> Vec<String> {
        let granted = self
            .answered
            .into_iter()
            .filter(|question| question.answer.is_ok());
        granted.map(|question| question.rule).collect()
    }
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Verb::Use => "use",
            Verb::Connect => "connect",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotListed {
                list,
                requester_title,
            } => write!(f, "{requester_title} is not in its {list}"),
            Refusal::NoConnectBy => f.write_str("it has no connectBy"),
            Refusal::ByRbac(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for RbacRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RbacRefusal::Asked(answer) => answer.fmt(f),
            RbacRefusal::NotAsked { rule } => write!(
                f,
                "RBAC was not asked about rule \"{rule}\", because it is asked at most \
                 {MOST_REVIEWS} times for a request"
            ),
        }
    }
}

impl fmt::Display for RefusedQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RefusedQuestion {
            rule,
            namespace,
            requester_title,
            verb,
            cause,
        } = self;
        let permission = format!("{} on {RESOURCE}.{API_GROUP}/{rule}", verb.as_str());
        let action = match verb {
            Verb::Use => format!("use rule \"{rule}\""),
            Verb::Connect => format!("connect by rule \"{rule}\""),
        };
        let place = match namespace.as_str() {
            "" => String::from("outside of namespaces"),
            name => format!("in namespace {}", text::quote(name)),
        };

        match cause {
            RbacCause::NotGranted => write!(
                f,
                "{requester_title} may not {action} {place}: grant the verb {permission}"
            ),
            RbacCause::Denied(reason) => {
                write!(
                    f,
                    "{requester_title} may not {action} {place}: an authorizer denies the verb \
                     {permission}"
                )?;
                if !reason.is_empty() {
                    write!(f, ": {}", text::quote(reason))?;
                }
                Ok(())
            }
            RbacCause::Failed(HostError::Refused(reason)) => {
                let reason = text::quote(reason);
                write!(
                    f,
                    "RBAC cannot say if {requester_title} may {action}: {reason}: {REVIEW_GRANT}"
                )
            }
            RbacCause::Failed(HostError::UnreadableAnswer(problem)) => write!(
                f,
                "RBAC cannot say if {requester_title} may {action}: {problem}"
            ),
        }
    }
}
