//! A pod as rules compare it: what a rule does not admit of it, and how messages say so.

use crate::account;
use crate::image::{self, Image};
use crate::message;
use crate::pattern;
use crate::pod::{Container, Exec, Pod, RUN_AS_USER_NAME, Role};
use crate::settings::{Entry, Rule};
use crate::words;

/// How much of what a rule misses is told: more than fits into a denial.
const MOST_SAID: usize = 40;
/// How long the words of a command may get in a message, in characters.
const LONGEST_COMMAND: usize = 240;

/// A pod with what rules compare, worked out once for all of them.
pub struct Candidate<'p, 'a> {
    /// The pod.
    pub pod: &'p Pod<'a>,
    parts: Vec<Part<'p, 'a>>,
}

/// What a container has to fit, its patterns of images taken apart.
pub struct Wanted<'s> {
    entry: Entry<'s>,
    images: Vec<image::Pattern<'s>>,
}

impl<'s> Wanted<'s> {
    /// What the containers of `rule` have to fit, each one of these.
    pub fn all_of(rule: &'s Rule) -> Vec<Self> {
        let wanted = |entry: Entry<'s>| Wanted {
            images: entry.images.iter().map(|pattern| image::Pattern::of(pattern)).collect(),
            entry,
        };
        rule.entries().map(wanted).collect()
    }
}

/// A container of a candidate, and those that run the same.
pub struct Part<'p, 'a> {
    container: &'p Container<'a>,
    /// The titles of all of them.
    titles: Vec<String>,
    image: Option<Image<'a>>,
    account: Option<&'a str>,
}

