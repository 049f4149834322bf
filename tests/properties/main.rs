//! Properties that every request and all rules have. proptest generates requests and rules, and
//! makes a case small if a property does not hold for it. `PROPTEST_CASES` says how many cases each
//! test gets: 256 by default.

mod changes;
mod damage;
mod dice;
mod requests;
mod settings;
mod spelling;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::{NoHost, suggest, validate, validate_in_full};

use changes::changed_requests;
use damage::damage;
use dice::Dice;
use requests::{CONTAINER_LISTS, any_request, container, creation, request_without_pod_spec};
use settings::{mode, rule, settings};

/// Returns the policy's answer.
fn judge(request: &Value, settings: &Value) -> Value {
    let payload = json!({ "request": request, "settings": settings }).to_string();
    parse(&validate(payload.as_bytes(), &NoHost))
}

fn parse(response: &[u8]) -> Value {
    serde_json::from_slice(response).expect("a response is JSON")
}

/// Returns whether the policy admits or accepts `request`, which it must be able to read.
fn admits(request: &Value, settings: &Value) -> bool {
    let response = judge(request, settings);
    assert_ne!(response["code"], 400, "{response}");
    response["accepted"] == true
}

/// Returns the rule that the policy suggests if it has no rules; `None` if it suggests none.
fn suggested_rule(request: &Value) -> Option<Value> {
    let response = judge(request, &settings(&[], "ignore"));
    let text = response["audit_annotations"]["suggested-rule"].as_str()?;
    Some(serde_json::from_str(text).expect("a rule is JSON"))
}

/// Returns whether a namespace, a service account, an image or an account of `rule` holds a
/// wildcard. Words may, because rules compare them literally.
fn holds_wildcards(rule: &Value) -> bool {
    let mut lists = vec![&rule["namespaces"], &rule["serviceAccountNames"]];
    for entry in rule["containers"].as_array().into_iter().flatten() {
        lists.push(&entry["images"]);
        lists.push(&entry["runAsUserNames"]);
    }
    let values = lists.into_iter().filter_map(Value::as_array).flatten();
    let mut texts = values.map(|value| value.as_str().expect("a text"));
    texts.any(|text| text.contains(['*', '?']))
}

/// Returns the payload of `validate`, in one of the ways in which its JSON may be written.
fn write_payload(request: &Value, settings: &Value, dice: &mut Dice) -> String {
    spelling::write_json(&json!({ "settings": settings, "request": request }), dice)
}

proptest! {
    /// The other direction is the same property: without one of its rules, the policy never admits
    /// more.
    #[test]
    fn one_more_rule_never_denies(
        generated in any_request(),
        mut rules in vec(rule(), 1..4),
        added_rule in rule(),
        place: Index,
        mode in mode(),
    ) {
        if admits(&generated.request, &settings(&rules, mode)) {
            rules.insert(place.index(rules.len() + 1), added_rule);
            prop_assert!(admits(&generated.request, &settings(&rules, mode)));
        }
    }

    #[test]
    fn one_more_container_never_admits(
        mut generated in creation(),
        rules in vec(rule(), 1..4),
        added_container in container(),
        list in select(&CONTAINER_LISTS[..]),
        mode in mode(),
    ) {
        let settings = settings(&rules, mode);
        if !admits(&generated.request, &settings) {
            match &mut generated.spec_mut()[list] {
                Value::Array(containers) => containers.push(added_container),
                absent => *absent = json!([added_container]),
            }
            prop_assert!(!admits(&generated.request, &settings));
        }
    }

    #[test]
    fn the_library_suggests_the_rule_of_the_response(generated in creation()) {
        let request = Request::read(&generated.request).expect("a request");
        // A response does not say why it has no rule: because none is needed, or none is possible.
        let rule = suggest(&request).ok().flatten();
        let rule = rule.map(|rule| serde_json::to_value(rule).expect("JSON"));
        prop_assert_eq!(rule, suggested_rule(&generated.request));
    }

    #[test]
    fn a_suggested_rule_admits_its_request(generated in creation()) {
        if let Some(rule) = suggested_rule(&generated.request) {
            prop_assert!(!holds_wildcards(&rule), "{}", rule);
            prop_assert!(admits(&generated.request, &settings(&[rule], "ignore")));
        }
    }

    #[test]
    fn a_suggested_rule_admits_no_other_request(generated in creation(), which: Index) {
        if let Some(rule) = suggested_rule(&generated.request) {
            let changed = changed_requests(&generated);
            let changed = which.get(&changed);
            let is_admitted = admits(&changed.request, &settings(&[rule], "ignore"));
            prop_assert!(!is_admitted, "{} is another one", changed.pointer);
        }
    }

    #[test]
    fn a_verdict_does_not_depend_on_how_a_request_is_written(
        mut generated in any_request(),
        rules in vec(rule(), 1..3),
        mode in mode(),
        seed: u64,
    ) {
        let settings = settings(&rules, mode);
        let expected = judge(&generated.request, &settings);

        let mut dice = Dice::new(seed);
        spelling::add_fields_that_say_nothing(&mut generated, &mut dice);
        spelling::rename_fields_as_in_the_sdk(&mut generated.request, &mut dice);
        let payload = write_payload(&generated.request, &settings, &mut dice);
        let answer = parse(&validate(payload.as_bytes(), &NoHost));
        prop_assert_eq!(answer, expected, "{}", payload);
    }

    #[test]
    fn what_is_accepted_unread_asks_for_nothing(
        generated in prop_oneof![any_request(), request_without_pod_spec()],
        rules in vec(rule(), 0..2),
        seed: u64,
    ) {
        let settings = settings(&rules, "ignore");
        let payload = write_payload(&generated.request, &settings, &mut Dice::new(seed));
        let answer = parse(&validate(payload.as_bytes(), &NoHost));
        let answer_in_full = parse(&validate_in_full(payload.as_bytes(), &NoHost));
        prop_assert_eq!(answer, answer_in_full, "{}", payload);
    }

    /// A damaged payload may be no request at all. Then it may be accepted unread, although it is
    /// refused if it is read.
    #[test]
    fn what_is_accepted_unread_asks_for_nothing_if_it_is_damaged(
        generated in prop_oneof![any_request(), request_without_pod_spec()],
        rules in vec(rule(), 0..2),
        seed: u64,
        damages in vec((any::<Index>(), damage()), 0..3),
    ) {
        let mut dice = Dice::new(seed);
        let settings = settings(&rules, "ignore");
        let payload = write_payload(&generated.request, &settings, &mut dice);
        let mut payload = payload.into_bytes();
        for (place, damage) in damages {
            let place = place.index(payload.len().max(1));
            damage.apply(&mut payload, place, &mut dice);
        }

        let answer = parse(&validate(&payload, &NoHost));
        let answer_in_full = parse(&validate_in_full(&payload, &NoHost));
        let is_no_request = answer["accepted"] == true && answer_in_full["code"] == 400;
        prop_assert!(
            is_no_request || answer == answer_in_full,
            "{} and in full {} for {}",
            answer,
            answer_in_full,
            String::from_utf8_lossy(&payload)
        );
    }
}
