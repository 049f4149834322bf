//! From the policy's answer to what the API server is told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// What the API server is told about one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    /// The request's own identifier.
    pub uid: String,
    /// The verdict.
    pub allowed: bool,
    /// Why, where the policy says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What goes into the API server's audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_annotations: Option<BTreeMap<String, String>>,
    /// What `kubectl` shows to the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

/// The reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The text for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The HTTP status code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
}

/// What a policy answers to `validate`.
#[derive(Deserialize)]
struct PolicyResponse {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl AdmissionResponse {
    /// The answer for the request `uid`, given what `validate` returned. As in
    /// the policy server, a trap, an error of the guest and an answer that is
    /// not a policy's are a denial with code 500.
    pub fn from_policy(uid: &str, answer: Result<Vec<u8>, Failure>) -> Self {
        let response = answer.and_then(|bytes| {
            serde_json::from_slice(&bytes)
                .map_err(|error| Failure::new(format!("the policy's answer is not valid: {error}")))
        });
        match response {
            Ok(response) => Self::from_response(uid, response),
            Err(failure) => Self::internal_error(uid, &failure),
        }
    }

    fn from_response(uid: &str, response: PolicyResponse) -> Self {
        let PolicyResponse {
            accepted,
            message,
            code,
            audit_annotations,
            warnings,
        } = response;
        Self {
            uid: uid.to_owned(),
            allowed: accepted,
            status: (message.is_some() || code.is_some()).then_some(Status { message, code }),
            audit_annotations,
            warnings,
        }
    }

    fn internal_error(uid: &str, failure: &Failure) -> Self {
        Self {
            uid: uid.to_owned(),
            allowed: false,
            status: Some(Status {
                message: Some(format!("internal server error: {failure}")),
                code: Some(500),
            }),
            audit_annotations: None,
            warnings: None,
        }
    }

    /// The reason of the verdict, or nothing.
    pub fn message(&self) -> &str {
        self.status
            .as_ref()
            .and_then(|status| status.message.as_deref())
            .unwrap_or_default()
    }

    /// The HTTP status code, where the policy gives one.
    pub fn code(&self) -> Option<u16> {
        self.status.as_ref().and_then(|status| status.code)
    }
}

/// What a policy answers to `validate_settings`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SettingsResponse {
    /// Whether the policy can work with the settings.
    pub valid: bool,
    /// What is wrong with them.
    #[serde(default)]
    pub message: Option<String>,
}

impl SettingsResponse {
    /// The answer, given what `validate_settings` returned; settings that the
    /// policy gives no proper answer on are not valid.
    pub fn from_policy(answer: Result<Vec<u8>, Failure>) -> Self {
        answer
            .and_then(|bytes| serde_json::from_slice(&bytes).map_err(Failure::new))
            .unwrap_or_else(|failure| Self {
                valid: false,
                message: Some(format!("internal server error: {failure}")),
            })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case::accepted(json!({"accepted": true}), json!({"uid": "u", "allowed": true}))]
    #[case::denied(
        json!({"accepted": false, "message": "no", "code": 403}),
        json!({"uid": "u", "allowed": false, "status": {"message": "no", "code": 403}})
    )]
    #[case::nulls_are_absent(
        json!({"accepted": true, "message": null, "code": null, "audit_annotations": null, "warnings": null, "mutated_object": null}),
        json!({"uid": "u", "allowed": true})
    )]
    #[case::annotations_and_warnings(
        json!({"accepted": true, "audit_annotations": {"allowed-by": "cni"}, "warnings": ["w"]}),
        json!({"uid": "u", "allowed": true, "auditAnnotations": {"allowed-by": "cni"}, "warnings": ["w"]})
    )]
    fn converts(#[case] answer: Value, #[case] expected: Value) {
        let bytes = serde_json::to_vec(&answer).unwrap();
        let response = AdmissionResponse::from_policy("u", Ok(bytes));
        assert_eq!(serde_json::to_value(response).unwrap(), expected);
    }

    #[rstest]
    #[case::failure(Err(Failure::new("trapped")), "internal server error: trapped")]
    #[case::not_json(
        Ok(b"yes".to_vec()),
        "internal server error: the policy's answer is not valid: expected value at line 1 column 1"
    )]
    #[case::no_verdict(
        Ok(b"{}".to_vec()),
        "internal server error: the policy's answer is not valid: missing field `accepted` at line 1 column 2"
    )]
    fn no_answer_is_a_denial(#[case] answer: Result<Vec<u8>, Failure>, #[case] message: &str) {
        let response = AdmissionResponse::from_policy("u", answer);
        assert!(!response.allowed);
        assert_eq!(response.code(), Some(500));
        assert_eq!(response.message(), message);
    }

    #[rstest]
    #[case::valid(Ok(br#"{"valid":true}"#.to_vec()), true, None)]
    #[case::not_valid(Ok(br#"{"valid":false,"message":"m"}"#.to_vec()), false, Some("m"))]
    #[case::trap(
        Err(Failure::new("trapped")),
        false,
        Some("internal server error: trapped")
    )]
    fn settings(
        #[case] answer: Result<Vec<u8>, Failure>,
        #[case] valid: bool,
        #[case] message: Option<&str>,
    ) {
        let response = SettingsResponse::from_policy(answer);
        assert_eq!(response.valid, valid);
        assert_eq!(response.message.as_deref(), message);
    }
}
