//! The borrowed view of a JSON document: one flat list of nodes, pruned while
//! it is read.
//!
//! Why not `serde_json::Value` or derived structs: a tree costs an allocation
//! for every object, and derived deserializers of a pod spec cost some 20 KB of
//! module. A [`Shape`] says which fields are worth keeping; everything else is
//! skipped by serde_json (and still has to be JSON). What is kept lies in one
//! vector, in document order, each node knowing where its subtree ends and who
//! its parent is. So reading allocates once, and the path of any node
//! (`spec.containers[0].image`) can be told afterwards, when a message needs it.
//!
//! Types are not checked here but where a field is asked for: the getters of
//! [`Ref`] refuse what is neither of the asked type nor null.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::path;
use crate::text;
use crate::unreadable::Unreadable;

/// What of a JSON value is kept.
///
/// A shape met by an array is the shape of each element.
pub(crate) enum Shape {
    /// Scalars are kept, and of objects the named fields.
    Fields(&'static [(&'static str, Shape)]),
    /// Everything is kept.
    All,
    /// The text is kept, to be read later or never.
    Raw,
    /// `object` of an admission request: shaped by the `kind` beside it where
    /// that came first (it does in what API server and policy server write),
    /// else kept as text.
    ByKind,
    /// Objects and arrays are kept, and scalars only under the given names:
    /// enough to find pod specs in a document of unknown structure.
    Search(&'static [&'static str]),
    /// The top of a document that is searched: `metadata` has a shape of its
    /// own, `status` is left out, the rest has the second shape.
    SearchRoot(&'static Shape, &'static Shape),
}

/// A scalar, or an array of scalars.
pub(crate) const LEAF: Shape = Shape::Fields(&[]);
static ALL: Shape = Shape::All;

/// Index of a node that has no parent.
const NONE: u32 = u32::MAX;

struct Node<'a> {
    key: Cow<'a, str>,
    value: Value<'a>,
    /// Index behind the last node of this subtree.
    end: u32,
    parent: u32,
}

enum Value<'a> {
    Null,
    Bool(bool),
    Number,
    Text(Cow<'a, str>),
    List,
    Object,
    Raw(&'a str),
}

impl Value<'_> {
    /// The JSON type, as messages call it.
    fn name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number => "a number",
            Value::Text(_) => "a string",
            Value::List => "a list",
            Value::Object | Value::Raw(_) => "an object",
        }
    }
}

/// A JSON document, pruned to a [`Shape`].
pub(crate) struct Tape<'a> {
    nodes: Vec<Node<'a>>,
    /// The first node whose key stood in its object before.
    duplicate: Option<u32>,
}

impl<'a> Tape<'a> {
    /// Reads `text`, keeping what `shape` names. `name` is what paths begin
    /// with; empty for a document that paths do not name.
    ///
    /// # Errors
    /// `text` is not one JSON value, or a field that `shape` names stands twice
    /// in one object.
    pub(crate) fn read(
        text: &'a str,
        shape: &'static Shape,
        name: &'static str,
    ) -> Result<Self, Unreadable> {
        let mut tape = Tape {
            nodes: Vec::with_capacity(96),
            duplicate: None,
        };
        let mut json = serde_json::Deserializer::from_str(text);
        Reader {
            tape: &mut tape,
            shape,
            key: Cow::Borrowed(name),
            parent: NONE,
        }
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| Unreadable::syntax(&error))?;
        match tape.duplicate {
            Some(index) => Err(Unreadable::at(
                Ref { tape: &tape, index },
                "stands twice in one object",
            )),
            None => Ok(tape),
        }
    }

    /// The document's top.
    pub(crate) fn root(&self) -> Ref<'_> {
        Ref {
            tape: self,
            index: 0,
        }
    }
}

/// A node of a [`Tape`].
#[derive(Clone, Copy)]
pub(crate) struct Ref<'t> {
    // The document's own lifetime is shortened to the tape's: a node is only
    // looked at while its tape stands.
    tape: &'t Tape<'t>,
    index: u32,
}

