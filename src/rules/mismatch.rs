//! What a rule does not allow about a pod, and how messages say so.

use std::fmt;

use crate::matching::words::Word;
use crate::rules::access::Refused;
use crate::rules::candidate::CandidateImage;
use crate::rules::compiled_rule::WordDifference;
use crate::text;
use crate::workload::container::{Container, Exec};
use crate::workload::pod::{Pod, RUN_AS_USER_NAME};

/// How many mismatches a message tells.
const MOST_TOLD: usize = 20;
/// How many of the images, accounts or names that a rule allows a message tells.
const MOST_ALLOWED_TOLD: usize = 3;
/// How much of the words of a hook or a probe a message tells, in characters.
const LONGEST_COMMAND: usize = 240;
/// Up to which length, in characters, a message tells a word in full. Of a longer word, it tells
/// this much around the place where the word differs.
const LONGEST_WORD: usize = 80;
/// How much of a long word a message tells before the place where the word differs, in characters.
const BEFORE_DIFFERENCE: usize = 20;

/// What a rule does not allow about a pod.
pub enum Mismatch<'m, 'a> {
    /// `None` if the service account is unknown.
    ServiceAccount {
        found: Option<&'a str>,
        allowed: &'m [String],
    },
    /// The rule is closed for the requester.
    Requester(Refused),
    Container {
        container: &'m Container<'a>,
        problem: ContainerProblem<'m, 'a>,
    },
}

/// What a rule does not allow about a container.
pub enum ContainerProblem<'m, 'a> {
    /// The rule has no entry for ephemeral containers.
    IsEphemeral,
    /// The rule has entries for ephemeral containers only.
    IsNotEphemeral,
    Image {
        image: &'m CandidateImage<'a>,
        allowed: &'m [String],
    },
    /// `None` if nothing names an account.
    Account {
        account: Option<&'a str>,
        allowed: &'m [String],
    },
    /// The rule names the words of `command` or `args`, and those of the container are unknown.
    UnknownWords { field: &'static str },
    /// Words of `command` or `args`, or of a hook or a probe.
    Words {
        field: &'static str,
        found: &'m [&'a str],
        allowed: &'m [Word],
        difference: WordDifference,
    },
    /// A hook or a probe whose number of words no list of the rule's `exec` has.
    Exec {
        handler: &'m Exec<'a>,
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

    pub fn differing_words(&self) -> usize {
        match self {
            Mismatch::ServiceAccount { .. } | Mismatch::Requester(_) => 0,
            Mismatch::Container { problem, .. } => problem.differing_words(),
        }
    }
}

impl ContainerProblem<'_, '_> {
    pub fn differing_words(&self) -> usize {
        match self {
            ContainerProblem::Words { difference, .. } => difference.count,
            ContainerProblem::Exec { handler, .. } => handler.command.len(),
            _ => 0,
        }
    }
}

/// What a message says of some mismatches: the containers that have the same problem, and the
/// problem.
#[derive(PartialEq)]
struct Statement {
    /// The titles of the containers; empty if the statement is about the pod.
    containers: Vec<String>,
    /// Behind the containers if there are any, else a whole clause.
    text: Text,
}

/// The same text for one container and for several.
#[derive(PartialEq)]
struct Text {
    for_one: String,
    for_several: String,
}

/// `mismatches` of `pod` as messages say them, for a sentence that begins with `rule "x" comes
/// closest, but`.
pub struct Told<'t, 'm, 'a> {
    pub mismatches: &'t [Mismatch<'m, 'a>],
    pub pod: &'t Pod<'a>,
}

impl fmt::Display for Told<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut statements: Vec<Statement> = Vec::new();
        let mut untold = 0;
        for mismatch in self.mismatches {
            let statement = self.statement(mismatch);
            if let Some(same) = statements.iter_mut().find(|it| it.text == statement.text) {
                same.containers.extend(statement.containers);
            } else if statements.len() < MOST_TOLD {
                statements.push(statement);
            } else {
                untold += 1;
            }
        }

        let mut texts: Vec<String> = statements.iter().map(Statement::to_string).collect();
        if untold > 0 {
            texts.push(format!("and {untold} more"));
        }
        f.write_str(&texts.join("; "))
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let containers = text::join_names(&self.containers);
        match self.containers.len() {
            0 => f.write_str(&self.text.for_one),
            1 => write!(f, "{containers} {}", self.text.for_one),
            _ => write!(f, "{containers} {}", self.text.for_several),
        }
    }
}

