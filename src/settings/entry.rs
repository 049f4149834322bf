//! What the containers of a workload have to fit, in either form of a rule.

use super::types::{Container, Rule};

/// What a container has to fit: an entry of a rule's `containers`, or its short form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// Patterns of its image.
    pub images: &'a [String],
    /// Patterns of its account.
    pub run_as_user_names: &'a [String],
    /// Whose `command`, `args` and `exec` bind it; none where it may run any.
    pub commands: Option<&'a Container>,
    /// Whether it has to be an ephemeral container, or else none.
    pub ephemeral: bool,
}

impl Rule {
    /// What its containers have to fit, each one of these.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let short = self.images.as_deref().zip(self.run_as_user_names.as_deref());
        let ephemeral = self.ephemeral_containers.unwrap_or_default();
        let roles = if ephemeral { &[false, true][..] } else { &[false] };
        let short = roles.iter().filter_map(move |&ephemeral| {
            let (images, run_as_user_names) = short?;
            Some(Entry { images, run_as_user_names, commands: None, ephemeral })
        });
        let own = self.containers.iter().flatten().map(|container| {
            let Container { images, run_as_user_names, command, args, ephemeral, .. } = container;
            // Of the two, the one that is left out has to be absent from the container.
            let commands = command.as_ref().or(args.as_ref()).map(|_| container);
            Entry { images, run_as_user_names, commands, ephemeral: *ephemeral }
        });
        short.chain(own)
    }
}
