//! The borrowed view of a JSON document: one flat list of nodes, pruned while
//! it is read.
//!
//! Why not `serde_json::Value` or derived structs: a tree costs an allocation
//! for every object, and derived deserializers of a pod spec cost some 20 KB of
//! module. A [`Shape`] says which fields are worth keeping; everything else is
//! passed over (and still has to be JSON). What is kept lies in one vector, in
//! document order, each node knowing where its subtree ends and who its parent
//! is. So reading allocates once, and the path of any node
//! (`spec.containers[0].image`) can be told afterwards, when a message needs it.
//!
//! The shape says the types as well. A field of another type is kept and noted;
//! whoever relies on a document asks for it first ([`Ref::check`]). The getters of
//! [`Ref`] take what is of another type for absent.

#[cfg(test)]
mod oracle;
mod read;
mod shape;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use shape::{ALL, Search, Shape, TEXTS};

use read::Reader;

use crate::blocks::same;
use crate::unreadable::Unreadable;

/// Index of a node that has no parent.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Node<'a> {
    key: Text<'a>,
    value: Value<'a>,
    /// Index behind the last node of this subtree.
    end: u32,
    parent: u32,
}

/// A string of the document.
#[derive(Clone, Copy)]
enum Text<'a> {
    Plain(&'a str),
    /// It is written with escapes: its place among the tape's unescaped strings.
    Unescaped(u32),
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Null,
    Bool(bool),
    Number,
    Text(Text<'a>),
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
    unescaped: Vec<String>,
    /// The first node whose key stood in its object before.
    duplicate: Option<u32>,
    /// The first node that has another type than its shape says, and what is
    /// expected.
    mistyped: Option<(u32, &'static str)>,
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
        let mut reader = Reader::new(text, shape);
        let read = reader.document(name, shape);
        read.map_err(|syntax| Unreadable::syntax(name, syntax, reader.json.place()))?;
        let tape = reader.tape;
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

    #[inline]
    fn text<'t>(&'t self, text: Text<'t>) -> &'t str {
        match text {
            Text::Plain(text) => text,
            Text::Unescaped(index) => &self.unescaped[index as usize],
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
        self.tape.text(self.node().key)
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
        match self.node().value {
            Value::Text(text) => Some(self.tape.text(text)),
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
        self.children().find(|child| same(child.key(), key))
    }

    /// The object in the field `key`.
    #[inline(never)]
    pub(crate) fn object(self, key: &str) -> Option<Ref<'t>> {
        self.get(key).filter(|field| field.is_object())
    }

    /// The string in the field `key`.
    #[inline(never)]
    pub(crate) fn text(self, key: &str) -> Option<&'t str> {
        self.get(key)?.as_text()
    }

    /// The boolean in the field `key`.
    pub(crate) fn flag(self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    /// The list of strings in the field `key`, in which null stands for the
    /// empty string as it does for the API server.
    pub(crate) fn texts(self, key: &str) -> Texts<'t> {
        Texts(self.objects(key))
    }

    /// The list of objects in the field `key`, in which null stands for an
    /// object without fields as it does for the API server.
    #[inline(never)]
    pub(crate) fn objects(self, key: &str) -> Children<'t> {
        match self.get(key).filter(|field| field.is_list()) {
            Some(list) => list.children(),
            None => self.nothing(),
        }
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

    /// This node and all below it.
    pub(crate) fn subtree(self) -> impl Iterator<Item = Ref<'t>> {
        (self.index..self.node().end).map(move |index| Ref { index, ..self })
    }

    /// # Errors
    /// A field of this node's document has another type than its shape says.
    #[inline]
    pub(crate) fn check(self) -> Result<(), Unreadable> {
        match self.tape.mistyped {
            None => Ok(()),
            Some((index, expected)) => Err(Unreadable::mistyped(Ref { index, ..self }, expected)),
        }
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
            (Value::Text(_), Value::Text(_)) => self.as_text() == other.as_text(),
            (Value::Raw(a), Value::Raw(b)) => a == b,
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
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Texts<'t>(Children<'t>);

impl<'t> Texts<'t> {
    /// The strings, in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'t str> {
        self.0.map(|item| item.as_text().unwrap_or_default())
    }
}
