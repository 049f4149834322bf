//! What a denial says: why no rule admits, what would run, and what else to fix.

use std::fmt;

use crate::settings::Rule;
use crate::text;
use crate::workload::container::Container;
use crate::workload::pod::{HOST_PROCESS, Pod, PodSource};

/// How long a denial may get, in characters.
const LONGEST: usize = 2000;
/// How many groups of containers that run the same are named.
const MOST_GROUPS: usize = 16;

/// Why a request is denied. Its `Display` is one line of at most 2,000 characters, the most
/// useful first.
#[derive(Debug, Default, PartialEq)]
pub struct Denial {
    /// What the requester may not do.
    pub action: DeniedAction,
    /// Why: what no rule admits; if rules admit everything, the requirements that are not met.
    pub reasons: Vec<String>,
    /// What would run on the node, a sentence for each pod spec.
    pub processes: Vec<String>,
    /// The requirements that are not met, if `reasons` speaks of rules.
    pub also_fix: Vec<String>,
    /// The rule that would admit the request.
    pub suggestion: Suggestion,
}

/// What the requester of a denied request may not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeniedAction {
    /// Create or change a workload with HostProcess containers.
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
    /// Another rule would not help, or the message says already why there is none.
    #[default]
    NotOffered,
    /// The narrowest rule that admits the request.
    Rule(Box<Rule>),
    /// No rule can admit the request, for this reason.
    Impossible(String),
}

impl Denial {
    /// A denial for one reason, without a suggestion.
    pub fn new(action: DeniedAction, reason: impl Into<String>) -> Self {
        Denial {
            action,
            reasons: vec![reason.into()],
            ..Denial::default()
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
        let mut sentences = vec![format!(
            "{} denied: {}",
            self.action,
            self.reasons.join("; ")
        )];
        sentences.extend_from_slice(&self.processes);

        if !self.also_fix.is_empty() {
            sentences.push(format!("Also fix: {}", self.also_fix.join("; ")));
        }
        if let Suggestion::Impossible(reason) = &self.suggestion {
            sentences.push(format!("No rule can be suggested: {reason}"));
        }
        f.write_str(&text::truncate(sentences.join(". "), LONGEST))
    }
}

/// Says what `pod` would run on the node, as whom, and why its containers are HostProcess
/// containers.
pub fn would_run(pod: &Pod<'_>) -> String {
    sentence("It would run on the node", pod)
}

/// Says the same about a pod that runs already.
pub fn runs(pod: &Pod<'_>) -> String {
    sentence("It runs on the node", pod)
}

fn sentence(beginning: &str, pod: &Pod<'_>) -> String {
    let field = |path: &str| text::join_path(&pod.path, path);
    if pod.source == PodSource::BareWindowsOptions {
        let container = pod.containers.first();
        let account = account_text(container.and_then(|it| pod.run_as_user_name(it)));
        let flag = field("windowsOptions.hostProcess");
        return format!(
            "{beginning}: a process as {account}, because {flag} is true, outside of any pod spec"
        );
    }

    let (host_processes, others): (Vec<_>, Vec<_>) = pod
        .containers
        .iter()
        .partition(|container| pod.is_host_process(container));
    let because = match (
        &pod.annotations.host_process_container,
        host_processes.as_slice(),
    ) {
        (Some(annotation), _) => format!("{} is \"true\"", annotation.path),
        _ if pod.security_context.host_process == Some(true) => {
            format!("{} is true", field(HOST_PROCESS))
        }
        (None, [only]) => {
            let flag = field(&format!("{}.{HOST_PROCESS}", only.place()));
            format!("{flag} is true")
        }
        (None, _) => format!("{HOST_PROCESS} of these containers of {} is true", pod.path),
    };
    if host_processes.is_empty() {
        // The API server counts such a pod as one that asks for HostProcess.
        return format!("{because}, but false in all containers");
    }

    let listed = list_containers(pod, &host_processes);
    match others.as_slice() {
        [] => format!("{beginning}: {listed}, because {because}"),
        others => {
            let others = list_containers(pod, others);
            format!("{beginning}: {listed}, because {because}. In the same pod: {others}")
        }
    }
}

/// Containers that are named together, because they run the same.
struct Group {
    titles: Vec<String>,
    /// Image and account.
    runs: String,
}

/// Lists `containers`, each with its image and account (`registry/image:tag as NT
/// AUTHORITY\SYSTEM`). Neighbours with the same image and account share them.
fn list_containers(pod: &Pod<'_>, containers: &[&Container<'_>]) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for container in containers {
        let image = match container.image {
            // Accounts have spaces, images do not.
            Some(image) if image.contains(' ') => text::quote(image),
            Some(image) => text::quote_unless_plain(image),
            None => String::from("an unknown image"),
        };
        let runs = format!(
            "{image} as {}",
            account_text(pod.run_as_user_name(container))
        );
        let title = container.title();
        match groups.last_mut() {
            Some(group) if group.runs == runs => group.titles.push(title),
            _ => groups.push(Group {
                titles: vec![title],
                runs,
            }),
        }
    }

    let (listed, hidden) = groups.split_at(groups.len().min(MOST_GROUPS));
    let listed: Vec<String> = listed
        .iter()
        .map(|group| format!("{} ({})", text::join_names(&group.titles), group.runs))
        .collect();
    let hidden: usize = hidden.iter().map(|group| group.titles.len()).sum();
    text::join_first_names(&listed, listed.len() + hidden)
}

/// Names an account; says so if none is named.
fn account_text(account: Option<&str>) -> String {
    match account {
        Some(account) => text::quote_unless_plain(account),
        None => String::from("an unnamed account"),
    }
}
