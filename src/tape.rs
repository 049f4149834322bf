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
use core::cell::Cell;
use core::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

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
    /// A map: everything is kept, and a key that is one of the first 64 may stand
    /// only once.
    Map,
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
static MAP: Shape = Shape::Map;
/// How many keys of a map are held against each further one.
const MOST_COMPARED: usize = 64;

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
    /// The first field that was asked for and has another type: where it is and
    /// what was expected. Getters note it here and go on as if the field were
    /// absent, so that reading a pod is no ladder of error returns; whoever
    /// reads with them calls [`Ref::check`] at the end.
    mistyped: Cell<Option<(u32, &'static str)>>,
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
            nodes: Vec::with_capacity(64),
            duplicate: None,
            mistyped: Cell::new(None),
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
            Some(index) => {
                let field = Ref { tape: &tape, index };
                Err(Unreadable::at(field, "stands twice in one object"))
            }
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
    #[inline]
    fn node(self) -> &'t Node<'t> {
        &self.tape.nodes[self.index as usize]
    }

    /// The name of this node in its object; empty for an element of a list.
    #[inline]
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
        let list = self.parent().filter(|parent| parent.is_list())?;
        list.children().position(|item| item.index == self.index)
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
    #[inline(never)]
    pub(crate) fn get(self, key: &str) -> Option<Ref<'t>> {
        self.children().find(|child| child.key() == key)
    }

    /// The field `key` of this object, unless it is null.
    #[inline(never)]
    pub(crate) fn some(self, key: &str) -> Option<Ref<'t>> {
        self.get(key).filter(|field| !field.is_null())
    }

    /// The object in the field `key`. What is absent or null is none; so is
    /// what has another type, which [`Ref::check`] then refuses. So for the
    /// other getters.
    #[inline(never)]
    pub(crate) fn object(self, key: &str) -> Option<Ref<'t>> {
        let field = self.some(key)?;
        if field.is_object() {
            return Some(field);
        }
        field.note("an object")
    }

    /// The string in the field `key`.
    #[inline(never)]
    pub(crate) fn text(self, key: &str) -> Option<&'t str> {
        let field = self.some(key)?;
        field.as_text().or_else(|| field.note("a string"))
    }

    /// The boolean in the field `key`.
    #[inline(never)]
    pub(crate) fn flag(self, key: &str) -> Option<bool> {
        let field = self.some(key)?;
        field.as_bool().or_else(|| field.note("true or false"))
    }

    /// The list of strings in the field `key`, in which null stands for the
    /// empty string as it does for the API server.
    pub(crate) fn texts(self, key: &str) -> Texts<'t> {
        Texts(self.list(key, "a string", |item| item.as_text().is_some()))
    }

    /// The list of objects in the field `key`, in which null stands for an
    /// object without fields as it does for the API server.
    pub(crate) fn objects(self, key: &str) -> Children<'t> {
        self.list(key, "an object", Ref::is_object)
    }

    #[inline(never)]
    fn list(self, key: &str, wanted: &'static str, right: fn(Self) -> bool) -> Children<'t> {
        let Some(list) = self.some(key) else {
            return self.nothing();
        };
        if !list.is_list() {
            list.note::<()>("a list");
            return self.nothing();
        }
        for item in list.children() {
            if !item.is_null() && !right(item) {
                item.note::<()>(wanted);
            }
        }
        list.children()
    }

    /// No fields and no elements.
    pub(crate) fn nothing(self) -> Children<'t> {
        Children {
            tape: self.tape,
            next: 0,
            end: 0,
        }
    }

    /// A list of strings that has none.
    pub(crate) fn no_texts(self) -> Texts<'t> {
        Texts(self.nothing())
    }

    /// Notes that something else stands here than `wanted` (`a string`).
    pub(crate) fn note<T>(self, wanted: &'static str) -> Option<T> {
        if self.tape.mistyped.get().is_none() {
            self.tape.mistyped.set(Some((self.index, wanted)));
        }
        None
    }

    /// # Errors
    /// A field of this node's document was asked for and has another type.
    pub(crate) fn check(self) -> Result<(), Unreadable> {
        let Some((index, wanted)) = self.tape.mistyped.get() else {
            return Ok(());
        };
        let field = Ref { index, ..self };
        let mut reason = String::from(wanted);
        text::put(&mut reason, " is expected, found ");
        text::put(&mut reason, field.type_name());
        Err(Unreadable::at(field, &reason))
    }
}

