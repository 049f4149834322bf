//! The response that tells the policy server the verdict.

use serde::Serialize;

use crate::hidden_characters::escape_hidden_in_json;
use crate::request::fields::ReadError;
use crate::text;
use crate::verdict::{Suggestion, Verdict};

/// How long the message about an unreadable request and the names in an audit annotation may get, in
/// characters.
const LONGEST: usize = 1000;

/// The fields of the SDK's `ValidationResponse` that a policy without mutations needs. The SDK's own
/// type keeps the annotations in a map of random order, so that equal answers would differ.
#[derive(Default, Serialize)]
struct ValidationResponse {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// 403 for a denial, 400 for a request that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<AuditAnnotations>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct AuditAnnotations {
    #[serde(skip_serializing_if = "String::is_empty")]
    allowed_by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    host_process_containers: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    suggested_rule: String,
}

/// Returns the answer to waPC's `validate`, as JSON.
pub fn validation_response(verdict: Result<Verdict, ReadError>) -> Vec<u8> {
    let mut response = ValidationResponse::default();
    match verdict {
        Ok(Verdict::Accepted) => response.accepted = true,
        Ok(Verdict::Admitted(admission)) => {
            response.accepted = true;
            response.audit_annotations = Some(AuditAnnotations {
                allowed_by: join_names(&admission.allowed_by),
                host_process_containers: join_names(&admission.host_process_containers),
                ..AuditAnnotations::default()
            });
            response.warnings = admission.warnings;
        }
        Ok(Verdict::Denied(denial)) => {
            response.code = Some(403);
            response.message = Some(denial.to_string());
            if let Suggestion::Rule(rule) = denial.suggestion {
                let rule = serde_json::to_string(&rule).unwrap_or_default();
                let suggested_rule = escape_hidden_in_json(&rule);
                response.audit_annotations = Some(AuditAnnotations {
                    suggested_rule,
                    ..AuditAnnotations::default()
                });
            }
        }
        Err(unreadable) => {
            response.code = Some(400);
            let message = format!("the request cannot be read: {unreadable}");
            response.message = Some(text::truncate(message, LONGEST));
        }
    }
    to_json(&response)
}

/// Joins the names for an audit annotation.
fn join_names(names: &[String]) -> String {
    text::truncate(names.join(","), LONGEST)
}

/// The SDK's `SettingsValidationResponse`.
#[derive(Serialize)]
struct SettingsValidationResponse {
    valid: bool,
    message: Option<String>,
}

/// Returns the answer to waPC's `validate_settings`, as JSON. `problem` says what is wrong with the
/// settings; `None` if they are valid.
pub fn settings_validation_response(problem: Option<String>) -> Vec<u8> {
    to_json(&SettingsValidationResponse {
        valid: problem.is_none(),
        message: problem.map(|problem| format!("settings are not valid: {problem}")),
    })
}

/// Returns `value` as JSON. Writing fails only for maps with keys that are not strings, and for types
/// whose own `Serialize` fails. The responses hold neither.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Rule;
    use crate::verdict::{Denial, DeniedAction};
    use serde_json::Value;

    #[test]
    fn a_suggested_rule_hides_nothing() {
        let name = String::from("\u{e9}\u{202e}\u{61c}\u{3164}\u{e0041}\u{9b}\u{1f642}");
        let rule = Box::new(Rule {
            name,
            ..Rule::default()
        });
        let denial = Denial {
            suggestion: Suggestion::Rule(rule),
            ..Denial::new(DeniedAction::HostProcess, "no")
        };
        let response = validation_response(Ok(Verdict::Denied(denial)));
        let response: Value = serde_json::from_slice(&response).expect("JSON");
        let expected = "{\"name\":\"\u{e9}\\u202e\\u061c\\u3164\\udb40\\udc41\\u009b\u{1f642}\",\"namespaces\":[]}";
        assert_eq!(response["audit_annotations"]["suggested-rule"], expected);
    }
}
