//! Recorded answers of the host, in the file format of
//! `kwctl run --record-host-capabilities-interactions`.
//!
//! The file is a YAML list of exchanges. `request` is itself text: YAML whose
//! tag names what was asked, or plain JSON with the payload alone.
//!
//! ```yaml
//! - type: Exchange
//!   request: |
//!     !KubernetesListResourceAll
//!     api_version: v1
//!     kind: Node
//!     label_selector: kubernetes.io/os=windows
//!     field_selector: null
//!   response:
//!     type: Success
//!     payload: '{"apiVersion":"v1","items":[],"kind":"NodeList","metadata":{}}'
//! - type: Exchange
//!   request: '{"api_version":"v1","kind":"Pod"}'
//!   response:
//!     type: Error
//!     message: forbidden
//! ```
//!
//! Requests are compared by value: a key that is null is the same as no key, and
//! the order of field masks means nothing.

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Tagged;

use crate::HostAnswers;

/// A file of recorded answers; the first exchange whose request is the same
/// answers, as often as it is asked.
#[derive(Debug, Clone)]
pub struct Replay {
    exchanges: Vec<Exchange>,
}

/// Why a file of recorded answers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableReplay(String);

#[derive(Debug, Clone)]
struct Exchange {
    /// The waPC operation, where the recording names one.
    operation: Option<&'static str>,
    request: Value,
    answer: Result<String, String>,
}

#[derive(Deserialize)]
struct RecordedExchange {
    r#type: ExchangeType,
    request: String,
    response: RecordedResponse,
}

#[derive(Deserialize)]
enum ExchangeType {
    Exchange,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum RecordedResponse {
    Success { payload: String },
    Error { message: String },
}

/// The tags of requests for Kubernetes objects, and the waPC operations they stand for.
const OPERATIONS: [(&str, &str); 3] = [
    ("!KubernetesListResourceAll", "list_resources_all"),
    (
        "!KubernetesListResourceNamespace",
        "list_resources_by_namespace",
    ),
    ("!KubernetesGetResource", "get_resource"),
];

impl Replay {
    /// Reads the text of a file of recorded answers.
    ///
    /// # Errors
    /// With the place and the reason, when the text is no such file.
    pub fn from_yaml(text: &str) -> Result<Self, UnreadableReplay> {
        let unreadable = |error: serde_saphyr::Error| UnreadableReplay(error.to_string());
        let options = || serde_saphyr::options! { with_snippet: false };
        let recorded: Vec<RecordedExchange> =
            serde_saphyr::from_str_with_options(text, options()).map_err(unreadable)?;
        let mut exchanges = Vec::new();
        for (i, recorded) in recorded.into_iter().enumerate() {
            let RecordedExchange {
                r#type: ExchangeType::Exchange,
                request,
                response,
            } = recorded;
            let Tagged(value, tag): Tagged<Value> =
                serde_saphyr::from_str_with_options(&request, options())
                    .map_err(|error| UnreadableReplay(format!("exchange {i}: request: {error}")))?;
            let operation = match tag {
                None => None,
                Some(tag) => Some(operation(&tag).ok_or_else(|| {
                    UnreadableReplay(format!("exchange {i}: request: unknown tag {tag}"))
                })?),
            };
            exchanges.push(Exchange {
                operation,
                request: normal(value),
                answer: match response {
                    RecordedResponse::Success { payload } => Ok(payload),
                    RecordedResponse::Error { message } => Err(message),
                },
            });
        }
        Ok(Self { exchanges })
    }
}

impl HostAnswers for Replay {
    fn answer(
        &self,
        _binding: &str,
        namespace: &str,
        operation: &str,
        payload: &[u8],
    ) -> Result<Vec<u8>, String> {
        let request = serde_json::from_slice(payload)
            .map(normal)
            .map_err(|error| format!("the request to the host is not JSON: {error}"))?;
        self.exchanges
            .iter()
            .find(|recorded| {
                recorded.operation.is_none_or(|it| it == operation) && recorded.request == request
            })
            .map(|recorded| recorded.answer.clone().map(String::into_bytes))
            .unwrap_or_else(|| {
                Err(format!(
                    "no answer is recorded for {namespace}/{operation} {request}"
                ))
            })
    }
}

fn operation(tag: &str) -> Option<&'static str> {
    OPERATIONS
        .iter()
        .find(|(known, _)| *known == tag)
        .map(|(_, operation)| *operation)
}

