//! Oracle: who asks for HostProcess, by a plain walk over the request's JSON.

use reliability::choices::Choices;
use reliability::spelling::corrupt;
use reliability::walk;
use reliability::workload;
use serde_json::{Value, json};

use crate::cases::for_all;
use crate::policy::judge;
use crate::recorded;

/// Compares policy and walk for a request under no settings. `sound` says that all
/// types are right, so that nothing may be unreadable.
fn compare(request: &Value, sound: bool) -> Result<&'static str, String> {
    let answer = judge(request, &json!({}))?;
    let operation = request["operation"].as_str();
    let judged = !matches!(operation, Some("DELETE" | "CONNECT"));
    let asks = judged && walk::asks(request);
    match (answer.verdict(), asks) {
        ("accepted", false) => Ok("accepted"),
        ("denied", true) => Ok("denied"),
        ("unreadable", _) if !sound => Ok("unreadable"),
        (verdict, _) => Err(format!("{verdict}, but asks is {asks}: {answer:?}")),
    }
}

#[test]
fn the_policy_and_a_walk_agree_on_who_asks() {
    for_all(160, &["accepted", "denied"], workload::request, |request| {
        compare(request, true)
    });
}

#[test]
fn they_agree_on_requests_in_which_something_is_wrong() {
    let broken = |choices: &mut Choices<'_>| {
        let mut request = workload::request(choices);
        corrupt(choices, &mut request["object"]);
        request
    };
    for_all(
        200,
        &["accepted", "denied", "unreadable"],
        broken,
        |request| compare(request, false),
    );
}

#[test]
fn they_agree_on_recorded_requests() {
    let mut seen = std::collections::BTreeMap::new();
    for recorded in recorded::requests() {
        let mut request = recorded.request;
        // An update that changes nothing is accepted whatever it asks for.
        if let Some(fields) = request.as_object_mut() {
            fields.remove("oldObject");
            fields.remove("old_object");
        }
        let verdict = compare(&request, false)
            .unwrap_or_else(|difference| panic!("{}: {difference}", recorded.name));
        *seen.entry(verdict).or_insert(0) += 1;
    }
    println!("recorded requests: {seen:?}");
}
