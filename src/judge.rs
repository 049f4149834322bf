//! From a request to a verdict.

use alloc::string::String;
use alloc::vec::Vec;

use crate::find;
use crate::findings::{self, Findings};
use crate::host::Host;
use crate::nodes::{Answer, Nodes};
use crate::pod::{Pod, Role};
use crate::request::{self, Object, Operation, Request};
use crate::requirements;
use crate::rules::{Candidate, InForce};
use crate::settings::{self, Problems, Settings};
use crate::suggest;
use crate::tape::{ALL, Ref, Tape};
use crate::text;
use crate::unreadable::Unreadable;
use crate::verdict::Verdict;

/// The longest list of names in an audit annotation, in bytes.
const LONGEST_NAMES: usize = 1000;

/// Judges the request in `payload` by the settings beside it.
///
/// # Errors
/// The request cannot be read.
pub(crate) fn judge(payload: &[u8], host: &dyn Host) -> Result<Verdict, Unreadable> {
    let payload = text::from_utf8(payload)?;
    let tape = request::read(payload)?;
    let request = Request::of(&tape)?;
    if request.operation == Operation::Other {
        return Ok(Verdict::Accepted);
    }
    let late;
    let object = match request.object {
        Object::Read(object) => object,
        Object::Text(json) => {
            late = Tape::read(json, request.home.shape(), "")?;
            late.root().check()?;
            late.root()
        }
        Object::None => return Err(Unreadable(String::from("request.object: is missing"))),
    };
    if !find::may_ask(request.home, object) {
        return Ok(Verdict::Accepted);
    }
    let mut pods = find::pods(request.home, object)?;
    if !pods.iter().any(Pod::asks) {
        return Ok(Verdict::Accepted);
    }
    if request.operation == Operation::Update && changes_nothing(&request, payload, &pods) {
        return Ok(Verdict::Accepted);
    }
    pods.retain(Pod::asks);
    let tape = settings_tape(request.settings.unwrap_or("null"));
    match tape.as_ref().map(|tape| settings::read(tape.root())) {
        Ok(Ok(settings)) => Ok(by_settings(&settings, &request, object, &pods, host)),
        Ok(Err(problems)) => Ok(denied_for(problems.message())),
        Err(unreadable) => Ok(denied_for(problem_of(unreadable))),
    }
}

/// Whether the update in `payload` changes nothing that the policy reads of `pods`. An
/// old object that cannot be read is another one.
///
/// What a flag outside of any pod spec applies to is not known: where there is one,
/// nothing may change but metadata and status.
fn changes_nothing(request: &Request<'_>, payload: &str, pods: &[Pod<'_>]) -> bool {
    let Some(json) = request.old_object else {
        return false;
    };
    let Ok(old) = Tape::read(json, request.home.shape(), "") else {
        return false;
    };
    old.root().check().is_ok()
        && find::pods(request.home, old.root()).is_ok_and(|old| old == pods)
        && (!pods.iter().any(|pod| pod.has(Role::Stray))
            || request::changes_nothing_but_metadata(payload))
}

/// What is wrong with the settings in `json`, if something is.
pub(crate) fn settings_problems(json: &[u8]) -> Option<String> {
    let tape = match text::from_utf8(json).and_then(settings_tape) {
        Ok(tape) => tape,
        Err(unreadable) => return Some(problem_of(&unreadable)),
    };
    settings::read(tape.root()).err().map(Problems::message)
}

fn settings_tape(json: &str) -> Result<Tape<'_>, Unreadable> {
    Tape::read(json, &ALL, "")
}

fn problem_of(unreadable: &Unreadable) -> String {
    let mut message = String::from("settings are not valid: ");
    text::put(&mut message, &unreadable.0);
    message
}

