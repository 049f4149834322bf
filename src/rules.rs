//! Which rule admits a pod, and why the others do not.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;

use crate::account;
use crate::findings::Findings;
use crate::image::{self, Image};
use crate::path;
use crate::pattern;
use crate::pod::{Container, HANDLERS, Pod, Role};
use crate::request::Request;
use crate::settings::{List, Rule, Settings};
use crate::tape::{Ref, Texts};
use crate::text;

/// How many of the rules that came close a denial tells of.
const MOST_CLOSE_RULES: usize = 6;

/// How much of what the only such rule misses a denial tells of: more than fits.
const MOST_MISSES: usize = 32;

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
    /// Whether it says all that the one before it says: no rule tells them apart.
    repeats: bool,
    /// The commands, once the first rule or suggestion has asked for them.
    commands: OnceCell<Vec<Command>>,
}

/// A thing in a candidate that a rule does not admit.
enum Miss<'c, 't> {
    ServiceAccount(Option<&'t str>),
    Requester,
    Ephemeral(&'c Container<'t>),
    Image(&'c Part<'c, 't>),
    Account(&'c Part<'c, 't>),
    Command(&'c Part<'c, 't>, &'c Command),
    /// Something that is not known of a container outside of any pod spec: what, and
    /// which of the rule's lists is about it.
    Unknown(&'c Part<'c, 't>, &'static str, &'static str),
}

/// A command that is run in a container.
pub(crate) struct Command {
    /// The field that names it, from the container down.
    field: &'static str,
    /// Its words, joined by single spaces; empty for the image's own entrypoint.
    pub(crate) line: String,
}

/// The rules that hold in the namespace of a request.
pub(crate) struct InForce<'s> {
    settings: &'s Settings<'s>,
    rules: Vec<InForceRule<'s>>,
}

struct InForceRule<'s> {
    rule: &'s Rule<'s>,
    /// Whether whoever makes the request may ask by it.
    may_ask: bool,
}

impl<'s> InForce<'s> {
    pub(crate) fn of(settings: &'s Settings<'s>, request: &Request<'_>) -> Self {
        let user = &request.user;
        let mut rules = Vec::new();
        for rule in &settings.allow {
            if !any_matches(rule.namespaces, request.namespace) {
                continue;
            }
            let may_ask = rule.requested_by.as_ref().is_none_or(|requesters| {
                let by_group = |group| any_matches(requesters.groups, group);
                any_matches(requesters.users, user.name) || user.groups.iter().any(by_group)
            });
            rules.push(InForceRule { rule, may_ask });
        }
        InForce { settings, rules }
    }

    /// The name of the first rule that admits the candidate as a whole. Where there is
    /// none, `findings` are told why, as far as they have room: what each rule misses
    /// first; all that it misses where it is the only one, which is then meant; or that
    /// there is no rule.
    pub(crate) fn admitting(
        &self,
        candidate: &Candidate<'_, '_>,
        findings: &mut Findings,
    ) -> Option<&'s str> {
        let mut first_misses = Vec::new();
        for in_force in &self.rules {
            match candidate.misses(in_force, 1).pop() {
                None => return Some(in_force.rule.name),
                Some(miss) if first_misses.len() < MOST_CLOSE_RULES => {
                    first_misses.push((in_force, miss));
                }
                Some(_) => {}
            }
        }
        if findings.are_full() {
            return None;
        }
        if let [only] = &self.rules[..] {
            let misses = candidate.misses(only, MOST_MISSES).into_iter();
            first_misses = misses.map(|miss| (only, miss)).collect();
        }
        for (in_force, miss) in &first_misses {
            if let Some(detail) = findings.general() {
                text::put(detail, "rule \"");
                text::put(detail, in_force.rule.name);
                text::put(detail, "\": ");
                miss.write(candidate, detail);
                findings.say_once();
            }
        }
        if self.rules.len() > MOST_CLOSE_RULES
            && let Some(detail) = findings.general()
        {
            text::push_number(detail, self.rules.len() - MOST_CLOSE_RULES);
            text::put(detail, " more rules came close");
            findings.say_once();
        }
        if self.rules.is_empty()
            && let Some(detail) = findings.general()
        {
            match candidate.request.namespace {
                _ if self.settings.allow.is_empty() => text::put(
                    detail,
                    "no rule allows anything: the policy's settings have none",
                ),
                "" => text::put(detail, "no rule covers what stands in no namespace"),
                namespace => {
                    text::put(detail, "no rule covers the namespace ");
                    text::push_quoted(detail, namespace);
                }
            }
            findings.say_once();
        }
        None
    }
}

impl<'c, 't> Candidate<'c, 't> {
    /// The candidate that `pod` of `request` is.
    pub(crate) fn of(request: &'c Request<'t>, pod: &'c Pod<'t>) -> Self {
        let mut parts: Vec<Part<'c, 't>> = Vec::with_capacity(pod.containers.len());
        for container in &pod.containers {
            let before = parts.last().map(|part| part.container);
            parts.push(Part {
                container,
                image: container.image.and_then(Image::parse),
                account: pod.account(container),
                repeats: before.is_some_and(|before| before.runs_the_same(container)),
                commands: OnceCell::new(),
            });
        }
        Candidate {
            request,
            pod,
            parts,
        }
    }

