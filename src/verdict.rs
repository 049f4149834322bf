//! Verdicts, and the response that tells one to the policy server.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Object, Value};
use crate::text;
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

/// The code of a denial.
const FORBIDDEN: u16 = 403;
/// The code of a request that cannot be read.
const BAD_REQUEST: u16 = 400;

impl Verdict {
    /// The waPC answer to `validate`: the SDK's `ValidationResponse` as JSON, but
    /// for fields that have nothing to say.
    pub(crate) fn into_response(self) -> Vec<u8> {
        match self {
            // By far the commonest, so it is not put together each time.
            Verdict::Accepted => Vec::from(br#"{"accepted":true}"#),
            Verdict::Admitted {
                allowed_by,
                host_process_containers,
                warnings,
            } => {
                let mut response = Object(Vec::from([
                    ("accepted", Value::Flag(true)),
                    (
                        "audit_annotations",
                        Value::Object(Object(Vec::from([
                            ("allowed-by", Value::Text(&allowed_by)),
                            (
                                "host-process-containers",
                                Value::Text(&host_process_containers),
                            ),
                        ]))),
                    ),
                ]));
                if !warnings.is_empty() {
                    let warnings = warnings.iter().map(|warning| &**warning).collect();
                    response.0.push(("warnings", Value::Texts(warnings)));
                }
                response.into_json().into_bytes()
            }
            Verdict::Denied {
                message,
                suggested_rule,
            } => refusal(FORBIDDEN, &message, suggested_rule.as_deref()),
            Verdict::Unreadable(Unreadable(reason)) => {
                let mut message = String::from("the request cannot be read: ");
                text::put(&mut message, &reason);
                refusal(BAD_REQUEST, &message, None)
            }
        }
    }
}

fn refusal(code: u16, message: &str, suggested_rule: Option<&str>) -> Vec<u8> {
    let mut response = Object(Vec::from([
        ("accepted", Value::Flag(false)),
        ("message", Value::Text(message)),
        ("code", Value::Number(code)),
    ]));
    if let Some(rule) = suggested_rule {
        let annotations = Object(Vec::from([("suggested-rule", Value::Text(rule))]));
        response
            .0
            .push(("audit_annotations", Value::Object(annotations)));
    }
    response.into_json().into_bytes()
}

/// The waPC answer to `validate_settings`: the SDK's
/// `SettingsValidationResponse` as JSON; the problems, where there are any.
pub(crate) fn settings_response(problems: Option<&str>) -> Vec<u8> {
    let mut response = Object(Vec::from([("valid", Value::Flag(problems.is_none()))]));
    if let Some(problems) = problems {
        response.0.push(("message", Value::Text(problems)));
    }
    response.into_json().into_bytes()
}
