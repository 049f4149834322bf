//! What of a document is kept, and of which types it has to be.

use super::{Ref, Value};
use crate::blocks::same;

/// What of a JSON value is kept, and which type it has. Null stands for a value
/// that is absent, so it may stand anywhere.
pub(crate) enum Shape {
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of values of one shape.
    List(&'static Shape),
    /// An object, of which the named fields are kept. Each may stand only once.
    Fields(&'static [(&'static str, Shape)]),
    /// An object of strings, all of which are kept. A key that is one of the first
    /// 64 may stand only once.
    Labels,
    /// Anything, and everything of it is kept. Fields that stand twice are left for
    /// the caller to find.
    All,
    /// The text is kept, to be read later or never.
    Raw,
    /// An object of Kubernetes, of which the text of every field is kept but for
    /// `metadata` and `status`.
    RawFields,
    /// `object` of an admission request: shaped by the `kind` beside it where
    /// that came first (it does in what API server and policy server write),
    /// else kept as text.
    ByKind,
    /// A document of unknown structure in which pod specs are to be found. Objects
    /// and lists are kept, and scalars only under the names given; the types are
    /// checked where something is found ([`Shape::check`]). Each of the names may
    /// stand only once in an object.
    Search(&'static Search),
    /// In such a document, what may be [`Shape::Labels`] or else a part like any
    /// other, of the given shape: all scalars right in it are kept.
    SearchLabels(&'static Shape),
    /// The top of such a document: `metadata` has a shape of its own, `status` is
    /// left out, the rest has the second shape.
    SearchRoot(&'static Shape, &'static Shape),
}

/// What a [`Shape::Search`] keeps.
pub(crate) struct Search {
    /// Whose scalars.
    pub(crate) names: &'static [&'static str],
    /// The shape of `nodeSelector`: [`Shape::SearchLabels`].
    pub(crate) labels: &'static Shape,
}

/// A list of strings.
pub(crate) const TEXTS: Shape = Shape::List(&Shape::Text);
/// Anything.
pub(crate) static ALL: Shape = Shape::All;

/// A field that is kept.
pub(super) struct Field {
    /// One bit for each name that may stand only once; 0 for other names.
    pub(super) bit: u64,
    pub(super) shape: &'static Shape,
}

impl Shape {
    /// The field `name` of an object of this shape; none where it is not kept.
    #[inline]
    pub(super) fn field(&'static self, name: &str) -> Option<Field> {
        let (position, shape) = match self {
            Shape::Fields(fields) => {
                let position = fields.iter().position(|field| same(field.0, name))?;
                (Some(position), &fields[position].1)
            }
            Shape::Search(search) => {
                let shape = match name {
                    "nodeSelector" => search.labels,
                    _ => self,
                };
                let position = search.names.iter().position(|known| same(known, name));
                (position, shape)
            }
            Shape::SearchLabels(rest) => return rest.field(name),
            Shape::SearchRoot(_, _) if name == "status" => return None,
            Shape::SearchRoot(metadata, rest) => {
                let mut field = rest.field(name)?;
                if name == "metadata" {
                    field.shape = metadata;
                }
                return Some(field);
            }
            Shape::Labels => (None, &Shape::Text),
            Shape::All => (None, &ALL),
            Shape::RawFields if matches!(name, "metadata" | "status") => return None,
            Shape::RawFields => (None, &Shape::Raw),
            _ => return None,
        };
        let bit = position.map_or(0, |position| 1 << position);
        Some(Field { bit, shape })
    }

    /// The shape of the elements of a list that has this shape.
    #[inline]
    pub(super) fn element(&'static self) -> &'static Shape {
        match self {
            Shape::List(element) => element,
            Shape::SearchLabels(rest) => rest,
            shape => shape,
        }
    }

    /// What is expected instead of a value that begins with the byte `first`.
    #[inline]
    pub(super) fn expected(&self, first: u8) -> Option<&'static str> {
        let (expected, right) = match self {
            Shape::Text => ("a string", first == b'"'),
            Shape::Flag => ("true or false", matches!(first, b't' | b'f')),
            Shape::List(_) => ("a list", first == b'['),
            Shape::Fields(_) | Shape::Labels | Shape::RawFields | Shape::SearchRoot(_, _) => {
                ("an object", first == b'{')
            }
            _ => return None,
        };
        (!right && first != b'n').then_some(expected)
    }

    /// Holds a node that was kept as part of a [`Shape::Search`] to this shape:
    /// the first node in it that is of another type, and which is expected.
    pub(crate) fn check<'t>(&'static self, node: Ref<'t>) -> Option<(Ref<'t>, &'static str)> {
        let first = match node.node().value {
            Value::Null => b'n',
            Value::Bool(_) => b't',
            Value::Number => b'0',
            Value::Text(_) => b'"',
            Value::List => b'[',
            Value::Object | Value::Raw(_) => b'{',
        };
        if let Some(expected) = self.expected(first) {
            return Some((node, expected));
        }
        node.children().find_map(|child| match self {
            Shape::List(element) => element.check(child),
            _ => self.field(child.key())?.shape.check(child),
        })
    }
}