/// Up to how many fields objects are compared that have them in another order.
const MOST_REORDERED: usize = 64;

/// Two nodes are equal when they say the same: the order of fields does not
/// count, and a null field is an absent one. The API server writes fields in one
/// order; large objects in another are called different, since comparing them
/// takes time that grows with the square.
impl PartialEq for Ref<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.node().value, &other.node().value) {
            (Value::Null, Value::Null) | (Value::Number, Value::Number) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List, Value::List) => self.children() == other.children(),
            (Value::Object, Value::Object) => {
                let fields = |node: &Self| node.children().filter(|field| !field.is_null());
                let count = fields(self).count();
                count == fields(other).count()
                    && fields(self).zip(fields(other)).all(|(field, beside)| {
                        let same = match field.key() == beside.key() {
                            true => Some(beside),
                            false if count > MOST_REORDERED => None,
                            false => other.get(field.key()),
                        };
                        same == Some(field)
                    })
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

    #[inline]
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

impl PartialEq for Children<'_> {
    fn eq(&self, other: &Self) -> bool {
        Iterator::eq(*self, *other)
    }
}

/// A list of strings; an absent list has none.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'t>(Children<'t>);

impl<'t> Texts<'t> {
    /// The strings, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'t str> {
        self.0.map(|item| item.as_text().unwrap_or_default())
    }
}

impl PartialEq for Texts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
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
    #[inline]
    fn open(&mut self, value: Value<'a>) -> u32 {
        let index = self.tape.nodes.len() as u32;
        self.tape.nodes.push(Node {
            key: core::mem::take(&mut self.key),
            value,
            end: index + 1,
            parent: self.parent,
        });
        index
    }

    /// Ends the object or list at `index`, whose subtree has been added.
    fn close(&mut self, index: u32) {
        let end = self.tape.nodes.len() as u32;
        if let Some(node) = self.tape.nodes.get_mut(index as usize) {
            node.end = end;
        }
    }

    #[inline(never)]
    fn scalar(mut self, value: Value<'a>) {
        if let Shape::Search(names) = self.shape
            && !names.contains(&&*self.key)
        {
            // An element of a list goes by the name of the list.
            let list = self.tape.nodes.get(self.parent as usize);
            let named = list.is_some_and(|list| names.contains(&&*list.key));
            if !self.key.is_empty() || !named {
                return;
            }
        }
        self.open(value);
    }
}

