//! Verdicts, and the response that tells one to the policy server.

use std::collections::HashMap;

use kubewarden_policy_sdk::response::ValidationResponse;

use crate::denial::Denial;
use crate::fields::Unreadable;
use crate::message;
use crate::settings::Rule;

/// The code of a denial.
const FORBIDDEN: u16 = 403;
/// The code of a request that cannot be read.
const BAD_REQUEST: u16 = 400;
/// The longest list of names in an audit annotation, in characters.
const LONGEST_NAMES: usize = 1000;
/// How long a refusal may get, in characters.
const LONGEST_REFUSAL: usize = 1000;

/// What the policy says to a request.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Nothing in it asks for HostProcess, or nothing that matters changes.
    Accepted,
    /// It asks for HostProcess and rules admit it.
    Admitted {
        /// The names of the rules.
        allowed_by: Vec<String>,
        /// The names of its HostProcess containers, escaped.
        host_process_containers: Vec<String>,
        /// At most 120 characters each.
        warnings: Vec<String>,
    },
    /// It asks in vain.
    Denied {
        /// Why.
        denial: Denial,
        /// The least rule that would admit it, where no rule does and one can.
        suggested_rule: Option<Rule>,
    },
}

/// The answer to waPC's `validate`: the SDK's `ValidationResponse` as JSON.
pub fn response(verdict: Result<Verdict, Unreadable>) -> Vec<u8> {
    let mut response = ValidationResponse {
        accepted: false,
        message: None,
        code: None,
        mutated_object: None,
        audit_annotations: None,
        warnings: None,
    };
    match verdict {
        Ok(Verdict::Accepted) => response.accepted = true,
        Ok(Verdict::Admitted { allowed_by, host_process_containers, warnings }) => {
            response.accepted = true;
            let mut annotations = HashMap::from([("allowed-by".to_owned(), names(&allowed_by))]);
            if !host_process_containers.is_empty() {
                let containers = names(&host_process_containers);
                annotations.insert("host-process-containers".to_owned(), containers);
            }
            response.audit_annotations = Some(annotations);
            response.warnings = Some(warnings).filter(|warnings| !warnings.is_empty());
        }
        Ok(Verdict::Denied { denial, suggested_rule }) => {
            response.code = Some(FORBIDDEN);
            response.message = Some(denial.to_string());
            let rule = suggested_rule.and_then(|rule| serde_json::to_string(&rule).ok());
            response.audit_annotations =
                rule.map(|rule| HashMap::from([("suggested-rule".to_owned(), rule)]));
        }
        Err(unreadable) => {
            response.code = Some(BAD_REQUEST);
            let message = format!("the request cannot be read: {unreadable}");
            response.message = Some(message::cut(message, LONGEST_REFUSAL));
        }
    }
    to_json(&response)
}

/// `value` as JSON, which holds nothing that cannot be written.
pub fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn names(names: &[String]) -> String {
    message::cut(names.join(","), LONGEST_NAMES)
}