/// A thing in a candidate that a rule does not admit.
pub enum Miss<'m, 'a> {
    ServiceAccount,
    Requester,
    Ephemeral(&'m Part<'m, 'a>),
    NoEntry(&'m Part<'m, 'a>),
    Image(&'m Part<'m, 'a>),
    Account(&'m Part<'m, 'a>),
    /// `command` or `args`, the container's words of it, and the entry's.
    Words(&'m Part<'m, 'a>, &'static str, &'m [&'a str], &'m [String]),
    Exec(&'m Part<'m, 'a>, &'m Exec<'a>),
}

impl<'p, 'a> Candidate<'p, 'a> {
    /// The candidate that `pod` is.
    pub fn of(pod: &'p Pod<'a>) -> Self {
        let mut parts: Vec<Part<'p, 'a>> = Vec::new();
        for container in &pod.containers {
            let account = pod.run_as_user_name(container);
            let same = |part: &&mut Part<'_, '_>| {
                part.account == account && runs_the_same(part.container, container)
            };
            match parts.iter_mut().find(same) {
                Some(part) => part.titles.push(container.title()),
                None => parts.push(Part {
                    container,
                    titles: vec![container.title()],
                    image: container.image.and_then(Image::parse),
                    account,
                }),
            }
        }
        Candidate { pod, parts }
    }

    /// What `rule`, whose entries these are, does not admit, up to `most` things; nothing where
    /// it admits all. `may_ask` says whether it lets the requester ask.
    pub fn misses<'m>(
        &'m self,
        rule: &Rule,
        may_ask: bool,
        entries: &'m [Wanted<'_>],
        most: usize,
    ) -> Vec<Miss<'m, 'a>> {
        let mut misses = Vec::new();
        if let Some(patterns) = &rule.service_account_names {
            let covered = match self.pod.service_account_name {
                Some(name) => pattern::matches_any(patterns, name),
                None => patterns.iter().any(|pattern| pattern == "*"),
            };
            if !covered {
                misses.push(Miss::ServiceAccount);
            }
        }
        if !may_ask {
            misses.push(Miss::Requester);
        }
        let ephemeral = |part: &&Part<'_, '_>| part.container.role == Role::Ephemeral;
        let admits_ephemeral = entries.iter().any(|wanted| wanted.entry.ephemeral);
        if !admits_ephemeral && let Some(part) = self.parts.iter().find(ephemeral) {
            misses.push(Miss::Ephemeral(part));
        }
        let mut found = misses.len();
        for part in &self.parts {
            if found >= most {
                break;
            }
            if admits_ephemeral || !ephemeral(&part) {
                let of_part = part.misses(entries);
                found += count(&of_part);
                misses.extend(of_part);
            }
        }
        misses
    }
}

/// How many things these are: containers that run the same count each.
pub fn count(misses: &[Miss<'_, '_>]) -> usize {
    misses.iter().map(Miss::weight).sum()
}

/// Whether no rule tells the two apart, beside their accounts.
fn runs_the_same(one: &Container<'_>, other: &Container<'_>) -> bool {
    (one.role == Role::Ephemeral) == (other.role == Role::Ephemeral)
        && (one.role == Role::Unknown) == (other.role == Role::Unknown)
        && one.image == other.image
        && one.command == other.command
        && one.args == other.args
        && one.execs == other.execs
        && (one.security_context.run_as_user_name.is_some()
            == other.security_context.run_as_user_name.is_some())
}

impl<'p, 'a> Part<'p, 'a> {
    /// What the entry misses that comes nearest, the first of those that miss as little.
    fn misses<'m>(&'m self, entries: &'m [Wanted<'_>]) -> Vec<Miss<'m, 'a>> {
        let mut nearest: Option<Vec<Miss<'m, 'a>>> = None;
        let ephemeral = self.container.role == Role::Ephemeral;
        for wanted in entries.iter().filter(|wanted| wanted.entry.ephemeral == ephemeral) {
            let misses = self.misses_of(wanted);
            if misses.is_empty() {
                return misses;
            }
            if nearest.as_ref().is_none_or(|nearest| misses.len() < nearest.len()) {
                nearest = Some(misses);
            }
        }
        nearest.unwrap_or_else(|| vec![Miss::NoEntry(self)])
    }

    fn misses_of<'m>(&'m self, wanted: &'m Wanted<'_>) -> Vec<Miss<'m, 'a>> {
        let (container, entry) = (self.container, &wanted.entry);
        let mut misses = Vec::new();
        let image = |pattern: &image::Pattern<'_>| pattern.matches(self.image.as_ref());
        if !wanted.images.iter().any(image) {
            misses.push(Miss::Image(self));
        }
        let account = |pattern: &String| account::matches(pattern, self.account);
        if !entry.run_as_user_names.iter().any(account) {
            misses.push(Miss::Account(self));
        }
        let Some(wanted) = entry.command_line else {
            return misses;
        };
        for (field, wanted, words) in [
            ("command", wanted.command, &container.command),
            ("args", wanted.args, &container.args),
        ] {
            if container.role == Role::Unknown || !words::matches(wanted, words) {
                misses.push(Miss::Words(self, field, words, wanted));
            }
        }
        for exec in &container.execs {
            let admits = |words: &Vec<String>| words::matches(words, &exec.command);
            if !wanted.exec.iter().any(admits) {
                misses.push(Miss::Exec(self, exec));
            }
        }
        misses
    }
}

/// What messages say of `misses`, what holds for several containers once. Where several have
/// no image of the rule's, the denial lists their images anyway.
pub fn tell(misses: &[Miss<'_, '_>], pod: &Pod<'_>, requester: &str) -> Vec<String> {
    let of_image = misses.iter().filter_map(|miss| match miss {
        Miss::Image(part) if part.image.is_some() => Some(&*part.titles),
        _ => None,
    });
    let of_image: Vec<_> = of_image.collect();
    let mut said: Vec<String> = Vec::new();
    for miss in misses {
        let text = match miss {
            Miss::Image(part) if part.image.is_some() && of_image.len() > 1 => {
                format!("{}: image is none of its images", message::some_of(&of_image.concat()))
            }
            _ => miss.text(pod, requester),
        };
        if !said.contains(&text) {
            said.push(text);
        }
        if said.len() > MOST_SAID {
            break;
        }
    }
    said
}

impl Miss<'_, '_> {
    fn weight(&self) -> usize {
        match self {
            Miss::ServiceAccount | Miss::Requester | Miss::Ephemeral(_) => 1,
            Miss::NoEntry(part)
            | Miss::Image(part)
            | Miss::Account(part)
            | Miss::Words(part, ..)
            | Miss::Exec(part, _) => part.titles.len(),
        }
    }

