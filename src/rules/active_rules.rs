//! Finds the rule that matches a pod, or says which rule comes closest.

use crate::budget::{Budget, BudgetSpent};
use crate::matching::{pattern, requester};
use crate::rules::access::{Access, AccessReviews, Purpose, RbacRefusal, Refused};
use crate::rules::candidate::Candidate;
use crate::rules::compiled_rule::CompiledRule;
use crate::rules::cost;
use crate::rules::mismatch::{Mismatch, Told};
use crate::settings::{Rule, Settings};
use crate::text;
use crate::workload::pod::Pod;

/// The rules that cover the namespace of a request, for what the request wants.
pub struct ActiveRules<'s, 'r> {
    rules: Vec<CompiledRule<'s, 'r>>,
    purpose: Purpose<'r>,
    /// The namespace, as messages say it.
    place: String,
    /// False if the settings have no rules at all.
    has_settings: bool,
}

/// The outcome of a search.
pub enum Search<'s> {
    Found(&'s Rule),
    NotFound(NoMatch),
}

/// Why no rule matches a pod.
pub struct NoMatch {
    pub cause: NoMatchCause,
    /// The reason for a message: the rule that comes closest with its mismatches, or that there
    /// is no rule.
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMatchCause {
    /// No rule covers the namespace.
    Namespace,
    /// The closest rule matches the pod, but it is closed for the requester.
    Requester,
    /// No rule matches the pod.
    Pod,
}

/// A rule that does not match, with its mismatches.
struct Nearest<'m, 'a> {
    rule: &'m Rule,
    mismatches: Vec<Mismatch<'m, 'a>>,
    distance: Distance,
}

/// How far a rule is from matching. The order of the fields is the order in which rules are
/// compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    mismatches: usize,
    is_about_identity: bool,
    differing_words: usize,
}

