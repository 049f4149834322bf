//! Who may use a rule: `requestedBy`, `connectBy`, and RBAC if these lists hold `rbac`.

use std::fmt;

use crate::budget::{Budget, BudgetSpent};
use crate::host::{self, AccessReview, Host};
use crate::matching::requester;
use crate::request::Requester;
use crate::rules::cost;
use crate::settings::Rule;
use crate::text;

/// How often RBAC is asked for one request. Each question is a call of the API server.
const MOST_REVIEWS: usize = 3;

/// The API group and resource that Roles name. Nothing serves them, which RBAC does not mind.
const API_GROUP: &str = "windows-hostprocess.kubewarden.io";
const RESOURCE: &str = "rules";

/// What an administrator has to grant so that the host can ask RBAC.
const REVIEW_GRANT: &str = "grant the policy server create on subjectaccessreviews";

/// What a rule is wanted for.
#[derive(Clone, Copy)]
pub enum Purpose<'r> {
    /// The requester creates or changes a workload.
    Create(&'r Requester),
    /// Somebody unknown creates or changes a workload: `hostprocess check` without `--as`.
    CreateByUnknown,
    /// The controller manager creates the pods of a workload.
    CreateByController,
    /// The requester connects to a container of a running pod.
    Connect(&'r Requester),
}

/// Whether a rule is open for a [`Purpose`].
pub enum Access<'r> {
    Granted,
    /// The rule names requesters, and the requester is unknown.
    Assumed,
    /// RBAC decides whether this requester may use the rule.
    ByReview(&'r Requester),
    Refused(Refused),
}

/// Why a rule is closed for a [`Purpose`], whatever the workload is.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// The requester is not in the list `requestedBy` or `connectBy`.
    NotListed { list: &'static str, title: String },
    /// The rule has no `connectBy`.
    NoConnectBy,
    /// RBAC does not let the requester use the rule.
    ByRbac(RbacRefusal),
}

/// A question that RBAC did not answer with yes.
#[derive(Clone, Debug, PartialEq)]
pub struct RbacRefusal {
    pub rule: String,
    pub namespace: String,
    /// The title of the requester.
    pub title: String,
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
    /// The host could not ask, for this reason.
    Failed(String),
    /// RBAC was asked often enough for this request.
    NotAsked,
}

/// The verbs of a Role that lets somebody use rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Create and change workloads.
    Use,
    /// Exec into and attach to containers.
    Connect,
}

/// The questions that RBAC is asked for one request.
pub struct AccessReviews<'h> {
    host: &'h dyn Host,
    namespace: &'h str,
    answered: Vec<Answer>,
}

/// What RBAC said of a rule. A request that holds several pods asks once.
struct Answer {
    rule: String,
    refusal: Option<RbacRefusal>,
}

impl Purpose<'_> {
    fn verb(self) -> Verb {
        match self {
            Purpose::Connect(_) => Verb::Connect,
            Purpose::Create(_) | Purpose::CreateByUnknown | Purpose::CreateByController => {
                Verb::Use
            }
        }
    }
}

impl<'r> Access<'r> {
    /// Returns whether `rule` is open for `purpose`.
    pub fn new(
        rule: &Rule,
        purpose: Purpose<'r>,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        match purpose {
            Purpose::Connect(requester) => match &rule.connect_by {
                None => Ok(Access::Refused(Refused::NoConnectBy)),
                Some(patterns) => Access::by_list("connectBy", patterns, requester, budget),
            },
            Purpose::Create(requester) => match &rule.requested_by {
                None => Ok(Access::Granted),
                Some(patterns) => Access::by_list("requestedBy", patterns, requester, budget),
            },
            Purpose::CreateByUnknown => Ok(match &rule.requested_by {
                None => Access::Granted,
                Some(_) => Access::Assumed,
            }),
            Purpose::CreateByController => Ok(match &rule.requested_by {
                None => Access::Granted,
                Some(patterns) if requester::covers_a_controller(patterns) => Access::Granted,
                Some(_) => Access::Refused(Refused::NotListed {
                    list: "requestedBy",
                    title: String::from("the controller manager"),
                }),
            }),
        }
    }

    fn by_list(
        list: &'static str,
        patterns: &[String],
        requester: &'r Requester,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        budget.spend(cost::of_requester(patterns, requester))?;

        if requester::covers(patterns, requester) {
            Ok(Access::Granted)
        } else if requester::asks_rbac(patterns) && !requester.username.is_empty() {
            Ok(Access::ByReview(requester))
        } else {
            let title = requester.title();
            Ok(Access::Refused(Refused::NotListed { list, title }))
        }
    }
}