impl Told<'_, '_, '_> {
    fn statement(&self, mismatch: &Mismatch<'_, '_>) -> Statement {
        match mismatch {
            Mismatch::ServiceAccount { found, allowed } => {
                Statement::about_pod(service_account_text(*found, allowed))
            }
            Mismatch::Requester(refused) => Statement::about_pod(refused.to_string()),
            Mismatch::Container { container, problem } => {
                if let ContainerProblem::Account { account, allowed } = problem
                    && let Some(text) = self.account_of_pod_text(container, *account, allowed)
                {
                    return Statement::about_pod(text);
                }
                let text = match problem {
                    ContainerProblem::Image { allowed, .. } if self.has_several_images() => {
                        images_text(allowed)
                    }
                    problem => problem_text(problem),
                };
                Statement {
                    containers: vec![container.title()],
                    text,
                }
            }
        }
    }

    /// Returns what is said once about an account that several containers may have from the pod
    /// or from an annotation. `None` if the account is the container's own, or if there is none.
    fn account_of_pod_text(
        &self,
        container: &Container<'_>,
        account: Option<&str>,
        allowed: &[String],
    ) -> Option<String> {
        let account = text::quote_unless_plain(account?);
        let allowed = allowed_text(allowed, text::quote_unless_plain);
        if let Some(annotation) = &self.pod.annotations.inherit_user {
            let path = &annotation.path;
            return Some(format!(
                "{path} makes the account {account}, and the rule allows {allowed}"
            ));
        }
        if container.security_context.run_as_user_name.is_some() {
            return None;
        }
        Some(format!(
            "{RUN_AS_USER_NAME} is {account}, and the rule allows {allowed}"
        ))
    }

    /// Returns whether several containers have another image than the rule. Then their images are
    /// not said here: the list of what would run names all of them.
    fn has_several_images(&self) -> bool {
        let is_about_image = |mismatch: &&Mismatch<'_, '_>| {
            matches!(
                mismatch,
                Mismatch::Container {
                    problem: ContainerProblem::Image {
                        image: CandidateImage::Reference(_),
                        ..
                    },
                    ..
                }
            )
        };
        self.mismatches.iter().filter(is_about_image).count() > 1
    }
}

impl Statement {
    fn about_pod(text: String) -> Self {
        Statement {
            containers: Vec::new(),
            text: Text::same(text),
        }
    }
}

impl Text {
    fn same(text: String) -> Self {
        Text {
            for_one: text.clone(),
            for_several: text,
        }
    }

    /// `has X` for one container, and `have X` for several.
    fn has(object: &str) -> Self {
        Text {
            for_one: format!("has {object}"),
            for_several: format!("have {object}"),
        }
    }
}

fn service_account_text(found: Option<&str>, allowed: &[String]) -> String {
    let allowed = allowed_text(allowed, text::quote);
    match found {
        Some(name) => {
            let name = text::quote(name);
            format!("serviceAccountName is {name}, and the rule allows {allowed}")
        }
        None => format!("the service account is unknown, and the rule allows {allowed}"),
    }
}

fn problem_text(problem: &ContainerProblem<'_, '_>) -> Text {
    match problem {
        ContainerProblem::IsEphemeral => Text {
            for_one: String::from("is an ephemeral container, and the rule allows none"),
            for_several: String::from("are ephemeral containers, and the rule allows none"),
        },
        ContainerProblem::IsNotEphemeral => Text {
            for_one: String::from("is not ephemeral, and the rule is for ephemeral containers"),
            for_several: String::from(
                "are not ephemeral, and the rule is for ephemeral containers",
            ),
        },
        ContainerProblem::Image { image, allowed } => image_text(image, allowed),
        ContainerProblem::Account { account, allowed } => account_text(*account, allowed),
        ContainerProblem::UnknownWords { field } => {
            Text::has(&format!("unknown {field}, and the rule names the words"))
        }
        ContainerProblem::Words {
            field,
            found,
            allowed,
            difference,
        } => words_text(field, found, allowed, *difference),
        ContainerProblem::Exec { handler, allowed } => exec_text(handler, allowed),
    }
}

fn image_text(image: &CandidateImage<'_>, allowed: &[String]) -> Text {
    let allowed = allowed_text(allowed, text::quote_unless_plain);
    match image {
        CandidateImage::Unknown => {
            Text::has(&format!("an unknown image, and the rule allows {allowed}"))
        }
        CandidateImage::Unnamed { image, reason } => {
            let image = text::quote(image);
            Text::has(&format!("image {image}: it {reason}"))
        }
        CandidateImage::Reference(image) => {
            let image = text::quote_unless_plain(&image.full());
            Text::has(&format!("image {image}, and the rule allows {allowed}"))
        }
    }
}