impl<'t> Ref<'t> {
    fn node(self) -> &'t Node<'t> {
        &self.tape.nodes[self.index as usize]
    }

    /// The name of this node in its object; empty for an element of a list.
    pub(crate) fn key(self) -> &'t str {
        &self.node().key
    }

    /// The object or list this node stands in; none for the top.
    pub(crate) fn parent(self) -> Option<Ref<'t>> {
        let index = self.node().parent;
        (index != NONE).then_some(Ref { index, ..self })
    }

    /// The fields or elements of this node; none for a scalar.
    pub(crate) fn children(self) -> Children<'t> {
        Children {
            tape: self.tape,
            next: self.index + 1,
            end: self.node().end,
        }
    }

    /// Where this node stands in its list, from 0; none outside of lists.
    pub(crate) fn position(self) -> Option<usize> {
        let parent = self.parent()?;
        matches!(parent.node().value, Value::List).then(|| {
            parent
                .children()
                .take_while(|c| c.index < self.index)
                .count()
        })
    }

    pub(crate) fn is_object(self) -> bool {
        matches!(self.node().value, Value::Object)
    }

    pub(crate) fn is_list(self) -> bool {
        matches!(self.node().value, Value::List)
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.node().value, Value::Null)
    }

    /// The boolean here, if it is one.
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.node().value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The string here, if it is one.
    pub(crate) fn as_text(self) -> Option<&'t str> {
        match &self.node().value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The unread JSON text here, if it was kept as such ([`Shape::Raw`]).
    pub(crate) fn as_raw(self) -> Option<&'t str> {
        match self.node().value {
            Value::Raw(text) => Some(text),
            _ => None,
        }
    }

    /// The JSON type here, as messages call it: `a string`, `null`.
    pub(crate) fn type_name(self) -> &'static str {
        self.node().value.name()
    }

    /// The field `key` of this object, null or not.
    pub(crate) fn get(self, key: &str) -> Option<Ref<'t>> {
        self.children().find(|child| child.key() == key)
    }

    fn field(self, key: &str, wanted: &str, right: fn(Self) -> bool) -> Option_<'t> {
        match self.get(key) {
            Some(field) if field.is_null() => Ok(None),
            Some(field) if !right(field) => Err(field.mistyped(wanted)),
            field => Ok(field),
        }
    }

    /// The object in the field `key`; none where it is absent or null.
    ///
    /// # Errors
    /// It is something else; so for the other getters.
    pub(crate) fn object(self, key: &str) -> Option_<'t> {
        self.field(key, "an object", Ref::is_object)
    }

    /// The list in the field `key`; none where it is absent or null.
    pub(crate) fn list(self, key: &str) -> Option_<'t> {
        self.field(key, "a list", Ref::is_list)
    }

    /// The string in the field `key`; none where it is absent or null.
    pub(crate) fn text(self, key: &str) -> Result<Option<&'t str>, Unreadable> {
        let field = self.field(key, "a string", |field| field.as_text().is_some())?;
        Ok(field.and_then(Ref::as_text))
    }

    /// The boolean in the field `key`; none where it is absent or null.
    pub(crate) fn flag(self, key: &str) -> Result<Option<bool>, Unreadable> {
        let field = self.field(key, "true or false", |field| field.as_bool().is_some())?;
        Ok(field.and_then(Ref::as_bool))
    }

    /// The list of strings in the field `key`, in which null stands for the
    /// empty string as it does for the API server.
    pub(crate) fn texts(self, key: &str) -> Result<Texts<'t>, Unreadable> {
        let list = self.list(key)?;
        for item in list.iter().flat_map(|list| list.children()) {
            if item.as_text().is_none() && !item.is_null() {
                return Err(item.mistyped("a string"));
            }
        }
        Ok(Texts(list))
    }

    /// The list of objects in the field `key`, in which null stands for an
    /// object without fields as it does for the API server.
    pub(crate) fn objects(self, key: &str) -> Result<Children<'t>, Unreadable> {
        let Some(list) = self.list(key)? else {
            return Ok(Children {
                tape: self.tape,
                next: 0,
                end: 0,
            });
        };
        match list
            .children()
            .find(|item| !item.is_object() && !item.is_null())
        {
            Some(item) => Err(item.mistyped("an object")),
            None => Ok(list.children()),
        }
    }

    /// The refusal of what stands here instead of `wanted` (`a string`).
    pub(crate) fn mistyped(self, wanted: &str) -> Unreadable {
        let mut reason = String::from(wanted);
        text::put(&mut reason, " is expected, found ");
        text::put(&mut reason, self.type_name());
        Unreadable::at(self, &reason)
    }

    /// Writes the path of this node: `spec.containers[0].image`.
    pub(crate) fn write_path(self, out: &mut String) {
        path::write(self, out);
    }
}

