//! How messages say what a rule does not allow about a pod.

use std::fmt;

use crate::matching::words::{self, Word};
use crate::rules::candidate::CandidateImage;
use crate::rules::mismatch::{ContainerProblem, Mismatch};
use crate::rules::word_difference::WordDifference;
use crate::text;
use crate::workload::container::{Container, ExecAction};
use crate::workload::pod::{Pod, RUN_AS_USER_NAME};

/// The most statements of a message. Containers with the same problem share a statement.
const MOST_STATEMENTS: usize = 20;
/// The most patterns of a rule that a message shows, when an image, an account or a service account
/// does not match.
const MOST_PATTERNS: usize = 3;
/// The most characters that a message shows of the command of a hook or a probe.
const LONGEST_COMMAND: usize = 240;
/// The longest word that a message shows in full, in bytes. Of a longer word, a message shows an
/// excerpt of as many characters, around the place where the word differs.
const LONGEST_WORD: usize = 80;
/// How many characters of a long word a message shows before the place where the word differs.
const BEFORE_DIFFERENCE: usize = 20;

/// `Display` writes the mismatches of a pod, for a sentence that begins with `rule "x" comes closest,
/// but`.
pub struct MismatchSummary<'t, 'm, 'a> {
    pub mismatches: &'t [Mismatch<'m, 'a>],
    pub pod: &'t Pod<'a>,
}

/// A part of a summary. It tells one mismatch, or several with the same claim.
struct Statement {
    claim: Claim,
    /// The titles of the containers that the claim is about. Empty if it is about the pod.
    containers: Vec<String>,
}

/// What a statement says.
#[derive(PartialEq)]
enum Claim {
    /// A whole clause: `serviceAccountName is "a", and the rule allows "b"`.
    AboutPod(String),
    /// What stands behind the titles of the containers.
    AboutContainers(Predicate),
}

/// The rest of a clause that begins with the titles of containers: `has no runAsUserName`.
#[derive(PartialEq)]
struct Predicate {
    /// The words behind the title of one container.
    singular: String,
    /// The words behind the titles of several containers.
    plural: String,
}

