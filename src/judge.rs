//! From a request to a verdict.

use alloc::string::String;
use alloc::vec::Vec;

use crate::find;
use crate::findings::{self, Findings};
use crate::host::Host;
use crate::nodes::{Answer, Nodes};
use crate::pod::Pod;
use crate::request::{self, Object, Operation, Request};
use crate::requirements;
use crate::rules::{self, Candidate};
use crate::settings::{self, Problems, Settings};
use crate::suggest;
use crate::tape::{Ref, Shape, Tape};
use crate::text;
use crate::unreadable::Unreadable;
use crate::verdict::Verdict;

/// The longest list of names in an audit annotation, in bytes.
const LONGEST_NAMES: usize = 1000;
static SETTINGS: Shape = Shape::All;

/// Judges the request in `payload` by the settings beside it.
///
/// # Errors
/// The request cannot be read.
pub(crate) fn judge(payload: &[u8], host: &dyn Host) -> Result<Verdict, Unreadable> {
    let payload = request::read(text::from_utf8(payload)?)?;
    let request = Request::of(&payload)?;
    if request.operation == Operation::Other {
        return Ok(Verdict::Accepted);
    }
    let late;
    let object = match request.object {
        Object::Read(object) => object,
        Object::Text(json) => {
            late = Tape::read(json, request.home.shape(), "")?;
            late.root()
        }
        Object::None => return Err(Unreadable(String::from("request.object: is missing"))),
    };
    let mut pods = find::pods(request.home, object)?;
    if !pods.iter().any(Pod::asks) {
        return Ok(Verdict::Accepted);
    }
    if request.operation == Operation::Update
        && let Some(json) = request.old_object
    {
        let old = Tape::read(json, request.home.shape(), "oldObject")?;
        if find::pods(request.home, old.root())? == pods {
            return Ok(Verdict::Accepted);
        }
    }
    pods.retain(Pod::asks);
    let tape = settings_tape(request.settings.unwrap_or("null"));
    match tape.as_ref().map(|tape| settings::read(tape.root())) {
        Ok(Ok(settings)) => Ok(by_settings(&settings, &request, object, &pods, host)),
        Ok(Err(problems)) => Ok(denied_for(problems.message())),
        Err(unreadable) => Ok(denied_for(problem_of(unreadable))),
    }
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
    Tape::read(json, &SETTINGS, "")
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
    for candidate in &candidates {
        match rules::admitting(settings, candidate) {
            Some(rule) if allowed_by.contains(&rule) => {}
            Some(rule) => allowed_by.push(rule),
            None => {
                asked.say_who_asks(candidate);
                rules::explain(settings, candidate, &mut missed);
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