fn images_text(allowed: &[String]) -> Text {
    let allowed = allowed_text(allowed, text::quote_unless_plain);
    Text {
        for_one: format!("has another image than the rule allows ({allowed})"),
        for_several: format!("have other images than the rule allows ({allowed})"),
    }
}

fn account_text(account: Option<&str>, allowed: &[String]) -> Text {
    let allowed = allowed_text(allowed, text::quote_unless_plain);
    match account {
        None => Text::has(&format!("no runAsUserName, and the rule allows {allowed}")),
        Some(account) => {
            let account = text::quote_unless_plain(account);
            Text {
                for_one: format!("runs as {account}, and the rule allows {allowed}"),
                for_several: format!("run as {account}, and the rule allows {allowed}"),
            }
        }
    }
}

fn words_text(field: &str, found: &[&str], allowed: &[Word], difference: WordDifference) -> Text {
    if allowed.is_empty() {
        return Text::has(&format!("{field}, and the rule allows none"));
    }
    if found.len() != allowed.len() {
        let (found, allowed) = (counted(found.len()), counted(allowed.len()));
        return Text::has(&format!("{found} in {field}, and the rule has {allowed}"));
    }
    let Some(index) = difference.first else {
        return Text::has(&format!("other words in {field} than the rule"));
    };

    let shown = ShownDifference::new(found[index], &allowed[index]);
    let ShownDifference { found, allowed, .. } = &shown;
    match shown.first_character {
        None => Text::has(&format!(
            "{found} in {field}[{index}], and the rule has {allowed}"
        )),
        Some(character) => Text::has(&format!(
            "{found} in {field}[{index}] from character {character} on, and the rule has {allowed} \
             there"
        )),
    }
}

fn exec_text(handler: &Exec<'_>, allowed: &[Vec<Word>]) -> Text {
    let words: Vec<String> = handler.command.iter().map(|it| text::quote(it)).collect();
    let words = text::truncate(words.join(" "), LONGEST_COMMAND);
    let field = handler.field;
    let rule = match allowed {
        [] => String::from("the rule has no exec"),
        _ => format!("no exec of the rule has {}", counted(handler.command.len())),
    };
    Text::has(&format!("{words} in {field}, and {rule}"))
}

/// `1 word`, `2 words`
fn counted(words: usize) -> String {
    match words {
        0 => String::from("no word"),
        1 => String::from("1 word"),
        words => format!("{words} words"),
    }
}

/// The first three of the patterns that a rule allows, and how many more there are.
fn allowed_text(patterns: &[String], show: fn(&str) -> String) -> String {
    let shown: Vec<String> = patterns
        .iter()
        .take(MOST_ALLOWED_TOLD)
        .map(|pattern| show(pattern))
        .collect();
    text::join_first_names(&shown, patterns.len())
}

/// How a message shows that a word of a container differs from that of a rule.
struct ShownDifference {
    found: String,
    allowed: String,
    /// The first character that is shown, counted from 1. `None` if both are shown in full.
    first_character: Option<usize>,
}

impl ShownDifference {
    fn new(found: &str, allowed: &Word) -> Self {
        let (allowed, prefix) = match allowed {
            Word::Literal(literal) => (&**literal, ""),
            Word::Pattern(pattern) => (pattern.as_str(), "the pattern "),
        };
        if found.len() <= LONGEST_WORD && allowed.len() <= LONGEST_WORD {
            return ShownDifference {
                found: text::quote(found),
                allowed: prefix.to_owned() + &text::quote(allowed),
                first_character: None,
            };
        }

        let same = found.chars().zip(allowed.chars());
        let same = same.take_while(|(found, allowed)| found == allowed).count();
        let start = same.saturating_sub(BEFORE_DIFFERENCE);
        ShownDifference {
            found: excerpt(found, start),
            allowed: prefix.to_owned() + &excerpt(allowed, start),
            first_character: Some(start + 1),
        }
    }
}

/// Quotes a part of `text` from the character `start` on.
fn excerpt(text: &str, start: usize) -> String {
    let mut rest = text.chars().skip(start);
    let mut part: String = rest.by_ref().take(LONGEST_WORD).collect();
    if rest.next().is_some() {
        part.push_str("...");
    }
    text::quote(&part)
}