/// The request without what does not change its meaning.
fn normal(request: Value) -> Value {
    let Value::Object(mut map) = request else {
        return request;
    };
    map.retain(|_, value| !value.is_null());
    if let Some(Value::Array(masks)) = map.get_mut("field_masks") {
        masks.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const RECORDED: &str = r#"
- type: Exchange
  request: |
    !KubernetesListResourceAll
    api_version: v1
    kind: Node
    label_selector: kubernetes.io/os=windows
    field_selector: null
    field_masks:
    - status.nodeInfo
    - metadata.name
  response:
    type: Success
    payload: '{"items":[]}'
- type: Exchange
  request: '{"api_version":"v1","kind":"Pod"}'
  response:
    type: Error
    message: forbidden
"#;

    #[rstest]
    #[case::same_value_in_other_order(
        "list_resources_all",
        r#"{"field_masks":["metadata.name","status.nodeInfo"],"kind":"Node","api_version":"v1","label_selector":"kubernetes.io/os=windows"}"#,
        Ok(r#"{"items":[]}"#)
    )]
    #[case::other_operation(
        "get_resource",
        r#"{"field_masks":["metadata.name","status.nodeInfo"],"kind":"Node","api_version":"v1","label_selector":"kubernetes.io/os=windows"}"#,
        Err(r#"no answer is recorded for kubernetes/get_resource {"api_version":"v1","field_masks":["metadata.name","status.nodeInfo"],"kind":"Node","label_selector":"kubernetes.io/os=windows"}"#)
    )]
    #[case::json_names_no_operation(
        "get_resource",
        r#"{"api_version":"v1","kind":"Pod","field_selector":null}"#,
        Err("forbidden")
    )]
    #[case::other_value(
        "list_resources_all",
        r#"{"api_version":"v1","kind":"Job"}"#,
        Err(r#"no answer is recorded for kubernetes/list_resources_all {"api_version":"v1","kind":"Job"}"#)
    )]
    #[case::not_json(
        "list_resources_all",
        "kind: Node",
        Err("the request to the host is not JSON: expected value at line 1 column 1")
    )]
    fn answers(
        #[case] operation: &str,
        #[case] payload: &str,
        #[case] expected: Result<&str, &str>,
    ) {
        let replay = Replay::from_yaml(RECORDED).unwrap();
        let answer = replay.answer("kubewarden", "kubernetes", operation, payload.as_bytes());
        let expected = expected
            .map(|text| text.as_bytes().to_vec())
            .map_err(str::to_owned);
        assert_eq!(answer, expected);
    }

    #[rstest]
    #[case::not_yaml("- [", "unclosed bracket")]
    #[case::not_a_list("type: Exchange", "sequence")]
    #[case::other_type(
        "- {type: Call, request: '{}', response: {type: Success, payload: ''}}",
        "unknown variant"
    )]
    #[case::no_response("- {type: Exchange, request: '{}'}", "missing field")]
    #[case::unknown_tag(
        "- {type: Exchange, request: '!Oci {image: a}', response: {type: Success, payload: ''}}",
        "exchange 0: request: unknown tag !Oci"
    )]
    #[case::request_not_yaml(
        "- {type: Exchange, request: '{', response: {type: Success, payload: ''}}",
        "exchange 0: request: "
    )]
    fn refuses(#[case] text: &str, #[case] reason: &str) {
        let error = Replay::from_yaml(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
