//! Finds the rule that matches a pod, or says which rule comes closest.

use crate::budget::{Budget, BudgetSpent};
use crate::matching::pattern;
use crate::request::Requester;
use crate::rules::access::{Access, AccessReviews, Purpose, RbacRefusal, Refusal};
use crate::rules::candidate::Candidate;
use crate::rules::compiled_rule::CompiledRule;
use crate::rules::cost;
use crate::rules::mismatch::Mismatch;
use crate::rules::mismatch_summary::MismatchSummary;
use crate::settings::{Rule, Settings};
use crate::text;
use crate::workload::container::Container;
use crate::workload::pod::Pod;

/// The most refusals of RBAC that are kept for a message. A denial is cut off before it tells as many,
/// and an object of a thousand pods may meet hundreds of rules with `rbac`.
const MOST_RBAC_REFUSALS: usize = 30;

/// The rules that cover the namespace of a request, compiled for one [`Purpose`].
///
/// `'s` is the lifetime of the settings, and `'r` that of the requester.
pub struct ActiveRules<'s, 'r> {
    rules: Vec<CompiledRule<'s, 'r>>,
    purpose: Purpose<'r>,
    /// What messages call the namespace: `namespace "web"`.
    place: String,
    /// Whether the settings have any rules, for this namespace or for others.
    settings_have_rules: bool,
}

/// The outcome of a search.
pub enum Search<'s> {
    Found(&'s Rule),
    NotFound(NoMatch),
}

/// Why no rule matches a pod.
pub struct NoMatch {
    pub cause: NoMatchCause,
    /// What a message says: which rule comes closest and what does not match, what RBAC refused, or
    /// that no rule covers the namespace.
    pub reason: String,
    /// The path of the HostProcess field that `reason` is about. It is the field of the first container
    /// that the closest rule does not match. If there is no such container, it is the field by which
    /// the pod asks.
    pub asking_path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMatchCause {
    /// No rule covers the namespace.
    Namespace,
    /// The closest rule matches the pod, but the requester may not use it.
    Requester,
    /// No rule matches the pod.
    Pod,
}

/// The rule that comes closest among those compared so far.
///
/// `'m` is the lifetime of the rules and of the candidate that are compared, and `'a` that of the
/// object from which the pod was read.
struct Nearest<'m, 'a> {
    rule: &'m Rule,
    mismatches: Vec<Mismatch<'m, 'a>>,
    distance: Distance,
}

/// How far a rule is from matching. The order of the fields is the order in which rules are
/// compared, and `false` comes before `true`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    mismatch_count: usize,
    /// Whether the service account or the requester does not match.
    has_identity_mismatch: bool,
    differing_words: usize,
}

/// A rule that matches the pod, and that RBAC has not been asked about yet.
struct PendingReview<'s, 'r> {
    rule: &'s Rule,
    requester: &'r Requester,
}

impl<'s, 'r> ActiveRules<'s, 'r> {
    /// Compiles the rules of `settings` that cover `namespace` and count for `purpose`. For an object
    /// in no namespace, `namespace` is empty. Only the pattern `*` covers it.
    pub fn new(
        settings: &'s Settings,
        namespace: &str,
        purpose: Purpose<'r>,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        let mut rules = Vec::new();
        for rule in &settings.allow {
            if !counts_for(rule, purpose) {
                continue;
            }
            budget.spend(cost::of_patterns(&rule.namespaces, namespace))?;
            if pattern::matches_any(&rule.namespaces, namespace) {
                rules.push(CompiledRule::new(rule, purpose, budget)?);
            }
        }
        Ok(ActiveRules {
            rules,
            purpose,
            place: match namespace {
                "" => String::from("objects outside of namespaces"),
                name => format!("namespace {}", text::quote(name)),
            },
            settings_have_rules: !settings.allow.is_empty(),
        })
    }

