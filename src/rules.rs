//! Which rule admits a pod, and why the others do not.

use alloc::string::String;
use alloc::vec::Vec;

use crate::account;
use crate::findings::Findings;
use crate::image::{self, Image};
use crate::path;
use crate::pattern;
use crate::pod::{Container, Pod};
use crate::request::Request;
use crate::settings::{List, Rule, Settings};
use crate::text;

/// How many of the rules that came close a denial tells of.
const MOST_CLOSE_RULES: usize = 6;

/// A pod that asks for HostProcess, with what rules compare worked out once for
/// all of them.
pub(crate) struct Candidate<'c, 't> {
    pub(crate) request: &'c Request<'t>,
    pub(crate) pod: &'c Pod<'t>,
    pub(crate) parts: Vec<Part<'c, 't>>,
}

/// A container of a candidate.
pub(crate) struct Part<'c, 't> {
    pub(crate) container: &'c Container<'t>,
    /// The image, where there is one and it is a reference.
    pub(crate) image: Option<Image<'t>>,
    /// The effective account.
    pub(crate) account: Option<&'t str>,
}

/// The first thing in a candidate that a rule does not admit.
enum Miss<'c, 't> {
    Namespace,
    ServiceAccount,
    Requester,
    Ephemeral(&'c Container<'t>),
    Image(&'c Part<'c, 't>),
    Account(&'c Part<'c, 't>),
    Command(&'c Part<'c, 't>),
}

/// The name of the first rule that admits the candidate as a whole.
pub(crate) fn admitting<'s>(
    settings: &Settings<'s>,
    candidate: &Candidate<'_, '_>,
) -> Option<&'s str> {
    let rule = settings
        .allow
        .iter()
        .find(|rule| candidate.first_miss(rule).is_none())?;
    Some(rule.name)
}

/// Tells why no rule admits the candidate: what the rules that hold in its
/// namespace miss first, or that there is none.
pub(crate) fn explain(
    settings: &Settings<'_>,
    candidate: &Candidate<'_, '_>,
    findings: &mut Findings,
) {
    if settings.allow.is_empty() {
        if let Some(detail) = findings.general() {
            text::put(
                detail,
                "no rule allows anything: the policy's settings have none",
            );
        }
        return;
    }
    let mut close = 0;
    for rule in &settings.allow {
        match candidate.first_miss(rule) {
            None | Some(Miss::Namespace) => {}
            Some(miss) => {
                close += 1;
                if close <= MOST_CLOSE_RULES
                    && let Some(detail) = findings.general()
                {
                    text::put(detail, "rule \"");
                    text::put(detail, rule.name);
                    text::put(detail, "\": ");
                    miss.write(candidate, detail);
                }
            }
        }
    }
    if close > MOST_CLOSE_RULES
        && let Some(detail) = findings.general()
    {
        text::push_number(detail, close - MOST_CLOSE_RULES);
        text::put(detail, " more rules came close");
    }
    if close == 0
        && let Some(detail) = findings.general()
    {
        match candidate.request.namespace {
            "" => text::put(detail, "no rule covers what stands in no namespace"),
            namespace => {
                text::put(detail, "no rule covers the namespace ");
                text::push_quoted(detail, namespace);
            }
        }
    }
}

impl<'c, 't> Candidate<'c, 't> {
    /// The candidate that `pod` of `request` is.
    pub(crate) fn of(request: &'c Request<'t>, pod: &'c Pod<'t>) -> Self {
        let parts = pod.containers.iter().map(|container| Part {
            container,
            image: container.image.and_then(Image::parse),
            account: pod.account(container),
        });
        Candidate {
            request,
            pod,
            parts: parts.collect(),
        }
    }

