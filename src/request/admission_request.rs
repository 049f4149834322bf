//! The fields of an admission request that the policy reads.

use serde_json::Value;

use crate::request::Requester;
use crate::request::fields::{Fields, ReadError, ReadResult};

/// An AdmissionRequest of admission.k8s.io/v1.
#[derive(Debug)]
pub struct Request<'a> {
    /// `operation`: CREATE, UPDATE, DELETE or CONNECT.
    pub operation: &'a str,
    /// `kind.group`; empty for the core group.
    pub group: &'a str,
    /// `kind.kind`
    pub kind: &'a str,
    /// `name`; empty if the API server has yet to generate one.
    pub name: &'a str,
    /// `namespace`; empty for an object that has none.
    pub namespace: &'a str,
    /// `userInfo`. `None` only in `hostprocess check` without `--as`: every rule then counts as
    /// matching whoever asks.
    pub requester: Option<Requester>,
    /// `object`; null if it is absent.
    pub object: &'a Value,
    /// `oldObject`; null if it is absent.
    pub old_object: &'a Value,
}

impl<'a> Request<'a> {
    /// Reads a request. Policy servers write its fields in camelCase, and the SDK's own types in
    /// snake_case: both are read.
    ///
    /// # Errors
    /// It is no object, has no kind, or a field has another type than in the API.
    pub fn read(request: &'a Value) -> Result<Self, ReadError> {
        Self::read_fields(request).map_err(|error| error.within("request"))
    }

    fn read_fields(request: &'a Value) -> ReadResult<Self> {
        let fields = Fields::new(request)?;
        let text = |path| Ok(fields.text(path)?.unwrap_or_default());
        let kind = fields.text("kind.kind")?;

        let old_object = find_name(request, "oldObject", "old_object")?;
        let user_info = find_name(request, "userInfo", "user_info")?;
        let user_info = fields.get(user_info, read_requester)?;

        Ok(Request {
            operation: text("operation")?,
            group: text("kind.group")?,
            kind: kind.ok_or_else(|| ReadError::missing("kind.kind"))?,
            name: text("name")?,
            namespace: text("namespace")?,
            requester: Some(user_info.unwrap_or_default()),
            object: &request["object"],
            old_object: &request[old_object],
        })
    }
}

fn read_requester(user_info: &Value) -> ReadResult<Requester> {
    let user_info = Fields::new(user_info)?;
    let username = user_info.text("username")?.unwrap_or_default();
    let groups = user_info.texts("groups")?;
    Ok(Requester {
        username: username.to_owned(),
        groups: groups.into_iter().map(String::from).collect(),
    })
}

/// Returns the name that `request` uses for a field with two names.
///
/// # Errors
/// It uses both, so that one of them would be passed over.
fn find_name(
    request: &Value,
    camel_case: &'static str,
    snake_case: &'static str,
) -> ReadResult<&'static str> {
    let is_set = |name| request.get(name).is_some();
    match (is_set(camel_case), is_set(snake_case)) {
        (true, true) => Err(ReadError::set_twice(snake_case, camel_case)),
        (false, true) => Ok(snake_case),
        _ => Ok(camel_case),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::not_an_object(json!([]), "request: must be an object, but is a list")]
    #[case::without_a_kind(json!({}), "request.kind.kind: is missing")]
    #[case::with_an_empty_kind(json!({"kind": {"kind": ""}}), "request.kind.kind: is missing")]
    #[case::with_a_field_under_both_names(
        json!({"kind": {"kind": "Pod"}, "userInfo": null, "user_info": {}}),
        "request.user_info: must not be set beside userInfo"
    )]
    fn unreadable_requests(#[case] request: Value, #[case] expected: &str) {
        let error = Request::read(&request).expect_err("not readable");
        assert_eq!(error.to_string(), expected);
    }
}
