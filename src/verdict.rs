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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn admitted(warnings: &[&str]) -> Verdict {
        Verdict::Admitted {
            allowed_by: String::from("a,b"),
            host_process_containers: String::from("c"),
            warnings: warnings.iter().copied().map(String::from).collect(),
        }
    }

    fn denied(suggested_rule: Option<&str>) -> Verdict {
        Verdict::Denied {
            message: String::from("no \"x\\y\""),
            suggested_rule: suggested_rule.map(String::from),
        }
    }

    #[rstest]
    #[case::accepted(Verdict::Accepted, r#"{"accepted":true}"#)]
    #[case::admitted(
        admitted(&[]),
        r#"{"accepted":true,"audit_annotations":{"allowed-by":"a,b","host-process-containers":"c"}}"#
    )]
    #[case::warned(
        admitted(&["v", "w"]),
        r#"{"accepted":true,"audit_annotations":{"allowed-by":"a,b","host-process-containers":"c"},"warnings":["v","w"]}"#
    )]
    #[case::denied(
        denied(None),
        r#"{"accepted":false,"message":"no \"x\\y\"","code":403}"#
    )]
    #[case::suggested(
        denied(Some(r#"{"a":1}"#)),
        r#"{"accepted":false,"message":"no \"x\\y\"","code":403,"audit_annotations":{"suggested-rule":"{\"a\":1}"}}"#
    )]
    #[case::unreadable(
        Verdict::Unreadable(Unreadable(String::from("a: is missing"))),
        r#"{"accepted":false,"message":"the request cannot be read: a: is missing","code":400}"#
    )]
    fn responses(#[case] verdict: Verdict, #[case] expected: &str) {
        let response = verdict.into_response();
        assert_eq!(text::from_utf8(&response), Ok(expected));
    }

    #[rstest]
    #[case::valid(None, r#"{"valid":true}"#)]
    #[case::not_valid(Some("a: \"b\""), r#"{"valid":false,"message":"a: \"b\""}"#)]
    fn responses_to_settings(#[case] problems: Option<&str>, #[case] expected: &str) {
        let response = settings_response(problems);
        assert_eq!(text::from_utf8(&response), Ok(expected));
    }
}
