//! A pod as rules compare it: what a rule does not admit of it, and how messages say so.

use crate::account;
use crate::container::{Container, Exec, Role};
use crate::image::{self, Image};
use crate::message;
use crate::pattern;
use crate::pod::{Pod, RUN_AS_USER_NAME};
use crate::requester::Requester;
use crate::settings::{Entry, Rule};
use crate::words;

/// How much of what a rule misses is told: more than fits into a denial.
const MOST_SAID: usize = 40;
/// How long the words of a command may get in a message, in characters.
const LONGEST_COMMAND: usize = 240;

/// A pod with what rules compare, worked out once for all of them.
pub struct Candidate<'p, 'a> {
    pub pod: &'p Pod<'a>,
    parts: Vec<Part<'p, 'a>>,
}

/// A container of a candidate, and those that run the same.
pub struct Part<'p, 'a> {
    container: &'p Container<'a>,
    /// The titles of all of them.
    titles: Vec<String>,
    image: Option<Image<'a>>,
    account: Option<&'a str>,
}

/// A rule, worked out once for all candidates.
pub struct RuleInForce<'s> {
    pub rule: &'s Rule,
    /// Whether whoever makes the request may ask by it.
    may_ask: bool,
    /// What its containers have to fit, each one of these, and the entry's patterns of images.
    pub entries: Vec<(Entry<'s>, Vec<image::Pattern<'s>>)>,
}

/// What a rule does not admit.
pub struct Miss<'m, 'a> {
    /// The containers that it is about; none where it is about the pod.
    titles: &'m [String],
    pub what: What<'m, 'a>,
}

pub enum What<'m, 'a> {
    ServiceAccount,
    Requester,
    Ephemeral,
    /// No entry is for such a container.
    Kind,
    Image(&'m Part<'m, 'a>),
    Account(&'m Part<'m, 'a>),
    /// `command` or `args`, the container's words of it, and the entry's.
    Words(&'static str, &'m [&'a str], &'m [String]),
    /// The same, where the container's are not known.
    UnknownWords(&'static str),
    Exec(&'m Exec<'a>),
}

impl<'p, 'a> Candidate<'p, 'a> {
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
        let length = |part: &Part<'_, '_>| {
            1000 + part.container.words().map(|word| word.len()).sum::<usize>()
        };
        self.parts.iter().map(length).sum()
    }
}

/// Whether no rule tells the two apart, beside their accounts.
fn runs_the_same(one: &Container<'_>, other: &Container<'_>) -> bool {
    let is = |one: &Container<'_>| {
        let has_account = one.security_context.run_as_user_name.is_some();
        [one.role == Role::Ephemeral, one.role == Role::Unknown, has_account]
    };
    is(one) == is(other)
        && one.image == other.image
        && one.command == other.command
        && one.args == other.args
        && one.execs == other.execs
}

impl<'s> RuleInForce<'s> {
    /// The `rule` for a `requester`; for none, whoever asks may.
    pub fn of(rule: &'s Rule, requester: Option<&Requester>) -> Self {
        let images = |entry: &Entry<'s>| entry.images.iter().map(|one| image::Pattern::of(one));
        RuleInForce {
            rule,
            may_ask: match (&rule.requested_by, requester) {
                (Some(patterns), Some(requester)) => requester.is_among(patterns),
                _ => true,
            },
            entries: rule.entries().map(|entry| (entry, images(&entry).collect())).collect(),
        }
    }

    /// What it does not admit of `candidate`, up to `most` things; nothing where it admits all.
    pub fn misses<'m, 'a>(
        &'m self,
        candidate: &'m Candidate<'_, 'a>,
        most: usize,
    ) -> Vec<Miss<'m, 'a>> {
        let mut misses = Vec::new();
        if let Some(patterns) = &self.rule.service_account_names {
            let covered = match candidate.pod.service_account_name {
                Some(name) => pattern::matches_any(patterns, name),
                None => patterns.iter().any(|pattern| pattern == "*"),
            };
            if !covered {
                misses.push(Miss { titles: &[], what: What::ServiceAccount });
            }
        }
        if !self.may_ask {
            misses.push(Miss { titles: &[], what: What::Requester });
        }
        let admits_ephemeral = self.entries.iter().any(|(entry, _)| entry.ephemeral);
        let is_out = |part: &&Part<'_, '_>| !admits_ephemeral && part.is_ephemeral();
        if let Some(part) = candidate.parts.iter().find(is_out) {
            misses.push(Miss { titles: &part.titles, what: What::Ephemeral });
        }
        let mut found = misses.len();
        for part in candidate.parts.iter().filter(|part| !is_out(part)) {
            if found >= most {
                break;
            }
            let of_part = part.misses(&self.entries);
            found += of_part.len() * part.titles.len();
            misses.extend(of_part.into_iter().map(|what| Miss { titles: &part.titles, what }));
        }
        misses
    }
}

/// How many things these are: containers that run the same count each.
pub fn count(misses: &[Miss<'_, '_>]) -> usize {
    let weight = |miss: &Miss<'_, '_>| match miss.what {
        What::Ephemeral => 1,
        _ => miss.titles.len().max(1),
    };
    misses.iter().map(weight).sum()
}

impl<'a> Part<'_, 'a> {
    fn is_ephemeral(&self) -> bool {
        self.container.role == Role::Ephemeral
    }

    /// What the entry misses that comes nearest, the first of those that miss as little.
    fn misses<'m>(
        &'m self,
        entries: &'m [(Entry<'_>, Vec<image::Pattern<'_>>)],
    ) -> Vec<What<'m, 'a>> {
        let mut nearest: Option<Vec<_>> = None;
        for (entry, images) in entries {
            if entry.ephemeral != self.is_ephemeral() {
                continue;
            }
            let misses = self.misses_of(entry, images);
            if misses.is_empty() {
                return misses;
            }
            if nearest.as_ref().is_none_or(|nearest| misses.len() < nearest.len()) {
                nearest = Some(misses);
            }
        }
        nearest.unwrap_or_else(|| vec![What::Kind])
    }

