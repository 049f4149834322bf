//! Which settings are valid, and what is said of those that are not.

use std::process::ExitCode;

use conformance::settings::{self, Case};
use conformance::{Builds, trials};
use libtest_mimic::Failed;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    valid: bool,
    message: Option<String>,
}

fn main() -> ExitCode {
    trials::run(settings::read(), |case| &case.name, judge)
}

fn judge(builds: &Builds, case: &Case) -> Result<(), Failed> {
    let bytes = builds.validate_settings(case.text.as_bytes())?;
    let answer: Answer = serde_json::from_slice(&bytes)?;
    let complaints = complaints(case, &answer);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}\nresponse: {}\nsettings: {}",
        complaints.join("\n"),
        String::from_utf8_lossy(&bytes),
        case.text
    )
    .into())
}

fn complaints(case: &Case, answer: &Answer) -> Vec<String> {
    if case.errors.is_empty() {
        let holds = answer.valid && answer.message.is_none();
        return if holds {
            Vec::new()
        } else {
            vec!["the settings are valid".into()]
        };
    }
    if answer.valid {
        return vec!["the settings are not valid".into()];
    }
    let message = answer.message.as_deref().unwrap_or_default();
    let Some(list) = message.strip_prefix("settings are not valid: ") else {
        return vec!["the message does not begin with `settings are not valid: `".into()];
    };
    let found: Vec<&str> = list.split("; ").collect();
    let mut complaints = Vec::new();
    // An error may hold the separator in its explanation; only a path begins another one.
    let count = 1 + found[1..]
        .iter()
        .filter(|text| begins_with_a_path(text))
        .count();
    if count != case.errors.len() {
        complaints.push(format!(
            "{} errors are expected, there are {count}",
            case.errors.len()
        ));
    }
    for error in &case.errors {
        let beginning = if error.at.is_empty() {
            String::new()
        } else {
            format!("{}: ", error.at)
        };
        if !found
            .iter()
            .any(|text| text.starts_with(&beginning) && text.contains(&error.says))
        {
            complaints.push(format!(
                "no error begins with {beginning:?} and says {:?}",
                error.says
            ));
        }
    }
    complaints
}

fn begins_with_a_path(text: &str) -> bool {
    let path = |c: char| c.is_ascii_alphanumeric() || "_.[]".contains(c);
    text.split_once(": ")
        .is_some_and(|(beginning, _)| !beginning.is_empty() && beginning.chars().all(path))
}