impl<'h> AccessReviews<'h> {
    /// No questions yet about a request in `namespace`.
    pub fn new(host: &'h dyn Host, namespace: &'h str) -> Self {
        AccessReviews {
            host,
            namespace,
            answered: Vec::new(),
        }
    }

    /// Asks RBAC whether `requester` may use `rule` for `purpose`; `None` if so. Each rule is
    /// asked for once, and at most three rules are.
    pub fn refusal(
        &mut self,
        rule: &Rule,
        requester: &Requester,
        purpose: Purpose<'_>,
    ) -> Option<RbacRefusal> {
        if let Some(answer) = self.answered.iter().find(|it| it.rule == rule.name) {
            return answer.refusal.clone();
        }

        let refused = |cause| RbacRefusal {
            rule: rule.name.clone(),
            namespace: self.namespace.to_owned(),
            title: requester.title(),
            verb: purpose.verb(),
            cause,
        };
        if self.answered.len() == MOST_REVIEWS {
            return Some(refused(RbacCause::NotAsked));
        }

        let question = host::AccessQuestion {
            requester,
            namespace: self.namespace,
            api_group: API_GROUP,
            resource: RESOURCE,
            name: &rule.name,
            verb: purpose.verb().as_str(),
        };
        let refusal = match host::can_i(self.host, &question) {
            AccessReview::Allowed => None,
            AccessReview::NotAllowed => Some(refused(RbacCause::NotGranted)),
            AccessReview::Denied(reason) => Some(refused(RbacCause::Denied(reason))),
            AccessReview::Failed(reason) => Some(refused(RbacCause::Failed(reason))),
        };
        self.answered.push(Answer {
            rule: rule.name.clone(),
            refusal: refusal.clone(),
        });
        refusal
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

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NotListed { list, title } => write!(f, "{title} is not in its {list}"),
            Refused::NoConnectBy => f.write_str("it has no connectBy"),
            Refused::ByRbac(refusal) => refusal.fmt(f),
        }
    }
}

impl fmt::Display for RbacRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RbacRefusal { rule, title, .. } = self;
        let verb = self.verb.as_str();
        let granted = format!("{verb} on {RESOURCE}.{API_GROUP}/{rule}");
        let action = match self.verb {
            Verb::Use => format!("use rule \"{rule}\""),
            Verb::Connect => format!("connect by rule \"{rule}\""),
        };
        let place = match &*self.namespace {
            "" => String::from("outside of namespaces"),
            namespace => format!("in namespace {}", text::quote(namespace)),
        };
        match &self.cause {
            RbacCause::NotGranted => {
                write!(
                    f,
                    "{title} may not {action} {place}: grant the verb {granted}"
                )
            }
            RbacCause::Denied(reason) => {
                write!(
                    f,
                    "{title} may not {action} {place}: an authorizer denies the verb {granted}"
                )?;
                match reason.is_empty() {
                    true => Ok(()),
                    false => write!(f, ": {}", text::quote(reason)),
                }
            }
            RbacCause::Failed(reason) => {
                let reason = text::quote(reason);
                write!(
                    f,
                    "RBAC cannot say if {title} may {action}: {reason}: {REVIEW_GRANT}"
                )
            }
            RbacCause::NotAsked => write!(
                f,
                "RBAC was not asked about rule \"{rule}\", because it is asked at most \
                 {MOST_REVIEWS} times for a request"
            ),
        }
    }
}
