//! Recorded answers of the cluster, in the file format of
//! `kwctl run --record-host-capabilities-interactions`.
//!
//! The file is a YAML list of exchanges, whose `request` is itself YAML in a string:
//!
//! ```yaml
//! - type: Exchange
//!   request: |
//!     !KubernetesGetResource
//!     api_version: v1
//!     kind: Pod
//!     name: agent
//!     namespace: kube-system
//!     disable_cache: true
//!     field_masks: null
//!   response:
//!     type: Success
//!     payload: '{"apiVersion":"v1","kind":"Pod"}'
//! ```
//!
//! A response of type `Error` has a `message` in place of the payload.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Tagged;

/// Recorded answers. The first exchange with the same request answers it, however often:
/// a key that is null is the same as none, and the order of field masks means nothing.
#[derive(Clone, Debug)]
pub struct Replay(Vec<(&'static str, Value, Response)>);

#[derive(Deserialize)]
struct Exchange {
    #[serde(rename = "type")]
    _type: ExchangeType,
    request: String,
    response: Response,
}

#[derive(Deserialize)]
enum ExchangeType {
    Exchange,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type")]
enum Response {
    Success { payload: String },
    Error { message: String },
}

/// The tags of recorded requests, and the operations that they stand for.
const OPERATIONS: [(&str, &str); 3] = [
    ("!KubernetesListResourceAll", "list_resources_all"),
    ("!KubernetesListResourceNamespace", "list_resources_by_namespace"),
    ("!KubernetesGetResource", "get_resource"),
];

impl Replay {
    /// Reads the text of a file of recorded answers.
    ///
    /// # Errors
    /// The text is no such file.
    pub fn from_yaml(text: &str) -> Result<Self> {
        let exchanges: Vec<Exchange> = serde_saphyr::from_str(text)?;
        let read = |exchange: Exchange| {
            let Tagged(request, tag) = serde_saphyr::from_str(&exchange.request)?;
            let (_, operation) = OPERATIONS
                .into_iter()
                .find(|(known, _)| Some(*known) == tag.as_deref())
                .with_context(|| format!("unknown tag in {:?}", exchange.request))?;
            Ok((operation, normal(request), exchange.response))
        };
        exchanges.into_iter().map(read).collect::<Result<_>>().map(Self)
    }

    /// The recorded answer to `request`, which is JSON.
    ///
    /// # Errors
    /// The recorded error, or there is no such exchange.
    pub fn answer(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        let request = normal(serde_json::from_slice(request).map_err(|error| error.to_string())?);
        let same = |(recorded, its_request, _): &&(&str, Value, Response)| {
            *recorded == operation && *its_request == request
        };
        match self.0.iter().find(same) {
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
