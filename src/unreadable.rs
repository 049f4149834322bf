//! The refusal of a request that cannot be read.

use alloc::string::String;

use crate::json::Syntax;
use crate::path;
use crate::tape::Ref;
use crate::text;

/// Why a request cannot be read: where in it, and the reason. It holds no
/// payload, only field names of the request, escaped.
#[derive(Debug, PartialEq)]
pub(crate) struct Unreadable(pub(crate) String);

impl Unreadable {
    /// What stands at `node` cannot be read, for `reason`.
    pub(crate) fn at(node: Ref<'_>, reason: &str) -> Self {
        let mut message = String::new();
        path::write(node, &mut message);
        if message.is_empty() {
            text::put(&mut message, "request.object");
        }
        text::put(&mut message, ": ");
        text::put(&mut message, reason);
        Unreadable(message)
    }

    /// Something else than `expected` (`a string`) stands at `node`.
    pub(crate) fn mistyped(node: Ref<'_>, expected: &str) -> Self {
        let mut reason = String::from(expected);
        text::put(&mut reason, " is expected, found ");
        text::put(&mut reason, node.type_name());
        Unreadable::at(node, &reason)
    }

    /// The field `field` of `node` is missing.
    pub(crate) fn missing(node: Ref<'_>, field: &str) -> Self {
        let mut message = String::new();
        path::write_field(node, field, &mut message);
        text::put(&mut message, ": is missing");
        Unreadable(message)
    }

    /// The document `name`, empty for one that paths do not name, is not JSON, or too
    /// deep, at the given line and column, counted from its own start.
    pub(crate) fn syntax(name: &str, syntax: Syntax, (line, column): (usize, usize)) -> Self {
        let mut message = String::from(name);
        if !name.is_empty() {
            text::put(&mut message, ": ");
        }
        text::put(
            &mut message,
            match syntax {
                Syntax::Early => "not JSON: the text ends too early",
                Syntax::Wrong => "not JSON: a syntax error",
                Syntax::Deep => "nested too deeply",
            },
        );
        text::put(&mut message, ", at line ");
        text::push_number(&mut message, line);
        text::put(&mut message, " column ");
        text::push_number(&mut message, column);
        Unreadable(message)
    }

    /// The document is not UTF-8 from the given byte on.
    pub(crate) fn encoding(valid_up_to: usize) -> Self {
        let mut message = String::from("not JSON: byte ");
        text::push_number(&mut message, valid_up_to);
        text::put(&mut message, " is not UTF-8");
        Unreadable(message)
    }
}
