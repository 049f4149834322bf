//! Which rule admits a pod; where none does, which comes nearest, and all that it misses.

mod candidate;

use crate::message;
use crate::pattern;
use crate::pod::Pod;
use crate::requester::Requester;
use crate::settings::{Rule, Settings};

use candidate::{Candidate, RuleInForce, What, count};

/// How much is compared for one pod: the characters of its commands, and a thousand for each
/// container, with each entry. It takes up to 0.5 s in the module.
const MOST_WORK: usize = 250_000_000;

/// The rules that hold in the namespace of a request.
pub struct InForce<'s> {
    rules: Vec<RuleInForce<'s>>,
    /// Why there is none, where there is none.
    none: String,
    /// Where they hold, as messages say it.
    place: String,
    /// Who asks, as messages say it.
    requester: String,
}

/// Why no rule admits a pod.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    /// For the message: the nearest rule with all that it misses, or that there is none.
    pub reason: String,
    /// Whether the nearest rule misses nothing but the requester.
    pub only_by_requester: bool,
    /// Whether it is about this pod, and not about its namespace.
    pub of_the_pod: bool,
}

impl<'s> InForce<'s> {
    /// The rules of `settings` for `namespace`, which is empty for what stands in none, and
    /// for `requester`; none of a requester lets anyone ask.
    pub fn of(settings: &'s Settings, namespace: &str, requester: Option<&Requester>) -> Self {
        let covers = |rule: &&Rule| match namespace {
            "" => rule.namespaces.iter().any(|pattern| pattern == "*"),
            name => pattern::matches_any(&rule.namespaces, name),
        };
        let in_force = settings.allow.iter().filter(covers);
        let place = match namespace {
            "" => String::from("what stands in no namespace"),
            name => format!("namespace {}", message::quoted(name)),
        };
        let none = match settings.allow.as_slice() {
            [] => format!("no rule covers {place}: the policy's settings have none"),
            _ => format!("no rule covers {place}"),
        };
        InForce {
            rules: in_force.map(|rule| RuleInForce::of(rule, requester)).collect(),
            none,
            place,
            requester: requester.map(Requester::title).unwrap_or_default(),
        }
    }

    /// The first rule that admits `pod` as a whole; where none does, why.
    pub fn admitting(&self, pod: &Pod<'_>) -> Result<&'s Rule, Refusal> {
        let candidate = Candidate::of(pod);
        let entries: usize = self.rules.iter().map(|rule| rule.entries.len()).sum();
        if candidate.length().saturating_mul(entries) > MOST_WORK {
            let reason = "its containers are too many or their commands too long to be compared \
                          with all rules";
            let reason = String::from(reason);
            return Err(Refusal { reason, only_by_requester: false, of_the_pod: true });
        }
        self.all_admitting(&candidate).next().ok_or_else(|| self.refusal(&candidate))
    }

    /// All rules that admit `pod` as a whole.
    pub fn admitting_all(&self, pod: &Pod<'_>) -> Vec<&'s Rule> {
        self.all_admitting(&Candidate::of(pod)).collect()
    }

    fn all_admitting(&self, candidate: &Candidate<'_, '_>) -> impl Iterator<Item = &'s Rule> {
        let admits = |rule: &&RuleInForce<'s>| rule.misses(candidate, 1).is_empty();
        self.rules.iter().filter(admits).map(|in_force| in_force.rule)
    }

    fn refusal(&self, candidate: &Candidate<'_, '_>) -> Refusal {
        let mut fewest = usize::MAX;
        let mut nearest = None;
        for in_force in &self.rules {
            let misses = in_force.misses(candidate, fewest);
            let count = count(&misses);
            if count < fewest {
                fewest = count;
                nearest = Some((in_force.rule, misses));
            }
        }
        let Some((rule, misses)) = nearest else {
            let reason = self.none.clone();
            return Refusal { reason, only_by_requester: false, of_the_pod: false };
        };
        let others = match self.rules.len() - 1 {
            0 => String::new(),
            1 => format!("; 1 more rule of {} misses more", self.place),
            others => format!("; {others} more rules of {} miss more", self.place),
        };
        let said = candidate::tell(&misses, candidate.pod, &self.requester).join("; ");
        Refusal {
            reason: format!("rule \"{}\" comes nearest: {said}{others}", rule.name),
            only_by_requester: misses.iter().all(|miss| matches!(miss.what, What::Requester)),
            of_the_pod: true,
        }
    }
}
