//! A pod as rules compare it, and what a rule does not admit of it.

use super::miss::{Miss, What};
use crate::container::{Container, Role};
use crate::image::{self, Image};
use crate::pod::Pod;
use crate::requester::Requester;
use crate::settings::{Entry, Rule};
use crate::{account, pattern, words};

/// A pod with what rules compare, worked out once for all of them.
pub struct Candidate<'p, 'a> {
    pub pod: &'p Pod<'a>,
    parts: Vec<Part<'p, 'a>>,
}

/// A container of a candidate.
struct Part<'p, 'a> {
    container: &'p Container<'a>,
    image: Option<Image<'a>>,
    account: Option<&'a str>,
}

/// What a container has to fit, and its patterns of images taken apart.
type Wanted<'s> = (Entry<'s>, Vec<image::Pattern<'s>>);

/// A rule, worked out once for all candidates.
pub struct RuleInForce<'s> {
    pub rule: &'s Rule,
    /// Whether whoever makes the request may ask by it.
    may_ask: bool,
    /// Each container has to fit one of these.
    entries: Vec<Wanted<'s>>,
}

impl<'p, 'a> Candidate<'p, 'a> {
    pub fn of(pod: &'p Pod<'a>) -> Self {
        let parts = pod.containers.iter().map(|container| Part {
            container,
            image: container.image.and_then(Image::parse),
            account: pod.run_as_user_name(container),
        });
        Candidate { pod, parts: parts.collect() }
    }

    /// How much there is to compare with so many `patterns`: with each 400 for a container, and five
    /// for a character of a command.
    pub fn work(&self, patterns: usize) -> usize {
        let words = self.parts.iter().flat_map(|part| part.container.words());
        let length = words.map(str::len).sum::<usize>();
        patterns.saturating_mul(400 * self.parts.len() + 5 * length)
    }
}

impl<'s> RuleInForce<'s> {
    /// The `rule` for a `requester`; for none, whoever asks may.
    pub fn of(rule: &'s Rule, requester: Option<&Requester>) -> Self {
        let images = |entry: &Entry<'s>| entry.images.iter().map(|one| image::Pattern::of(one));
        RuleInForce {
            rule,
            may_ask: requester
                .zip(rule.requested_by.as_ref())
                .is_none_or(|(requester, patterns)| requester.is_among(patterns)),
            entries: rule.entries().map(|entry| (entry, images(&entry).collect())).collect(),
        }
    }

    /// How many patterns it has that are compared with each container.
    pub fn patterns(&self) -> usize {
        let count = |(entry, images): &Wanted<'_>| images.len() + entry.run_as_user_names.len();
        let service_accounts = self.rule.service_account_names.as_ref().map_or(0, Vec::len);
        service_accounts + self.entries.iter().map(count).sum::<usize>()
    }

    /// What it does not admit of `candidate`; nothing where it admits all. Not all is looked for
    /// where that is `most` things or more.
    pub fn misses<'m, 'a>(
        &'m self,
        candidate: &'m Candidate<'_, 'a>,
        most: usize,
    ) -> Vec<Miss<'m, 'a>> {
        let mut misses = Vec::new();
        // One that is not known, or longer than any, is covered by `*` alone.
        let known = candidate.pod.service_account_name.filter(|name| name.len() <= 253);
        let service_account = known.unwrap_or_default();
        let names = &self.rule.service_account_names;
        if names.as_ref().is_some_and(|names| !pattern::matches_any(names, service_account)) {
            misses.push(Miss { container: None, what: What::ServiceAccount });
        }
        if !self.may_ask {
            misses.push(Miss { container: None, what: What::Requester });
        }
        for part in &candidate.parts {
            if misses.len() >= most {
                break;
            }
            let of_part = part.misses(&self.entries).into_iter();
            misses.extend(of_part.map(|what| Miss { container: Some(part.container), what }));
        }
        misses
    }
}

impl<'a> Part<'_, 'a> {
    /// What the entry misses that comes nearest, the first of those that miss as little.
    fn misses<'m>(&'m self, entries: &'m [Wanted<'_>]) -> Vec<What<'m, 'a>> {
        let is_ephemeral = self.container.role == Role::Ephemeral;
        let mut nearest = vec![What::Kind { is_ephemeral }];
        let mut fewest = usize::MAX;
        for wanted in entries {
            if wanted.0.ephemeral == is_ephemeral && fewest > 0 {
                let misses = self.misses_of(wanted);
                if misses.len() < fewest {
                    fewest = misses.len();
                    nearest = misses;
                }
            }
        }
        nearest
    }

    fn misses_of<'m>(&'m self, (entry, images): &'m Wanted<'_>) -> Vec<What<'m, 'a>> {
        let container = self.container;
        let mut misses = Vec::new();
        if !images.iter().any(|pattern| pattern.matches(self.image.as_ref())) {
            misses.push(What::Image(self.image.as_ref()));
        }
        if !entry.run_as_user_names.iter().any(|one| account::matches(one, self.account)) {
            misses.push(What::Account(self.account));
        }
        let Some(wanted) = entry.commands else {
            return misses;
        };
        for (field, wanted, words) in [
            ("command", &wanted.command, &container.command),
            ("args", &wanted.args, &container.args),
        ] {
            let wanted = wanted.as_deref().unwrap_or_default();
            if container.role == Role::Unknown || !words::matches(wanted, words) {
                misses.push(What::Words(field, words, wanted));
            }
        }
        for exec in &container.execs {
            if !wanted.exec.iter().any(|words| words::matches(words, &exec.command)) {
                misses.push(What::Exec(exec));
            }
        }
        misses
    }
}
