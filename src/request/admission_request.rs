//! What is read of an admission request.

use serde_json::Value;

use crate::request::Requester;
use crate::request::fields::{Fields, ReadError, ReadResult};

/// An admission request.
#[derive(Debug)]
pub struct Request<'a> {
    /// `operation`: CREATE, UPDATE, DELETE or CONNECT.
    pub operation: &'a str,
    /// `kind.group`; empty for the core group.
    pub group: &'a str,
    /// `kind.kind`
    pub kind: &'a str,
    /// `name` of the object; empty where the API server is still to give one.
    pub name: &'a str,
    /// `namespace`; empty for what stands in none.
    pub namespace: &'a str,
    /// `userInfo`: who asks. None where whoever asks counts as fitting, which only
    /// `hostprocess check` wants.
    pub requester: Option<Requester>,
    /// `object`; null where there is none.
    pub object: &'a Value,
    /// `oldObject`; null where there is none.
    pub old_object: &'a Value,
}

impl<'a> Request<'a> {
    /// Reads an AdmissionRequest of admission.k8s.io/v1. Policy servers write its fields in
    /// camelCase, the SDK's own types in snake_case: both are read.
    ///
    /// # Errors
    /// It is no object, has no kind, or a field that is read is of another type than the
    /// API gives it.
    pub fn read(request: &'a Value) -> Result<Self, ReadError> {
        Self::of(request).map_err(|error| error.within("request"))
    }

    fn of(request: &'a Value) -> ReadResult<Self> {
        let fields = Fields::of(request)?;
        let group = fields.text("kind.group")?.unwrap_or_default();
        let missing = || ReadError::new("is missing").within("kind.kind");
        let kind = fields.text("kind.kind")?.ok_or_else(missing)?;
        let user = either(request, "userInfo", "user_info")?;
        let groups = fields.texts(&format!("{user}.groups"))?;
        let groups = groups.into_iter().map(str::to_owned).collect();
        let username = fields
            .text(&format!("{user}.username"))?
            .unwrap_or_default()
            .to_owned();
        Ok(Request {
            operation: fields.text("operation")?.unwrap_or_default(),
            group,
            kind,
            name: fields.text("name")?.unwrap_or_default(),
            namespace: fields.text("namespace")?.unwrap_or_default(),
            requester: Some(Requester { username, groups }),
            object: &request["object"],
            old_object: &request[either(request, "oldObject", "old_object")?],
        })
    }
}

/// Which of two names for one field `request` uses, which may not use both.
fn either<'n>(request: &Value, camel: &'n str, snake: &'n str) -> ReadResult<&'n str> {
    match (request.get(camel), request.get(snake)) {
        (Some(_), Some(_)) => Err(ReadError::new(format!("is {camel} once more")).within(snake)),
        (None, Some(_)) => Ok(snake),
        _ => Ok(camel),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::no_object(json!([]), "request: an object is expected, found a list")]
    #[case::no_kind(json!({}), "request.kind.kind: is missing")]
    #[case::empty_kind(json!({"kind": {"kind": ""}}), "request.kind.kind: is missing")]
    #[case::both_names(json!({"kind": {"kind": "Pod"}, "userInfo": null, "user_info": {}}),
        "request.user_info: is userInfo once more")]
    fn unreadable(#[case] request: Value, #[case] expected: &str) {
        let error = Request::read(&request).expect_err("not readable");
        assert_eq!(error.to_string(), expected);
    }
}