impl fmt::Display for MismatchSummary<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut statements: Vec<Statement> = Vec::new();
        let mut untold = 0;
        for mismatch in self.mismatches {
            let new = self.statement(mismatch);
            let same = statements
                .iter_mut()
                .find(|statement| statement.claim == new.claim);
            if let Some(same) = same {
                same.containers.extend(new.containers);
            } else if statements.len() < MOST_STATEMENTS {
                statements.push(new);
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

impl MismatchSummary<'_, '_, '_> {
    fn statement(&self, mismatch: &Mismatch<'_, '_>) -> Statement {
        match mismatch {
            Mismatch::ServiceAccount { found, allowed } => {
                Statement::about_pod(service_account_clause(*found, allowed))
            }
            Mismatch::Requester(refusal) => Statement::about_pod(refusal.to_string()),
            Mismatch::Container { container, problem } => {
                self.container_statement(container, problem)
            }
        }
    }

    fn container_statement(
        &self,
        container: &Container<'_>,
        problem: &ContainerProblem<'_, '_>,
    ) -> Statement {
        if let ContainerProblem::Account { account, allowed } = problem
            && let Some(clause) = self.inherited_account_clause(container, *account, allowed)
        {
            return Statement::about_pod(clause);
        }

        // The denial also lists the image of each container (`verdict::denial`), so several images are not
        // repeated here.
        if let ContainerProblem::Image { allowed, .. } = problem
            && problem.is_about_named_image()
            && self.has_several_named_images()
        {
            return Statement::about_container(container, images_predicate(allowed));
        }
        Statement::about_container(container, Predicate::new(problem))
    }

    /// Returns a clause about an account that the pod or an annotation gives to `container`. The clause
    /// does not name the container, so a message tells it once for all containers. `None` if no
    /// account is named, or if the container's own account counts: it has one, and no annotation wins
    /// over that.
    fn inherited_account_clause(
        &self,
        container: &Container<'_>,
        account: Option<&str>,
        allowed: &[String],
    ) -> Option<String> {
        let account = text::quote_unless_plain(account?);
        let allowed = patterns_text(allowed, text::quote_unless_plain);
        // The annotation wins over the container's own account.
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

    /// Returns whether several containers have an image with a full name that the rule does not allow.
    fn has_several_named_images(&self) -> bool {
        let named_images = self
            .mismatches
            .iter()
            .filter(|mismatch| mismatch.is_about_named_image());
        named_images.count() > 1
    }
}

impl Statement {
    fn about_pod(clause: String) -> Self {
        Statement {
            claim: Claim::AboutPod(clause),
            containers: Vec::new(),
        }
    }

    fn about_container(container: &Container<'_>, predicate: Predicate) -> Self {
        Statement {
            claim: Claim::AboutContainers(predicate),
            containers: vec![container.title()],
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.claim {
            Claim::AboutPod(clause) => f.write_str(clause),
            Claim::AboutContainers(Predicate { singular, plural }) => {
                let titles = text::join_names(&self.containers);
                match self.containers.len() {
                    1 => write!(f, "{titles} {singular}"),
                    _ => write!(f, "{titles} {plural}"),
                }
            }
        }
    }
}

impl Predicate {
    fn new(problem: &ContainerProblem<'_, '_>) -> Self {
        match problem {
            ContainerProblem::IsEphemeral => Predicate {
                singular: String::from("is an ephemeral container, and the rule allows none"),
                plural: String::from("are ephemeral containers, and the rule allows none"),
            },
            ContainerProblem::IsNotEphemeral => Predicate {
                singular: String::from(
                    "is not ephemeral, and the rule is for ephemeral containers",
                ),
                plural: String::from("are not ephemeral, and the rule is for ephemeral containers"),
            },
            ContainerProblem::Image { image, allowed } => image_predicate(image, allowed),
            ContainerProblem::Account { account, allowed } => account_predicate(*account, allowed),
            ContainerProblem::UnknownWords { field } => {
                Predicate::has(&format!("unknown {field}, and the rule names the words"))
            }
            ContainerProblem::Words {
                field,
                found,
                allowed,
                difference,
            } => words_predicate(field, found, allowed, *difference),
            ContainerProblem::ExecAction {
                exec_action,
                allowed,
            } => exec_predicate(exec_action, allowed),
        }
    }

    /// Returns `has X` for one container, and `have X` for several.
    fn has(object: &str) -> Self {
        Predicate {
            singular: format!("has {object}"),
            plural: format!("have {object}"),
        }
    }
}

fn service_account_clause(found: Option<&str>, allowed: &[String]) -> String {
    let allowed = patterns_text(allowed, text::quote);
    match found {
        Some(name) => {
            let name = text::quote(name);
            format!("serviceAccountName is {name}, and the rule allows {allowed}")
        }
        None => format!("the service account is unknown, and the rule allows {allowed}"),
    }
}

fn image_predicate(image: &CandidateImage<'_>, allowed: &[String]) -> Predicate {
    let allowed = patterns_text(allowed, text::quote_unless_plain);
    match image {
        CandidateImage::Unknown => {
            Predicate::has(&format!("an unknown image, and the rule allows {allowed}"))
        }
        CandidateImage::Unnamed { image, reason } => {
            let image = text::quote(image);
            Predicate::has(&format!("image {image}: it {reason}"))
        }
        CandidateImage::Reference(image) => {
            let image = text::quote_unless_plain(&image.full());
            Predicate::has(&format!("image {image}, and the rule allows {allowed}"))
        }
    }
}

/// Says that images do not match, without naming them.
fn images_predicate(allowed: &[String]) -> Predicate {
    let allowed = patterns_text(allowed, text::quote_unless_plain);
    Predicate {
        singular: format!("has another image than the rule allows ({allowed})"),
        plural: format!("have other images than the rule allows ({allowed})"),
    }
}

fn account_predicate(account: Option<&str>, allowed: &[String]) -> Predicate {
    let allowed = patterns_text(allowed, text::quote_unless_plain);
    match account {
        None => Predicate::has(&format!("no runAsUserName, and the rule allows {allowed}")),
        Some(account) => {
            let account = text::quote_unless_plain(account);
            Predicate {
                singular: format!("runs as {account}, and the rule allows {allowed}"),
                plural: format!("run as {account}, and the rule allows {allowed}"),
            }
        }
    }
}

fn words_predicate(
    field: &str,
    found: &[&str],
    allowed: &[Word],
    difference: WordDifference,
) -> Predicate {
    if allowed.is_empty() {
        return Predicate::has(&format!("{field}, and the rule allows none"));
    }
    let index = difference.first;
    if found.len() != allowed.len() {
        let counts = format!(
            "{} in {field}, and the rule has {}",
            count_words(found.len()),
            count_words(allowed.len())
        );
        let shown = describe_at_first_difference(found.get(index), allowed.get(index));
        return Predicate::has(&format!("{counts}: from {field}[{index}] on, {shown}"));
    }

    // Both sides have as many words, so they both have a word at this index.
    let shown = ShownDifference::new(found[index], &allowed[index]);
    match shown.first_character {
        None => Predicate::has(&format!(
            "{} in {field}[{index}], and the rule has {}{}",
            shown.found, shown.allowed, shown.note
        )),
        Some(character) => Predicate::has(&format!(
            "{} in {field}[{index}] from character {character} on, and the rule has {} there{}",
            shown.found, shown.allowed, shown.note
        )),
    }
}

/// Describes the first words that differ, of which one may be missing: `"--new" stands where the rule has
/// "--old"`. Of long words it shows the parts that differ, without their position: the word as a whole is
/// probably another one.
fn describe_at_first_difference(found: Option<&&str>, allowed: Option<&Word>) -> String {
    let (found, allowed) = match (found, allowed) {
        (Some(found), Some(allowed)) => {
            let shown = ShownDifference::new(found, allowed);
            (shown.found, shown.allowed + &shown.note)
        }
        (Some(found), None) => (excerpt(found, 0), String::from("no more words")),
        (None, Some(Word::Literal(literal))) => (String::from("nothing"), excerpt(literal, 0)),
        (None, Some(Word::Pattern(pattern))) => {
            let pattern = excerpt(pattern.as_str(), 0);
            (String::from("nothing"), format!("the pattern {pattern}"))
        }
        // Not reached, because one side has more words, and so a word here.
        (None, None) => (String::from("nothing"), String::from("nothing")),
    };
    format!("{found} stands where the rule has {allowed}")
}

fn exec_predicate(exec_action: &ExecAction<'_>, allowed: &[Vec<Word>]) -> Predicate {
    let words: Vec<String> = exec_action
        .command
        .iter()
        .map(|word| text::quote(word))
        .collect();
    let words = text::truncate(words.join(" "), LONGEST_COMMAND);
    let field = exec_action.field;
    let rule = match allowed {
        [] => String::from("the rule has no exec"),
        _ => {
            let count = count_words(exec_action.command.len());
            format!("no exec of the rule has {count}")
        }
    };
    Predicate::has(&format!("{words} in {field}, and {rule}"))
}

/// Returns `no word`, `1 word` or `2 words`.
fn count_words(count: usize) -> String {
    match count {
        0 => String::from("no word"),
        1 => String::from("1 word"),
        count => format!("{count} words"),
    }
}

/// Returns the first `patterns` that a rule allows, each as `show` writes it, and how many more there
/// are.
fn patterns_text(patterns: &[String], show: fn(&str) -> String) -> String {
    let shown: Vec<String> = patterns
        .iter()
        .take(MOST_PATTERNS)
        .map(|pattern| show(pattern))
        .collect();
    text::join_first_names(&shown, patterns.len())
}

/// A word of a container and the different word of a rule, as a message shows them.
struct ShownDifference {
    found: String,
    allowed: String,
    /// The number of the character with which both excerpts begin, counted from 1. `None` if both
    /// words are shown in full.
    first_character: Option<usize>,
    /// What the sentence ends with: [`note_on_pattern`] if the rule has a pattern, or nothing.
    note: String,
}

impl ShownDifference {
    fn new(found: &str, allowed: &Word) -> Self {
        match allowed {
            Word::Literal(literal) => Self::between(found, literal),
            Word::Pattern(pattern) => {
                let difference = Self::between(found, pattern.as_str());
                ShownDifference {
                    allowed: format!("the pattern {}", difference.allowed),
                    note: note_on_pattern(found),
                    ..difference
                }
            }
        }
    }

    fn between(found: &str, allowed: &str) -> Self {
        if found.len() <= LONGEST_WORD && allowed.len() <= LONGEST_WORD {
            return ShownDifference {
                found: text::quote(found),
                allowed: text::quote(allowed),
                first_character: None,
                note: String::new(),
            };
        }

        let same_characters = found
            .chars()
            .zip(allowed.chars())
            .take_while(|(found, allowed)| found == allowed)
            .count();
        let start = same_characters.saturating_sub(BEFORE_DIFFERENCE);
        ShownDifference {
            found: excerpt(found, start),
            allowed: excerpt(allowed, start),
            first_character: Some(start + 1),
            note: String::new(),
        }
    }
}

/// Returns why a pattern does not match the word `found`, although it may seem to, for the end of a
/// sentence.
fn note_on_pattern(found: &str) -> String {
    match words::find_never_matched(found) {
        Some(part) => format!(", but no pattern matches a word with {}", text::quote(part)),
        None => {
            String::from(", whose wildcards stand for letters, digits, \".\", \"_\" and \"-\" only")
        }
    }
}

/// Quotes a part of `text` that begins with the character at the index `start`.
fn excerpt(text: &str, start: usize) -> String {
    let mut rest = text.chars().skip(start);
    let mut part: String = rest.by_ref().take(LONGEST_WORD).collect();
    if rest.next().is_some() {
        part.push_str("...");
    }
    text::quote(&part)
}
