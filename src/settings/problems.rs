//! What is wrong with settings, all of it at once.

use alloc::string::String;

use crate::path;
use crate::tape::Ref;
use crate::text;

/// How long the message may get, in bytes, before "and N more".
const LONGEST: usize = 16_000;

/// The problems found so far, as one line: `allow[0].name: …; allow[1]: …`.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    line: String,
    hidden: usize,
}

impl Problems {
    /// Notes a problem at `node`.
    pub(crate) fn at(&mut self, node: Ref<'_>, problem: &str) {
        self.add(node, "", "", problem);
    }

    /// Notes a problem of the field `field` of `node`.
    pub(crate) fn at_field(&mut self, node: Ref<'_>, field: &str, problem: &str) {
        self.add(node, field, "", problem);
    }

    /// Notes a problem of the string `value` at `node`; the message shows it.
    pub(crate) fn of_value(&mut self, node: Ref<'_>, value: &str, problem: &str) {
        let mut shown = String::new();
        text::push_quoted(&mut shown, value);
        shown.push(' ');
        self.add(node, "", &shown, problem);
    }

    /// Notes that something else than `wanted` (`a string`) stands at `node`.
    pub(crate) fn mistyped(&mut self, node: Ref<'_>, wanted: &str) {
        let mut problem = String::from(wanted);
        text::put(&mut problem, " is expected, found ");
        text::put(&mut problem, node.type_name());
        self.at(node, &problem);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Whether the message is so long that further problems are only counted, and
    /// need no words.
    pub(crate) fn is_full(&self) -> bool {
        self.line.len() > LONGEST
    }

    fn add(&mut self, node: Ref<'_>, field: &str, value: &str, problem: &str) {
        if self.is_full() {
            self.hidden += 1;
            return;
        }
        if !self.line.is_empty() {
            text::put(&mut self.line, "; ");
        }
        let start = self.line.len();
        if field.is_empty() {
            path::write(node, &mut self.line);
        } else {
            path::write_field(node, field, &mut self.line);
        }
        if self.line.len() == start {
            text::put(&mut self.line, "settings");
        }
        for part in [": ", value, problem] {
            text::put(&mut self.line, part);
        }
    }

    /// The message.
    pub(crate) fn message(mut self) -> String {
        if self.hidden > 0 {
            text::put(&mut self.line, "; and ");
            text::push_number(&mut self.line, self.hidden);
            text::put(&mut self.line, " more");
        }
        self.line.insert_str(0, "settings are not valid: ");
        self.line
    }
}
