//! A host whose answers were recorded, in the file format of
//! `kwctl run --record-host-capabilities-interactions`: a list of exchanges in YAML, whose
//! `request` is itself YAML in a string, with a tag for what was asked
//! (`!KubernetesListResourceAll`), or JSON without one.

use serde::Deserialize;
use serde_json::Value;
use windows_hostprocess_policy::Host;

use crate::reading::yaml;

/// Recorded answers: for an operation, or any, the request and its answer. The first exchange
/// with the same request answers it, however often: a key that is null is the same as none, and
/// the order of field masks means nothing.
#[derive(Debug)]
pub struct Replay(Vec<(Option<&'static str>, Value, Response)>);

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Interaction {
    Exchange { request: String, response: Response },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Response {
    Success { payload: String },
    Error { message: String },
}

/// The tags of recorded requests, and the operations that they stand for.
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
        let recorded: Vec<Interaction> = yaml::one(text)?;
        let read = |Interaction::Exchange { request, response }| {
            let tag = request.split_whitespace().next().unwrap_or_default();
            let known = OPERATIONS.iter().find(|(known, _)| *known == tag);
            if known.is_none() && tag.starts_with('!') {
                return Err(format!("unknown tag {tag}"));
            }
            let request = yaml::one(&request).map_err(|error| format!("request: {error}"))?;
            Ok((
                known.map(|(_, operation)| *operation),
                normal(request),
                response,
            ))
        };
        recorded
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Replay)
    }
}

impl Host for Replay {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let request = normal(serde_json::from_slice(request).map_err(|error| error.to_string())?);
        let answer = self
            .0
            .iter()
            .find(|(of, recorded, _)| of.is_none_or(|of| of == operation) && *recorded == request);
        match answer {
            Some((_, _, Response::Success { payload })) => Ok(payload.clone().into_bytes()),
            Some((_, _, Response::Error { message })) => Err(message.clone()),
            None => Err(format!("no answer is recorded to {operation} {request}")),
        }
    }
}

/// The request without what does not change its meaning.
fn normal(mut request: Value) -> Value {
    if let Value::Object(fields) = &mut request {
        fields.retain(|_, value| !value.is_null());
        if let Some(Value::Array(masks)) = fields.get_mut("field_masks") {
            masks.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
    }
    request
}
