//! A rule as pods are compared with it.

use crate::budget::{Budget, BudgetSpent};
use crate::matching::image::ImagePattern;
use crate::matching::words::Word;
use crate::matching::{account, names, pattern};
use crate::rules::access::{Access, Purpose};
use crate::rules::candidate::{Candidate, CandidateContainer};
use crate::rules::cost;
use crate::rules::mismatch::{ContainerProblem, Mismatch};
use crate::rules::word_difference::WordDifference;
use crate::settings::{ContainerEntry, Rule};
use crate::workload::container::{Container, ExecAction, Role};

/// The longest name that Kubernetes allows for a service account, in bytes. Only the pattern `*`
/// matches a longer one.
const LONGEST_SERVICE_ACCOUNT: usize = names::LONGEST_SUBDOMAIN;

/// A rule with its patterns taken apart, once for all pods of a request.
///
/// `'s` is the lifetime of the settings, and `'r` that of the requester.
pub struct CompiledRule<'s, 'r> {
    pub rule: &'s Rule,
    /// Whether the requester may use the rule.
    pub access: Access<'r>,
    /// Each container has to match one of the entries.
    entries: Vec<Entry<'s>>,
}

/// What a container has to match: a container entry of a rule, or a rule's short form.
struct Entry<'s> {
    /// The patterns of images as the rule writes them, for messages and costs.
    images: &'s [String],
    /// The same patterns in the same order, taken apart.
    image_patterns: Vec<ImagePattern<'s>>,
    run_as_user_names: &'s [String],
    commands: Commands<'s>,
    /// If true, the entry is for ephemeral containers only. If false, it is for all others.
    is_ephemeral: bool,
}

/// What the containers of an entry may run.
enum Commands<'s> {
    Any,
    /// The container runs exactly these words. If the entry leaves out `command` or `args`, that list
    /// is empty, and the container must not have the field.
    Only {
        command: &'s [Word],
        args: &'s [Word],
        /// The commands of which each hook and each probe runs one.
        exec: &'s [Vec<Word>],
    },
}

impl<'s, 'r> CompiledRule<'s, 'r> {
    /// Compiles `rule` for a request with this `purpose`.
    pub fn new(
        rule: &'s Rule,
        purpose: Purpose<'r>,
        budget: &mut Budget,
    ) -> Result<Self, BudgetSpent> {
        Ok(CompiledRule {
            rule,
            access: Access::decide(rule, purpose, budget)?,
            entries: Entry::all_of(rule),
        })
    }

    /// Returns what the rule does not allow about `candidate`. The list is empty if the rule matches.
    /// The requester does not count here: see [`CompiledRule::access`].
    ///
    /// As soon as there are more than `limit` mismatches, the remaining containers are not compared.
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
        let name = match found {
            Some(name) if name.len() <= LONGEST_SERVICE_ACCOUNT => name,
            // A name that is unknown or too long counts as the empty text, which only the pattern `*`
            // matches.
            _ => "",
        };

        budget.spend(cost::of_patterns(allowed, name))?;
        if pattern::matches_any(allowed, name) {
            return Ok(None);
        }
        Ok(Some(Mismatch::ServiceAccount { found, allowed }))
    }

    /// Returns the problems that `container` has with the entry that comes closest. That is the entry
    /// with the fewest problems. Among these, it is the one with the fewest differing words, and then
    /// the first one. If the rule has no entry for such a container, that is the problem.
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
            budget.spend(cost::COST_OF_ENTRY)?;
            let problems = entry.problems(container, budget)?;
            if problems.is_empty() {
                return Ok(problems);
            }
            let is_closer = closest
                .as_ref()
                .is_none_or(|closest| EntryDistance::new(&problems) < EntryDistance::new(closest));
            if is_closer {
                closest = Some(problems);
            }
        }

        Ok(match closest {
            Some(problems) => problems,
            None if is_ephemeral => vec![ContainerProblem::IsEphemeral],
            None => vec![ContainerProblem::IsNotEphemeral],
        })
    }
}

/// How far an entry is from matching a container. The order of the fields is the order in which
/// entries are compared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct EntryDistance {
    problem_count: usize,
    differing_words: usize,
}

impl EntryDistance {
    fn new(problems: &[ContainerProblem<'_, '_>]) -> Self {
        EntryDistance {
            problem_count: problems.len(),
            differing_words: problems.iter().map(ContainerProblem::differing_words).sum(),
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
            image_patterns: images
                .iter()
                .map(|pattern| ImagePattern::new(pattern))
                .collect(),
            run_as_user_names,
            commands,
            is_ephemeral,
        }
    }