/// Settings that cannot be relied on admit nothing.
fn denied_for(problems: String) -> Verdict {
    let mut message = String::from("HostProcess denied: the policy's ");
    text::put(&mut message, &problems);
    text::cut(&mut message, findings::LONGEST_MESSAGE);
    Verdict::Denied {
        message,
        suggested_rule: None,
    }
}

/// Judges `pods`, all of which ask for HostProcess.
fn by_settings(
    settings: &Settings<'_>,
    request: &Request<'_>,
    object: Ref<'_>,
    pods: &[Pod<'_>],
    host: &dyn Host,
) -> Verdict {
    let answer = Answer::get(settings, host);
    let tape = answer.read();
    let nodes = Nodes::of(&answer, tape.as_ref());

    let candidates: Vec<_> = pods.iter().map(|pod| Candidate::of(request, pod)).collect();
    let (mut asked, mut missed, mut failed) = <(Findings, Findings, Findings)>::default();
    let mut warnings = Vec::new();
    let mut allowed_by: Vec<&str> = Vec::new();
    let mut refused = Vec::new();
    let in_force = InForce::of(settings, request);
    for candidate in &candidates {
        match in_force.admitting(candidate, &mut missed) {
            Some(rule) if allowed_by.contains(&rule) => {}
            Some(rule) => allowed_by.push(rule),
            None => {
                asked.say_who_asks(candidate);
                refused.push(candidate);
            }
        }
    }
    requirements::judge(pods, settings, &nodes, &mut failed, &mut warnings);
    if pods.iter().any(|pod| nodes.none_for(pod)) {
        warnings.push(String::from(
            "nodes: no Windows node matches the pod's nodeSelector",
        ));
    }
    if refused.is_empty() && failed.is_empty() {
        return Verdict::Admitted {
            allowed_by: comma_separated(&allowed_by),
            host_process_containers: host_process_containers(pods),
            warnings,
        };
    }
    let suggested_rule = match refused.is_empty() {
        true => None,
        false => suggest::rule(settings, request, object, &refused),
    };
    Verdict::Denied {
        message: findings::message(&[asked, missed, failed]),
        suggested_rule,
    }
}

fn comma_separated(names: &[&str]) -> String {
    let mut list = String::new();
    for name in names {
        if !list.is_empty() {
            list.push(',');
        }
        text::put(&mut list, name);
    }
    list
}

/// The names of the HostProcess containers of `pods`.
fn host_process_containers(pods: &[Pod<'_>]) -> String {
    let mut names = String::new();
    for pod in pods {
        for container in pod.containers.iter().filter(|c| pod.is_host_process(c)) {
            if !names.is_empty() {
                names.push(',');
            }
            let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_');
            if container.name.bytes().all(plain) {
                text::put(&mut names, container.name);
            } else {
                text::push_quoted(&mut names, container.name);
            }
            if names.len() > LONGEST_NAMES {
                text::cut(&mut names, LONGEST_NAMES);
                return names;
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::NoHost;
    use alloc::format;
    use rstest::rstest;

    const ASKS: &str = r#"{"spec":{"hostNetwork":true,"os":{"name":"windows"},
        "securityContext":{"windowsOptions":{"hostProcess":true,"runAsUserName":"SYSTEM"}},
        "containers":[{"name":"c","image":"a"}]}}"#;
    const PLAIN: &str = r#"{"spec":{"containers":[{"name":"c","image":"a"}]}}"#;
    const KIND: &str = r#""kind":{"group":"","version":"v1","kind":"Pod"}"#;
    const RULES: &str = r#"{"allow":[
        {"name":"a","namespaces":["ns"],"images":["docker.io/library/a"],"runAsUserNames":["*"]},
        {"name":"b","namespaces":["ns"],"images":["docker.io/library/b"],"runAsUserNames":["*"]}]}"#;

    /// The verdict in short: what admits, `403` or why the request is unreadable.
    /// In `fields`, ASKS, PLAIN and KIND stand for the texts above.
    fn short(fields: &str, settings: &str) -> String {
        let fields = fields
            .replace("ASKS", ASKS)
            .replace("PLAIN", PLAIN)
            .replace("KIND", KIND);
        let payload =
            format!(r#"{{"request":{{{fields},"namespace":"ns"}},"settings":{settings}}}"#);
        match judge(payload.as_bytes(), &NoHost) {
            Ok(Verdict::Accepted) => String::from("accepted"),
            Ok(Verdict::Admitted { allowed_by, .. }) => ["by ", &allowed_by].concat(),
            Ok(Verdict::Denied { .. }) => String::from("403"),
            Ok(Verdict::Unreadable(unreadable)) | Err(unreadable) => unreadable.0,
        }
    }

    #[rstest]
    #[case::plain(r#"KIND,"object":PLAIN"#, "accepted")]
    #[case::asks(r#"KIND,"object":ASKS"#, "by a")]
    #[case::object_before_its_kind(r#""object":ASKS,KIND"#, "by a")]
    #[case::plain_object_before_its_kind(r#""object":PLAIN,KIND"#, "accepted")]
    #[case::wrong_type_before_its_kind(
        r#""object":{"spec":{"containers":1}},KIND"#,
        "spec.containers: a list is expected, found a number"
    )]
    #[case::twice_before_its_kind(
        r#""object":{"spec":{"os":{"name":"a","name":"b"}}},KIND"#,
        "spec.os.name: stands twice in one object"
    )]
    #[case::no_object("KIND", "request.object: is missing")]
    #[case::null_object(r#"KIND,"object":null"#, "request.object: is missing")]
    #[case::delete(r#"KIND,"operation":"DELETE","object":null"#, "accepted")]
    #[case::connect(r#"KIND,"operation":"CONNECT","object":ASKS"#, "accepted")]
    #[case::connect_of_a_wrong_type(
        r#"KIND,"operation":"CONNECT","object":{"spec":1}"#,
        "accepted"
    )]
    #[case::connect_of_a_wrong_type_before_its_kind(
        r#""operation":"CONNECT","object":{"spec":1},KIND"#,
        "accepted"
    )]
    #[case::delete_of_no_kind(r#""operation":"DELETE""#, "request.kind.kind: is missing")]
    fn objects(#[case] fields: &str, #[case] expected: &str) {
        assert_eq!(short(fields, RULES), expected);
    }

    /// Under no settings, so that whatever asks is denied where it is judged.
    #[rstest]
    #[case::of_nothing(r#""object":ASKS,"oldObject":ASKS"#, "accepted")]
    #[case::of_nothing_in_snake_case(r#""object":ASKS,"old_object":ASKS"#, "accepted")]
    #[case::of_metadata(
        r#""object":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[],
            "securityContext":{"windowsOptions":{"hostProcess":true}}}},
            "oldObject":{"metadata":{"name":"x"},"spec":{"containers":[],"hostNetwork":null,
            "securityContext":{"windowsOptions":{"hostProcess":true}}}}"#,
        "accepted"
    )]
    #[case::that_asks(r#""object":ASKS,"oldObject":PLAIN"#, "403")]
    #[case::that_asks_no_more(r#""object":PLAIN,"oldObject":ASKS"#, "accepted")]
    #[case::of_no_old_object(r#""object":ASKS"#, "403")]
    #[case::of_a_null_old_object(r#""object":ASKS,"oldObject":null"#, "403")]
    #[case::of_an_old_object_of_a_wrong_type(
        r#""object":ASKS,"oldObject":{"spec":{"containers":[{"name":1}]}}"#,
        "403"
    )]
    fn updates(#[case] fields: &str, #[case] expected: &str) {
        let fields = format!(r#"KIND,"operation":"UPDATE",{fields}"#);
        assert_eq!(short(&fields, "null"), expected);
    }

    /// In a custom kind, under no settings.
    #[rstest]
    #[case::of_nothing(r#"{"a":ASKS}"#, r#"{"a":ASKS}"#, "accepted")]
    #[case::of_something_else(r#"{"a":ASKS,"b":1}"#, r#"{"a":ASKS,"b":2}"#, "accepted")]
    #[case::of_the_order_in_a_list(
        r#"{"a":[{"b":ASKS},{}]}"#,
        r#"{"a":[{},{"b":ASKS}]}"#,
        "accepted"
    )]
    #[case::of_the_place(r#"{"on":ASKS}"#, r#"{"off":ASKS}"#, "403")]
    #[case::of_the_depth(r#"{"a":{"a":ASKS}}"#, r#"{"a":ASKS}"#, "403")]
    #[case::of_no_stray(r#"{"a":STRAY,"b":1}"#, r#"{"a":STRAY,"b":1}"#, "accepted")]
    #[case::of_metadata_and_status(
        r#"{"metadata":{"labels":{"a":"b"}},"a":STRAY,"status":{"b":1}}"#,
        r#"{"metadata":{"name":"x"},"a":STRAY}"#,
        "accepted"
    )]
    #[case::of_an_annotation(
        r#"{"metadata":{"annotations":{"microsoft.com/hostprocess-inherit-user":"true"}},"a":STRAY}"#,
        r#"{"metadata":{},"a":STRAY}"#,
        "403"
    )]
    #[case::beside_a_stray(r#"{"a":[STRAY],"b":1}"#, r#"{"a":[STRAY],"b":2}"#, "403")]
    #[case::one_field_less(r#"{"a":[STRAY]}"#, r#"{"a":[STRAY],"b":2}"#, "403")]
    #[case::to_null(r#"{"a":[STRAY],"b":null}"#, r#"{"a":[STRAY],"b":2}"#, "403")]
    #[case::of_one_that_is_too_deep(r#"{"a":ASKS}"#, "DEEP", "403")]
    #[case::of_one_with_a_field_twice(r#"{"a":ASKS}"#, r#"{"a":ASKS,"spec":1,"spec":1}"#, "403")]
    fn updates_of_custom_kinds(#[case] new: &str, #[case] old: &str, #[case] expected: &str) {
        let deep = [r#"{"a":"#.repeat(130), "0".into(), "}".repeat(130)].concat();
        let [new, old] = [new, old].map(|object| {
            object
                .replace("DEEP", &deep)
                .replace("STRAY", r#"{"windowsOptions":{"hostProcess":true}}"#)
        });
        let kind = r#""kind":{"group":"example.com","kind":"X"},"operation":"UPDATE""#;
        for old_name in ["oldObject", "old_object"] {
            let fields = format!(r#"{kind},"object":{new},"{old_name}":{old}"#);
            assert_eq!(short(&fields, "null"), expected);
        }
    }

    /// Every fact that the policy reads counts in an update.
    #[rstest]
    #[case::image(r#""image":"a""#, r#""image":"b""#)]
    #[case::account("SYSTEM", "Administrators")]
    #[case::flag(r#""hostProcess":true"#, r#""hostProcess":false"#)]
    #[case::network(r#""hostNetwork":true"#, r#""hostNetwork":false"#)]
    #[case::os(r#""windows""#, r#""linux""#)]
    #[case::name(r#""name":"c""#, r#""name":"d""#)]
    #[case::role(r#""containers""#, r#""initContainers""#)]
    #[case::args(r#""image":"a""#, r#""image":"a","args":["x"]"#)]
    #[case::service_account(r#""os""#, r#""serviceAccountName":"x","os""#)]
    #[case::node_name(r#""os""#, r#""nodeName":"x","os""#)]
    #[case::labels(r#""os""#, r#""nodeSelector":{"a":"b"},"os""#)]
    #[case::volumes(r#""os""#, r#""volumes":[{"name":"a"}],"os""#)]
    #[case::runtime_class(r#""os""#, r#""runtimeClassName":"x","os""#)]
    #[case::annotation(
        r#"{"spec""#,
        r#"{"metadata":{"annotations":{"microsoft.com/hostprocess-inherit-user":"true"}},"spec""#
    )]
    fn changes(#[case] from: &str, #[case] to: &str) {
        let old = ASKS.replacen(from, to, 1);
        assert_ne!(old, ASKS);
        let fields = format!(r#"KIND,"operation":"UPDATE","object":ASKS,"oldObject":{old}"#);
        assert_eq!(short(&fields, "null"), "403");
    }

    #[test]
    fn no_operation_but_update_compares() {
        for operation in ["CREATE", "update", ""] {
            let fields =
                format!(r#"KIND,"operation":"{operation}","object":ASKS,"oldObject":ASKS"#);
            assert_eq!(short(&fields, "null"), "403", "{operation}");
        }
    }

    fn response(kind: &str, object: &str, settings: &str) -> String {
        let payload = format!(
            r#"{{"request":{{"kind":{{"group":"x","kind":"{kind}"}},"namespace":"ns","object":{object}}},"settings":{settings}}}"#
        );
        let response = crate::validate(payload.as_bytes(), &NoHost);
        String::from(text::from_utf8(&response).expect("text"))
    }

    #[test]
    fn each_pod_of_an_object_has_its_rule() {
        let [a, b] = ["a", "b"].map(|image| {
            ASKS.replace(r#""image":"a""#, &format!(r#""image":"{image}""#))
                .replace(r#""name":"c""#, &format!(r#""name":"c {image}""#))
        });
        assert_eq!(
            response(
                "Agents",
                &format!(r#"{{"x":[{a},{b},{PLAIN},{a}]}}"#),
                RULES
            ),
            r#"{"accepted":true,"audit_annotations":{"allowed-by":"a,b","host-process-containers":"\"c a\",\"c b\",\"c a\""}}"#
        );
    }

    #[test]
    fn settings_that_are_not_valid_admit_nothing() {
        for (settings, problem) in [
            (r#"{"alow":[]}"#, "alow: unknown key: write allow"),
            ("[]", "settings: an object is expected, found a list"),
        ] {
            assert_eq!(
                response("Agents", ASKS, settings),
                format!(
                    r#"{{"accepted":false,"message":"HostProcess denied: the policy's settings are not valid: {problem}","code":403}}"#
                )
            );
            assert_eq!(response("Agents", PLAIN, settings), r#"{"accepted":true}"#);
        }
    }

    #[test]
    fn a_long_list_of_names_is_cut() {
        let containers = [r#"{"name":"a2345678","image":"a"}"#; 200].join(",");
        let object = ASKS.replace(r#"{"name":"c","image":"a"}"#, &containers);
        let payload = format!(
            r#"{{"request":{{{KIND},"namespace":"ns","object":{object}}},"settings":{RULES}}}"#
        );
        let Ok(Verdict::Admitted {
            host_process_containers: names,
            ..
        }) = judge(payload.as_bytes(), &NoHost)
        else {
            panic!("it is admitted");
        };
        // 110 names with their commas, and seven characters of the next one.
        assert_eq!(names, ["a2345678,"].repeat(110).join("") + "a234567...");
    }

    #[rstest]
    #[case::none(b"null", None)]
    #[case::no_text(b"\xff", Some("settings are not valid: not JSON: byte 0 is not UTF-8"))]
    #[case::no_json(
        b"{",
        Some("settings are not valid: not JSON: the text ends too early, at line 1 column 1")
    )]
    #[case::unknown(
        b"{\"alow\":1}",
        Some("settings are not valid: alow: unknown key: write allow")
    )]
    fn problems_of_settings(#[case] json: &[u8], #[case] expected: Option<&str>) {
        assert_eq!(settings_problems(json).as_deref(), expected);
    }
}