    /// Where it is, what was found, and which key of the rule does not cover it. `requester` is
    /// what messages call who asks.
    fn text(&self, pod: &Pod<'_>, requester: &str) -> String {
        match self {
            Miss::ServiceAccount => match pod.service_account_name {
                Some(name) => format!(
                    "serviceAccountName {} is none of its serviceAccountNames",
                    message::quoted(name)
                ),
                None => only_any("the service account", "serviceAccountNames"),
            },
            Miss::Requester => format!("{requester} is none of its requestedBy"),
            Miss::Ephemeral(part) => format!(
                "{}: it has no ephemeralContainers: true and no entry with ephemeral: true",
                part.title()
            ),
            Miss::NoEntry(part) => format!("{}: none of its containers is for it", part.title()),
            Miss::Image(part) => part.image_text(),
            Miss::Account(part) => part.account_text(pod),
            Miss::Words(part, field, words, wanted) => part.words_text(field, words, wanted),
            Miss::Exec(part, exec) => format!(
                "{}: {} {} is none of its exec",
                part.title(),
                exec.field,
                command_line(&exec.command)
            ),
        }
    }
}

/// That `what` is not known, and what the rule's `list` has to say to cover it.
fn only_any(what: &str, list: &str) -> String {
    format!("{what} is not known: only {list}: [\"*\"] covers it")
}

impl Part<'_, '_> {
    /// What messages call the containers.
    fn title(&self) -> String {
        message::some_of(&self.titles)
    }

    fn image_text(&self) -> String {
        let title = self.title();
        match (&self.image, self.container.image) {
            (Some(image), _) => {
                format!("{title}: image {} is none of its images", message::name(&image.full()))
            }
            (None, Some(image)) => format!(
                "{title}: image {} is no image reference: only images: [\"*\"] covers it",
                message::quoted(image)
            ),
            (None, None) => format!("{title}: {}", only_any("the image", "images")),
        }
    }

    fn account_text(&self, pod: &Pod<'_>) -> String {
        let Some(account) = self.account else {
            return format!(
                "{}: no {RUN_AS_USER_NAME}: only runAsUserNames: [\"*\"] covers it",
                self.title()
            );
        };
        let own = self.container.security_context.run_as_user_name;
        let field = match (&pod.annotations.inherit_user, own) {
            (Some(annotation), _) => annotation.path.clone(),
            (None, Some(_)) => format!("{}: {RUN_AS_USER_NAME}", self.title()),
            (None, None) => String::from(RUN_AS_USER_NAME),
        };
        let says = if pod.annotations.inherit_user.is_some() { ": account" } else { "" };
        format!("{field}{says} {} is none of its runAsUserNames", message::name(account))
    }

    fn words_text(&self, field: &str, words: &[&str], wanted: &[String]) -> String {
        let title = self.title();
        if self.container.role == Role::Unknown {
            return format!(
                "{title}: its {field} is not known, so that no entry with one covers it"
            );
        }
        if wanted.is_empty() {
            return format!("{title}: {field} has to be absent, as its rule names none");
        }
        if words.len() != wanted.len() {
            return format!(
                "{title}: {field} of {} is not its {field} of {}",
                message::count(words.len(), "word"),
                message::count(wanted.len(), "word")
            );
        }
        let pairs = words.iter().zip(wanted).enumerate();
        let mut differing = pairs.filter(|(_, (word, pattern))| {
            !words::matches(std::slice::from_ref(*pattern), &[**word])
        });
        let (index, word) = differing.next().map_or((0, ""), |(index, (word, _))| (index, *word));
        format!("{title}: {field}[{index}] {} is not that of its {field}", message::quoted(word))
    }
}

/// The words of a command, each in quotes.
fn command_line(words: &[&str]) -> String {
    let line: Vec<_> = words.iter().map(|word| message::quoted(word)).collect();
    message::cut(line.join(" "), LONGEST_COMMAND)
}
