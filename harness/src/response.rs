//! From the policy's answer to what the API server is told.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What the API server is told about a request.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    uid: String,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_annotations: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Status {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
}

/// What a policy answers to `validate`.
#[derive(Deserialize)]
struct ValidationResponse {
    accepted: bool,
    message: Option<String>,
    code: Option<u16>,
    audit_annotations: Option<BTreeMap<String, String>>,
    warnings: Option<Vec<String>>,
}

impl AdmissionResponse {
    /// The answer to the request `uid`, of what `validate` returned. As in a policy server,
    /// a trap, an error of the guest and an answer that is none are a denial with code 500.
    pub fn of(uid: &str, answer: Result<Vec<u8>>) -> Self {
        let response = answer
            .and_then(|bytes| serde_json::from_slice(&bytes).context("the policy's answer"))
            .unwrap_or_else(|error| ValidationResponse {
                accepted: false,
                message: Some(format!("internal server error: {error:#}")),
                code: Some(500),
                audit_annotations: None,
                warnings: None,
            });
        let (message, code) = (response.message, response.code);
        Self {
            uid: uid.to_owned(),
            allowed: response.accepted,
            status: (message.is_some() || code.is_some()).then_some(Status { message, code }),
            audit_annotations: response.audit_annotations,
            warnings: response.warnings,
        }
    }
}
