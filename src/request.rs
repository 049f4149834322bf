//! The borrowed view of an admission request.

use alloc::string::String;

use crate::kind::{self, Home};
use crate::tape::{Ref, Shape, TEXTS, Tape, Texts};
use crate::unreadable::Unreadable;

/// The fields of the payload that the policy reads. Policy servers write
/// camelCase; the SDK's own types write snake_case, so both are read.
static PAYLOAD: Shape = Shape::Fields(&[
    (
        "request",
        Shape::Fields(&[
            (
                "kind",
                Shape::Fields(&[("group", Shape::Text), ("kind", Shape::Text)]),
            ),
            ("operation", Shape::Text),
            ("namespace", Shape::Text),
            ("userInfo", USER_INFO),
            ("user_info", USER_INFO),
            ("object", Shape::ByKind),
            ("oldObject", Shape::Raw),
            ("old_object", Shape::Raw),
        ]),
    ),
    ("settings", Shape::Raw),
]);
const USER_INFO: Shape = Shape::Fields(&[("username", Shape::Text), ("groups", TEXTS)]);

/// Reads a payload into a tape, for [`Request::of`].
///
/// # Errors
/// It is not JSON.
pub(crate) fn read(payload: &str) -> Result<Tape<'_>, Unreadable> {
    Tape::read(payload, &PAYLOAD, "")
}

/// Whether the object in a payload of an update says the same as the old one in all
/// fields but `metadata` and `status`, in the same spelling.
pub(crate) fn changes_nothing_but_metadata(payload: &str) -> bool {
    let Ok(tape) = Tape::read(payload, &OBJECTS, "") else {
        return false;
    };
    let Some(request) = tape.root().object("request") else {
        return false;
    };
    let old = request.object("oldObject").or(request.object("old_object"));
    old.is_some() && request.object("object") == old
}

/// Both objects of an update, as [`changes_nothing_but_metadata`] reads them.
static OBJECTS: Shape = Shape::Fields(&[(
    "request",
    Shape::Fields(&[
        ("object", Shape::RawFields),
        ("oldObject", Shape::RawFields),
        ("old_object", Shape::RawFields),
    ]),
)]);

/// What is done to the object, as far as the policy tells apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    /// CREATE, and whatever is none of the others.
    Create,
    Update,
    /// DELETE or CONNECT: nothing comes into being that could be judged.
    Other,
}

/// An admission request and the settings to judge it by.
pub(crate) struct Request<'t> {
    pub(crate) operation: Operation,
    /// `kind.kind`
    pub(crate) kind: &'t str,
    /// Where objects of its group and kind carry their pod spec.
    pub(crate) home: Home,
    /// `namespace`; empty for what stands in none.
    pub(crate) namespace: &'t str,
    pub(crate) user: User<'t>,
    pub(crate) object: Object<'t>,
    /// The text of `oldObject`, where there is one.
    pub(crate) old_object: Option<&'t str>,
    /// The text of the settings, where there are some.
    pub(crate) settings: Option<&'t str>,
}

/// Who makes the request.
pub(crate) struct User<'t> {
    /// `userInfo.username`
    pub(crate) name: &'t str,
    /// `userInfo.groups`
    pub(crate) groups: Texts<'t>,
}

