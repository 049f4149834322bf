//! What a denial says: why no rule admits, what would run, and what else to mend.

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
            sentences.push(format!("To mend as well: {}", self.also_fix.join("; ")));
        }
        if let Suggestion::Impossible(reason) = &self.suggestion {
            sentences.push(format!("No rule can be suggested: {reason}"));
        }
        f.write_str(&text::truncate(sentences.join(". "), LONGEST))
    }
}

/// `text` about the pod spec at `path`; none where the object has no other.
pub fn of_pod(path: Option<&str>, text: String) -> String {
    path.map(|path| format!("{path}: {text}")).unwrap_or(text)
}

/// What makes the containers of `pod`, which asks for HostProcess, processes of the node, and
/// what each of them would run as whom.
pub fn processes(pod: &Pod<'_>) -> String {
    let with_path = |field: &str| text::join_path(&pod.path, field);
    if pod.source == PodSource::BareWindowsOptions {
        let account = pod
            .containers
            .first()
            .and_then(|one| pod.run_as_user_name(one));
        let flag = with_path("windowsOptions.hostProcess");
        let flag = format!("{flag} makes a process of the node, outside of any pod spec");
        return format!("{flag}, as {}", named(account));
    }
    let (on, off): (Vec<_>, Vec<_>) = pod
        .containers
        .iter()
        .partition(|container| pod.is_host_process(container));
    let by = match (&pod.annotations.host_process_container, on.as_slice()) {
        (Some(annotation), _) => annotation.path.clone(),
        _ if pod.security_context.host_process == Some(true) => with_path(HOST_PROCESS),
        (_, [only]) => with_path(&format!("{}.{HOST_PROCESS}", only.place())),
        _ => format!("{HOST_PROCESS} of these containers of {}", pod.path),
    };
    let made = match on.len() {
        0 => return format!("{by} asks for HostProcess, but no container is one by it"),
        1 => "makes this a process of the node",
        _ => "makes these processes of the node",
    };
    let beside = match off.as_slice() {
        [] => String::new(),
        off => format!("; beside it {}", grouped(pod, off)),
    };
    format!("{by} {made}: {}{beside}", grouped(pod, &on))
}

/// The containers, each with its image and account (`registry/image:tag as NT AUTHORITY\SYSTEM`);
/// of neighbours that have the same, these are said once.
fn grouped(pod: &Pod<'_>, containers: &[&Container<'_>]) -> String {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for container in containers {
        let image = container
            .image
            .map_or(String::from("no known image"), text::quote_unless_plain);
        let runs = format!("{image} as {}", named(pod.run_as_user_name(container)));
        match groups.last_mut() {
            Some((titles, last)) if *last == runs => titles.push(container.title()),
            _ => groups.push((vec![container.title()], runs)),
        }
    }
    let (told, hidden) = groups.split_at(groups.len().min(MOST_GROUPS));
    let told = told
        .iter()
        .map(|(titles, runs)| format!("{} ({runs})", text::join_names(titles)));
    let more = hidden.iter().map(|(titles, _)| titles.len()).sum::<usize>();
    let told: Vec<_> = told.collect();
    text::join_first_names(&told, told.len() + more)
}

/// What messages call an account.
fn named(account: Option<&str>) -> String {
    account.map_or(String::from("no named account"), text::quote_unless_plain)
}