    /// Finds the first rule that matches `pod` as a whole and that the requester may use.
    ///
    /// A rule with [`Access::Granted`] comes before one with [`Access::Assumed`]. RBAC is asked last,
    /// and only about rules that match the pod.
    pub fn find(
        &self,
        pod: &Pod<'_>,
        reviews: &mut AccessReviews<'_>,
        budget: &mut Budget,
    ) -> Result<Search<'s>, BudgetSpent> {
        let candidate = Candidate::new(pod);
        let mut nearest: Option<Nearest<'_, '_>> = None;
        let mut assumed: Option<&'s Rule> = None;
        let mut pending = Vec::new();

        for compiled in &self.rules {
            let mismatches = find_mismatches(compiled, &candidate, nearest.as_ref(), budget)?;
            if !mismatches.is_empty() {
                self.keep_nearest(&mut nearest, compiled.rule, mismatches);
                continue;
            }

            // The rule matches the pod, and the requester is not refused.
            match &compiled.access {
                Access::Granted => return Ok(Search::Found(compiled.rule)),
                Access::Assumed => {
                    assumed.get_or_insert(compiled.rule);
                }
                Access::ByReview(requester) => pending.push(PendingReview {
                    rule: compiled.rule,
                    requester,
                }),
                // Not reached, because the refusal is one of the mismatches.
                Access::Refused(_) => {}
            }
        }

        if let Some(rule) = assumed {
            return Ok(Search::Found(rule));
        }
        let mut rbac_refusals = Vec::new();
        for PendingReview { rule, requester } in pending {
            match reviews.ask(rule, requester, self.purpose) {
                Ok(()) => return Ok(Search::Found(rule)),
                Err(refusal) => {
                    if rbac_refusals.len() < MOST_RBAC_REFUSALS {
                        rbac_refusals.push(refusal.clone());
                    }
                    let mismatch = Mismatch::Requester(Refusal::ByRbac(refusal));
                    self.keep_nearest(&mut nearest, rule, vec![mismatch]);
                }
            }
        }

        Ok(Search::NotFound(match nearest {
            None => self.no_rule(pod),
            Some(nearest) => self.no_match(pod, &nearest, &rbac_refusals),
        }))
    }

    /// Keeps the rule that comes closest: `rule` if it is closer than the nearest rule so far.
    fn keep_nearest<'m, 'a>(
        &self,
        nearest: &mut Option<Nearest<'m, 'a>>,
        rule: &'m Rule,
        mismatches: Vec<Mismatch<'m, 'a>>,
    ) {
        let distance = self.distance(&mismatches);
        let is_closer = nearest
            .as_ref()
            .is_none_or(|nearest| distance < nearest.distance);
        if is_closer {
            *nearest = Some(Nearest {
                rule,
                mismatches,
                distance,
            });
        }
    }

    fn distance(&self, mismatches: &[Mismatch<'_, '_>]) -> Distance {
        let counted = mismatches
            .iter()
            .filter(|mismatch| self.adds_to_distance(mismatch));
        Distance {
            mismatch_count: counted.count(),
            has_identity_mismatch: mismatches.iter().any(Mismatch::is_about_identity),
            differing_words: mismatches.iter().map(Mismatch::differing_words).sum(),
        }
    }

    /// Returns whether `mismatch` adds to `mismatch_count`.
    ///
    /// If somebody connects to a pod, a mismatch with the requester does not add to it. Then the
    /// closest rule is one that matches the pod, if there is one, and its `connectBy` says who may
    /// connect.
    fn adds_to_distance(&self, mismatch: &Mismatch<'_, '_>) -> bool {
        match self.purpose {
            Purpose::Connect(_) => !mismatch.is_about_requester(),
            Purpose::Create(_) | Purpose::CreateByUnknown | Purpose::CreateByControllersOf(_) => {
                true
            }
        }
    }

    fn no_rule(&self, pod: &Pod<'_>) -> NoMatch {
        let because = if self.settings_have_rules {
            ""
        } else {
            ", because the settings have no rules"
        };
        NoMatch {
            cause: NoMatchCause::Namespace,
            reason: format!("no rule covers {}{because}", self.place),
            asking_path: pod.asking_path(None),
        }
    }

    fn no_match(
        &self,
        pod: &Pod<'_>,
        nearest: &Nearest<'_, '_>,
        rbac_refusals: &[RbacRefusal],
    ) -> NoMatch {
        let mut sentences = Vec::new();
        if !nearest.is_refused_by_rbac_alone() {
            let mismatches = &nearest.mismatches;
            let summary = MismatchSummary { mismatches, pod };
            let name = &nearest.rule.name;
            sentences.push(format!("rule \"{name}\" comes closest, but {summary}"));
        }
        sentences.extend(rbac_refusals.iter().map(RbacRefusal::to_string));

        // All but the nearest rule, which is one of `self.rules`.
        match self.rules.len() - 1 {
            0 => {}
            1 => sentences.push(format!("1 other rule covers {}", self.place)),
            others => sentences.push(format!("{others} other rules cover {}", self.place)),
        }
        NoMatch {
            cause: nearest.cause(),
            reason: join_sentences(&sentences),
            asking_path: pod.asking_path(nearest.first_container()),
        }
    }
}