    /// What the rule does not admit, one thing of each container, and no more than
    /// `most` things; nothing where it admits the whole candidate.
    #[inline(never)]
    fn misses(&self, in_force: &InForceRule<'_>, most: usize) -> Vec<Miss<'_, 't>> {
        let rule = in_force.rule;
        let mut misses = Vec::new();
        if let Some(names) = rule.service_account_names {
            let name = self.pod.service_account;
            if !name.map_or_else(|| says_any(names), |name| any_matches(names, name)) {
                misses.push(Miss::ServiceAccount(name));
            }
        }
        if !in_force.may_ask {
            misses.push(Miss::Requester);
        }
        if !rule.ephemeral_containers && self.pod.has(Role::Ephemeral) {
            misses.extend(self.pod.containers.last().map(Miss::Ephemeral));
        }
        for part in &self.parts {
            if misses.len() >= most {
                break;
            }
            if !part.repeats || most > 1 {
                misses.extend(part.first_miss(rule));
            }
        }
        misses.truncate(most);
        misses
    }
}

impl<'c, 't> Part<'c, 't> {
    fn first_miss<'p>(&'p self, rule: &Rule<'_>) -> Option<Miss<'p, 't>> {
        let is_stray = self.container.role == Role::Stray;
        if !rule
            .images
            .any(&|pattern| image::matches(pattern, self.image))
        {
            return Some(match is_stray {
                true => Miss::Unknown(self, "image", "images"),
                false => Miss::Image(self),
            });
        }
        let accounts = rule.run_as_user_names;
        if !accounts.any(&|pattern| account::matches(pattern, self.account)) {
            return Some(Miss::Account(self));
        }
        let commands = rule.commands?;
        if is_stray {
            let unknown = Miss::Unknown(self, "command", "commands");
            return (!says_any(commands)).then_some(unknown);
        }
        for command in self.commands() {
            if !any_matches(commands, &command.line) {
                return Some(Miss::Command(self, command));
            }
        }
        None
    }

    /// What the container is started with, and what its hooks and probes run in it.
    pub(crate) fn commands(&self) -> &[Command] {
        self.commands.get_or_init(|| commands(self.container))
    }
}

#[inline(never)]
fn commands(container: &Container<'_>) -> Vec<Command> {
    let mut commands = Vec::from([Command {
        field: "command",
        line: joined(&[container.command, container.args]),
    }]);
    for (field, words) in HANDLERS.iter().zip(container.handlers) {
        let line = joined(&[words]);
        if !line.is_empty() {
            commands.push(Command { field, line });
        }
    }
    commands
}

