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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::find;
    use crate::request;
    use crate::settings;
    use crate::tape::{ALL, Ref, Tape};
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
            if let Some(name) = admitting(given.settings, candidate) {
                return Ok(String::from(name));
            }
            let mut findings = Findings::default();
            explain(given.settings, candidate, &mut findings);
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
