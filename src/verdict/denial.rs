//! What a denial says: why no rule admits the request, what would run on the node, and what else to
//! fix.

use std::collections::HashMap;
use std::{fmt, slice};

use crate::settings::Rule;
use crate::text;
use crate::workload::container::Container;
use crate::workload::pod::{HOST_PROCESS, Pod, PodSource};
use crate::workload::requested_action::ConnectKind;

/// How long a denial may get, in characters.
const LONGEST_DENIAL: usize = 2000;
/// How many groups of containers that run the same are named.
const MOST_CONTAINER_GROUPS: usize = 16;

/// Why a request is denied. `Display` writes one line of at most 2,000 characters. If it would be
/// longer, parts of it are cut.
#[derive(Debug, Default, PartialEq)]
pub struct Denial {
    /// What the requester may not do.
    pub action: DeniedAction,
    /// Why no rule admits the request. If rules admit it, the requirements that are not met.
    pub reasons: Vec<String>,
    /// What would run on the node, in sentences. Pod specs that would run the same share a sentence.
    pub processes: Vec<String>,
    /// The requirements that are not met, unless they are the `reasons`.
    pub also_fix: Vec<String>,
    /// The rule that would admit the request.
    pub suggestion: Suggestion,
    /// The path in the object of the HostProcess field that the first reason is about, at which the
    /// command points. Messages name the fields by which whole pods ask instead. `None` if no pod was
    /// judged.
    pub asking_path: Option<String>,
}

/// What the requester of a denied request may not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeniedAction {
    /// Create or change a workload with HostProcess containers: messages say `HostProcess denied`.
    #[default]
    HostProcess,
    /// `kubectl exec` into a pod with HostProcess containers.
    Exec,
    /// `kubectl attach` to a pod with HostProcess containers.
    Attach,
}

/// Whether a denial comes with a rule that would admit the request.
#[derive(Debug, Default, PartialEq)]
pub enum Suggestion {
    /// Another rule would not help, or the rest of the denial says what to change first.
    #[default]
    NotOffered,
    /// The narrowest rule that admits the request.
    Rule(Box<Rule>),
    /// No rule can admit the request, for this reason.
    Impossible(String),
}

impl Denial {
    /// Returns a denial for one reason, without a suggestion.
    pub fn new(action: DeniedAction, reason: impl Into<String>) -> Self {
        Denial {
            action,
            reasons: vec![reason.into()],
            ..Denial::default()
        }
    }
}

impl From<ConnectKind> for DeniedAction {
    fn from(kind: ConnectKind) -> Self {
        match kind {
            ConnectKind::Exec => DeniedAction::Exec,
            ConnectKind::Attach => DeniedAction::Attach,
        }
    }
}

impl fmt::Display for DeniedAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeniedAction::HostProcess => "HostProcess",
            DeniedAction::Exec => "exec",
            DeniedAction::Attach => "attach",
        })
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = DenialParts {
            reasons: format!("{} denied: {}", self.action, self.reasons.join("; ")),
            processes: self.processes.join(". "),
            advice: self.advice().join(". "),
        };
        f.write_str(&parts.join(LONGEST_DENIAL))
    }
}

impl Denial {
    /// Returns what else the requester should know, in sentences.
    fn advice(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.also_fix.is_empty() {
            sentences.push(format!("Also fix: {}", self.also_fix.join("; ")));
        }
        if let Suggestion::Impossible(reason) = &self.suggestion {
            sentences.push(format!("No rule can be suggested: {reason}"));
        }
        sentences
    }
}

/// The parts of a denial. They are ASCII only, because every text in them is escaped already. A part may
/// be empty.
struct DenialParts {
    reasons: String,
    processes: String,
    advice: String,
}

impl DenialParts {
    /// The characters that the processes have even if the reasons are long.
    const LEAST_PROCESSES: usize = 500;
    /// The most characters that the advice has if the whole is too long.
    const MOST_ADVICE: usize = 600;

    /// Joins the parts to a text of at most `longest` characters. If they are longer, the advice gets
    /// its room first, then the processes, and the reasons get the rest.
    fn join(self, longest: usize) -> String {
        const BETWEEN: &str = ". ";
        let whole_length = self.reasons.len() + self.processes.len() + self.advice.len();
        let room = longest - 2 * BETWEEN.len();
        let parts = if whole_length <= room {
            [self.reasons, self.processes, self.advice]
        } else {
            let advice = text::truncate(self.advice, Self::MOST_ADVICE);
            let room = room - advice.len();
            let room_for_processes = room.saturating_sub(self.reasons.len());
            let processes = text::truncate(
                self.processes,
                room_for_processes.max(Self::LEAST_PROCESSES),
            );
            let reasons = text::truncate(self.reasons, room - processes.len());
            [reasons, processes, advice]
        };
        let filled = parts.into_iter().filter(|part| !part.is_empty());
        filled.collect::<Vec<String>>().join(BETWEEN)
    }
}

