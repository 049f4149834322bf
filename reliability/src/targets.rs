//! What the fuzz targets do with the bytes they are given: each panics where the
//! policy does, and where it says what it must not say. libFuzzer tries anything on
//! them, the tests run them on the corpora.

use serde::de::IgnoredAny;
use serde_json::{Value, json};
use windows_hostprocess_policy as policy;
use windows_hostprocess_policy::NoHost;

use crate::answer::{Answer, settings_problem};
use crate::choices::Choices;
use crate::spelling::{corrupt, respell};
use crate::{settings, walk, workload as generated};

/// How the policy calls what is not JSON.
const NOT_JSON: &str = ": not JSON: ";

/// `validate` on any bytes: what is accepted is JSON, and asks for HostProcess only by
/// a rule.
///
/// # Panics
/// Where it is not so, and where the policy panics.
pub fn validate(payload: &[u8]) {
    let answer = judge(payload);
    if !answer.accepted {
        let broken = answer.message.contains(NOT_JSON);
        assert!(
            !broken || serde_json::from_slice::<Value>(payload).is_err(),
            "it is JSON"
        );
        return;
    }
    assert!(
        serde_json::from_slice::<IgnoredAny>(payload).is_ok(),
        "it is no JSON"
    );
    // Not all of JSON is a value to serde_json: 1e999 is not, nor is half a surrogate
    // pair. Where such a thing stands in no field that is read, it changes nothing.
    if answer.verdict() == "accepted"
        && let Ok(payload) = serde_json::from_slice::<Value>(payload)
        && !matches!(
            payload["request"]["operation"].as_str(),
            Some("UPDATE" | "DELETE" | "CONNECT")
        )
    {
        assert!(!walk::asks(&payload["request"]), "it asks for HostProcess");
    }
}

/// `validate_settings` on any bytes: what is valid is JSON, and under settings that are
/// not, nothing that asks for HostProcess is accepted.
///
/// # Panics
/// Where it is not so, and where the policy panics.
pub fn validate_settings(settings: &[u8]) {
    let problem = settings_problem(&policy::validate_settings(settings)).expect("an answer");
    let broken = problem
        .as_ref()
        .is_some_and(|problem| problem.contains(NOT_JSON));
    match serde_json::from_slice::<Value>(settings) {
        Ok(_) => assert!(!broken, "they are JSON"),
        // No value to serde_json, but the policy looks at no number.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(error) if error.to_string().starts_with("recursion limit") => {}
        Err(_) => assert!(broken, "they are no JSON"),
    }
    if problem.is_none() {
        assert!(
            serde_json::from_slice::<IgnoredAny>(settings).is_ok(),
            "they are no JSON"
        );
        return;
    }
    let request = r#"{"kind":{"group":"","kind":"Pod"},"namespace":"a","object":{"spec":{"hostNetwork":true,"securityContext":{"windowsOptions":{"hostProcess":true,"runAsUserName":"a\\b"}},"containers":[{"name":"a","image":"a"}]}}}"#;
    let payload = [
        br#"{"request":"#,
        request.as_bytes(),
        br#","settings":"#,
        settings,
        b"}",
    ]
    .concat();
    assert!(
        !judge(&payload).accepted,
        "a workload is admitted by settings that are not valid"
    );
}

/// `validate` on a request and settings that are put together by the bytes. The first
/// byte says which of four things is looked at: that a walk agrees on who asks, in sound
/// requests and in broken ones; that the suggested rule admits; that another spelling
/// changes nothing.
///
/// # Panics
/// Where it is not so, and where the policy panics.
pub fn workload(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let property = choices.below(4);
    let mut request = generated::request(&mut choices);
    match property {
        0 | 1 => {
            if property == 1 {
                corrupt(&mut choices, &mut request["object"]);
            }
            let answer = judge_request(&request, &json!({}));
            match (answer.verdict(), walk::asks(&request)) {
                ("accepted", false) | ("denied", true) => {}
                ("unreadable", _) if property == 1 => {}
                (verdict, asks) => panic!("{verdict}, but asks is {asks}: {request}"),
            }
        }
        2 => {
            let settings = settings::settings(&mut choices);
            let answer = judge_request(&request, &settings);
            if let Some(rule) = answer.suggested_rule() {
                let rules = settings["allow"].as_array().map_or(&[][..], Vec::as_slice);
                suggestion_admits(&request, [rules, &[rule]].concat());
            }
        }
        _ => {
            let settings = settings::settings(&mut choices);
            let payload = json!({"request": request, "settings": settings});
            let plain = judge(payload.to_string().as_bytes());
            let other = judge(respell(&mut choices, &payload).as_bytes());
            assert_eq!(
                (plain.accepted, plain.code),
                (other.accepted, other.code),
                "{payload}"
            );
        }
    }
}

fn suggestion_admits(request: &Value, rules: Vec<Value>) {
    let requirements = json!({"allContainers": "off", "hostNetwork": "off", "runAsUserName": "off",
        "runAsNonRoot": "off", "namedPipeMounts": "off", "unixSocketMounts": "off",
        "hyperVIsolation": "off", "rootfsLocation": "off"});
    let settings = json!({"allow": rules, "requirements": requirements});
    let answer = judge_request(request, &settings);
    assert!(answer.accepted, "{answer:?} to {request} under {settings}");
}

fn judge_request(request: &Value, settings: &Value) -> Answer {
    judge(format!(r#"{{"request":{request},"settings":{settings}}}"#).as_bytes())
}

fn judge(payload: &[u8]) -> Answer {
    Answer::read(&policy::validate(payload, &NoHost)).expect("an answer")
}
