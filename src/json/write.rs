//! The JSON that the policy writes: objects of a few plain fields.
//!
//! One type for all of them, since every derived `Serialize` is code of its own.

use alloc::string::String;
use alloc::vec::Vec;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// An object, its fields in the order in which they are written.
pub(crate) struct Object<'a>(pub(crate) Vec<(&'static str, Value<'a>)>);

/// The value of a field.
pub(crate) enum Value<'a> {
    Flag(bool),
    Number(u16),
    Text(&'a str),
    Texts(Vec<&'a str>),
    Object(Object<'a>),
}

impl Object<'_> {
    /// The object as JSON text. Writing strings and numbers into memory does not
    /// fail; if it did, the empty text is no answer and so a refusal.
    pub(crate) fn into_json(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Flag(flag) => to.serialize_bool(*flag),
            Value::Number(number) => to.serialize_u16(*number),
            Value::Text(text) => to.serialize_str(text),
            Value::Texts(texts) => to.collect_seq(texts),
            Value::Object(object) => object.serialize(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_their_order() {
        let inner = Object(Vec::from([
            ("z", Value::Number(403)),
            ("a", Value::Texts(Vec::new())),
        ]));
        let object = Object(Vec::from([
            ("flag", Value::Flag(false)),
            ("text", Value::Text("a\"\\\n\u{7}\u{e9}")),
            ("texts", Value::Texts(Vec::from(["a", ""]))),
            ("object", Value::Object(inner)),
        ]));
        assert_eq!(
            object.into_json(),
            "{\"flag\":false,\"text\":\"a\\\"\\\\\\n\\u0007\u{e9}\",\"texts\":[\"a\",\"\"],\
             \"object\":{\"z\":403,\"a\":[]}}"
        );
        assert_eq!(Object(Vec::new()).into_json(), "{}");
    }
}
