//! Reads a JSON text into a tape, pruned to a shape.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Children, NONE, Node, Shape, Tape, Text, Value};
use crate::json::{Lexer, Syntax};

/// How many objects and lists may stand in each other where they are kept, the
/// innermost included; it bounds the stack.
const DEEPEST: usize = 127;
/// How many labels are held against each further one.
const MOST_COMPARED: usize = 64;
/// The name of what has none.
const NO_KEY: Text<'static> = Text::Plain("");

/// Reads one document into a tape.
pub(super) struct Reader<'a> {
    pub(super) tape: Tape<'a>,
    pub(super) json: Lexer<'a>,
    /// How many objects and lists are open.
    depth: usize,
}

impl<'a> Reader<'a> {
    /// A reader of `text`, of which `shape` will be kept.
    pub(super) fn new(text: &'a str, shape: &'static Shape) -> Self {
        // Growing leaves the smaller block behind: so many bytes are enough for a
        // node of settings, and of a pod of which a part is kept.
        let per_node = match shape {
            Shape::All => 15,
            _ => 32,
        };
        Reader {
            tape: Tape {
                nodes: Vec::with_capacity((text.len() / per_node).clamp(16, 4096)),
                unescaped: Vec::new(),
                duplicate: None,
                mistyped: None,
            },
            json: Lexer::new(text),
            depth: 0,
        }
    }

    /// Reads the whole text, which paths call `name`.
    pub(super) fn document(
        &mut self,
        name: &'static str,
        shape: &'static Shape,
    ) -> Result<(), Syntax> {
        self.value(Text::Plain(name), NONE, shape)?;
        self.json.end()
    }

    /// Reads a value, which is the field `key` of the object at `parent` or an
    /// element of the list there.
    fn value(&mut self, key: Text<'a>, parent: u32, shape: &'static Shape) -> Result<(), Syntax> {
        let first = self.json.peek();
        let expected = shape.expected(first);
        let value = match first {
            _ if matches!(shape, Shape::Raw) => match self.json.skip()? {
                "null" => Value::Null,
                text => Value::Raw(text),
            },
            b'{' if expected.is_none() => return self.object(key, parent, shape),
            b'[' if expected.is_none() => return self.list(key, parent, shape),
            b'"' => {
                let text = self.json.string()?;
                Value::Text(self.text(text))
            }
            b'{' => self.json.skip().map(|_| Value::Object)?,
            b'[' => self.json.skip().map(|_| Value::List)?,
            b't' => self.json.word("true").map(|()| Value::Bool(true))?,
            b'f' => self.json.word("false").map(|()| Value::Bool(false))?,
            b'n' => self.json.word("null").map(|()| Value::Null)?,
            _ => self.json.number().map(|()| Value::Number)?,
        };
        if self.keeps_scalar(key, parent, shape) {
            let index = self.add(key, parent, value);
            if let Some(expected) = expected
                && self.tape.mistyped.is_none()
            {
                self.tape.mistyped = Some((index, expected));
            }
        }
        Ok(())
    }

    #[inline]
    fn text(&mut self, text: Cow<'a, str>) -> Text<'a> {
        match text {
            Cow::Borrowed(text) => Text::Plain(text),
            Cow::Owned(text) => {
                self.tape.unescaped.push(text);
                Text::Unescaped(self.tape.unescaped.len() as u32 - 1)
            }
        }
    }

    /// Adds a node and returns its index.
    #[inline]
    fn add(&mut self, key: Text<'a>, parent: u32, value: Value<'a>) -> u32 {
        let index = self.tape.nodes.len() as u32;
        self.tape.nodes.push(Node {
            key,
            value,
            end: index + 1,
            parent,
        });
        index
    }

    /// Begins the object or list `value` and returns the index of its node.
    #[inline]
    fn open(&mut self, key: Text<'a>, parent: u32, value: Value<'a>) -> Result<u32, Syntax> {
        if self.depth == DEEPEST {
            return Err(Syntax::Deep);
        }
        self.depth += 1;
        Ok(self.add(key, parent, value))
    }

    /// Ends the object or list at `index`, whose subtree has been added.
    #[inline]
    fn close(&mut self, index: u32) {
        self.depth -= 1;
        let end = self.tape.nodes.len() as u32;
        if let Some(node) = self.tape.nodes.get_mut(index as usize) {
            node.end = end;
        }
    }

    #[inline]
    fn keeps_scalar(&self, key: Text<'a>, parent: u32, shape: &'static Shape) -> bool {
        let Shape::Search(search) = shape else {
            return true;
        };
        let Some(parent) = self.tape.nodes.get(parent as usize) else {
            return false;
        };
        let of_parent = self.tape.text(parent.key);
        // An element of a list goes by the name of the list.
        let name = match self.tape.text(key) {
            "" => of_parent,
            key => key,
        };
        search.names.contains(&name) || of_parent == "nodeSelector"
    }

    /// Reads the object of an admission request, a field of the node at `request`.
    fn by_kind(&mut self, request: u32) -> Result<(), Syntax> {
        // All nodes behind the request's are its fields so far.
        let before = self.children_so_far(request);
        let shape = crate::kind::shape_beside(before).unwrap_or(&Shape::Raw);
        // Paths in messages begin at the object, not at the request.
        self.value(NO_KEY, NONE, shape)
    }

    fn children_so_far(&self, parent: u32) -> Children<'_> {
        Children {
            tape: &self.tape,
            next: parent + 1,
            end: self.tape.nodes.len() as u32,
        }
    }

    fn list(&mut self, key: Text<'a>, parent: u32, shape: &'static Shape) -> Result<(), Syntax> {
        let index = self.open(key, parent, Value::List)?;
        let mut follows = self.json.open(b']');
        while follows {
            self.value(NO_KEY, index, shape.element())?;
            follows = self.json.next(b']')?;
        }
        self.close(index);
        Ok(())
    }

    fn object(&mut self, key: Text<'a>, parent: u32, shape: &'static Shape) -> Result<(), Syntax> {
        let index = self.open(key, parent, Value::Object)?;
        let mut seen = 0;
        let mut follows = self.json.open(b'}');
        while follows {
            let key = self.json.key()?;
            if let Some(field) = shape.field(&key) {
                let again = seen & field.bit != 0
                    || matches!(shape, Shape::Labels | Shape::SearchLabels(_))
                        && self
                            .children_so_far(index)
                            .take(MOST_COMPARED)
                            .any(|field| field.key() == key);
                seen |= field.bit;
                if again && self.tape.duplicate.is_none() {
                    self.tape.duplicate = Some(self.tape.nodes.len() as u32);
                }
                match field.shape {
                    Shape::ByKind => self.by_kind(index)?,
                    shape => {
                        let key = self.text(key);
                        self.value(key, index, shape)?;
                    }
                }
            } else {
                self.json.skip()?;
            }
            follows = self.json.next(b'}')?;
        }
        self.close(index);
        Ok(())
    }
}