    /// The first thing that `rule` does not admit; none where it admits the
    /// whole candidate.
    fn first_miss(&self, rule: &Rule<'_>) -> Option<Miss<'_, 't>> {
        if !any_matches(rule.namespaces, self.request.namespace) {
            return Some(Miss::Namespace);
        }
        if let Some(names) = rule.service_account_names
            && !any_matches(names, self.pod.service_account)
        {
            return Some(Miss::ServiceAccount);
        }
        if let Some(requesters) = &rule.requested_by {
            let user = &self.request.user;
            let by_group = |group| any_matches(requesters.groups, group);
            if !any_matches(requesters.users, user.name) && !user.groups.iter().any(by_group) {
                return Some(Miss::Requester);
            }
        }
        if !rule.ephemeral_containers && self.pod.has_ephemeral() {
            let last = self.pod.containers.last();
            return last.map(Miss::Ephemeral);
        }
        self.parts.iter().find_map(|part| part.first_miss(rule))
    }
}

impl<'c, 't> Part<'c, 't> {
    fn first_miss<'p>(&'p self, rule: &Rule<'_>) -> Option<Miss<'p, 't>> {
        if !rule
            .images
            .any(&|pattern| image::matches(pattern, self.image))
        {
            return Some(Miss::Image(self));
        }
        let accounts = rule.run_as_user_names;
        if !accounts.any(&|pattern| account::matches(pattern, self.account)) {
            return Some(Miss::Account(self));
        }
        if let Some(commands) = rule.commands
            && !any_matches(commands, &self.command())
        {
            return Some(Miss::Command(self));
        }
        None
    }

    /// Command and args, joined by single spaces.
    fn command(&self) -> String {
        let mut line = String::new();
        let words = [self.container.command, self.container.args];
        for (index, word) in words.iter().flat_map(|words| words.iter()).enumerate() {
            if index > 0 {
                line.push(' ');
            }
            text::put(&mut line, word);
        }
        line
    }
}

fn any_matches(patterns: List<'_>, text: &str) -> bool {
    patterns.any(&|pattern| pattern::matches(pattern, text))
}

impl Miss<'_, '_> {
    /// Writes where it is, what was found, and why it fails the rule.
    fn write(&self, candidate: &Candidate<'_, '_>, out: &mut String) {
        let spec = candidate.pod.spec.0;
        match self {
            Miss::Namespace => {}
            Miss::ServiceAccount => {
                path::write_field(spec, "serviceAccountName", out);
                text::put(out, ": ");
                text::push_quoted(out, candidate.pod.service_account);
                text::put(out, " is none of its serviceAccountNames");
            }
            Miss::Requester => {
                text::put(out, "the requester ");
                text::push_quoted(out, candidate.request.user.name);
                text::put(out, " and its groups are none of its requestedBy");
            }
            Miss::Ephemeral(container) => {
                path::write(container.at.0, out);
                text::put(out, ": ");
                container.write_name(out);
                text::put(out, " is not allowed, ephemeralContainers is false");
            }
            Miss::Image(part) => {
                part.write(".image", out);
                match (part.image, part.container.image) {
                    (Some(image), _) => {
                        text::put(out, "image ");
                        text::push_quoted(out, &image.full());
                        text::put(out, " matches none of its images");
                    }
                    (None, Some(image)) => {
                        text::push_quoted(out, image);
                        text::put(out, " is no image reference");
                    }
                    (None, None) => text::put(out, "no image is known"),
                }
            }
            Miss::Account(part) => {
                part.write(".securityContext.windowsOptions.runAsUserName", out);
                account::write(part.account, out);
                if candidate.pod.annotations.inherit_user {
                    text::put(out, " (by the annotation ");
                    text::put(out, crate::kind::INHERIT_USER);
                    out.push(')');
                }
                text::put(out, " matches none of its runAsUserNames");
            }
            Miss::Command(part) => {
                part.write(".command", out);
                match &*part.command() {
                    "" => text::put(out, "the image's own entrypoint"),
                    command => text::push_quoted(out, command),
                }
                text::put(out, " matches none of its commands");
            }
        }
    }
}

impl Part<'_, '_> {
    fn write(&self, field: &str, out: &mut String) {
        path::write(self.container.at.0, out);
        text::put(out, field);
        text::put(out, ": ");
        self.container.write_name(out);
        text::put(out, ": ");
    }
}
