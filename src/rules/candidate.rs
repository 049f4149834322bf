//! A pod as rules compare it: what a rule does not admit of it, and how messages say so.

use crate::account;
use crate::container::{Container, Exec, Role};
use crate::image::{self, Image};
use crate::message;
use crate::pattern;
use crate::pod::{Pod, RUN_AS_USER_NAME};
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
    Of(&'m Part<'m, 'a>, What<'m, 'a>),
}

/// What an entry does not admit of a container.
pub enum What<'m, 'a> {
    /// All of it: no entry is for such a container.
    Kind,
    Image,
    Account,
    /// `command` or `args`, the container's words of it, and the entry's.
    Words(&'static str, &'m [&'a str], &'m [String]),
    Exec(&'m Exec<'a>),
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

    /// How much there is to compare: the characters of its commands, and a thousand for each
    /// container.
    pub fn length(&self) -> usize {
        let words = |container: &Container<'_>| {
            let execs = container.execs.iter().flat_map(|exec| &exec.command);
            let words = container.command.iter().chain(&container.args).chain(execs);
            1000 + words.map(|word| word.len()).sum::<usize>()
        };
        self.parts.iter().map(|part| words(part.container)).sum()
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
    let weight = |miss: &Miss<'_, '_>| match miss {
        Miss::Of(part, _) => part.titles.len(),
        _ => 1,
    };
    misses.iter().map(weight).sum()
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
        nearest.unwrap_or_else(|| vec![Miss::Of(self, What::Kind)])
    }

    fn misses_of<'m>(&'m self, wanted: &'m Wanted<'_>) -> Vec<Miss<'m, 'a>> {
        let (container, entry) = (self.container, &wanted.entry);
        let mut misses = Vec::new();
        let image = |pattern: &image::Pattern<'_>| pattern.matches(self.image.as_ref());
        if !wanted.images.iter().any(image) {
            misses.push(Miss::Of(self, What::Image));
        }
        let account = |pattern: &String| account::matches(pattern, self.account);
        if !entry.run_as_user_names.iter().any(account) {
            misses.push(Miss::Of(self, What::Account));
        }
        let Some(wanted) = entry.command_line else {
            return misses;
        };
        for (field, wanted, words) in [
            ("command", wanted.command, &container.command),
            ("args", wanted.args, &container.args),
        ] {
            if container.role == Role::Unknown || !words::matches(wanted, words) {
                misses.push(Miss::Of(self, What::Words(field, words, wanted)));
            }
        }
        for exec in &container.execs {
            let admits = |words: &Vec<String>| words::matches(words, &exec.command);
            if !wanted.exec.iter().any(admits) {
                misses.push(Miss::Of(self, What::Exec(exec)));
            }
        }
        misses
    }
}

/// What messages say of `misses`: what holds for several containers is said once. Where several
/// have no image of the rule's, the list of what would run names their images anyway.
/// `requester` is what messages call who asks.
pub fn tell(misses: &[Miss<'_, '_>], pod: &Pod<'_>, requester: &str) -> Vec<String> {
    let of_image = |miss: &&Miss<'_, '_>| matches!(miss, Miss::Of(_, What::Image));
    let several = misses.iter().filter(of_image).count() > 1;
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    for miss in misses {
        let (titles, text) = match miss {
            Miss::ServiceAccount => match pod.service_account_name {
                Some(name) => {
                    let name = message::quoted(name);
                    (
                        &[][..],
                        format!("serviceAccountName {name} is none of its serviceAccountNames"),
                    )
                }
                None => (&[][..], only_any("the service account", "serviceAccountNames")),
            },
            Miss::Requester => (&[][..], format!("{requester} is none of its requestedBy")),
            Miss::Ephemeral(part) => {
                let text = "it has no ephemeralContainers: true and no entry with ephemeral: true";
                (&*part.titles, String::from(text))
            }
            Miss::Of(part, what) => match what {
                What::Image if several && part.image.is_some() => {
                    (&*part.titles, String::from("image is none of its images"))
                }
                What::Account if part.inherits_account(pod) => (&[][..], part.account_text(pod)),
                _ => (&*part.titles, part.text(what, pod)),
            },
        };
        if let Some((all, _)) = told.iter_mut().find(|(_, said)| *said == text) {
            all.extend_from_slice(titles);
        } else if told.len() < MOST_SAID {
            told.push((titles.to_vec(), text));
        }
    }
    let line = |(titles, text): (Vec<String>, String)| match &*titles {
        [] => text,
        titles => format!("{}: {text}", message::some_of(titles)),
    };
    told.into_iter().map(line).collect()
}

/// That `what` is not known, and what the rule's `list` has to say to cover it.
fn only_any(what: &str, list: &str) -> String {
    format!("{what} is not known: only {list}: [\"*\"] covers it")
}

impl Part<'_, '_> {
    /// Whether its account is that of the pod or the annotation, which is told once.
    fn inherits_account(&self, pod: &Pod<'_>) -> bool {
        pod.annotations.inherit_user.is_some()
            || self.account.is_some() && self.container.security_context.run_as_user_name.is_none()
    }

    /// What was found, and which key of the rule does not cover it.
    fn text(&self, what: &What<'_, '_>, pod: &Pod<'_>) -> String {
        match what {
            What::Kind => String::from("none of its containers is for it"),
            What::Image => match (&self.image, self.container.image) {
                (Some(image), _) => {
                    format!("image {} is none of its images", message::name(&image.full()))
                }
                (None, Some(image)) => format!(
                    "image {} is no image reference: only images: [\"*\"] covers it",
                    message::quoted(image)
                ),
                (None, None) => only_any("the image", "images"),
            },
            What::Account => self.account_text(pod),
            What::Words(field, words, wanted) => self.words_text(field, words, wanted),
            What::Exec(exec) => {
                let words: Vec<_> = exec.command.iter().map(|word| message::quoted(word)).collect();
                let words = message::cut(words.join(" "), LONGEST_COMMAND);
                format!("{} {words} is none of its exec", exec.field)
            }
        }
    }

    fn account_text(&self, pod: &Pod<'_>) -> String {
        match (self.account.map(message::name), &pod.annotations.inherit_user) {
            (None, _) => format!("no {RUN_AS_USER_NAME}: only runAsUserNames: [\"*\"] covers it"),
            (Some(account), Some(annotation)) => {
                format!("{}: account {account} is none of its runAsUserNames", annotation.path)
            }
            (Some(account), None) => {
                format!("{RUN_AS_USER_NAME} {account} is none of its runAsUserNames")
            }
        }
    }

    fn words_text(&self, field: &str, words: &[&str], wanted: &[String]) -> String {
        if self.container.role == Role::Unknown {
            return format!("its {field} is not known, so that no entry with one covers it");
        }
        if wanted.is_empty() {
            return format!("{field} has to be absent, as its rule names none");
        }
        let pairs = words.iter().zip(wanted).enumerate();
        let mut differing = pairs.filter(|(_, (word, pattern))| {
            !words::matches(std::slice::from_ref(*pattern), &[**word])
        });
        match differing.next() {
            Some((index, (word, _))) if words.len() == wanted.len() => {
                format!("{field}[{index}] {} is not that of its {field}", message::quoted(word))
            }
            _ => format!(
                "{field} of {} is not its {field} of {}",
                message::count(words.len(), "word"),
                message::count(wanted.len(), "word")
            ),
        }
    }
}