type Option_<'t> = Result<Option<Ref<'t>>, Unreadable>;

/// Two nodes are equal when they say the same: the order of fields does not
/// count, and a null field is an absent one.
impl PartialEq for Ref<'_> {
    fn eq(&self, other: &Self) -> bool {
        fn fields(node: Ref<'_>) -> usize {
            node.children().filter(|child| !child.is_null()).count()
        }
        match (&self.node().value, &other.node().value) {
            (Value::Null, Value::Null) | (Value::Number, Value::Number) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List, Value::List) => self.children().eq(other.children()),
            (Value::Object, Value::Object) => {
                fields(*self) == fields(*other)
                    && self
                        .children()
                        .filter(|child| !child.is_null())
                        .all(|child| other.get(child.key()) == Some(child))
            }
            _ => false,
        }
    }
}

/// The fields of an object or the elements of a list.
#[derive(Clone, Copy)]
pub(crate) struct Children<'t> {
    tape: &'t Tape<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Ref<'t>;

    fn next(&mut self) -> Option<Ref<'t>> {
        if self.next >= self.end {
            return None;
        }
        let item = Ref {
            tape: self.tape,
            index: self.next,
        };
        self.next = item.node().end;
        Some(item)
    }
}

/// A list of strings; an absent list has none.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Texts<'t>(Option<Ref<'t>>);

impl<'t> Texts<'t> {
    /// The strings, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'t str> {
        self.0
            .into_iter()
            .flat_map(Ref::children)
            .map(|item| item.as_text().unwrap_or_default())
    }
}

/// Reads one value into the tape.
struct Reader<'t, 'a> {
    tape: &'t mut Tape<'a>,
    shape: &'static Shape,
    key: Cow<'a, str>,
    parent: u32,
}

