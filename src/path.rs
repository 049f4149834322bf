//! Paths of fields, as Kubernetes prints them: `spec.containers[0].image`.

use alloc::string::String;

use crate::tape::Ref;
use crate::text;

/// How long a path may get in a message, in bytes. Those of the built-in kinds
/// stay below; a custom kind can nest and name as it likes.
const LONGEST: usize = 240;

/// Appends the path of `node`, from its document's top. Where it is longer than
/// a message can bear, its last steps are kept: that is where the field is.
pub(crate) fn write(node: Ref<'_>, out: &mut String) {
    let mut path = String::new();
    let mut next = Some(node);
    while let Some(node) = next {
        let mut step = String::new();
        match node.position() {
            Some(index) => {
                step.push('[');
                text::push_number(&mut step, index);
                step.push(']');
            }
            None => push_key(&mut step, node.key()),
        }
        if path.len() + step.len() > LONGEST {
            text::put(out, "...");
            break;
        }
        path.insert_str(0, &step);
        next = node.parent();
    }
    text::put(out, path.strip_prefix('.').unwrap_or(&path));
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
/// Kubernetes prints the keys of maps; quoted where it holds more than such keys
/// do, so that no key can be taken for the rest of a message.
fn push_key(step: &mut String, key: &str) {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    if key.is_empty() {
    } else if key.bytes().all(plain) {
        step.push('.');
        text::push_escaped(step, key);
    } else {
        step.push('[');
        if key.bytes().all(|c| plain(c) || c == b'.' || c == b'/') {
            text::push_escaped(step, key);
        } else {
            text::push_quoted(step, key);
        }
        step.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::{ALL, Tape};
    use rstest::rstest;

    /// The path of the innermost node, going by each last child.
    fn innermost(json: &str, name: &'static str) -> String {
        let tape = Tape::read(json, &ALL, name).expect("JSON");
        let mut node = tape.root();
        while let Some(child) = node.children().last() {
            node = child;
        }
        let mut path = String::new();
        write(node, &mut path);
        path
    }

    #[rstest]
    #[case::top("{}", "", "")]
    #[case::field(r#"{"spec":1}"#, "", "spec")]
    #[case::named_document(r#"{"spec":1}"#, "nodes", "nodes.spec")]
    #[case::element(
        r#"{"spec":{"containers":[0,{"image":1}]}}"#,
        "",
        "spec.containers[1].image"
    )]
    #[case::map(r#"{"a":{"microsoft.com/x":1}}"#, "", "a[microsoft.com/x]")]
    #[case::forged(r#"{"a]: Forbidden; b":1}"#, "", r#"["a]: Forbidden; b"]"#)]
    #[case::quote(r#"{"a":{"\"":1}}"#, "", r#"a["\""]"#)]
    fn paths(#[case] json: &str, #[case] name: &'static str, #[case] expected: &str) {
        assert_eq!(innermost(json, name), expected);
    }

    #[test]
    fn a_long_path_keeps_its_last_steps() {
        let step = "k".repeat(99);
        let json = [&*r#"{"kkk":"#.replace("kkk", &step).repeat(4), "1", "}}}}"].concat();
        let expected = ["...", &step, ".", &step].concat();
        assert_eq!(innermost(&json, ""), expected);
        let json = ["[".repeat(100), "1".into(), "]".repeat(100)].concat();
        assert_eq!(innermost(&json, ""), ["...", &"[0]".repeat(80)].concat());
        let json = [r#"{""#, &"k".repeat(500), r#"":1}"#].concat();
        assert_eq!(innermost(&json, ""), "k".repeat(120) + "...");
    }
}
