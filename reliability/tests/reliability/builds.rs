//! The module answers what the native build answers, byte for byte.

use std::fmt;

use conformance::Builds;
use reliability::answer::Answer;
use reliability::choices::Choices;
use reliability::spelling::{corrupt, respell};
use reliability::{settings, workload};
use serde_json::json;

use crate::cases::{count, for_all_of};

struct Payload(String);

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A payload that is sound, has something wrong in it, or ends too early.
fn generate(choices: &mut Choices<'_>) -> Payload {
    let mut payload = json!({
        "request": workload::request(choices),
        "settings": settings::settings(choices),
    });
    let flaw = choices.below(8);
    if flaw == 1 {
        corrupt(choices, &mut payload);
    }
    let mut text = respell(choices, &payload);
    if flaw == 2 {
        let end = choices.below(text.len());
        // What is cut inside of a character has that character replaced.
        text = String::from_utf8_lossy(&text.as_bytes()[..end]).into_owned();
    }
    Payload(text)
}

#[test]
fn the_builds_answer_the_same() {
    let builds = Builds::load();
    let classes = &["accepted", "admitted", "denied", "unreadable"];
    // Each case gets an instance of its own, as in a policy server.
    for_all_of(count() / 5, 600, classes, generate, |Payload(payload)| {
        let judgement = builds.validate(payload.as_bytes(), None)?;
        Ok(Answer::read(&judgement.response)?.verdict())
    });
}

#[test]
fn the_builds_say_the_same_of_settings() {
    let builds = Builds::load();
    let generate = |choices: &mut Choices<'_>| {
        let mut settings = settings::settings(choices);
        if choices.once_in(2) {
            corrupt(choices, &mut settings);
        }
        settings
    };
    for_all_of(
        count() / 5,
        160,
        &["valid", "not valid"],
        generate,
        |settings| {
            let answer = builds.validate_settings(settings.to_string().as_bytes())?;
            let problem = reliability::answer::settings_problem(&answer)?;
            Ok(if problem.is_none() {
                "valid"
            } else {
                "not valid"
            })
        },
    );
}