impl<'a> Reader<'_, 'a> {
    /// Adds a node for the value in hand and returns its index.
    fn push(self, value: Value<'a>) -> u32 {
        let index = self.tape.nodes.len() as u32;
        self.tape.nodes.push(Node {
            key: self.key,
            value,
            end: index + 1,
            parent: self.parent,
        });
        index
    }

    fn scalar(self, value: Value<'a>) {
        if let Shape::Search(names) = self.shape
            && !names.contains(&&*self.key)
        {
            // An element of a list goes by the name of the list.
            let named = self.key.is_empty() && self.parent != NONE && {
                let list = &self.tape.nodes[self.parent as usize].key;
                names.contains(&&**list)
            };
            if !named {
                return;
            }
        }
        self.push(value);
    }
}

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(mut self, input: D) -> Result<(), D::Error> {
        let mut raw = matches!(self.shape, Shape::Raw);
        if let Shape::ByKind = self.shape {
            let request = Ref {
                tape: self.tape,
                index: self.parent,
            };
            match crate::kind::shape_beside(request) {
                Some(shape) => self.shape = shape,
                None => raw = true,
            }
            // Paths in messages begin at the object, not at the request.
            self.key = Cow::Borrowed("");
            self.parent = NONE;
        }
        if raw {
            let text = <&RawValue as serde::Deserialize>::deserialize(input)?.get();
            let value = match text {
                "null" => Value::Null,
                _ => Value::Raw(text),
            };
            self.push(value);
            return Ok(());
        }
        input.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Reader<'_, 'a> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(Value::Bool(value));
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.scalar(Value::Number);
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.scalar(Value::Number);
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.scalar(Value::Number);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, value: &'a str) -> Result<(), E> {
        self.scalar(Value::Text(Cow::Borrowed(value)));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.scalar(Value::Text(Cow::Owned(String::from(value))));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut items: A) -> Result<(), A::Error> {
        let shape = self.shape;
        let tape = &mut *self.tape;
        let index = Reader {
            tape,
            shape,
            key: core::mem::take(&mut self.key),
            parent: self.parent,
        }
        .push(Value::List);
        while items
            .next_element_seed(Reader {
                tape: self.tape,
                shape,
                key: Cow::Borrowed(""),
                parent: index,
            })?
            .is_some()
        {}
        self.tape.nodes[index as usize].end = self.tape.nodes.len() as u32;
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let shape = self.shape;
        let index = Reader {
            tape: self.tape,
            shape,
            key: core::mem::take(&mut self.key),
            parent: self.parent,
        }
        .push(Value::Object);
        let mut seen = 0u64;
        while let Some(key) = fields.next_key_seed(KeySeed(shape))? {
            let Some(Key { name, bit, shape }) = key else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            if seen & bit != 0 && self.tape.duplicate.is_none() {
                self.tape.duplicate = Some(self.tape.nodes.len() as u32);
            }
            seen |= bit;
            let before = self.tape.nodes.len();
            fields.next_value_seed(Reader {
                tape: self.tape,
                shape,
                key: name,
                parent: index,
            })?;
            debug_assert!(bit == 0 || self.tape.nodes.len() > before);
        }
        self.tape.nodes[index as usize].end = self.tape.nodes.len() as u32;
        Ok(())
    }
}

/// A field that is kept.
struct Key<'a> {
    name: Cow<'a, str>,
    /// One bit for each name that may stand only once; 0 for other names.
    bit: u64,
    shape: &'static Shape,
}

/// Reads the key of a field of an object of the given shape; none where the
/// field is not kept.
struct KeySeed(&'static Shape);

impl<'a> DeserializeSeed<'a> for KeySeed {
    type Value = Option<Key<'a>>;

    fn deserialize<D: serde::Deserializer<'a>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_str(self)
    }
}

impl KeySeed {
    /// What the shape says of the field `name`: the known name where there is
    /// one, so that a key written with escapes is the same as one without.
    fn known<'a>(&self, name: &str) -> Option<Key<'a>> {
        let (position, name, shape) = match self.0 {
            Shape::Fields(fields) => {
                let position = fields.iter().position(|field| field.0 == name)?;
                let field = &fields[position];
                (position, field.0, &field.1)
            }
            Shape::Search(names) => {
                let position = names.iter().position(|known| *known == name)?;
                let shape = match names[position] {
                    "nodeSelector" => &ALL,
                    _ => self.0,
                };
                (position, names[position], shape)
            }
            Shape::SearchRoot(metadata, rest) => {
                let mut key = KeySeed(rest).known(name)?;
                if name == "metadata" {
                    key.shape = metadata;
                }
                return Some(key);
            }
            _ => return None,
        };
        Some(Key {
            name: Cow::Borrowed(name),
            bit: 1 << position,
            shape,
        })
    }

    /// The shape of a field whose name is not known.
    fn unknown(&self, name: &str) -> Option<&'static Shape> {
        match self.0 {
            Shape::All | Shape::Search(_) => Some(self.0),
            Shape::SearchRoot(_, rest) if name != "status" => Some(rest),
            _ => None,
        }
    }

    fn key<'a>(&self, name: Cow<'a, str>) -> Option<Key<'a>> {
        self.known(&name).or_else(|| {
            Some(Key {
                shape: self.unknown(&name)?,
                bit: 0,
                name,
            })
        })
    }
}

impl<'a> Visitor<'a> for KeySeed {
    type Value = Option<Key<'a>>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a field name")
    }

    fn visit_borrowed_str<E>(self, name: &'a str) -> Result<Self::Value, E> {
        Ok(self.key(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.key(Cow::Owned(String::from(name))))
    }
}