impl<'s, 'r> ActiveRules<'s, 'r> {
    /// Compiles the rules of `settings` that cover `namespace`. It is empty for an object in no
    /// namespace, which the pattern `*` alone covers.
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
            has_settings: !settings.allow.is_empty(),
        })
    }

    /// Finds the first rule that matches `pod` as a whole and is open for the requester.
    ///
    /// RBAC is asked last, and only about rules that match the pod.
    pub fn find(
        &self,
        pod: &Pod<'_>,
        reviews: &mut AccessReviews<'_>,
        budget: &mut Budget,
    ) -> Result<Search<'s>, BudgetSpent> {
        let candidate = Candidate::new(pod);
        let mut nearest: Option<Nearest<'_, '_>> = None;
        let mut undecided = Vec::new();

        for rule in &self.rules {
            let limit = nearest.as_ref().map(|nearest| nearest.distance.mismatches);
            let mut mismatches = rule.find_mismatches(&candidate, limit, budget)?;
            match &rule.access {
                Access::Granted if mismatches.is_empty() => return Ok(Search::Found(rule.rule)),
                Access::Assumed | Access::ByReview(_) if mismatches.is_empty() => {
                    undecided.push(rule);
                    continue;
                }
                Access::Refused(refused) => {
                    mismatches.insert(0, Mismatch::Requester(refused.clone()));
                }
                Access::Granted | Access::Assumed | Access::ByReview(_) => {}
            }
            self.keep_nearest(&mut nearest, rule.rule, mismatches);
        }

        let mut rbac_refusals = Vec::new();
        for rule in undecided {
            match self.review(rule, reviews) {
                None => return Ok(Search::Found(rule.rule)),
                Some(refusal) => {
                    rbac_refusals.push(refusal.clone());
                    let mismatch = Mismatch::Requester(Refused::ByRbac(refusal));
                    self.keep_nearest(&mut nearest, rule.rule, vec![mismatch]);
                }
            }
        }

        Ok(Search::NotFound(match nearest {
            None => self.no_rule(),
            Some(nearest) => self.no_match(pod, &nearest, &rbac_refusals),
        }))
    }

    /// Asks RBAC about a rule that matches in everything else. `None` if the rule is open.
    fn review(
        &self,
        rule: &CompiledRule<'_, '_>,
        reviews: &mut AccessReviews<'_>,
    ) -> Option<RbacRefusal> {
        match rule.access {
            Access::ByReview(requester) => reviews.refusal(rule.rule, requester, self.purpose),
            Access::Granted | Access::Assumed | Access::Refused(_) => None,
        }
    }

    /// Keeps the rule that comes closest: `rule` if it is closer than the rule before.
    fn keep_nearest<'m, 'a>(
        &self,
        nearest: &mut Option<Nearest<'m, 'a>>,
        rule: &'m Rule,
        mismatches: Vec<Mismatch<'m, 'a>>,
    ) {
        let distance = self.distance(&mismatches);
        if nearest
            .as_ref()
            .is_none_or(|nearest| distance < nearest.distance)
        {
            *nearest = Some(Nearest {
                rule,
                mismatches,
                distance,
            });
        }
    }

    fn distance(&self, mismatches: &[Mismatch<'_, '_>]) -> Distance {
        // Who may connect is said by the rules that match the pod. So the closest rule is one of
        // these, if there is one.
        let is_counted = |mismatch: &&Mismatch<'_, '_>| match (self.purpose, mismatch) {
            (Purpose::Connect(_), Mismatch::Requester(_)) => false,
            (_, _) => true,
        };
        Distance {
            mismatches: mismatches.iter().filter(is_counted).count(),
            is_about_identity: mismatches.iter().any(Mismatch::is_about_identity),
            differing_words: mismatches.iter().map(Mismatch::differing_words).sum(),
        }
    }

    fn no_rule(&self) -> NoMatch {
        let because = match self.has_settings {
            true => "",
            false => ", because the settings have no rules",
        };
        NoMatch {
            cause: NoMatchCause::Namespace,
            reason: format!("no rule covers {}{because}", self.place),
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
            let told = Told { mismatches, pod };
            let name = &nearest.rule.name;
            sentences.push(format!("rule \"{name}\" comes closest, but {told}"));
        }
        sentences.extend(rbac_refusals.iter().map(RbacRefusal::to_string));
        match self.rules.len() - 1 {
            0 => {}
            1 => sentences.push(format!("1 other rule covers {}", self.place)),
            others => sentences.push(format!("{others} other rules cover {}", self.place)),
        }
        NoMatch {
            cause: nearest.cause(),
            reason: join_sentences(&sentences),
        }
    }
}

impl Nearest<'_, '_> {
    fn cause(&self) -> NoMatchCause {
        let is_only_closed = self.mismatches.iter().all(|mismatch| match mismatch {
            Mismatch::Requester(_) => true,
            Mismatch::ServiceAccount { .. } | Mismatch::Container { .. } => false,
        });
        match is_only_closed {
            true => NoMatchCause::Requester,
            false => NoMatchCause::Pod,
        }
    }

    /// Returns whether RBAC alone keeps the rule from matching. What RBAC said names the rule.
    fn is_refused_by_rbac_alone(&self) -> bool {
        let [mismatch] = &self.mismatches[..] else {
            return false;
        };
        matches!(mismatch, Mismatch::Requester(Refused::ByRbac(_)))
    }
}

/// Returns whether `rule` counts for `purpose`. A rule with `requestedBy: [nobody]` is only there for
/// its `connectBy`; whoever creates a workload is told nothing about it.
fn counts_for(rule: &Rule, purpose: Purpose<'_>) -> bool {
    let requested_by = rule.requested_by.as_deref().unwrap_or_default();
    match purpose {
        Purpose::Connect(_) => true,
        Purpose::Create(_) | Purpose::CreateByUnknown | Purpose::CreateByController => {
            !requester::is_nobody(requested_by)
        }
    }
}

/// Joins sentences. All but the first, which stands behind a colon, begin with a capital letter.
fn join_sentences(sentences: &[String]) -> String {
    let mut joined = String::new();
    for sentence in sentences {
        if joined.is_empty() {
            joined.push_str(sentence);
            continue;
        }
        joined.push_str(". ");
        let (first, rest) = sentence.split_at(1);
        joined.push_str(&first.to_ascii_uppercase());
        joined.push_str(rest);
    }
    joined
}
