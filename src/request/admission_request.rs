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
    /// `namespace`; empty for an object without a namespace.
    pub namespace: &'a str,
    /// `userInfo`. `None` only in the command, if it does not know the requester: in
    /// `hostprocess check` without `--as`, and in `hostprocess suggest`. Rules then match whoever the
    /// requester is.
    pub requester: Option<Requester>,
    /// `object`; null if it is absent.
    pub object: &'a Value,
    /// `oldObject`; null if it is absent.
    pub old_object: &'a Value,
}

impl<'a> Request<'a> {
    /// Reads a request. Policy servers write `oldObject` and `userInfo`, and the types of Kubewarden's
    /// SDK `old_object` and `user_info`. Both are read.
    ///
    /// # Errors
    /// The request is not an object, has no kind, has a field under both names, or has a field of
    /// another type than in the API.
    pub fn read(request: &'a Value) -> Result<Self, ReadError> {
        Self::read_fields(request).map_err(|error| error.within("request"))
    }

    fn read_fields(request: &'a Value) -> ReadResult<Self> {
        let fields = Fields::new(request)?;
        let kind = fields.text("kind.kind")?;

        let old_object_name = find_name(request, "oldObject", "old_object")?;
        let user_info_name = find_name(request, "userInfo", "user_info")?;
        let requester = fields.get(user_info_name, read_requester)?;

        Ok(Request {
            operation: fields.text_or_empty("operation")?,
            group: fields.text_or_empty("kind.group")?,
            kind: kind.ok_or_else(|| ReadError::missing("kind.kind"))?,
            name: fields.text_or_empty("name")?,
            namespace: fields.text_or_empty("namespace")?,
            // A request without `userInfo` comes from a requester without a name.
            requester: Some(requester.unwrap_or_default()),
            object: &request["object"],
            old_object: &request[old_object_name],
        })
    }
}

fn read_requester(user_info: &Value) -> ReadResult<Requester> {
    let user_info = Fields::new(user_info)?;
    let username = user_info.text_or_empty("username")?;
    let groups = user_info.texts("groups")?;
    Ok(Requester {
        username: username.to_owned(),
        groups: groups.into_iter().map(String::from).collect(),
    })
}

/// Returns which of the two names of a field `request` uses; the name in camel case if it uses neither.
///
/// # Errors
/// The request uses both names, and the policy cannot know which of them counts.
fn find_name(
    request: &Value,
    camel_case: &'static str,
    snake_case: &'static str,
) -> ReadResult<&'static str> {
    if request.get(snake_case).is_none() {
        return Ok(camel_case);
    }
    if request.get(camel_case).is_some() {
        return Err(ReadError::set_twice(snake_case, camel_case));
    }
    Ok(snake_case)
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
