//! What the containers of a workload have to fit, in either form of a rule.

use super::types::{Container, Rule};

/// What a container has to fit: an entry of a rule's `containers`, or its short form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// Patterns of its image.
    pub images: &'a [String],
    /// Patterns of its account.
    pub run_as_user_names: &'a [String],
    /// Patterns of its words; none where it may run any.
    pub command_line: Option<CommandLine<'a>>,
    /// Whether it has to be an ephemeral container, or else none.
    pub ephemeral: bool,
}

/// What a container may run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CommandLine<'a> {
    /// Patterns of the words of `command`.
    pub command: &'a [String],
    /// Patterns of the words of `args`.
    pub args: &'a [String],
    /// Patterns of the words of each hook and probe that may run.
    pub exec: &'a [Vec<String>],
}

impl Rule {
    /// What its containers have to fit, each one of these.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let short = self.images.as_deref().zip(self.run_as_user_names.as_deref());
        let ephemeral = self.ephemeral_containers.unwrap_or_default();
        let roles = if ephemeral { &[false, true][..] } else { &[false] };
        let short = roles.iter().filter_map(move |&ephemeral| {
            let (images, run_as_user_names) = short?;
            Some(Entry { images, run_as_user_names, command_line: None, ephemeral })
        });
        short.chain(self.containers.iter().flatten().map(Container::entry))
    }
}

impl Container {
    fn entry(&self) -> Entry<'_> {
        let (command, args) = (self.command.as_deref(), self.args.as_deref());
        // Of the two, the one that is left out has to be absent from the container.
        let named = command.is_some() || args.is_some();
        Entry {
            images: &self.images,
            run_as_user_names: &self.run_as_user_names,
            command_line: named.then_some(CommandLine {
                command: command.unwrap_or_default(),
                args: args.unwrap_or_default(),
                exec: &self.exec,
            }),
            ephemeral: self.ephemeral,
        }
    }
}
