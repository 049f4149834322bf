//! The refusal of a request that cannot be read.

use alloc::string::{String, ToString};

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
            text::put(&mut message, "the object");
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

    /// The document is not JSON. What serde_json says of it holds no payload.
    pub(crate) fn syntax(error: &serde_json::Error) -> Self {
        let mut message = String::from("not JSON: ");
        text::push_escaped(&mut message, &error.to_string());
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
