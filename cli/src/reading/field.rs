//! Fields with their paths and places, which the readers of YAML and JSON record.

use std::rc::Rc;

use windows_hostprocess_policy::format_step;

use super::position::{Position, Region};

/// A field of an object or an entry of a list, with its path and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedField {
    /// The steps that lead to the field: `.spec.containers[0].image`. Each step is written as the
    /// policy's messages write it. While a document is being read, the path begins at the value that
    /// is being read.
    path: String,
    /// The key and its value, or the entry.
    pub region: Region,
}

impl LocatedField {
    /// Returns the path as the policy's messages write it: without a dot at its beginning.
    pub fn path(&self) -> &str {
        self.path.strip_prefix('.').unwrap_or(&self.path)
    }

    /// Turns the place in a text into the place in a file. The text begins in line `first_line` of
    /// the file.
    pub fn move_into_file(&mut self, first_line: usize) {
        self.region.start = self.region.start.in_file(first_line);
        self.region.end = self.region.end.in_file(first_line);
    }
}

/// Where a document and the fields in it stand in a file.
#[derive(Clone, Debug)]
pub struct DocumentPlaces {
    start: Position,
    fields: Rc<[LocatedField]>,
}

impl DocumentPlaces {
    /// Returns the places of a document that begins at `start` and has these fields.
    pub fn new(start: Position, fields: Vec<LocatedField>) -> Self {
        DocumentPlaces {
            start,
            fields: fields.into(),
        }
    }

    /// Returns the place of the field that a message calls `path`. If there is no such field, for
    /// example because a key is missing, returns the place of the nearest object or list around it,
    /// which may be the whole document.
    pub fn find(&self, path: &str) -> Position {
        let mut path = path;
        while !path.is_empty() {
            // The last one counts: a mapping's own key stands behind the keys that `<<` merges.
            if let Some(field) = self.fields.iter().rfind(|field| field.path() == path) {
                return field.region.start;
            }
            // A step such as `[a.b/c]` takes two turns: `x[a.b/c]` is cut to `x[a`, which is no path,
            // and that to `x`.
            let last_step = path.rfind(['.', '[']).unwrap_or_default();
            path = &path[..last_step];
        }
        self.start
    }

    /// Returns the places of the entry `index` of the list `items` in this document. Paths begin at
    /// the entry.
    pub fn of_item(&self, index: usize) -> DocumentPlaces {
        DocumentPlaces {
            start: self.find(&format!("items[{index}]")),
            fields: fields_of_item(&self.fields, index).into(),
        }
    }
}

/// Returns the fields of the entry `index` of the list `items`, with their paths in the entry:
/// `items[0].spec` is `spec` there.
pub fn fields_of_item(fields: &[LocatedField], index: usize) -> Vec<LocatedField> {
    let path_of_item = format!(".items[{index}]");
    let mut fields_of_item = Vec::new();
    for field in fields {
        if let Some(path) = field.path.strip_prefix(&path_of_item)
            && !path.is_empty()
        {
            fields_of_item.push(LocatedField {
                path: path.to_owned(),
                region: field.region,
            });
        }
    }
    fields_of_item
}

/// Which fields are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Recording {
    /// No field.
    Nothing,
    /// The fields and annotations of HostProcess: those whose key contains "hostprocess", in capitals
    /// or not, and whose value is not `false`.
    HostProcess,
    /// All fields, and all entries of lists.
    Everything,
}

impl Recording {
    /// Returns how many fields of a document are recorded at most.
    fn bound(self) -> usize {
        match self {
            Recording::Nothing => 0,
            // Findings need the first few.
            Recording::HostProcess => 100,
            // As many as etcd takes in one object.
            Recording::Everything => 20_000,
        }
    }
}

/// The fields that were recorded so far, in the order in which their values end.
///
/// A value's fields are recorded before the value's own key or index is known. So the reader asks for
/// a [`Mark`] before it reads a value, and afterwards puts the key or index before the paths of all
/// fields behind the mark.
pub(super) struct FieldRecorder {
    recording: Recording,
    fields: Vec<LocatedField>,
}

