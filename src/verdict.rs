//! Verdicts, and the response that tells one to the policy server.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::unreadable::Unreadable;

/// What the policy says to a request.
pub(crate) enum Verdict {
    /// Nothing in it asks for HostProcess, or nothing that matters changes.
    Accepted,
    /// It asks for HostProcess and a rule admits it.
    Admitted {
        /// The names of the rules, one for each pod spec, separated by commas.
        allowed_by: String,
        /// The names of its HostProcess containers, separated by commas.
        host_process_containers: String,
        warnings: Vec<String>,
    },
    /// It asks for HostProcess in vain.
    Denied {
        message: String,
        /// The least rule that would admit it, where no rule does.
        suggested_rule: Option<String>,
    },
    /// It cannot be read.
    Unreadable(Unreadable),
}

/// The waPC answer to `validate`: the SDK's `ValidationResponse`, but for fields
/// that have nothing to say.
#[derive(Default, Serialize)]
struct ValidationResponse {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_process_containers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_rule: Option<String>,
}

/// The waPC answer to `validate_settings`: the SDK's
/// `SettingsValidationResponse`.
#[derive(Serialize)]
struct SettingsValidationResponse {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

impl Verdict {
    /// The response, as JSON.
    pub(crate) fn into_response(self) -> Vec<u8> {
        json(&match self {
            // By far the commonest, so it is not put together each time.
            Verdict::Accepted => return Vec::from(br#"{"accepted":true}"#),
            Verdict::Admitted {
                allowed_by,
                host_process_containers,
                warnings,
            } => ValidationResponse {
                accepted: true,
                audit_annotations: Some(AuditAnnotations {
                    allowed_by: Some(allowed_by),
                    host_process_containers: Some(host_process_containers),
                    ..AuditAnnotations::default()
                }),
                warnings,
                ..ValidationResponse::default()
            },
            Verdict::Denied {
                message,
                suggested_rule,
            } => ValidationResponse {
                message: Some(message),
                code: Some(403),
                audit_annotations: suggested_rule.map(|rule| AuditAnnotations {
                    suggested_rule: Some(rule),
                    ..AuditAnnotations::default()
                }),
                ..ValidationResponse::default()
            },
            Verdict::Unreadable(Unreadable(reason)) => ValidationResponse {
                message: Some(["the request cannot be read: ", &reason].concat()),
                code: Some(400),
                ..ValidationResponse::default()
            },
        })
    }
}

/// The answer to settings: the problems, where there are any.
pub(crate) fn settings_response(problems: Option<String>) -> Vec<u8> {
    json(&SettingsValidationResponse {
        valid: problems.is_none(),
        message: problems,
    })
}

/// `response` as JSON. Writing strings and numbers into memory does not fail; if
/// it did, the empty answer is one that the policy server takes for a refusal.
fn json(response: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(response).unwrap_or_default()
}