impl<'a> DeserializeSeed<'a> for Reader<'_, 'a> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'a>>(mut self, input: D) -> Result<(), D::Error> {
        let mut raw = matches!(self.shape, Shape::Raw);
        if let Shape::ByKind = self.shape {
            // All nodes behind the request's are its fields so far.
            let before = Children {
                tape: self.tape,
                next: self.parent + 1,
                end: self.tape.nodes.len() as u32,
            };
            match crate::kind::shape_beside(before) {
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
            self.open(value);
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
        let index = self.open(Value::List);
        while items
            .next_element_seed(Reader {
                tape: self.tape,
                shape: self.shape,
                key: Cow::Borrowed(""),
                parent: index,
            })?
            .is_some()
        {}
        self.close(index);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let index = self.open(Value::Object);
        let mut seen = 0u64;
        let compared = match self.shape {
            Shape::Map => MOST_COMPARED,
            _ => 0,
        };
        while let Some(key) = fields.next_key_seed(KeySeed(self.shape))? {
            let Some(Key { name, bit, shape }) = key else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            let mut before = Children {
                tape: self.tape,
                next: index + 1,
                end: self.tape.nodes.len() as u32,
            }
            .take(if bit == 0 { compared } else { 0 });
            let again = seen & bit != 0 || before.any(|field| field.key() == name);
            if again && self.tape.duplicate.is_none() {
                self.tape.duplicate = Some(self.tape.nodes.len() as u32);
            }
            seen |= bit;
            fields.next_value_seed(Reader {
                tape: self.tape,
                shape,
                key: name,
                parent: index,
            })?;
        }
        self.close(index);
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
    #[inline]
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
                    "nodeSelector" => &MAP,
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
            Shape::Map => Some(&ALL),
            Shape::SearchRoot(_, rest) if name != "status" => Some(rest),
            _ => None,
        }
    }

    #[inline]
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use rstest::rstest;

    static FIELDS: Shape = Shape::Fields(&[
        ("a", LEAF),
        ("b", Shape::Fields(&[("c", LEAF)])),
        ("raw", Shape::Raw),
    ]);
    static SEARCH: Shape = Shape::Search(&["a", "nodeSelector", "metadata"]);
    static METADATA: Shape = Shape::Fields(&[("name", LEAF)]);
    static SEARCH_ROOT: Shape = Shape::SearchRoot(&METADATA, &SEARCH);

    /// What of a document is kept, written as compact JSON but with `#` for any
    /// number and raw text in `<>`.
    fn show(node: Ref<'_>) -> String {
        let join = |open: &str, close: &str| {
            let children: Vec<_> = node
                .children()
                .map(|child| match child.key() {
                    "" => show(child),
                    key => format!("{key}:{}", show(child)),
                })
                .collect();
            [open, &children.join(","), close].concat()
        };
        match &node.node().value {
            Value::Null => String::from("null"),
            Value::Bool(value) => format!("{value}"),
            Value::Number => String::from("#"),
            Value::Text(text) => format!("{text:?}"),
            Value::Raw(text) => format!("<{text}>"),
            Value::List => join("[", "]"),
            Value::Object => join("{", "}"),
        }
    }

    fn kept(json: &str, shape: &'static Shape) -> Result<String, String> {
        let tape = Tape::read(json, shape, "").map_err(|error| error.0)?;
        Ok(show(tape.root()))
    }

    #[rstest]
    #[case::all(&ALL, r#"{"x":[1,-2,3.5,null,true,"s"],"":{}}"#, r#"{x:[#,#,#,null,true,"s"],{}}"#)]
    #[case::fields(&FIELDS, r#"{"x":1,"a":2,"b":{"x":{"a":1},"c":3}}"#, "{a:#,b:{c:#}}")]
    #[case::fields_of_elements(&FIELDS, r#"{"b":[{"c":1,"x":2},[{"c":3}],4]}"#, "{b:[{c:#},[{c:#}],#]}")]
    #[case::leaf_that_is_none(&FIELDS, r#"{"a":{"x":1}}"#, "{a:{}}")]
    #[case::raw(&FIELDS, r#"{"raw":{"x": [1 ]},"a":0}"#, r#"{raw:<{"x": [1 ]}>,a:#}"#)]
    #[case::raw_null(&FIELDS, r#"{"raw": null }"#, "{raw:null}")]
    #[case::search(
        &SEARCH,
        r#"{"x":{"a":1,"y":2},"l":[3,{"a":4}],"a":[5],"metadata":{"z":{"a":"s"}}}"#,
        r#"{x:{a:#},l:[{a:#}],a:[#],metadata:{z:{a:"s"}}}"#,
    )]
    #[case::labels_are_kept_whole(
        &SEARCH,
        r#"{"x":{"nodeSelector":{"k":"v"}}}"#,
        r#"{x:{nodeSelector:{k:"v"}}}"#,
    )]
    #[case::root_of_a_search(
        &SEARCH_ROOT,
        r#"{"metadata":{"name":"n","x":{"a":1}},"status":{"a":1},"spec":{"status":{"a":2}}}"#,
        r#"{metadata:{name:"n"},spec:{status:{a:#}}}"#,
    )]
    #[case::escaped_key(&FIELDS, r#"{"\u0061":1,"\u0062":{"\u0063":2}}"#, "{a:#,b:{c:#}}")]
    #[case::escaped_key_of_a_search(
        &SEARCH_ROOT,
        r#"{"st\u0061tus":{"a":1},"x":{"\u0061":2}}"#,
        "{x:{a:#}}",
    )]
    #[case::escaped_text(&FIELDS, r#"{"a":"\u0041\n"}"#, r#"{a:"A\n"}"#)]
    #[case::scalar(&ALL, " true ", "true")]
    fn shapes(#[case] shape: &'static Shape, #[case] json: &str, #[case] expected: &str) {
        assert_eq!(kept(json, shape).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case::field(&FIELDS, r#"{"a":1,"a":1}"#, Err("a: stands twice in one object"))]
    #[case::escaped(&FIELDS, r#"{"b":{"c":1,"\u0063":1}}"#, Err("b.c: stands twice in one object"))]
    #[case::null(&FIELDS, r#"{"a":null,"a":1}"#, Err("a: stands twice in one object"))]
    #[case::first_of_two(
        &FIELDS,
        r#"{"b":[{},{"c":1,"c":2}],"a":1,"a":2}"#,
        Err("b[1].c: stands twice in one object"),
    )]
    #[case::searched(&SEARCH, r#"{"x":{"a":1,"a":2}}"#, Err("x.a: stands twice in one object"))]
    #[case::metadata(
        &SEARCH_ROOT,
        r#"{"metadata":{},"metadata":{}}"#,
        Err("metadata: stands twice in one object"),
    )]
    #[case::field_that_is_not_kept(&FIELDS, r#"{"x":1,"x":2}"#, Ok("{}"))]
    #[case::of_two_objects(&FIELDS, r#"{"b":[{"c":1},{"c":1}]}"#, Ok("{b:[{c:#},{c:#}]}"))]
    fn duplicates(
        #[case] shape: &'static Shape,
        #[case] json: &str,
        #[case] expected: Result<&str, &str>,
    ) {
        let kept = kept(json, shape);
        assert_eq!(kept.as_deref().map_err(|error| &**error), expected);
    }

    #[rstest]
    #[case::truncated(r#"{"a":"#, "the text ends too early, at line 1 column 5")]
    #[case::skipped(
        "{\"x\":[1,\n}",
        "a syntax error, or nested too deeply, at line 2 column 1"
    )]
    #[case::two_values("1 2", "a syntax error, or nested too deeply, at line 1 column 3")]
    fn syntax(#[case] json: &str, #[case] expected: &str) {
        assert_eq!(kept(json, &FIELDS), Err(["not JSON: ", expected].concat()));
    }

    #[rstest]
    #[case::same(r#"{"a":[1,{"b":true}]}"#, r#"{"a":[1,{"b":true}]}"#, true)]
    #[case::other_order(
        r#"{"a":"x","b":{"c":1,"d":2}}"#,
        r#"{"b":{"d":2,"c":1},"a":"x"}"#,
        true
    )]
    #[case::null_is_absent(r#"{"a":null,"b":"x"}"#, r#"{"b":"x","c":null}"#, true)]
    #[case::null_is_no_value(r#"{"a":null}"#, r#"{"a":false}"#, false)]
    #[case::other_text(r#"{"a":"x"}"#, r#"{"a":"y"}"#, false)]
    #[case::other_flag(r#"{"a":true}"#, r#"{"a":false}"#, false)]
    #[case::other_key(r#"{"a":"x"}"#, r#"{"b":"x"}"#, false)]
    #[case::one_more(r#"{"a":"x"}"#, r#"{"a":"x","b":"y"}"#, false)]
    #[case::one_less(r#"{"a":"x","b":"y"}"#, r#"{"b":"y"}"#, false)]
    #[case::order_of_a_list(r#"["a","b"]"#, r#"["b","a"]"#, false)]
    #[case::longer_list(r#"["a"]"#, r#"["a","a"]"#, false)]
    #[case::null_in_a_list(r#"["a",null]"#, r#"["a"]"#, false)]
    #[case::other_type("[]", "{}", false)]
    fn equality(#[case] a: &str, #[case] b: &str, #[case] expected: bool) {
        let (a, b) = (Tape::read(a, &ALL, ""), Tape::read(b, &ALL, ""));
        let (a, b) = (a.expect("JSON"), b.expect("JSON"));
        assert_eq!(a.root() == b.root(), expected);
        assert_eq!(b.root() == a.root(), expected);
    }

    #[test]
    fn objects_of_many_fields_are_compared_in_order() {
        let object = |numbers: &mut dyn Iterator<Item = usize>| {
            let fields: Vec<_> = numbers.map(|n| format!(r#""k{n}":"v""#)).collect();
            format!("{{{}}}", fields.join(","))
        };
        for (count, expected) in [(MOST_REORDERED, true), (MOST_REORDERED + 1, false)] {
            let (up, down) = (object(&mut (0..count)), object(&mut (0..count).rev()));
            let up = Tape::read(&up, &ALL, "").expect("JSON");
            let down = Tape::read(&down, &ALL, "").expect("JSON");
            assert!(up.root() == up.root());
            assert_eq!(up.root() == down.root(), expected);
        }
    }

    #[test]
    fn the_first_wrong_type_is_told() {
        let tape = Tape::read(r#"{"a":1,"b":"x","c":null}"#, &ALL, "doc").expect("JSON");
        let root = tape.root();
        assert_eq!((root.text("c"), root.flag("d")), (None, None));
        assert_eq!(root.check(), Ok(()));
        assert_eq!((root.flag("b"), root.text("a")), (None, None));
        assert_eq!(root.text("b"), Some("x"));
        let error = "doc.b: true or false is expected, found a string";
        assert_eq!(root.check(), Err(Unreadable(String::from(error))));
    }
}
