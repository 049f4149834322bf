//! What a rule does not admit of a pod, and how messages say so.

use crate::matching::image::{Image, UnnamedImage};
use crate::matching::words::Word;
use crate::text;
use crate::workload::container::{Container, Exec, Role};
use crate::workload::pod::{Annotation, Pod, RUN_AS_USER_NAME};

/// How much of what a rule misses is told.
const MOST_SAID: usize = 20;
/// How long the words of a command may get in a message, in characters.
const LONGEST_COMMAND: usize = 240;

/// What a rule does not admit.
pub struct Mismatch<'m, 'a> {
    /// The container that it is about; none where it is about the pod.
    pub container: Option<&'m Container<'a>>,
    pub what: What<'m, 'a>,
}

pub enum What<'m, 'a> {
    ServiceAccount,
    Requester,
    /// No entry is for ephemeral containers, or for others.
    Kind {
        is_ephemeral: bool,
    },
    /// The image; none where it is no reference.
    Image(Option<&'m Image<'a>>),
    Account(Option<&'a str>),
    /// `command` or `args`, the container's words of it, and the entry's.
    Words(&'static str, &'m [&'a str], &'m [Word]),
    Exec(&'m Exec<'a>),
}

/// What messages say of `misses` of `pod`: what holds for several containers is said once. Where
/// several have no image of the rule's, the list of what would run names their images anyway.
/// `requester` is what messages call who asks.
pub fn tell(misses: &[Mismatch<'_, '_>], pod: &Pod<'_>, requester: &str) -> String {
    let of_image = |miss: &&Mismatch<'_, '_>| matches!(miss.what, What::Image(_));
    let several_images = misses.iter().filter(of_image).count() > 1;
    let mut told: Vec<(Vec<String>, String)> = Vec::new();
    let mut more = 0;
    for Mismatch { container, what } in misses {
        let mut container = *container;
        let text = match *what {
            What::ServiceAccount => match pod.service_account_name.map(text::quote) {
                Some(name) => {
                    format!("serviceAccountName {name} is none of its serviceAccountNames")
                }
                None => only_any("the service account", "serviceAccountNames"),
            },
            What::Requester => format!("{requester} is none of its requestedBy"),
            What::Kind { is_ephemeral: true } => String::from(
                "it has no ephemeralContainers: true and no entry with ephemeral: true",
            ),
            What::Kind { .. } => String::from("none of its containers is for it"),
            What::Image(Some(_)) if several_images => String::from("image is none of its images"),
            What::Image(Some(image)) => {
                format!(
                    "image {} is none of its images",
                    text::quote_unless_plain(&image.full())
                )
            }
            What::Image(None) => match container.and_then(|container| container.image) {
                Some(image) => {
                    let reason = Image::parse(image)
                        .err()
                        .unwrap_or(UnnamedImage::NotAReference);
                    format!(
                        "image {} {reason}: only images: [\"*\"] covers it",
                        text::quote(image)
                    )
                }
                None => only_any("the image", "images"),
            },
            What::Account(None) => {
                format!("no {RUN_AS_USER_NAME}: only runAsUserNames: [\"*\"] covers it")
            }
            What::Account(Some(account)) => {
                let inherit = pod.annotations.inherit_user.as_ref();
                // That of the pod or of the annotation is told once.
                container = container.filter(|container| {
                    inherit.is_none() && container.security_context.run_as_user_name.is_some()
                });
                let of_it = |it: &Annotation<'_>| format!("{}: account", it.path);
                let field = inherit.map_or(String::from(RUN_AS_USER_NAME), of_it);
                format!(
                    "{field} {} is none of its runAsUserNames",
                    text::quote_unless_plain(account)
                )
            }
            What::Words(field, ..) if container.is_some_and(|it| it.role == Role::Unknown) => {
                format!("{field} is not known, so that no entry with one covers it")
            }
            What::Words(field, words, wanted) => words_text(field, words, wanted),
            What::Exec(exec) => {
                let words: Vec<_> = exec.command.iter().map(|word| text::quote(word)).collect();
                let words = text::truncate(words.join(" "), LONGEST_COMMAND);
                format!("{} {words} is none of its exec", exec.field)
            }
        };
        let title = container.map(Container::title);
        if let Some((titles, _)) = told.iter_mut().find(|(_, said)| *said == text) {
            titles.extend(title);
        } else if told.len() < MOST_SAID {
            told.push((Vec::from_iter(title), text));
        } else {
            more += 1;
        }
    }
    let line = |(titles, text): (Vec<String>, String)| match &*titles {
        [] => text,
        titles => format!("{}: {text}", text::join_names(titles)),
    };
    let more = (more > 0).then(|| format!("and {more} more"));
    told.into_iter()
        .map(line)
        .chain(more)
        .collect::<Vec<_>>()
        .join("; ")
}

/// That `what` is not known, and what the rule's `list` has to say to cover it.
fn only_any(what: &str, list: &str) -> String {
    format!("{what} is not known: only {list}: [\"*\"] covers it")
}

fn words_text(field: &str, words: &[&str], wanted: &[Word]) -> String {
    if wanted.is_empty() {
        return format!("{field} has to be absent, as its rule names none");
    }
    if words.len() != wanted.len() {
        let [found, wanted] = [words.len(), wanted.len()];
        return format!("{field} has a length of {found}, that of the rule {wanted}");
    }
    let differs = |index: &usize| !wanted[*index].matches(words[*index]);
    let index = (0..words.len()).find(differs).unwrap_or_default();
    format!(
        "{field}[{index}] {} is not that of its {field}",
        text::quote(words[index])
    )
}
