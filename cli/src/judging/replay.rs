//! Answers of a cluster that were recorded, in the file format of
//! `kwctl run --record-host-capabilities-interactions`: a list of exchanges in YAML, whose
//! `request` is itself YAML in a string, with a tag for what was asked
//! (`!KubernetesListResourceAll`), or JSON without a tag.

use serde::Deserialize;
use serde_json::Value;
use windows_hostprocess_policy::Host;

use crate::reading::yaml;

/// Recorded answers. The first exchange with the same request answers it, however often it is
/// asked.
#[derive(Debug)]
pub struct Replay {
    exchanges: Vec<Exchange>,
}

#[derive(Debug)]
struct Exchange {
    /// What was asked; `None` if the record does not say.
    operation: Option<&'static str>,
    request: Value,
    response: Response,
}

/// An item of the file: the recorded exchange. serde reads the `type` of an item as the name of a
/// variant, and kwctl knows only this type.
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

/// Returns the operation that the tag of a recorded request stands for.
fn operation_of_tag(tag: &str) -> Option<&'static str> {
    match tag {
        "!KubernetesListResourceAll" => Some("list_resources_all"),
        "!KubernetesListResourceNamespace" => Some("list_resources_by_namespace"),
        "!KubernetesGetResource" => Some("get_resource"),
        "!KubernetesCanI" => Some("can_i"),
        _ => None,
    }
}

impl Replay {
    /// Reads the text of a file of recorded answers.
    ///
    /// # Errors
    /// The text is not such a file.
    pub fn read(text: &str) -> Result<Self, String> {
        let interactions: Vec<Interaction> = yaml::read_single(text)?;
        let exchanges = interactions
            .into_iter()
            .map(|Interaction::Exchange { request, response }| Exchange::read(&request, response))
            .collect::<Result<_, _>>()?;
        Ok(Replay { exchanges })
    }

    /// Returns the recorded answer; `None` if there is none.
    pub fn answer(&self, operation: &str, request: &[u8]) -> Option<Result<Vec<u8>, String>> {
        let request = normalize(serde_json::from_slice(request).ok()?);
        let exchange = self.exchanges.iter().find(|exchange| {
            exchange
                .operation
                .is_none_or(|recorded| recorded == operation)
                && exchange.request == request
        })?;
        Some(match &exchange.response {
            Response::Success { payload } => Ok(payload.clone().into_bytes()),
            Response::Error { message } => Err(message.clone()),
        })
    }
}

impl Host for Replay {
    fn kubernetes(&self, operation: &str, request: &[u8]) -> Result<Vec<u8>, String> {
        self.answer(operation, request)
            .unwrap_or_else(|| Err(not_recorded(operation, request)))
    }
}

/// Returns the message for a request that no exchange answers.
pub fn not_recorded(operation: &str, request: &[u8]) -> String {
    let request = String::from_utf8_lossy(request);
    format!("no answer is recorded to {operation} {request}")
}

impl Exchange {
    fn read(request: &str, response: Response) -> Result<Self, String> {
        // The reader of YAML accepts such a tag and drops it, so it is read here.
        let tag = request.split_whitespace().next().unwrap_or_default();
        let operation = operation_of_tag(tag);
        if operation.is_none() && tag.starts_with('!') {
            return Err(format!("unknown tag {tag}"));
        }
        let request = yaml::read_single(request).map_err(|error| format!("request: {error}"))?;
        Ok(Exchange {
            operation,
            request: normalize(request),
            response,
        })
    }
}

/// Returns a recorded request, or one that a policy makes, in a form in which equal questions are
/// equal: without fields that are null, with sorted field masks, and with the key `request` for what a
/// policy calls `subject_access_review`, as kwctl records it.
fn normalize(request: Value) -> Value {
    let mut request = without_nulls(request);
    if let Value::Object(fields) = &mut request {
        if let Some(Value::Array(masks)) = fields.get_mut("field_masks") {
            masks.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
        if let Some(review) = fields.remove("subject_access_review") {
            fields.insert("request".to_owned(), review);
        }
    }
    request
}

/// Returns `value` without its fields that are null. Those of objects in lists stay.
fn without_nulls(value: Value) -> Value {
    let Value::Object(fields) = value else {
        return value;
    };
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        fields
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
    )
}
