//! Paths of fields, as Kubernetes prints them: `spec.containers[0].image`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::tape::Ref;
use crate::text;

/// How long a path may get in a message, in bytes. Those of the built-in kinds
/// stay below; a custom kind can nest and name as it likes.
const LONGEST: usize = 240;

/// Appends the path of `node`, from its document's top. Where it is longer than
/// a message can bear, its end is kept: that is where the field is.
pub(crate) fn write(node: Ref<'_>, out: &mut String) {
    let mut steps = Vec::new();
    let mut next = Some(node);
    while let Some(step) = next {
        steps.push(step);
        next = step.parent();
    }
    let mut path = String::new();
    for step in steps.iter().rev() {
        match step.position() {
            Some(index) => {
                path.push('[');
                text::push_number(&mut path, index);
                path.push(']');
            }
            None => push_key(&mut path, step.key()),
        }
    }
    if path.len() > LONGEST {
        text::put(out, "...");
        text::put(out, path.get(path.len() - LONGEST..).unwrap_or_default());
    } else {
        text::put(out, &path);
    }
}

/// Appends the path of the field `field` of `node`, whether or not it is there;
/// that of `node` itself where `field` is empty.
/// `field` may name a field of a field: `securityContext.runAsNonRoot`.
pub(crate) fn write_field(node: Ref<'_>, field: &str, out: &mut String) {
    let start = out.len();
    write(node, out);
    if out.len() > start && !field.is_empty() {
        out.push('.');
    }
    text::put(out, field);
}

/// Appends one key: after a dot where it is a plain name, else in brackets, as
/// Kubernetes prints the keys of maps.
fn push_key(path: &mut String, key: &str) {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if key.bytes().all(plain) {
        if !path.is_empty() && !key.is_empty() {
            path.push('.');
        }
        text::put(path, key);
    } else {
        path.push('[');
        text::push_escaped(path, key);
        path.push(']');
    }
}
