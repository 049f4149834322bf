//! What a rule does not allow about a pod.

use crate::matching::words::Word;
use crate::rules::access::Refusal;
use crate::rules::candidate::CandidateImage;
use crate::rules::word_difference::WordDifference;
use crate::workload::container::{Container, ExecAction};

/// What a rule does not allow about a pod.
///
/// `'m` is the lifetime of the rule and of the candidate that are compared, and `'a` that of the
/// object from which the pod was read.
pub enum Mismatch<'m, 'a> {
    ServiceAccount {
        /// The name of the pod's service account. `None` if it is unknown.
        found: Option<&'a str>,
        allowed: &'m [String],
    },
    /// The requester may not use the rule.
    Requester(Refusal),
    Container {
        container: &'m Container<'a>,
        problem: ContainerProblem<'m, 'a>,
    },
}

/// What a rule does not allow about a container.
pub enum ContainerProblem<'m, 'a> {
    /// The container is ephemeral, and the rule has no entry for ephemeral containers.
    IsEphemeral,
    /// The container is not ephemeral, and the rule has entries for ephemeral containers only.
    IsNotEphemeral,
    Image {
        image: &'m CandidateImage<'a>,
        allowed: &'m [String],
    },
    Account {
        /// The account that the container runs as. `None` if no field names one.
        account: Option<&'a str>,
        allowed: &'m [String],
    },
    /// The rule names the words of `command` or `args`, and those of the container are unknown.
    UnknownWords { field: &'static str },
    /// The words of `command` or `args` differ, or those of a hook or a probe from a command in the
    /// rule's `exec` with as many words.
    Words {
        field: &'static str,
        found: &'m [&'a str],
        allowed: &'m [Word],
        difference: WordDifference,
    },
    /// A hook or a probe runs a command, and no command in the rule's `exec` has as many words.
    ExecAction {
        exec_action: &'m ExecAction<'a>,
        allowed: &'m [Vec<Word>],
    },
}

impl Mismatch<'_, '_> {
    /// Returns whether the mismatch is about who asks or who runs, and not about what runs.
    pub fn is_about_identity(&self) -> bool {
        match self {
            Mismatch::ServiceAccount { .. } | Mismatch::Requester(_) => true,
            Mismatch::Container { .. } => false,
        }
    }

    pub fn is_about_requester(&self) -> bool {
        matches!(self, Mismatch::Requester(_))
    }

    /// Returns whether the mismatch is about an image that has a full name.
    pub fn is_about_named_image(&self) -> bool {
        match self {
            Mismatch::ServiceAccount { .. } | Mismatch::Requester(_) => false,
            Mismatch::Container { problem, .. } => problem.is_about_named_image(),
        }
    }

    /// Returns how many words of commands differ.
    pub fn differing_words(&self) -> usize {
        match self {
            Mismatch::ServiceAccount { .. } | Mismatch::Requester(_) => 0,
            Mismatch::Container { problem, .. } => problem.differing_words(),
        }
    }
}

impl ContainerProblem<'_, '_> {
    /// Returns whether the problem is an image that has a full name.
    pub fn is_about_named_image(&self) -> bool {
        matches!(
            self,
            ContainerProblem::Image {
                image: CandidateImage::Reference(_),
                ..
            }
        )
    }

    /// Returns how many words of commands differ.
    pub fn differing_words(&self) -> usize {
        match self {
            ContainerProblem::Words { difference, .. } => difference.count,
            // There is no command to compare the words with, so all of them count.
            ContainerProblem::ExecAction { exec_action, .. } => exec_action.command.len(),
            ContainerProblem::IsEphemeral
            | ContainerProblem::IsNotEphemeral
            | ContainerProblem::Image { .. }
            | ContainerProblem::Account { .. }
            | ContainerProblem::UnknownWords { .. } => 0,
        }
    }
}
