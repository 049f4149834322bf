//! The borrowed view of an admission request.

use alloc::string::String;

use crate::kind::{self, Home};
use crate::tape::{LEAF, Ref, Shape, Tape, Texts};
use crate::unreadable::Unreadable;

/// The fields of the payload that the policy reads. Policy servers write
/// camelCase; the SDK's own types write snake_case, so both are read.
static PAYLOAD: Shape = Shape::Fields(&[
    (
        "request",
        Shape::Fields(&[
            ("kind", Shape::Fields(&[("group", LEAF), ("kind", LEAF)])),
            ("operation", LEAF),
            ("namespace", LEAF),
            ("userInfo", USER_INFO),
            ("user_info", USER_INFO),
            ("object", Shape::ByKind),
            ("oldObject", Shape::Raw),
            ("old_object", Shape::Raw),
        ]),
    ),
    ("settings", Shape::Raw),
]);
const USER_INFO: Shape = Shape::Fields(&[("username", LEAF), ("groups", LEAF)]);

/// Reads a payload into a tape, for [`Request::of`].
///
/// # Errors
/// It is not JSON.
pub(crate) fn read(payload: &str) -> Result<Tape<'_>, Unreadable> {
    Tape::read(payload, &PAYLOAD, "")
}

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
    /// There is none, it has no kind, or a field is of the wrong type.
    pub(crate) fn of(payload: &'t Tape<'t>) -> Result<Self, Unreadable> {
        let payload = payload.root();
        if !payload.is_object() {
            return Err(Unreadable(String::from(
                "the payload: an object with a request is expected",
            )));
        }
        let request = payload.object("request");
        payload.check()?;
        let Some(request) = request else {
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
        let object = request.children().find(|field| field.key().is_empty());
        let user = one_of(request, "userInfo", "user_info")?;
        let user = user.and_then(|user| request.object(user.key()));
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
        payload.check()?;
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
