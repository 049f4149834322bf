//! Findings: what is wrong with a workload, where, and what would be right.

use alloc::string::String;
use alloc::vec::Vec;

use crate::path;
use crate::tape::Ref;
use crate::text;

/// How many findings of one part of a denial are written out at most; the rest
/// is counted.
const MOST: usize = 24;
/// How long a denial may get, in bytes, which are characters: it is ASCII.
pub(crate) const LONGEST_MESSAGE: usize = 2000;
/// How long a warning may get: what Kubernetes recommends.
const LONGEST_WARNING: usize = 120;

/// The findings of one part of a verdict.
#[derive(Default)]
pub(crate) struct Findings {
    shown: Vec<Finding>,
    count: usize,
}

/// A finding, like a field error of Kubernetes: `path: detail`. A finding that
/// is about no field has no path.
struct Finding {
    text: String,
    /// How much of the text is the path.
    path: usize,
}

impl Findings {
    /// Adds a finding at the field `field` of `node` (at `node` itself, where
    /// that is empty). Returns where to write its detail, none where there are
    /// so many findings already that this one is only counted.
    #[inline(never)]
    pub(crate) fn at(&mut self, node: Ref<'_>, field: &str) -> Option<&mut String> {
        self.count += 1;
        if self.are_full() {
            return None;
        }
        let mut text = String::new();
        path::write_field(node, field, &mut text);
        let path = text.len();
        text::put(&mut text, ": ");
        self.shown.push(Finding { text, path });
        self.shown.last_mut().map(|finding| &mut finding.text)
    }

    /// Adds a finding that is about no field.
    pub(crate) fn general(&mut self) -> Option<&mut String> {
        self.count += 1;
        if self.are_full() {
            return None;
        }
        self.shown.push(Finding {
            text: String::new(),
            path: 0,
        });
        self.shown.last_mut().map(|finding| &mut finding.text)
    }

    /// Whether further findings are only counted.
    pub(crate) fn are_full(&self) -> bool {
        self.shown.len() == MOST
    }

    /// Takes the last finding back if it says what another has said.
    pub(crate) fn say_once(&mut self) {
        if let Some((last, others)) = self.shown.split_last()
            && others.iter().any(|other| other.text == last.text)
        {
            self.shown.pop();
            self.count -= 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// These findings as one warning: the requirement's name, what is wrong in
    /// `short` and the first place, whose end is kept where it is long. Where
    /// there is no `short`, the first finding's detail says what is wrong.
    pub(crate) fn warning(&self, name: &str, short: &str) -> Option<String> {
        let first = self.shown.first()?;
        let (path, detail) = first.text.split_at_checked(first.path)?;
        let mut warning = String::from(name);
        let mut end = String::new();
        if self.count > 1 {
            text::put(&mut end, " and ");
            text::push_number(&mut end, self.count - 1);
            text::put(&mut end, " more");
        }
        if short.is_empty() {
            text::put(&mut warning, detail);
            text::cut(&mut warning, LONGEST_WARNING - end.len());
        } else {
            text::put(&mut warning, ": ");
            text::put(&mut warning, short);
            text::put(&mut warning, " (");
            end.push(')');
            let room = LONGEST_WARNING - warning.len() - end.len();
            if let Some(excess) = path.len().checked_sub(room + 1) {
                text::put(&mut warning, "...");
                // A quoted key is not cut: what follows could pass for a message.
                let path = if text::has_any(path, b"\"") { "" } else { path };
                text::put(&mut warning, path.get(excess + 4..).unwrap_or_default());
            } else {
                text::put(&mut warning, path);
            }
        }
        text::put(&mut warning, &end);
        Some(warning)
    }
}

/// One line of all findings of `parts`, in their order: as many as fit into
/// 2,000 characters, and how many more there are.
pub(crate) fn message(parts: &[Findings]) -> String {
    let total: usize = parts.iter().map(|part| part.count).sum();
    let mut line = String::from("HostProcess denied: ");
    let mut written = 0;
    for finding in parts.iter().flat_map(|part| &part.shown) {
        // Room for "; " and "; and 4294967295 more".
        if line.len() + finding.text.len() + 23 > LONGEST_MESSAGE {
            break;
        }
        if written > 0 {
            text::put(&mut line, "; ");
        }
        text::put(&mut line, &finding.text);
        written += 1;
    }
    if written < total {
        text::put(&mut line, "; and ");
        text::push_number(&mut line, total - written);
        text::put(&mut line, " more");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tape::{ALL, Tape};
    use rstest::rstest;

    #[rstest]
    #[case::one(r#"{"a":{}}"#, &["x"], "n: s (a.f)")]
    #[case::more(r#"{"a":{}}"#, &["x", "y", "z"], "n: s (a.f and 2 more)")]
    fn warnings(#[case] json: &str, #[case] details: &[&str], #[case] expected: &str) {
        let tape = Tape::read(json, &ALL, "").expect("JSON");
        let node = tape.root().get("a").expect("a");
        let mut findings = Findings::default();
        for detail in details {
            text::put(findings.at(node, "f").expect("room"), detail);
        }
        assert_eq!(findings.warning("n", "s").as_deref(), Some(expected));
        assert_eq!(Findings::default().warning("n", "s"), None);
    }

    #[test]
    fn a_warning_without_words_of_its_own_says_the_detail() {
        let tape = Tape::read("{}", &ALL, "").expect("JSON");
        let mut findings = Findings::default();
        text::put(
            findings.at(tape.root(), "f").expect("room"),
            &"d".repeat(200),
        );
        let warning = findings.warning("n", "").expect("a warning");
        assert_eq!(warning, ["n: ", &"d".repeat(114), "..."].concat());
    }

    #[test]
    fn a_long_path_keeps_its_end_in_a_warning() {
        let key = "k".repeat(100);
        let json = [r#"{"a":{""#, &*key, r#"":{}}}"#].concat();
        let tape = Tape::read(&json, &ALL, "").expect("JSON");
        let node = tape.root().get("a").and_then(|a| a.get(&key)).expect("k");
        let mut findings = Findings::default();
        findings.at(node, "a.field.at.the.end");
        let warning = findings.warning("n", "s").expect("a warning");
        assert_eq!(warning.len(), LONGEST_WARNING);
        assert!(
            warning.starts_with("n: s (...kkk") && warning.ends_with("kkk.a.field.at.the.end)")
        );
    }

    #[test]
    fn a_long_path_with_a_quoted_key_is_left_out_of_a_warning() {
        let json = [r#"{"a: b":{""#, &"k".repeat(110), r#"":{}}}"#].concat();
        let tape = Tape::read(&json, &ALL, "").expect("JSON");
        let node = tape.root().children().flat_map(Ref::children).next();
        let mut findings = Findings::default();
        findings.at(node.expect("k"), "end");
        assert_eq!(findings.warning("n", "s").as_deref(), Some("n: s (...)"));
    }

    #[test]
    fn a_message_holds_what_fits_and_counts_the_rest() {
        let tape = Tape::read("{}", &ALL, "").expect("JSON");
        let mut findings = Findings::default();
        for _ in 0..30 {
            if let Some(detail) = findings.at(tape.root(), "f") {
                text::put(detail, &"d".repeat(300));
            }
        }
        let line = message(&[findings, Findings::default()]);
        let finding = ["f: ", &"d".repeat(300)].concat();
        let shown = [&*finding; 6].join("; ");
        assert_eq!(
            line,
            ["HostProcess denied: ", &shown, "; and 24 more"].concat()
        );
    }
}