/// `object` of the request.
#[derive(Clone, Copy)]
pub(crate) enum Object<'t> {
    /// It is null or absent.
    None,
    /// It has been read with the request, whose kind stood before it.
    Read(Ref<'t>),
    /// Its text, still to be read in the shape of its kind.
    Text(&'t str),
}

impl<'t> Request<'t> {
    /// The request in a payload that [`read`] has read.
    ///
    /// # Errors
    /// There is none, it has no kind, or (unless the operation is
    /// [`Operation::Other`]) a field is of the wrong type, one of the object
    /// included where that has been read.
    pub(crate) fn of(payload: &'t Tape<'t>) -> Result<Self, Unreadable> {
        let payload = payload.root();
        if !payload.is_object() {
            return Err(Unreadable(String::from(
                "the payload: an object with a request is expected",
            )));
        }
        let Some(request) = payload.object("request") else {
            payload.check()?;
            return Err(Unreadable::missing(payload, "request"));
        };
        let kind = request.object("kind");
        let name = kind.and_then(|kind| kind.text("kind")).unwrap_or_default();
        let group = kind.and_then(|kind| kind.text("group")).unwrap_or_default();
        let operation = match request.text("operation") {
            Some("UPDATE") => Operation::Update,
            Some("DELETE" | "CONNECT") => Operation::Other,
            _ => Operation::Create,
        };
        // Nothing of a deletion is judged, so whatever types it has will do.
        if operation != Operation::Other {
            payload.check()?;
        }
        let object = request.children().find(|field| field.key().is_empty());
        let user = one_of(request, "userInfo", "user_info")?;
        let request = Request {
            operation,
            kind: name,
            home: kind::home(group, name),
            namespace: request.text("namespace").unwrap_or_default(),
            user: User {
                name: user
                    .and_then(|user| user.text("username"))
                    .unwrap_or_default(),
                groups: user.map_or(payload.no_texts(), |user| user.texts("groups")),
            },
            object: match object {
                Some(object) => match object.as_raw() {
                    Some(text) => Object::Text(text),
                    None if object.is_null() => Object::None,
                    None => Object::Read(object),
                },
                None => Object::None,
            },
            old_object: one_of(request, "oldObject", "old_object")?.and_then(Ref::as_raw),
            settings: payload.get("settings").and_then(Ref::as_raw),
        };
        if name.is_empty() {
            return Err(Unreadable(String::from("request.kind.kind: is missing")));
        }
        Ok(request)
    }
}

/// The field of `request` that goes by one of two names; none where it is null.
///
/// # Errors
/// Both stand there.
fn one_of<'t>(request: Ref<'t>, name: &str, alias: &str) -> Result<Option<Ref<'t>>, Unreadable> {
    match (request.get(name), request.get(alias)) {
        (Some(_), Some(second)) => Err(Unreadable::at(second, "stands twice in one object")),
        (first, second) => Ok(first.or(second).filter(|field| !field.is_null())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;
    use rstest::rstest;

    /// What [`Request::of`] makes of a request with a kind and `fields`, told by
    /// `tell`.
    fn of<T>(fields: &str, tell: impl Fn(&Request<'_>) -> T) -> Result<T, String> {
        let kind = r#""kind":{"group":"","version":"v1","kind":"Pod"}"#;
        payload(&format!(r#"{{"request":{{{kind}{fields}}}}}"#), tell)
    }

    fn payload<T>(payload: &str, tell: impl Fn(&Request<'_>) -> T) -> Result<T, String> {
        let tape = read(payload).map_err(|error| error.0)?;
        let request = Request::of(&tape).map_err(|error| error.0)?;
        Ok(tell(&request))
    }

    #[rstest]
    #[case::absent("", Operation::Create)]
    #[case::create(r#","operation":"CREATE""#, Operation::Create)]
    #[case::update(r#","operation":"UPDATE""#, Operation::Update)]
    #[case::delete(r#","operation":"DELETE""#, Operation::Other)]
    #[case::connect(r#","operation":"CONNECT""#, Operation::Other)]
    #[case::other_case(r#","operation":"delete""#, Operation::Create)]
    fn operations(#[case] fields: &str, #[case] expected: Operation) {
        assert_eq!(of(fields, |request| request.operation), Ok(expected));
    }

    #[rstest]
    #[case::camel_case(r#","userInfo":{"username":"a","groups":["g",null]}"#, "a", &["g", ""])]
    #[case::snake_case(r#","user_info":{"username":"b"}"#, "b", &[])]
    #[case::null(r#","userInfo":null"#, "", &[])]
    #[case::absent("", "", &[])]
    fn users(#[case] fields: &str, #[case] name: &str, #[case] groups: &[&str]) {
        let user = of(fields, |request| {
            let groups: Vec<_> = request.user.groups.iter().map(String::from).collect();
            (String::from(request.user.name), groups)
        });
        let groups = groups.iter().copied().map(String::from).collect();
        assert_eq!(user, Ok((String::from(name), groups)));
    }

    #[rstest]
    #[case::camel_case(r#","oldObject":{"a": 1}"#, Some(r#"{"a": 1}"#))]
    #[case::snake_case(r#","old_object":[]"#, Some("[]"))]
    #[case::null(r#","oldObject":null"#, None)]
    #[case::absent("", None)]
    fn old_objects(#[case] fields: &str, #[case] expected: Option<&str>) {
        let old = of(fields, |request| request.old_object.map(String::from));
        assert_eq!(old.as_ref().map(Option::as_deref), Ok(expected));
    }

    /// An object behind its kind is read at once, one before it later.
    #[rstest]
    #[case::behind(r#"{"kind":{"kind":"Pod"},"object":{"spec":{}}}"#, "read")]
    #[case::before(r#"{"object":{"spec":{}},"kind":{"kind":"Pod"}}"#, r#"{"spec":{}}"#)]
    #[case::null_behind(r#"{"kind":{"kind":"Pod"},"object":null}"#, "none")]
    #[case::null_before(r#"{"object":null,"kind":{"kind":"Pod"}}"#, "none")]
    #[case::absent(r#"{"kind":{"kind":"Pod"}}"#, "none")]
    fn objects(#[case] request: &str, #[case] expected: &str) {
        let told = payload(&format!(r#"{{"request":{request}}}"#), |request| {
            String::from(match request.object {
                Object::None => "none",
                Object::Read(object) if object.get("spec").is_some() => "read",
                Object::Read(_) => "read in another shape",
                Object::Text(json) => json,
            })
        });
        assert_eq!(told.as_deref(), Ok(expected));
    }

    #[test]
    fn kind_namespace_and_settings() {
        let told = payload(
            r#"{"settings":{"allow": []},"request":{"namespace":"ns",
                "kind":{"group":"apps","version":"v9","kind":"DaemonSet"}}}"#,
            |request| {
                let settings = request.settings.map(String::from);
                assert_eq!(request.namespace, "ns");
                (String::from(request.kind), request.home, settings)
            },
        );
        let settings = Some(String::from(r#"{"allow": []}"#));
        assert_eq!(
            told,
            Ok((String::from("DaemonSet"), Home::SpecTemplate, settings))
        );
        assert_eq!(of("", |request| request.settings.is_some()), Ok(false));
    }

    #[rstest]
    #[case::empty("", "not JSON: the text ends too early, at line 1 column 0")]
    #[case::behind_the_end("{}\n{}", "not JSON: a syntax error, at line 2 column 1")]
    #[case::no_object("[]", "the payload: an object with a request is expected")]
    #[case::no_request("{}", "request: is missing")]
    #[case::null_request(r#"{"request":null}"#, "request: is missing")]
    #[case::request(r#"{"request":1}"#, "request: an object is expected, found a number")]
    #[case::no_kind(r#"{"request":{}}"#, "request.kind.kind: is missing")]
    #[case::empty_kind(r#"{"request":{"kind":{"kind":""}}}"#, "request.kind.kind: is missing")]
    #[case::kind(
        r#"{"request":{"kind":{"kind":1}}}"#,
        "request.kind.kind: a string is expected, found a number"
    )]
    #[case::namespace(
        r#"{"request":{"kind":{"kind":"Pod"},"namespace":[]}}"#,
        "request.namespace: a string is expected, found a list"
    )]
    #[case::groups(
        r#"{"request":{"kind":{"kind":"Pod"},"user_info":{"groups":["a",1]}}}"#,
        "request.user_info.groups[1]: a string is expected, found a number"
    )]
    #[case::both_users(
        r#"{"request":{"kind":{"kind":"Pod"},"userInfo":{},"user_info":{}}}"#,
        "request.user_info: stands twice in one object"
    )]
    #[case::both_old_objects(
        r#"{"request":{"kind":{"kind":"Pod"},"old_object":{},"oldObject":{}}}"#,
        "request.old_object: stands twice in one object"
    )]
    #[case::two_kinds(
        r#"{"request":{"kind":{"kind":"Pod","kind":"Job"}}}"#,
        "request.kind.kind: stands twice in one object"
    )]
    #[case::two_requests(
        r#"{"request":{},"request":{}}"#,
        "request: stands twice in one object"
    )]
    fn what_cannot_be_read(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(payload(json, |_| ()), Err(String::from(expected)));
    }
}