/// The words, joined by single spaces.
fn joined(lists: &[Texts<'_>]) -> String {
    let mut line = String::new();
    for (index, word) in lists.iter().flat_map(|words| words.iter()).enumerate() {
        if index > 0 {
            line.push(' ');
        }
        text::put(&mut line, word);
    }
    line
}

fn any_matches(patterns: List<'_>, text: &str) -> bool {
    patterns.any(&|pattern| pattern::matches(pattern, text))
}

/// Whether the list has a `*`, which alone stands for what is not known.
fn says_any(patterns: List<'_>) -> bool {
    patterns.any(&|pattern| pattern == "*")
}

impl Miss<'_, '_> {
    /// Writes where it is, what was found, and why it fails the rule.
    fn write(&self, candidate: &Candidate<'_, '_>, out: &mut String) {
        let spec = candidate.pod.spec.0;
        match self {
            Miss::ServiceAccount(None) => {
                write_unknown(spec, "service account", "serviceAccountNames", out);
            }
            Miss::ServiceAccount(Some(name)) => {
                path::write_field(spec, "serviceAccountName", out);
                text::put(out, ": ");
                text::push_quoted(out, name);
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
                part.write("image", out);
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
                part.write(part.container.account_field(), out);
                account::write(part.account, out);
                if candidate.pod.annotations.inherit_user {
                    text::put(out, " (by the annotation ");
                    text::put(out, crate::kind::INHERIT_USER);
                    out.push(')');
                }
                text::put(out, " matches none of its runAsUserNames");
            }
            Miss::Unknown(part, what, list) => {
                write_unknown(part.container.at.0, what, list, out);
            }
            Miss::Command(part, command) => {
                part.write(command.field, out);
                match &*command.line {
                    "" => text::put(out, "the image's own entrypoint"),
                    line => text::push_quoted(out, line),
                }
                text::put(out, " matches none of its commands");
            }
        }
    }
}

/// Writes that `what` is not known of the container that the `windowsOptions` in
/// `holder` speaks of, and what the rule's `list` has to say to cover it.
#[inline(never)]
fn write_unknown(holder: Ref<'_>, what: &str, list: &str, out: &mut String) {
    path::write_field(holder, "windowsOptions", out);
    for part in [
        ": outside of any pod spec no ",
        what,
        " is known, so that only \"*\" covers it in the rule's ",
        list,
    ] {
        text::put(out, part);
    }
}

impl Part<'_, '_> {
    fn write(&self, field: &str, out: &mut String) {
        path::write_field(self.container.at.0, field, out);
        text::put(out, ": ");
        self.container.write_name(out);
        text::put(out, ": ");
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::find;
    use crate::request;
    use crate::settings;
    use crate::tape::{ALL, Tape};
    use alloc::format;
    use rstest::rstest;

    /// What [`with`] gives: the settings, and the candidates of a request.
    pub(crate) struct Given<'g, 't> {
        pub(crate) settings: &'g Settings<'g>,
        pub(crate) request: &'g Request<'t>,
        pub(crate) object: Ref<'g>,
        pub(crate) candidates: &'g [Candidate<'g, 't>],
    }

    /// Tells something of the rules `allow` (JSON of the list) and the request
    /// `request` (JSON of its fields from the kind on).
    pub(crate) fn with<T>(allow: &str, request: &str, tell: impl Fn(Given<'_, '_>) -> T) -> T {
        let settings = format!(r#"{{"allow":{allow}}}"#);
        let settings = Tape::read(&settings, &ALL, "").expect("JSON");
        let settings = settings::read(settings.root()).expect("valid settings");
        let payload = format!(r#"{{"request":{{{request}}}}}"#);
        let tape = request::read(&payload).expect("JSON");
        let request = Request::of(&tape).expect("a request");
        let request::Object::Read(object) = request.object else {
            panic!("the object stands before its kind");
        };
        let pods = find::pods(request.home, object).expect("fields of the right types");
        let candidates: Vec<_> = pods
            .iter()
            .map(|pod| Candidate::of(&request, pod))
            .collect();
        tell(Given {
            settings: &settings,
            request: &request,
            object,
            candidates: &candidates,
        })
    }

    /// A pod in `ns`, by `user`, of one container `c` with some fields, and
    /// other fields of the pod's spec.
    fn pod(container: &str, spec: &str) -> String {
        format!(
            r#""kind":{{"kind":"Pod"}},"namespace":"ns",
                "userInfo":{{"username":"user","groups":["g1","g2"]}},
                "object":{{"spec":{{"containers":[{{"name":"c"{container}}}]{spec}}}}}"#
        )
    }

    /// A rule with the field `more`, for any image and account unless that is it.
    fn rule(name: &str, namespace: &str, more: &str) -> String {
        let mut rule = format!(r#"{{"name":"{name}","namespaces":["{namespace}"]"#);
        for required in [r#""images":["*"]"#, r#""runAsUserNames":["*"]"#, more] {
            let field = |entry: &'_ str| entry.split(':').next().map(String::from);
            if !required.is_empty() && (required == more || field(required) != field(more)) {
                rule.push(',');
                rule.push_str(required);
            }
        }
        rule + "}"
    }

    /// The rule that admits the request's only candidate, or why none does.
    fn judged(allow: &str, request: &str) -> Result<String, String> {
        with(allow, request, |given| {
            let [candidate] = given.candidates else {
                panic!("one candidate is expected");
            };
            let mut findings = Findings::default();
            let in_force = InForce::of(given.settings, given.request);
            if let Some(name) = in_force.admitting(candidate, &mut findings) {
                return Ok(String::from(name));
            }
            let message = crate::findings::message(&[findings]);
            Err(message.replacen("HostProcess denied: ", "", 1))
        })
    }

    #[rstest]
    #[case::image(r#","image":"calico/node""#, "", r#""images":["docker.io/calico/cni"]"#,
        r#"spec.containers[0].image: container "c": image "docker.io/calico/node:latest" matches none of its images"#)]
    #[case::no_image(
        "",
        "",
        r#""images":["docker.io/*"]"#,
        r#"spec.containers[0].image: container "c": no image is known"#
    )]
    #[case::no_reference(
        r#","image":"A B""#,
        "",
        r#""images":["docker.io/*"]"#,
        r#"spec.containers[0].image: container "c": "A B" is no image reference"#
    )]
    #[case::account(
        r#","securityContext":{"windowsOptions":{"runAsUserName":"NT AUTHORITY\\SYSTEM"}}"#, "",
        r#""runAsUserNames":["NT AUTHORITY\\LocalService"]"#,
        r#"spec.containers[0].securityContext.windowsOptions.runAsUserName: container "c": account "NT AUTHORITY\\SYSTEM" matches none of its runAsUserNames"#)]
    #[case::no_account("", "", r#""runAsUserNames":["?*"]"#,
        r#"spec.containers[0].securityContext.windowsOptions.runAsUserName: container "c": no account matches none of its runAsUserNames"#)]
    #[case::local_group("", r#","securityContext":{"windowsOptions":{"runAsUserName":"Administrators"}}"#,
        r#""runAsUserNames":["x"]"#,
        r#"spec.containers[0].securityContext.windowsOptions.runAsUserName: container "c": account "Administrators" (a local group: the process is a local administrator) matches none of its runAsUserNames"#)]
    #[case::local_name("", r#","securityContext":{"windowsOptions":{"runAsUserName":"svc"}}"#,
        r#""runAsUserNames":["x"]"#,
        r#"spec.containers[0].securityContext.windowsOptions.runAsUserName: container "c": account "svc" (a local user or group) matches none of its runAsUserNames"#)]
    #[case::command(
        r#","command":["a","b c"],"args":["d"]"#,
        "",
        r#""commands":["a"]"#,
        r#"spec.containers[0].command: container "c": "a b c d" matches none of its commands"#
    )]
    #[case::entrypoint("", "", r#""commands":["?*"]"#,
        r#"spec.containers[0].command: container "c": the image's own entrypoint matches none of its commands"#)]
    #[case::hook(
        r#","lifecycle":{"postStart":{"exec":{"command":["evil.exe","x"]}}}"#,
        "",
        r#""commands":[""]"#,
        r#"spec.containers[0].lifecycle.postStart.exec.command: container "c": "evil.exe x" matches none of its commands"#
    )]
    #[case::probe(
        r#","livenessProbe":{"exec":{"command":["ok"]}},"startupProbe":{"exec":{"command":["evil"]}}"#,
        "",
        r#""commands":["","ok"]"#,
        r#"spec.containers[0].startupProbe.exec.command: container "c": "evil" matches none of its commands"#
    )]
    #[case::service_account(
        "",
        r#","serviceAccount":"sa""#,
        r#""serviceAccountNames":["other"]"#,
        r#"spec.serviceAccountName: "sa" is none of its serviceAccountNames"#
    )]
    #[case::default_service_account(
        "",
        "",
        r#""serviceAccountNames":["other"]"#,
        r#"spec.serviceAccountName: "default" is none of its serviceAccountNames"#
    )]
    #[case::requester(
        "",
        "",
        r#""requestedBy":{"users":["other"],"groups":["g"]}"#,
        r#"the requester "user" and its groups are none of its requestedBy"#
    )]
    #[case::ephemeral("", r#","ephemeralContainers":[{"name":"e"}]"#, r#""ephemeralContainers":false"#,
        r#"spec.ephemeralContainers[0]: ephemeral container "e" is not allowed, ephemeralContainers is false"#)]
    fn misses(
        #[case] container: &str,
        #[case] spec: &str,
        #[case] of_rule: &str,
        #[case] expected: &str,
    ) {
        let allow = rule("r", "ns", of_rule);
        let expected = [r#"rule "r": "#, expected].concat();
        let judged = judged(&format!("[{allow}]"), &pod(container, spec));
        assert_eq!(judged, Err(expected));
    }

    /// The one rule that holds in the namespace is meant, so all that it misses is
    /// told; of several, what each misses first.
    #[test]
    fn all_that_the_only_close_rule_misses() {
        let request = r#""kind":{"kind":"Pod"},"namespace":"ns","userInfo":{"username":"user"},
            "object":{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"},
            {"name":"c","image":"x","command":["evil"]}],"ephemeralContainers":[{"name":"e","image":"x"}]}}"#;
        let close = rule(
            "r",
            "ns",
            r#""images":["docker.io/library/x"],"serviceAccountNames":["sa"],"requestedBy":{"users":["u"]},"commands":[""]"#,
        );
        let other = rule("other", "elsewhere", "");
        let misses = [
            r#"spec.serviceAccountName: "default" is none of its serviceAccountNames"#,
            r#"the requester "user" and its groups are none of its requestedBy"#,
            r#"spec.ephemeralContainers[0]: ephemeral container "e" is not allowed, ephemeralContainers is false"#,
            r#"spec.containers[1].image: container "b": image "docker.io/library/y:latest" matches none of its images"#,
            r#"spec.containers[2].command: container "c": "evil" matches none of its commands"#,
        ]
        .map(|miss| [r#"rule "r": "#, miss].concat());
        assert_eq!(
            judged(&format!("[{close},{other}]"), request),
            Err(misses.join("; "))
        );
        let second = close.replacen(r#""r""#, r#""s""#, 1);
        assert_eq!(
            judged(&format!("[{close},{second}]"), request),
            Err(format!(
                "{}; {}",
                misses[0],
                misses[0].replacen("\"r\"", "\"s\"", 1)
            ))
        );
    }

    #[test]
    fn the_annotation_behind_an_account_is_named() {
        let request = r#""kind":{"kind":"Pod"},"namespace":"ns","object":{
            "metadata":{"annotations":{"microsoft.com/hostprocess-inherit-user":"true"}},
            "spec":{"containers":[{"name":"c"}]}}"#;
        let allow = rule("r", "ns", r#""runAsUserNames":["svc"]"#);
        assert_eq!(
            judged(&format!("[{allow}]"), request),
            Err(String::from(
                r#"rule "r": spec.containers[0].securityContext.windowsOptions.runAsUserName: container "c": account "NT AUTHORITY\\SYSTEM" (by the annotation microsoft.com/hostprocess-inherit-user) matches none of its runAsUserNames"#
            ))
        );
    }

    #[rstest]
    #[case::any("", "")]
    #[case::empty_command(r#""commands":[""]"#, "")]
    #[case::hooks_and_probes_that_run_nothing(
        r#""commands":[""]"#,
        r#","initContainers":[{"name":"i","livenessProbe":{"httpGet":{"port":80}},"lifecycle":{"preStop":{"exec":null}}}]"#
    )]
    #[case::user(r#""requestedBy":{"users":["us??"],"groups":["x"]}"#, "")]
    #[case::second_group(r#""requestedBy":{"groups":["g2"]}"#, "")]
    #[case::service_account(r#""serviceAccountNames":["def*"]"#, "")]
    #[case::ephemeral(r#""ephemeralContainers":true"#, r#","ephemeralContainers":[{}]"#)]
    fn admissions(#[case] more: &str, #[case] spec: &str) {
        let allow = format!("[{},{}]", rule("r", "other", ""), rule("s", "n*", more));
        assert_eq!(judged(&allow, &pod("", spec)), Ok(String::from("s")));
    }

    #[test]
    fn no_rule_covers_it() {
        let elsewhere = format!("[{}]", rule("r", "other", ""));
        let nowhere = pod("", "").replace(r#""namespace":"ns","#, "");
        for (allow, request, expected) in [
            (
                "[]",
                &pod("", ""),
                "no rule allows anything: the policy's settings have none",
            ),
            (
                &*elsewhere,
                &pod("", ""),
                r#"no rule covers the namespace "ns""#,
            ),
            (
                &elsewhere,
                &nowhere,
                "no rule covers what stands in no namespace",
            ),
        ] {
            assert_eq!(judged(allow, request), Err(String::from(expected)));
        }
    }

    #[rstest]
    #[case::as_many_as_are_told(6, "")]
    #[case::one_more(7, "; 1 more rules came close")]
    #[case::many(20, "; 14 more rules came close")]
    fn rules_that_came_close(#[case] count: usize, #[case] more: &str) {
        let rules: Vec<_> = (0..count)
            .map(|n| rule(&format!("r{n}"), "ns", r#""commands":["x"]"#))
            .chain([rule("elsewhere", "other", "")])
            .collect();
        let told: Vec<_> = (0..count.min(6))
            .map(|n| {
                format!(
                    r#"rule "r{n}": spec.containers[0].command: container "c": the image's own entrypoint matches none of its commands"#
                )
            })
            .collect();
        let expected = [&*told.join("; "), more].concat();
        let judged = judged(&format!("[{}]", rules.join(",")), &pod("", ""));
        assert_eq!(judged, Err(expected));
    }
}
