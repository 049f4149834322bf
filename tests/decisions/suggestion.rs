//! A denial's `suggested-rule`, pasted into `allow`, must make the same request pass, but for
//! requirements that it fails.

use serde_json::{Value, json};

use crate::builds::{Builds, Judgement};
use crate::expectation::Response;
use crate::table::{self, Case};

/// What is wrong with the suggestion in a response; nothing where there is none.
pub fn complaints(builds: &Builds, case: &Case, judgement: &Judgement) -> Vec<String> {
    let read = |response: &[u8]| serde_json::from_slice::<Response>(response).ok();
    let (Some(request), Some(first)) = (&case.request, read(&judgement.response)) else {
        return Vec::new();
    };
    let Some(text) = first.annotation("suggested-rule") else {
        return Vec::new();
    };
    let Ok(rule) = serde_json::from_str::<Value>(text) else {
        return vec![format!("the suggested rule is no JSON: {text}")];
    };
    let mut settings = case.settings.clone();
    match &mut settings["allow"] {
        Value::Array(rules) => rules.push(rule.clone()),
        other => *other = json!([rule]),
    }
    let payload = table::payload(request, &settings);
    let second = match builds.validate(&payload, &case.host) {
        Ok(judgement) => judgement.response,
        Err(difference) => return vec![difference],
    };
    let shown = String::from_utf8_lossy(&second).into_owned();
    let admits = read(&second).is_some_and(|second| {
        if second.accepted {
            // An object with several pod specs may need one rule for each.
            let names = second.annotation("allowed-by").unwrap_or_default();
            return names.split(',').any(|name| rule["name"] == name);
        }
        // The rules are satisfied; what is left are failed requirements.
        let message = second.message.clone().unwrap_or_default();
        second.annotation("suggested-rule").is_none() && !message.contains("rule")
    });
    if admits {
        return Vec::new();
    }
    vec![format!("pasted, the suggested rule {text} does not admit: {shown}")]
}
