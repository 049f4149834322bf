//! A rule as pods are compared with it.

use crate::budget::{Budget, BudgetSpent};
use crate::matching::image::ImagePattern;
use crate::matching::words::Word;
use crate::matching::{account, pattern};
use crate::rules::access::{Access, Purpose};
use crate::rules::candidate::{Candidate, CandidateContainer};
use crate::rules::cost;
use crate::rules::mismatch::{ContainerProblem, Mismatch};
use crate::settings::{ContainerEntry, Rule};
use crate::workload::container::{Exec, Role};

/// The longest name of a service account, in bytes. A longer one matches `*` alone.
const LONGEST_SERVICE_ACCOUNT: usize = 253;

/// A rule with its patterns taken apart, once for all pods of a request.
pub struct CompiledRule<'s, 'r> {
    pub rule: &'s Rule,
    /// Whether the rule is open for what the request wants.
    pub access: Access<'r>,
    /// Each container has to match one of these.
    entries: Vec<Entry<'s>>,
}

/// What a container has to match: a container entry of a rule, or a rule's short form.
struct Entry<'s> {
    images: &'s [String],
    image_patterns: Vec<ImagePattern<'s>>,
    run_as_user_names: &'s [String],
    commands: Commands<'s>,
    /// Ephemeral containers match these entries alone, and other containers the other ones.
    is_ephemeral: bool,
}

/// What the containers of an entry may run.
enum Commands<'s> {
    Any,
    /// What is left out of `command` and `args` must be absent from the container.
    Only {
        command: &'s [Word],
        args: &'s [Word],
        exec: &'s [Vec<Word>],
    },
}

/// How the words of a container differ from those of a rule.
#[derive(Clone, Copy)]
pub struct WordDifference {
    /// How many words differ, or are there on one side only.
    pub count: usize,
    /// The first word that differs. `None` if one side is the beginning of the other.
    pub first: Option<usize>,
}

impl<'s> Commands<'s> {
    fn new(entry: &'s ContainerEntry) -> Self {
        if entry.command.is_none() && entry.args.is_none() {
            return Commands::Any;
        }
        Commands::Only {
            command: entry.command.as_deref().unwrap_or_default(),
            args: entry.args.as_deref().unwrap_or_default(),
            exec: &entry.exec,
        }
    }
}

impl<'s> Entry<'s> {
    fn new(
        images: &'s [String],
        run_as_user_names: &'s [String],
        commands: Commands<'s>,
        is_ephemeral: bool,
    ) -> Self {
        Entry {
            images,
            image_patterns: images.iter().map(|it| ImagePattern::new(it)).collect(),
            run_as_user_names,
            commands,
            is_ephemeral,
        }
    }

    /// Returns the entries of `rule`, whichever form it has.
    fn all_of(rule: &'s Rule) -> Vec<Self> {
        let mut entries = Vec::new();
        if let (Some(images), Some(accounts)) = (&rule.images, &rule.run_as_user_names) {
            entries.push(Entry::new(images, accounts, Commands::Any, false));
            if rule.ephemeral_containers == Some(true) {
                entries.push(Entry::new(images, accounts, Commands::Any, true));
            }
        }
        for entry in rule.containers.iter().flatten() {
            let commands = Commands::new(entry);
            let (images, accounts) = (&entry.images, &entry.run_as_user_names);
            entries.push(Entry::new(images, accounts, commands, entry.ephemeral));
        }
        entries
    }
}

impl<'s, 'r> CompiledRule<'s, 'r> {
    /// Compiles `rule` for a request that wants it for `purpose`.
    pub fn new(
        rule: &'s Rule,
        purpose: Purpose<'r>,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        Ok(CompiledRule {
            rule,
            access: Access::new(rule, purpose, budget)?,
            entries: Entry::all_of(rule),
        })
    }

    /// Returns what the rule does not allow about `candidate`, whoever the requester is; nothing
    /// if the rule matches. Stops looking after more than `limit` mismatches.
    pub fn find_mismatches<'m, 'a>(
        &'m self,
        candidate: &'m Candidate<'_, 'a>,
        limit: Option<usize>,
        budget: &mut Budget,
    ) -> Result<Vec<Mismatch<'m, 'a>>, BudgetSpent> {
        let mut mismatches = Vec::new();
        mismatches.extend(self.service_account_mismatch(candidate, budget)?);

        for container in &candidate.containers {
            if limit.is_some_and(|limit| mismatches.len() > limit) {
                break;
            }
            for problem in self.container_problems(container, budget)? {
                mismatches.push(Mismatch::Container {
                    container: container.container,
                    problem,
                });
            }
        }
        Ok(mismatches)
    }

    fn service_account_mismatch<'m, 'a>(
        &'m self,
        candidate: &Candidate<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Option<Mismatch<'m, 'a>>, BudgetSpent> {
        let Some(allowed) = &self.rule.service_account_names else {
            return Ok(None);
        };
        let found = candidate.pod.service_account_name;
        let comparable = found.filter(|name| name.len() <= LONGEST_SERVICE_ACCOUNT);
        // `*` alone matches an empty name.
        let name = comparable.unwrap_or_default();

        budget.spend(cost::of_patterns(allowed, name))?;
        if pattern::matches_any(allowed, name) {
            return Ok(None);
        }
        Ok(Some(Mismatch::ServiceAccount { found, allowed }))
    }

    /// Returns the problems that `container` has with the entry that comes closest: the one with
    /// the fewest problems, then the one with the fewest differing words, then the first.
    fn container_problems<'m, 'a>(
        &'m self,
        container: &'m CandidateContainer<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Vec<ContainerProblem<'m, 'a>>, BudgetSpent> {
        let is_ephemeral = container.container.role == Role::Ephemeral;
        let mut closest: Option<Vec<ContainerProblem<'m, 'a>>> = None;

        for entry in &self.entries {
            if entry.is_ephemeral != is_ephemeral {
                continue;
            }
            let problems = entry.problems(container, budget)?;
            if problems.is_empty() {
                return Ok(problems);
            }
            let is_closer = closest
                .as_ref()
                .is_none_or(|closest| distance(&problems) < distance(closest));
            if is_closer {
                closest = Some(problems);
            }
        }

        Ok(closest.unwrap_or_else(|| {
            vec![if is_ephemeral {
                ContainerProblem::IsEphemeral
            } else {
                ContainerProblem::IsNotEphemeral
            }]
        }))
    }
}

