//! Which rule admits a pod; where none does, which comes nearest, and all that it misses.

use std::cell::Cell;

use crate::matching::pattern;
use crate::request::Requester;
use crate::settings::{Rule, Settings};
use crate::text;
use crate::workload::pod::Pod;

use super::compiled_rule::{Candidate, CompiledRule};
use super::mismatch::{self, What};

/// How much is compared for one object, counted as in [`Candidate::work`]. It takes up to 0.5 s in
/// the module.
const MOST_WORK: usize = 300_000_000;

/// The rules that hold in the namespace of a request.
pub struct ActiveRules<'s> {
    settings: &'s Settings,
    rules: Vec<CompiledRule<'s>>,
    /// Where they hold, as messages say it.
    place: String,
    /// Who asks, as messages say it.
    requester: String,
    /// How many patterns they have.
    patterns: usize,
    work_left: Cell<usize>,
}

/// Why no rule admits a pod.
pub struct Refusal {
    /// For the message: the nearest rule with all that it misses, or that there is none.
    pub reason: String,
    /// Whether the nearest rule misses nothing but the requester.
    pub only_by_requester: bool,
    /// Whether it is about this pod, and not about its namespace.
    pub of_the_pod: bool,
}

impl<'s> ActiveRules<'s> {
    /// The rules of `settings` for `namespace`, which is empty for what stands in none, and
    /// for `requester`; none of a requester lets anyone ask.
    pub fn of(settings: &'s Settings, namespace: &str, requester: Option<&Requester>) -> Self {
        // The empty one is covered by `*` alone.
        let covers = |rule: &&Rule| pattern::matches_any(&rule.namespaces, namespace);
        let in_force = settings.allow.iter().filter(covers);
        let rules: Vec<_> = in_force
            .map(|rule| CompiledRule::of(rule, requester))
            .collect();
        ActiveRules {
            settings,
            patterns: rules.iter().map(CompiledRule::patterns).sum(),
            rules,
            place: match namespace {
                "" => String::from("what stands in no namespace"),
                name => format!("namespace {}", text::quote(name)),
            },
            requester: requester.map(Requester::title).unwrap_or_default(),
            work_left: Cell::new(MOST_WORK),
        }
    }

    /// The first rule that admits `pod` as a whole and that is `wanted`.
    pub fn find(&self, pod: &Pod<'_>, wanted: impl Fn(&Rule) -> bool) -> Option<&'s Rule> {
        let candidate = self.candidate(pod).ok()?;
        let mut rules = self.rules.iter().filter(|it| wanted(it.rule));
        rules
            .find(|it| it.misses(&candidate, 1).is_empty())
            .map(|it| it.rule)
    }

    /// The first rule that admits `pod` as a whole; where none does, why.
    pub fn admitting(&self, pod: &Pod<'_>) -> Result<&'s Rule, Refusal> {
        let candidate = self.candidate(pod)?;
        let mut nearest = None;
        let (mut fewest, mut is_tie) = (usize::MAX, false);
        for in_force in &self.rules {
            let misses = in_force.misses(&candidate, fewest);
            if misses.is_empty() {
                return Ok(in_force.rule);
            }
            is_tie = (is_tie && misses.len() >= fewest) || misses.len() == fewest;
            if misses.len() < fewest {
                fewest = misses.len();
                nearest = Some((in_force.rule, misses));
            }
        }
        let Some((rule, misses)) = nearest else {
            let mut reason = format!("no rule covers {}", self.place);
            if self.settings.allow.is_empty() {
                reason += ": the policy's settings have none";
            }
            return Err(Refusal {
                reason,
                only_by_requester: false,
                of_the_pod: false,
            });
        };
        let said = mismatch::tell(&misses, pod, &self.requester);
        let mut reason = format!("rule \"{}\" comes nearest: {said}", rule.name);
        if let others @ 1.. = self.rules.len() - 1 {
            let (rules, miss) = if others == 1 {
                ("rule", "misses")
            } else {
                ("rules", "miss")
            };
            let as_much = if is_tie { " or as much" } else { "" };
            reason += &format!(
                "; {others} more {rules} of {} {miss} more{as_much}",
                self.place
            );
        }
        let only_by_requester = misses
            .iter()
            .all(|miss| matches!(miss.what, What::Requester));
        Err(Refusal {
            reason,
            only_by_requester,
            of_the_pod: true,
        })
    }

    /// `pod` as rules compare it, unless that is too much beside what was compared before.
    fn candidate<'p, 'a>(&self, pod: &'p Pod<'a>) -> Result<Candidate<'p, 'a>, Refusal> {
        let candidate = Candidate::of(pod);
        if let Some(left) = self
            .work_left
            .get()
            .checked_sub(candidate.work(self.patterns))
        {
            self.work_left.set(left);
            return Ok(candidate);
        }
        let reason = "its containers are too many or their commands too long to be compared with \
                      all rules: name the rules' namespaces more narrowly";
        Err(Refusal {
            reason: reason.into(),
            only_by_requester: false,
            of_the_pod: true,
        })
    }
}
