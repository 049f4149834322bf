//! A pod as rules compare it, and what a rule does not admit of it.

use super::mismatch::{Mismatch, What};
use crate::matching::image::{Image, ImagePattern};
use crate::matching::requester;
use crate::matching::{account, pattern, words};
use crate::request::Requester;
use crate::settings;
use crate::settings::Rule;
use crate::workload::container::{Container, Role};
use crate::workload::pod::Pod;

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

/// What a container has to fit: an entry of a rule's `containers`, or its short form.
struct Entry<'s> {
    images: Vec<ImagePattern<'s>>,
    run_as_user_names: &'s [String],
    /// Whose `command`, `args` and `exec` bind it; none where it may run any.
    commands: Option<&'s settings::ContainerEntry>,
    /// Whether it has to be an ephemeral container, or else none.
    is_ephemeral: bool,
}

/// A rule, worked out once for all candidates.
pub struct CompiledRule<'s> {
    pub rule: &'s Rule,
    /// Whether whoever makes the request may ask by it.
    may_ask: bool,
    /// Each container has to fit one of these.
    entries: Vec<Entry<'s>>,
}

impl<'p, 'a> Candidate<'p, 'a> {
    pub fn of(pod: &'p Pod<'a>) -> Self {
        let parts = pod.containers.iter().map(|container| Part {
            container,
            image: container.image.and_then(|image| Image::parse(image).ok()),
            account: pod.run_as_user_name(container),
        });
        Candidate {
            pod,
            parts: parts.collect(),
        }
    }

    /// How much there is to compare with so many `patterns`: with each 400 for a container, and five
    /// for a character of a command.
    pub fn work(&self, patterns: usize) -> usize {
        let words = self.parts.iter().flat_map(|part| part.container.words());
        let length = words.map(str::len).sum::<usize>();
        patterns.saturating_mul(400 * self.parts.len() + 5 * length)
    }
}

impl<'s> Entry<'s> {
    /// Those of `rule`.
    fn all(rule: &'s Rule) -> Vec<Self> {
        let of = |images: &'s [String], run_as_user_names, commands, is_ephemeral| {
            let images = images
                .iter()
                .map(|pattern| ImagePattern::new(pattern))
                .collect();
            Entry {
                images,
                run_as_user_names,
                commands,
                is_ephemeral,
            }
        };
        let mut all = Vec::new();
        if let (Some(images), Some(accounts)) = (&rule.images, &rule.run_as_user_names) {
            all.push(of(images, accounts, None, false));
            if rule.ephemeral_containers == Some(true) {
                all.push(of(images, accounts, None, true));
            }
        }
        for one in rule.containers.iter().flatten() {
            // Of the two, the one that is left out has to be absent from the container.
            let commands = one.command.as_ref().or(one.args.as_ref()).map(|_| one);
            all.push(of(
                &one.images,
                &one.run_as_user_names,
                commands,
                one.ephemeral,
            ));
        }
        all
    }
}

impl<'s> CompiledRule<'s> {
    /// The `rule` for a `requester`; for none, whoever asks may.
    pub fn of(rule: &'s Rule, requester: Option<&Requester>) -> Self {
        CompiledRule {
            rule,
            may_ask: requester
                .zip(rule.requested_by.as_ref())
                .is_none_or(|(requester, patterns)| requester::covers(patterns, requester)),
            entries: Entry::all(rule),
        }
    }

    /// How many patterns it has that are compared with each container.
    pub fn patterns(&self) -> usize {
        let count = |entry: &Entry<'_>| entry.images.len() + entry.run_as_user_names.len();
        let service_accounts = self.rule.service_account_names.as_ref().map_or(0, Vec::len);
        service_accounts + self.entries.iter().map(count).sum::<usize>()
    }

    /// What it does not admit of `candidate`; nothing where it admits all. Not all is looked for
    /// where that is `most` things or more.
    pub fn misses<'m, 'a>(
        &'m self,
        candidate: &'m Candidate<'_, 'a>,
        most: usize,
    ) -> Vec<Mismatch<'m, 'a>> {
        let mut misses = Vec::new();
        // One that is not known, or longer than any, is covered by `*` alone.
        let known = candidate
            .pod
            .service_account_name
            .filter(|name| name.len() <= 253);
        let service_account = known.unwrap_or_default();
        let names = &self.rule.service_account_names;
        if names
            .as_ref()
            .is_some_and(|names| !pattern::matches_any(names, service_account))
        {
            misses.push(Mismatch {
                container: None,
                what: What::ServiceAccount,
            });
        }
        if !self.may_ask {
            misses.push(Mismatch {
                container: None,
                what: What::Requester,
            });
        }
        for part in &candidate.parts {
            if misses.len() >= most {
                break;
            }
            let of_part = part.misses(&self.entries).into_iter();
            misses.extend(of_part.map(|what| Mismatch {
                container: Some(part.container),
                what,
            }));
        }
        misses
    }
}

impl<'a> Part<'_, 'a> {
    /// What the entry misses that comes nearest, the first of those that miss as little.
    fn misses<'m>(&'m self, entries: &'m [Entry<'_>]) -> Vec<What<'m, 'a>> {
        let is_ephemeral = self.container.role == Role::Ephemeral;
        let for_it = entries
            .iter()
            .filter(|entry| entry.is_ephemeral == is_ephemeral);
        let nearest = for_it
            .map(|entry| self.misses_of(entry))
            .min_by_key(Vec::len);
        nearest.unwrap_or_else(|| vec![What::Kind { is_ephemeral }])
    }

    fn misses_of<'m>(&'m self, entry: &'m Entry<'_>) -> Vec<What<'m, 'a>> {
        let container = self.container;
        let mut misses = Vec::new();
        if !entry
            .images
            .iter()
            .any(|pattern| pattern.matches(self.image.as_ref()))
        {
            misses.push(What::Image(self.image.as_ref()));
        }
        if !entry
            .run_as_user_names
            .iter()
            .any(|one| account::matches(one, self.account))
        {
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
            if container.role == Role::Unknown || !words::matches_all(wanted, words) {
                misses.push(What::Words(field, words, wanted));
            }
        }
        for exec in &container.execs {
            if !wanted
                .exec
                .iter()
                .any(|words| words::matches_all(words, &exec.command))
            {
                misses.push(What::Exec(exec));
            }
        }
        misses
    }
}