    fn misses_of<'m>(
        &'m self,
        entry: &Entry<'m>,
        images: &[image::Pattern<'_>],
    ) -> Vec<What<'m, 'a>> {
        let container = self.container;
        let mut misses = Vec::new();
        if !images.iter().any(|pattern| pattern.matches(self.image.as_ref())) {
            misses.push(What::Image(self));
        }
        if !entry.run_as_user_names.iter().any(|one| account::matches(one, self.account)) {
            misses.push(What::Account(self));
        }
        let Some(wanted) = entry.commands else {
            return misses;
        };
        for (field, wanted, words) in [
            ("command", &wanted.command, &container.command),
            ("args", &wanted.args, &container.args),
        ] {
            let wanted = wanted.as_deref().unwrap_or_default();
            if container.role == Role::Unknown {
                misses.push(What::UnknownWords(field));
            } else if !words::matches(wanted, words) {
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

    /// Whether its account is that of the pod or the annotation, which is told once.
    fn inherits_account(&self, pod: &Pod<'_>) -> bool {
        pod.annotations.inherit_user.is_some()
            || self.account.is_some() && self.container.security_context.run_as_user_name.is_none()
    }
}

/// What messages say of `misses`: what holds for several containers is said once. Where several
/// have no image of the rule's, the list of what would run names their images anyway.
/// `requester` is what messages call who asks.
pub fn tell(misses: &[Miss<'_, '_>], pod: &Pod<'_>, requester: &str) -> Vec<String> {
    let of_image = |miss: &&Miss<'_, '_>| matches!(miss.what, What::Image(_));
    let several = misses.iter().filter(of_image).count() > 1;
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    for miss in misses {
        let mut titles = miss.titles;
        let text = match &miss.what {
            What::ServiceAccount => match pod.service_account_name.map(message::quoted) {
                Some(name) => {
                    format!("serviceAccountName {name} is none of its serviceAccountNames")
                }
                None => only_any("the service account", "serviceAccountNames"),
            },
            What::Requester => format!("{requester} is none of its requestedBy"),
            What::Ephemeral => String::from(
                "it has no ephemeralContainers: true and no entry with ephemeral: true",
            ),
            What::Kind => String::from("none of its containers is for it"),
            What::Image(part) => match (&part.image, part.container.image) {
                (Some(_), _) if several => String::from("image is none of its images"),
                (Some(image), _) => {
                    format!("image {} is none of its images", message::name(&image.full()))
                }
                (None, Some(image)) => format!(
                    "image {} is no image reference: only images: [\"*\"] covers it",
                    message::quoted(image)
                ),
                (None, None) => only_any("the image", "images"),
            },
            What::Account(part) => {
                if part.inherits_account(pod) {
                    titles = &[];
                }
                account_text(part, pod)
            }
            What::UnknownWords(field) => {
                format!("its {field} is not known, so that no entry with one covers it")
            }
            What::Words(field, words, wanted) => words_text(field, words, wanted),
            What::Exec(exec) => {
                let words: Vec<_> = exec.command.iter().map(|word| message::quoted(word)).collect();
                let words = message::cut(words.join(" "), LONGEST_COMMAND);
                format!("{} {words} is none of its exec", exec.field)
            }
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

fn account_text(part: &Part<'_, '_>, pod: &Pod<'_>) -> String {
    let Some(account) = part.account.map(message::name) else {
        return format!("no {RUN_AS_USER_NAME}: only runAsUserNames: [\"*\"] covers it");
    };
    let found = match &pod.annotations.inherit_user {
        Some(annotation) => format!("{}: account", annotation.path),
        None => String::from(RUN_AS_USER_NAME),
    };
    format!("{found} {account} is none of its runAsUserNames")
}

fn words_text(field: &str, words: &[&str], wanted: &[String]) -> String {
    if wanted.is_empty() {
        return format!("{field} has to be absent, as its rule names none");
    }
    if words.len() == wanted.len() {
        for (index, (word, pattern)) in words.iter().zip(wanted).enumerate() {
            if !words::matches(std::slice::from_ref(pattern), &[*word]) {
                let word = message::quoted(word);
                return format!("{field}[{index}] {word} is not that of its {field}");
            }
        }
    }
    let [found, wanted] = [words.len(), wanted.len()].map(|it| message::count(it, "word"));
    format!("{field} of {found} is not its {field} of {wanted}")
}