impl Nearest<'_, '_> {
    fn cause(&self) -> NoMatchCause {
        if self.mismatches.iter().all(Mismatch::is_about_requester) {
            NoMatchCause::Requester
        } else {
            NoMatchCause::Pod
        }
    }

    /// Returns the first container that the rule does not match; `None` if it matches all of them.
    fn first_container(&self) -> Option<&Container<'_>> {
        self.mismatches.iter().find_map(|mismatch| match mismatch {
            Mismatch::Container { container, .. } => Some(*container),
            Mismatch::ServiceAccount { .. } | Mismatch::Requester(_) => None,
        })
    }

    /// Returns whether RBAC alone keeps the rule from matching. A message need not name the rule
    /// then, because the refusal names it.
    fn is_refused_by_rbac_alone(&self) -> bool {
        let [mismatch] = self.mismatches.as_slice() else {
            return false;
        };
        matches!(mismatch, Mismatch::Requester(Refusal::ByRbac(_)))
    }
}

/// Returns what `rule` does not allow about `candidate` and the requester. The requester comes first,
/// as in messages.
///
/// A rule with more mismatches than `nearest` cannot become the nearest. So the search for mismatches
/// may stop when there are more.
fn find_mismatches<'m, 'a>(
    rule: &'m CompiledRule<'_, '_>,
    candidate: &'m Candidate<'_, 'a>,
    nearest: Option<&Nearest<'_, '_>>,
    budget: &mut Budget,
) -> Result<Vec<Mismatch<'m, 'a>>, BudgetSpent> {
    let limit = nearest.map(|nearest| nearest.distance.mismatch_count);
    let mut mismatches = rule.find_mismatches(candidate, limit, budget)?;
    if let Access::Refused(refusal) = &rule.access {
        mismatches.insert(0, Mismatch::Requester(refusal.clone()));
    }
    Ok(mismatches)
}

/// Returns whether `rule` counts for `purpose`. A rule with `requestedBy: [nobody]` only serves its
/// `connectBy`. A message for somebody who creates a workload never mentions it.
fn counts_for(rule: &Rule, purpose: Purpose<'_>) -> bool {
    match purpose {
        Purpose::Connect(_) => true,
        Purpose::Create(_) | Purpose::CreateByUnknown | Purpose::CreateByControllersOf(_) => {
            !rule.is_for_nobody()
        }
    }
}

/// Joins sentences, and begins all but the first with a capital letter. The first one stands behind
/// a colon.
fn join_sentences(sentences: &[String]) -> String {
    let mut joined = String::new();
    for sentence in sentences {
        if joined.is_empty() {
            joined.push_str(sentence);
        } else {
            joined.push_str(". ");
            joined.push_str(&capitalize(sentence));
        }
    }
    joined
}

/// Returns `sentence` with a capital letter at its beginning.
fn capitalize(sentence: &str) -> String {
    let mut capitalized = sentence.to_owned();
    if let Some(first) = capitalized.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    capitalized
}