/// Returns the number of problems, then the number of words that differ.
fn distance(problems: &[ContainerProblem<'_, '_>]) -> (usize, usize) {
    let words = problems.iter().map(ContainerProblem::differing_words).sum();
    (problems.len(), words)
}

impl Entry<'_> {
    /// Returns what the entry does not allow about `container`.
    fn problems<'m, 'a>(
        &'m self,
        container: &'m CandidateContainer<'_, 'a>,
        budget: &mut Budget,
    ) -> Result<Vec<ContainerProblem<'m, 'a>>, BudgetSpent> {
        let mut problems = Vec::new();
        if !self.allows_image(container, budget)? {
            problems.push(ContainerProblem::Image {
                image: &container.image,
                allowed: self.images,
            });
        }
        if !self.allows_account(container.account, budget)? {
            problems.push(ContainerProblem::Account {
                account: container.account,
                allowed: self.run_as_user_names,
            });
        }
        if let Commands::Only {
            command,
            args,
            exec,
        } = self.commands
        {
            let words = &container.container.command;
            problems.extend(words_problem("command", container, words, command, budget)?);
            let words = &container.container.args;
            problems.extend(words_problem("args", container, words, args, budget)?);
            for handler in &container.container.execs {
                problems.extend(exec_problem(handler, exec, budget)?);
            }
        }
        Ok(problems)
    }

    fn allows_image(
        &self,
        container: &CandidateContainer<'_, '_>,
        budget: &mut Budget,
    ) -> Result<bool, BudgetSpent> {
        let text = container.container.image.unwrap_or_default();
        let image = container.image.reference();
        for (pattern, compiled) in self.images.iter().zip(&self.image_patterns) {
            budget.spend(match image {
                Some(_) => cost::of_name(pattern, text),
                None => 1,
            })?;
            if compiled.matches(image) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn allows_account(
        &self,
        account: Option<&str>,
        budget: &mut Budget,
    ) -> Result<bool, BudgetSpent> {
        let text = account.unwrap_or_default();
        for pattern in self.run_as_user_names {
            budget.spend(cost::of_name(pattern, text))?;
            if account::matches(pattern, account) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns the problem with the words of `field`, which is `command` or `args`.
fn words_problem<'m, 'a>(
    field: &'static str,
    container: &CandidateContainer<'_, 'a>,
    found: &'m [&'a str],
    allowed: &'m [Word],
    budget: &mut Budget,
) -> Result<Option<ContainerProblem<'m, 'a>>, BudgetSpent> {
    if container.container.role == Role::Unknown {
        return Ok(Some(ContainerProblem::UnknownWords { field }));
    }
    let difference = compare_words(allowed, found, budget)?;
    Ok(difference.map(|difference| ContainerProblem::Words {
        field,
        found,
        allowed,
        difference,
    }))
}

/// Returns the problem with what a hook or a probe runs. Of the lists that a rule allows, the one
/// of the same length with the fewest differing words comes closest.
fn exec_problem<'m, 'a>(
    handler: &'m Exec<'a>,
    allowed: &'m [Vec<Word>],
    budget: &mut Budget,
) -> Result<Option<ContainerProblem<'m, 'a>>, BudgetSpent> {
    let mut closest: Option<(&[Word], WordDifference)> = None;
    for words in allowed {
        budget.spend(1)?;
        if words.len() != handler.command.len() {
            continue;
        }
        let Some(difference) = compare_words(words, &handler.command, budget)? else {
            return Ok(None);
        };
        if closest.is_none_or(|(_, closest)| difference.count < closest.count) {
            closest = Some((words, difference));
        }
    }

    Ok(Some(match closest {
        Some((words, difference)) => ContainerProblem::Words {
            field: handler.field,
            found: &handler.command,
            allowed: words,
            difference,
        },
        None => ContainerProblem::Exec { handler, allowed },
    }))
}

/// Compares words one by one. `None` if all of them match.
fn compare_words(
    allowed: &[Word],
    found: &[&str],
    budget: &mut Budget,
) -> Result<Option<WordDifference>, BudgetSpent> {
    let mut difference = WordDifference {
        count: allowed.len().abs_diff(found.len()),
        first: None,
    };
    for (index, (allowed, found)) in allowed.iter().zip(found).enumerate() {
        budget.spend(cost::of_word(allowed, found))?;
        if !allowed.matches(found) {
            difference.count += 1;
            difference.first = difference.first.or(Some(index));
        }
    }
    Ok((difference.count > 0).then_some(difference))
}
