//! The refusal of a request that cannot be read.

use alloc::string::String;

use serde_json::error::Category;

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

    /// The field `field` of `node` is missing.
    pub(crate) fn missing(node: Ref<'_>, field: &str) -> Self {
        let mut message = String::new();
        path::write_field(node, field, &mut message);
        text::put(&mut message, ": is missing");
        Unreadable(message)
    }

    /// The document is not JSON. serde_json's own words are left out: they take
    /// formatting code of four kilobytes, and the place says more.
    pub(crate) fn syntax(error: &serde_json::Error) -> Self {
        let mut message = String::from("not JSON: ");
        text::put(
            &mut message,
            match error.classify() {
                Category::Eof => "the text ends too early",
                _ => "a syntax error, or nested too deeply",
            },
        );
        text::put(&mut message, ", at line ");
        text::push_number(&mut message, error.line());
        text::put(&mut message, " column ");
        text::push_number(&mut message, error.column());
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
