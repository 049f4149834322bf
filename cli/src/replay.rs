//! A host whose answers were recorded, in the file format of
//! `kwctl run --record-host-capabilities-interactions`.
//!
//! The file is a list of exchanges in YAML. `request` is itself text: YAML whose tag names what
//! was asked, as `!KubernetesListResourceAll`, or JSON without a name. Requests are compared by
//! value: a key that is null is no key, and the order of field masks means nothing.

use serde::Deserialize;
use serde_json::Value;
use windows_hostprocess_policy::Host;

use crate::yaml;

/// Recorded answers. The first exchange whose request is the same answers, as often as asked.
#[derive(Debug)]
pub struct Replay(Vec<Exchange>);

#[derive(Debug)]
struct Exchange {
    /// The operation, where the recording names one.
    operation: Option<&'static str>,
    request: Value,
    answer: Result<String, String>,
}

#[derive(Deserialize)]
struct Recorded {
    #[serde(rename = "type")]
    _type: Type,
    request: String,
    response: Response,
}

#[derive(Deserialize)]
enum Type {
    Exchange,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Response {
    Success { payload: String },
    Error { message: String },
}

/// The tags of requests for Kubernetes objects, and the operations that they name.
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
    /// It is no such file: where, and the reason.
    pub fn read(text: &str) -> Result<Self, String> {
        let documents = yaml::read(text).map_err(|error| error.to_string())?;
        let [recorded] = <[Value; 1]>::try_from(documents)
            .map_err(|_| String::from("one list of exchanges is expected"))?;
        let recorded: Vec<Value> =
            serde_json::from_value(recorded).map_err(|error| error.to_string())?;
        let exchanges = recorded.into_iter().enumerate().map(|(i, recorded)| {
            serde_json::from_value(recorded)
                .map_err(|error| error.to_string())
                .and_then(Exchange::read)
                .map_err(|error| format!("exchange {i}: {error}"))
        });
        Ok(Replay(exchanges.collect::<Result<_, _>>()?))
    }
}

impl Exchange {
    fn read(recorded: Recorded) -> Result<Self, String> {
        let text = recorded.request.trim_start();
        let tag = text.split_whitespace().next().unwrap_or_default();
        let known = OPERATIONS.iter().find(|(name, _)| *name == tag);
        if known.is_none() && tag.starts_with('!') {
            return Err(format!("request: unknown tag {tag}"));
        }
        let request = yaml::read(text).map_err(|error| format!("request: {error}"))?;
        Ok(Exchange {
            operation: known.map(|(_, operation)| *operation),
            request: normal(request.into_iter().next().unwrap_or_default()),
            answer: match recorded.response {
                Response::Success { payload } => Ok(payload),
                Response::Error { message } => Err(message),
            },
        })
    }
}

impl Host for Replay {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let request = serde_json::from_slice(request)
            .map(normal)
            .map_err(|error| format!("the request is no JSON: {error}"))?;
        let same = |it: &&Exchange| {
            it.operation.is_none_or(|recorded| recorded == operation) && it.request == request
        };
        match self.0.iter().find(same) {
            Some(exchange) => exchange.answer.clone().map(String::into_bytes),
            None => Err(format!("no answer is recorded for {operation} {request}")),
        }
    }
}

/// The request without what does not change its meaning.
fn normal(mut request: Value) -> Value {
    if let Value::Object(map) = &mut request {
        map.retain(|_, value| !value.is_null());
        if let Some(Value::Array(masks)) = map.get_mut("field_masks") {
            masks.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
    }
    request
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
    #[case::other_order(
        "list_resources_all",
        r#"{"field_masks":["metadata.name","status.nodeInfo"],"kind":"Node","api_version":"v1"}"#,
        Ok(r#"{"items":[]}"#)
    )]
    #[case::other_operation(
        "get_resource",
        r#"{"kind":"Node","field_masks":["metadata.name","status.nodeInfo"],"api_version":"v1"}"#,
        Err(
            r#"no answer is recorded for get_resource {"api_version":"v1","field_masks":["metadata.name","status.nodeInfo"],"kind":"Node"}"#
        )
    )]
    #[case::no_operation_named(
        "get_resource",
        r#"{"api_version":"v1","kind":"Pod","field_selector":null}"#,
        Err("forbidden")
    )]
    fn answers(
        #[case] operation: &str,
        #[case] request: &str,
        #[case] expected: Result<&str, &str>,
    ) {
        let replay = Replay::read(RECORDED).unwrap();
        let answer = replay.kubernetes(operation, request.as_bytes());
        assert_eq!(
            answer,
            expected
                .map(|text| text.as_bytes().to_vec())
                .map_err(String::from)
        );
    }

    #[rstest]
    #[case::nothing("", "one list of exchanges is expected")]
    #[case::no_list("a: b", "invalid type: map, expected a sequence")]
    #[case::other_type(
        "- {type: Call, request: '{}', response: {type: Success, payload: ''}}",
        "exchange 0: unknown variant `Call`, expected `Exchange`"
    )]
    #[case::unknown_tag(
        "- {type: Exchange, request: '!Oci {a: b}', response: {type: Success, payload: ''}}",
        "exchange 0: request: unknown tag !Oci"
    )]
    fn refuses(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Replay::read(text).unwrap_err(), expected);
    }
}
