//! A denial's `suggested-rule`, pasted into `allow`, must make the same request
//! pass, but for requirements that it fails.

use serde_json::Value;

use crate::builds::Builds;
use crate::expectation::Response;
use crate::table::{self, Case};
use crate::{nodes::Answer, settings};

/// What is wrong with the suggestion in the response to `case`; nothing where there is none.
#[must_use]
pub fn complaints(builds: &Builds, case: &Case, response: &[u8]) -> Vec<String> {
    let Some(request) = &case.request else {
        return Vec::new();
    };
    try_it(
        builds,
        request,
        &case.settings,
        case.nodes.as_ref(),
        response,
    )
}

/// The same for any request under any settings.
#[must_use]
pub fn try_it(
    builds: &Builds,
    request: &Value,
    settings: &Value,
    nodes: Option<&Answer>,
    response: &[u8],
) -> Vec<String> {
    let Ok(first) = serde_json::from_slice::<Response>(response) else {
        return Vec::new();
    };
    let Some(text) = first.audit_annotations.get("suggested-rule") else {
        return Vec::new();
    };
    let rule: Value = match serde_json::from_str(text) {
        Ok(rule) => rule,
        Err(error) => return vec![format!("the suggested rule is no JSON: {error}: {text}")],
    };
    if rule.to_string().len() > text.len() {
        return vec![format!("the suggested rule is not compact: {text}")];
    }
    let Some(settings) = settings::with_rule(settings, rule.clone()) else {
        return vec!["a rule is suggested although the settings are no settings".into()];
    };
    let second = match builds.validate(&table::payload(request, &settings), nodes) {
        Ok(judgement) => judgement.response,
        Err(difference) => return vec![difference],
    };
    let shown = String::from_utf8_lossy(&second).into_owned();
    let Ok(second) = serde_json::from_slice::<Response>(&second) else {
        return vec![format!(
            "under the suggested rule {text} the response is none: {shown}"
        )];
    };
    if second.accepted {
        // An object with several pod specs may need one rule for each.
        let admitting = second
            .audit_annotations
            .get("allowed-by")
            .map(|names| names.split(','));
        let is_among_them =
            admitting.is_some_and(|mut names| names.any(|name| rule["name"] == name));
        return if is_among_them {
            Vec::new()
        } else {
            vec![format!(
                "pasted, the suggested rule {text} is not the one that admits: {shown}"
            )]
        };
    }
    let message = second.message.unwrap_or_default();
    if second.audit_annotations.is_empty()
        && second.code == Some(403)
        && !["rule \"", "no rule ", "settings are not valid"]
            .iter()
            .any(|fragment| message.contains(fragment))
    {
        // The rules are satisfied; what is left are failed requirements.
        return Vec::new();
    }
    vec![format!(
        "pasted, the suggested rule {text} does not admit: {shown}"
    )]
}