/// Says what `pods` would run on the node, as whom, and which fields ask for HostProcess. Pods that
/// run the same share a sentence.
pub fn describe_what_would_run(pods: &[Pod<'_>]) -> Vec<String> {
    describe_pods("It would run on the node", pods)
}

/// Says what `pod`, which exists already, runs on its node, as whom, and which field asks for
/// HostProcess.
pub fn describe_what_runs(pod: &Pod<'_>) -> Vec<String> {
    describe_pods("It runs on the node", slice::from_ref(pod))
}

/// Describes `pods` in sentences that start with `beginning`. Pods whose sentences differ only in the
/// paths of the fields that ask for HostProcess share one.
fn describe_pods(beginning: &str, pods: &[Pod<'_>]) -> Vec<String> {
    // An object may have a thousand pods with long descriptions, so comparing each with all others
    // would take too long.
    let mut alike: HashMap<Description, PodsAlike> = HashMap::new();
    for pod in pods {
        let next_position = alike.len();
        let same = alike
            .entry(Description::new(pod))
            .or_insert_with(|| PodsAlike::new(next_position));
        same.add_asking_field(describe_asking_field(pod));
    }

    // A hash map has no order, so each entry remembers the position of its sentence.
    let mut sentences = vec![String::new(); alike.len()];
    for (description, same) in &alike {
        sentences[same.position] = description.sentence(beginning, &same.asking_fields);
    }
    sentences
}

/// Pods that run the same on the node.
struct PodsAlike {
    /// The position of their sentence, in the order of the first pod of each sentence.
    position: usize,
    /// What [`describe_asking_field`] says of the pods.
    asking_fields: Vec<String>,
}

impl PodsAlike {
    fn new(position: usize) -> Self {
        PodsAlike {
            position,
            asking_fields: Vec::new(),
        }
    }

    /// Adds the field by which one more pod asks. Several pods of an object may ask by one annotation
    /// of the object, which is named once.
    fn add_asking_field(&mut self, field: String) {
        if self.asking_fields.last() != Some(&field) {
            self.asking_fields.push(field);
        }
    }
}

/// What a sentence says of a pod, beside the field by which the pod asks for HostProcess.
#[derive(PartialEq, Eq, Hash)]
struct Description {
    /// The HostProcess containers. Empty if there are none, because all containers have the flag
    /// `false`. The API server counts such a pod as one that asks for HostProcess.
    processes: String,
    /// The other containers beside them. Empty if there are none.
    others: String,
    /// The value of the field that asks.
    asking_value: &'static str,
}

impl Description {
    fn new(pod: &Pod<'_>) -> Self {
        let asking_value = asking_value(pod);
        if pod.source == PodSource::BareWindowsOptions {
            // Such a pod has one container. Nothing but its account may be known.
            let container = pod.containers.first();
            let account = container.and_then(|container| pod.run_as_user_name(container));
            return Description {
                processes: format!("a process as {}", account_text(account)),
                others: String::new(),
                asking_value,
            };
        }

        let (host_processes, others): (Vec<_>, Vec<_>) = pod
            .containers
            .iter()
            .partition(|container| pod.is_host_process(container));
        let others = if host_processes.is_empty() {
            Vec::new()
        } else {
            others
        };
        Description {
            processes: list_containers(pod, &host_processes),
            others: list_containers(pod, &others),
            asking_value,
        }
    }

    /// Returns the sentence about pods with this description, which ask by `asking_fields`.
    fn sentence(&self, beginning: &str, asking_fields: &[String]) -> String {
        let Description {
            processes,
            others,
            asking_value,
        } = self;
        // Each pod asks by one field. An annotation makes all containers of its pod HostProcess containers,
        // so that there are no `others` then.
        let (is, pods) = match asking_fields.len() {
            1 => ("is", "pod"),
            _ => ("are", "pods"),
        };
        let fields = text::join_names(asking_fields);
        let because = format!("{fields} {is} {asking_value}");
        if processes.is_empty() {
            return format!("{because}, but false in all containers");
        }

        let sentence = format!("{beginning}: {processes}, because {because}");
        if others.is_empty() {
            return sentence;
        }
        format!("{sentence}. In the same {pods}: {others}")
    }
}

/// Returns the path of the field or annotation by which `pod` asks for HostProcess. If the pod does not
/// ask as a whole but several of its containers do, says so in place of their paths.
fn describe_asking_field(pod: &Pod<'_>) -> String {
    if pod.asks_as_a_whole() || pod.host_processes().count() < 2 {
        return pod.asking_path(None);
    }
    if pod.path.is_empty() {
        // The object itself is a pod spec.
        return format!("{HOST_PROCESS} of these containers");
    }
    format!("{HOST_PROCESS} of these containers of {}", pod.path)
}

/// Returns the value of the field that [`describe_asking_field`] names, as a sentence says it.
fn asking_value(pod: &Pod<'_>) -> &'static str {
    if pod.source == PodSource::BareWindowsOptions {
        "true, outside of any pod spec"
    } else if pod.annotations.host_process_container.is_some() {
        "\"true\""
    } else {
        "true"
    }
}

/// Containers that are named together, because they run the same.
struct Group {
    titles: Vec<String>,
    image_and_account: String,
}

/// Lists `containers`, each with its image and account (`registry/image:tag as NT
/// AUTHORITY\SYSTEM`). Neighbours with the same image and account share them.
fn list_containers(pod: &Pod<'_>, containers: &[&Container<'_>]) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for container in containers {
        let image = image_text(container.image);
        let account = account_text(pod.run_as_user_name(container));
        let image_and_account = format!("{image} as {account}");
        let title = container.title();
        match groups.last_mut() {
            Some(group) if group.image_and_account == image_and_account => {
                group.titles.push(title);
            }
            _ => groups.push(Group {
                titles: vec![title],
                image_and_account,
            }),
        }
    }

    let (listed_groups, hidden_groups) = groups.split_at(groups.len().min(MOST_CONTAINER_GROUPS));
    let listed: Vec<String> = listed_groups.iter().map(Group::text).collect();
    let hidden_containers: usize = hidden_groups.iter().map(|group| group.titles.len()).sum();
    // The sentence says how many containers it leaves out, not how many groups.
    text::join_first_names(&listed, listed.len() + hidden_containers)
}

impl Group {
    fn text(&self) -> String {
        format!(
            "{} ({})",
            text::join_names(&self.titles),
            self.image_and_account
        )
    }
}

/// Names an image. `quote_unless_plain` leaves spaces unquoted, because accounts have them. An image
/// with a space is malformed, so it is quoted.
fn image_text(image: Option<&str>) -> String {
    match image {
        Some(image) if image.contains(' ') => text::quote(image),
        Some(image) => text::quote_unless_plain(image),
        None => String::from("an unknown image"),
    }
}

/// Names an account; says so if none is named.
fn account_text(account: Option<&str>) -> String {
    match account {
        Some(account) => text::quote_unless_plain(account),
        None => String::from("an unnamed account"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(reasons: usize, processes: usize, also_fix: usize) -> String {
        let denial = Denial {
            processes: vec!["p".repeat(processes)],
            also_fix: vec!["f".repeat(also_fix)],
            ..Denial::new(DeniedAction::HostProcess, "r".repeat(reasons))
        };
        denial.to_string()
    }

    #[rstest::rstest]
    #[case::everything_fits(1_000, 500, 400, [1_000, 500, 400])]
    #[case::everything_fits_with_long_advice(100, 100, 1_000, [100, 100, 1_000])]
    #[case::processes_are_long(100, 9_000, 400, [100, 1_463, 400])]
    #[case::reasons_are_long(9_000, 9_000, 400, [1_063, 497, 400])]
    #[case::everything_is_long(9_000, 9_000, 9_000, [873, 497, 587])]
    fn each_part_of_a_long_denial_is_cut(
        #[case] reasons: usize,
        #[case] processes: usize,
        #[case] also_fix: usize,
        #[case] expected: [usize; 3],
    ) {
        let text = denial(reasons, processes, also_fix);
        let longest_run = |letter: char| text.split(|c| c != letter).map(str::len).max();
        let shown = ['r', 'p', 'f'].map(longest_run);
        assert_eq!(shown, expected.map(Some), "{text}");
        assert!(text.len() <= LONGEST_DENIAL, "{} characters", text.len());
    }
}