    /// Returns the entries of `rule`. It has either the short form, with both `images` and
    /// `runAsUserNames`, or `containers`.
    fn all_of(rule: &'s Rule) -> Vec<Self> {
        let mut entries = Vec::new();
        if let (Some(images), Some(accounts)) = (&rule.images, &rule.run_as_user_names) {
            entries.push(Entry::new(images, accounts, Commands::Any, false));
            if rule.ephemeral_containers == Some(true) {
                entries.push(Entry::new(images, accounts, Commands::Any, true));
            }
        }
        for entry in rule.containers.as_deref().unwrap_or_default() {
            entries.push(Entry::new(
                &entry.images,
                &entry.run_as_user_names,
                Commands::new(entry),
                entry.ephemeral,
            ));
        }
        entries
    }

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
        problems.extend(self.commands.problems(container.container, budget)?);
        Ok(problems)
    }

    fn allows_image(
        &self,
        container: &CandidateContainer<'_, '_>,
        budget: &mut Budget,
    ) -> Result<bool, BudgetSpent> {
        let image_text = container.container.image.unwrap_or_default();
        let image = container.image.reference();
        for (pattern_text, pattern) in self.images.iter().zip(&self.image_patterns) {
            budget.spend(match image {
                Some(_) => cost::of_name(pattern_text, image_text),
                // Only `*` matches an image without a full name, and nothing else is compared.
                None => 1,
            })?;
            if pattern.matches(image) {
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

impl<'s> Commands<'s> {
    fn new(entry: &'s ContainerEntry) -> Self {
        // The settings refuse an entry that has `exec` but neither `command` nor `args`.
        if entry.command.is_none() && entry.args.is_none() {
            return Commands::Any;
        }
        Commands::Only {
            command: entry.command.as_deref().unwrap_or_default(),
            args: entry.args.as_deref().unwrap_or_default(),
            exec: &entry.exec,
        }
    }

    /// Returns what the entry does not allow about the words that `container` runs.
    fn problems<'m, 'a>(
        &'m self,
        container: &'m Container<'a>,
        budget: &mut Budget,
    ) -> Result<Vec<ContainerProblem<'m, 'a>>, BudgetSpent> {
        let Commands::Only {
            command,
            args,
            exec,
        } = self
        else {
            return Ok(Vec::new());
        };
        if container.role == Role::Unknown {
            // An operator adds the container, and nobody knows yet what it will run.
            return Ok(vec![
                ContainerProblem::UnknownWords { field: "command" },
                ContainerProblem::UnknownWords { field: "args" },
            ]);
        }

        let mut problems = Vec::new();
        problems.extend(words_problem(
            "command",
            &container.command,
            command,
            budget,
        )?);
        problems.extend(words_problem("args", &container.args, args, budget)?);
        for exec_action in &container.exec_actions {
            problems.extend(exec_problem(exec_action, exec, budget)?);
        }
        Ok(problems)
    }
}

/// Returns the problem with the words that `field` holds. `field` is `command` or `args`.
fn words_problem<'m, 'a>(
    field: &'static str,
    found: &'m [&'a str],
    allowed: &'m [Word],
    budget: &mut Budget,
) -> Result<Option<ContainerProblem<'m, 'a>>, BudgetSpent> {
    let difference = WordDifference::find(allowed, found, budget)?;
    Ok(difference.map(|difference| ContainerProblem::Words {
        field,
        found,
        allowed,
        difference,
    }))
}

/// A command in `exec` that has as many words as a hook or a probe, and how the two differ.
struct ComparedExec<'m> {
    words: &'m [Word],
    difference: WordDifference,
}

/// Returns the problem with what a hook or a probe runs. Among the `allowed` commands of the same
/// length, the one with the fewest differing words comes closest.
fn exec_problem<'m, 'a>(
    exec_action: &'m ExecAction<'a>,
    allowed: &'m [Vec<Word>],
    budget: &mut Budget,
) -> Result<Option<ContainerProblem<'m, 'a>>, BudgetSpent> {
    let mut closest: Option<ComparedExec<'m>> = None;
    for words in allowed {
        budget.spend(1)?;
        if words.len() != exec_action.command.len() {
            continue;
        }
        let Some(difference) = WordDifference::find(words, &exec_action.command, budget)? else {
            return Ok(None);
        };
        let is_closer = closest
            .as_ref()
            .is_none_or(|closest| difference.count < closest.difference.count);
        if is_closer {
            closest = Some(ComparedExec { words, difference });
        }
    }

    Ok(Some(match closest {
        Some(ComparedExec { words, difference }) => ContainerProblem::Words {
            field: exec_action.field,
            found: &exec_action.command,
            allowed: words,
            difference,
        },
        None => ContainerProblem::ExecAction {
            exec_action,
            allowed,
        },
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[rstest::rstest]
    #[case::longest(LONGEST_SERVICE_ACCOUNT, "a*", true)]
    #[case::too_long(LONGEST_SERVICE_ACCOUNT + 1, "a*", false)]
    #[case::too_long_for_any(LONGEST_SERVICE_ACCOUNT + 1, "*", true)]
    fn a_service_account_that_cannot_exist_matches_only_the_star(
        #[case] length: usize,
        #[case] pattern: &str,
        #[case] is_match: bool,
    ) {
        let rule = Rule {
            service_account_names: Some(vec![pattern.to_owned()]),
            ..Rule::default()
        };
        let spec = json!({"serviceAccountName": "a".repeat(length)});
        let pod = crate::workload::pod::Pod::read(&spec).expect("a pod");
        let mut budget = Budget::for_request();
        let compiled = CompiledRule::new(&rule, Purpose::CreateByUnknown, &mut budget).unwrap();
        let mismatch = compiled
            .service_account_mismatch(&Candidate::new(&pod), &mut budget)
            .unwrap();
        assert_eq!(mismatch.is_none(), is_match);
    }
}