/// A number of recorded fields. Fields that are recorded later belong to the value that is being read.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl FieldRecorder {
    pub fn new(recording: Recording) -> Self {
        FieldRecorder {
            recording,
            fields: Vec::new(),
        }
    }

    /// Marks the beginning of a value.
    pub fn mark(&self) -> Mark {
        Mark(self.fields.len())
    }

    /// Returns the fields behind `mark`.
    pub fn fields_behind(&self, mark: Mark) -> &[LocatedField] {
        &self.fields[mark.0..]
    }

    /// Ends the value of a field. `find_region` returns the place of the field; it is called only if
    /// the field is recorded.
    pub fn end_field(
        &mut self,
        mark: Mark,
        key: &str,
        is_false: bool,
        find_region: impl FnOnce() -> Region,
    ) {
        let is_recorded = match self.recording {
            Recording::Nothing => false,
            Recording::HostProcess => mentions_host_process(key) && !is_false,
            Recording::Everything => true,
        };
        if is_recorded {
            self.add(find_region);
        }
        self.prepend(mark, || format_step(key));
    }

    /// Ends the entry `index` of a list. `find_region` is used as in [`Self::end_field`].
    pub fn end_entry(&mut self, mark: Mark, index: usize, find_region: impl FnOnce() -> Region) {
        if self.recording == Recording::Everything {
            self.add(find_region);
        }
        self.prepend(mark, || format!("[{index}]"));
    }

    /// Adds the fields of a value that an alias copies.
    pub fn add_copies(&mut self, fields: &[LocatedField]) {
        let room = self.recording.bound().saturating_sub(self.fields.len());
        self.fields.extend(fields.iter().take(room).cloned());
    }

    /// Returns all fields, and begins anew.
    pub fn take(&mut self) -> Vec<LocatedField> {
        std::mem::take(&mut self.fields)
    }

    /// Brings back the fields that [`Self::take`] has returned, in place of those recorded since.
    pub fn restore(&mut self, fields: Vec<LocatedField>) {
        self.fields = fields;
    }

    /// Adds the field or entry whose value has just ended. Its path begins at itself, and so is empty.
    fn add(&mut self, find_region: impl FnOnce() -> Region) {
        if self.fields.len() < self.recording.bound() {
            self.fields.push(LocatedField {
                path: String::new(),
                region: find_region(),
            });
        }
    }

    /// Puts the step before the paths of all fields behind `mark`.
    fn prepend(&mut self, mark: Mark, write_step: impl FnOnce() -> String) {
        let fields = &mut self.fields[mark.0..];
        if fields.is_empty() {
            return;
        }
        let step = write_step();
        for field in fields {
            field.path.insert_str(0, &step);
        }
    }
}

/// Returns whether `text` contains "hostprocess", in capitals or not.
pub fn mentions_host_process(text: &str) -> bool {
    const NEEDLE: &[u8] = b"hostprocess";
    text.as_bytes().windows(NEEDLE.len()).any(|window| {
        // Most windows differ in the first letter, and need not be compared as a whole.
        matches!(window[0], b'h' | b'H') && window.eq_ignore_ascii_case(NEEDLE)
    })
}

/// Returns whether `text`, which may be YAML or JSON that cannot be read, may spell "hostprocess". It
/// may do so in ways that [`mentions_host_process`] does not see.
pub fn may_spell_host_process(text: &str) -> bool {
    mentions_host_process(text) || holds_disguise(text) || holds_escaped_tag(text)
}

/// Returns whether `text` holds what may hide letters, or may join the halves of a word.
fn holds_disguise(text: &str) -> bool {
    const DISGUISES: [&str; 12] = [
        // Escapes of letters.
        r"\x",
        r"\u",
        r"\U",
        // A backslash at the end of a line, whatever ends the line.
        "\\\n",
        "\\\r",
        "\\\u{85}",
        "\\\u{2028}",
        "\\\u{2029}",
        // The zeros between the letters of UTF-16.
        "\0",
        // The tags `!!binary` and `!<tag:yaml.org,2002:binary>`, which stand before base64.
        "!binary",
        ":binary",
        // A directive with which any tag may stand for another.
        "%TAG",
    ];
    DISGUISES.iter().any(|disguise| text.contains(disguise))
}

/// Returns whether `text` holds a tag with an escape, such as `!!bin%61ry`.
fn holds_escaped_tag(text: &str) -> bool {
    text.split('!').skip(1).any(|behind_mark| {
        let tag = behind_mark.split_whitespace().next().unwrap_or_default();
        tag.contains('%')
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::reading::yaml;

    #[rstest]
    #[case::camel_case("hostProcess", true)]
    #[case::annotation("microsoft.com/hostprocess-container", true)]
    #[case::capitals("HOSTPROCESS", true)]
    #[case::other("hostProces", false)]
    fn mentions(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(mentions_host_process(text), expected);
    }

    /// The document in which fields are looked up. It begins in line 2.
    const DOCUMENT: &str = "\
---
rules: &rules
- name: a
  images:
  - x
  - &y y
  odd key: z
  a.b/c: z
allow: *rules
more:
  <<: {a: 1}
  a:
  - *y
";

    fn places(text: &str) -> DocumentPlaces {
        let mut documents = yaml::documents(text, Recording::Everything).unwrap();
        let document = documents.remove(0);
        DocumentPlaces::new(document.position, document.fields)
    }

    #[rstest]
    #[case::field("rules", 2)]
    #[case::field_of_an_entry("rules[0].name", 3)]
    #[case::entry("rules[0].images[1]", 6)]
    #[case::key_with_a_space("rules[0][\"odd key\"]", 7)]
    #[case::key_with_a_dot("rules[0][a.b/c]", 8)]
    #[case::missing_key_has_the_place_of_its_object("rules[0].namespaces", 3)]
    #[case::missing_entry_has_the_place_of_its_list("rules[0].images[7].name", 4)]
    #[case::alias("allow", 9)]
    #[case::value_that_an_alias_copies("allow[0].images[1]", 6)]
    #[case::own_key_after_a_merged_one("more.a", 12)]
    #[case::entry_that_is_an_alias("more.a[0]", 13)]
    #[case::missing_key_of_the_document("settings", 2)]
    #[case::document("", 2)]
    fn places_are_found(#[case] path: &str, #[case] line: usize) {
        assert_eq!(places(DOCUMENT).find(path).line, line);
    }

    #[rstest]
    #[case::field("b[0]", 4)]
    #[case::missing_key("c", 3)]
    fn places_in_an_item_are_found(#[case] path: &str, #[case] line: usize) {
        let list = places("items:\n- a: 1\n- b:\n  - 2\n");
        assert_eq!(list.of_item(1).find(path).line, line);
    }
}
