//! Reads YAML into JSON values, as Kubernetes does.
//!
//! kubectl and the API server read YAML by go-yaml 2: `yes` and `off` are booleans there,
//! `0644` is octal, `<<` merges. The crate granit-parser gives the events of YAML's syntax, for
//! example "a mapping starts". This file makes values of the events. (serde-saphyr, which makes
//! values of the same events, needs 2.4 times as long and takes other words for booleans.)
//!
//! Where readers of YAML differ, this one refuses the text, so that nothing that kubectl applies
//! is overlooked:
//!
//! | text | go-yaml 2 | here |
//! |---|---|---|
//! | U+0085, U+2028 and U+2029 | end a line, and with it a comment | an error |
//! | a byte order mark after the beginning | ignored at the beginning of a document | an error, unless nothing in the text may ask for HostProcess |
//! | a key that stands twice in a mapping | the last one counts | an error |
//! | tags but `!!str` and `!` | change the value | an error |
//! | an anchor `&a:b` | the anchor `a`, and `:b` | an error |
//! | text that begins with `?`, such as `{?a: b}` | in braces or brackets the key `a` | an error |
//! | a key that is a list, a mapping or null | an error, or text such as `null` | an error |
//!
//! What is read is bounded: at most 128 levels, as in serde_json, and at most 10 MB that aliases
//! copy.

mod error;
mod plain_scalar;

use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput, Tag};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use self::error::{YamlError, YamlErrorKind};
use super::field::{FieldRecorder, LocatedField, Recording, may_spell_host_process};
use super::position::{Position, Region};

/// How many mappings and lists may stand within each other: as many as in serde_json.
const DEEPEST: usize = 128;
/// How many bytes the aliases of a text may copy. A value without text counts as 16.
const MOST_COPIED: usize = 10_000_000;

/// A document, or an entry of a list `items` in the root of a document.
#[derive(Debug, PartialEq)]
pub struct Node {
    /// Where its content begins in the text.
    pub position: Position,
    /// Its content; null for a document without content.
    pub value: Value,
    /// The recorded fields in it.
    pub fields: Vec<LocatedField>,
}

impl Node {
    /// Turns the places in a text into places in a file. The text begins in line `first_line` of the
    /// file.
    pub fn move_into_file(&mut self, first_line: usize) {
        self.position = self.position.in_file(first_line);
        for field in &mut self.fields {
            field.move_into_file(first_line);
        }
    }
}

/// A function that takes each entry of a list as soon as it is read.
type TakeItem<'i> = &'i mut dyn FnMut(Node);

/// Reads all documents of `text`. A document without content is null.
///
/// # Errors
/// The first thing in the text that is not YAML, or that cannot be JSON.
pub fn read(text: &str) -> Result<Vec<Value>, YamlError> {
    let documents = documents(text, Recording::Nothing)?;
    Ok(documents.into_iter().map(|node| node.value).collect())
}

/// Reads the only document of `text` as a `T`.
///
/// # Errors
/// The text is not YAML, or the document is not a `T`.
pub fn read_single<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut documents = read(text).map_err(|error| error.to_string())?;
    if documents.len() != 1 {
        return Err(YamlErrorKind::NotOneDocument(documents.len()).to_string());
    }

    serde_json::from_value(documents.remove(0)).map_err(|error| error.to_string())
}

/// Reads all documents of `text`, each with its position and with the fields that `recording` names.
///
/// # Errors
/// As for [`read`].
pub fn documents(text: &str, recording: Recording) -> Result<Vec<Node>, YamlError> {
    refuse_ambiguous_characters(text, ByteOrderMarks::Refused)?;
    Composer::new(text, recording, None).documents()
}

/// Reads all documents of `text` as [`documents`] does, with the fields of HostProcess, but hands the
/// entries of a list `items` in the root of a document to `take_item`, each as soon as it is read: a
/// list may hold all pods of a cluster. The list is empty afterwards. A byte order mark in a text that
/// cannot spell HostProcess is no error.
///
/// # Errors
/// As for [`read`]; entries may have been handed over before.
pub fn documents_and_items(
    text: &str,
    take_item: &mut dyn FnMut(Node),
) -> Result<Vec<Node>, YamlError> {
    let marks = if text.is_ascii() || may_spell_host_process(text) {
        ByteOrderMarks::Refused
    } else {
        // A script of Windows may begin with one. It is data for kubectl, and asks for nothing.
        ByteOrderMarks::AllowedInIndentedLines
    };
    refuse_ambiguous_characters(text, marks)?;
    Composer::new(text, Recording::HostProcess, Some(take_item)).documents()
}

/// Makes values of the parser's events.
struct Composer<'t, 'i> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    /// The values with an anchor (`&name`) in this document. The parser gives each anchor a number,
    /// and 0 to values without one.
    anchors: HashMap<usize, Anchored>,
    /// How many bytes aliases have copied.
    copied: usize,
    /// The fields that were recorded in the document or entry of `items` that is being read.
    fields: FieldRecorder,
    /// Takes the entries of `items`. `None` if they stay in the document.
    take_item: Option<TakeItem<'i>>,
}

/// A value that aliases may copy.
struct Anchored {
    value: Value,
    fields: Vec<LocatedField>,
}

impl<'t, 'i> Composer<'t, 'i> {
    fn new(text: &'t str, recording: Recording, take_item: Option<TakeItem<'i>>) -> Self {
        let options = granit_parser::options! {
            // As in go-yaml: a block at the end of the text gets no line feed that is not there.
            block_scalar_eof_without_line_feed: true,
            // For the names of anchors.
            emit_anchor_events: true,
        };
        Composer {
            text,
            events: Parser::new_from_str_with_options(text, options),
            anchors: HashMap::new(),
            copied: 0,
            fields: FieldRecorder::new(recording),
            take_item,
        }
    }

    /// Reads all documents.
    fn documents(mut self) -> Result<Vec<Node>, YamlError> {
        let mut documents = Vec::new();
        loop {
            let (event, span) = self.next_event()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(documents),
                content => {
                    // Anchors end with their document.
                    self.anchors.clear();
                    let value = self.value(content, span, 0)?;
                    documents.push(Node {
                        position: position(span.start),
                        value,
                        fields: self.fields.take(),
                    });
                }
            }
        }
    }

    /// Returns the parser's next event and its place. Behind the last event the stream ends.
    ///
    /// Refuses anchors whose names end earlier for go-yaml than for the parser: `&a:b` is the anchor
    /// `a` and the text `:b` there. An alias `*a:b` needs no check: without such an anchor it is an
    /// error.
    fn next_event(&mut self) -> Result<(Event<'t>, Span), YamlError> {
        loop {
            match self.events.next() {
                None => return Ok((Event::StreamEnd, Span::default())),
                Some(Ok((Event::Anchor(_, name), span))) => {
                    if !name.chars().all(is_anchor_character) {
                        return Err(error_at(span, YamlErrorKind::AnchorName(name.into_owned())));
                    }
                }
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => return Err(YamlError::from_scan_error(&error, self.text)),
            }
        }
    }

    /// Reads the value that begins with `event`, `depth` levels below the root.
    fn value(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Value, YamlError> {
        let error = |kind| error_at(span, kind);
        let mark = self.fields.mark();

        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let value = scalar(&text, is_plain, tag.as_deref()).map_err(error)?;
                (anchor, value)
            }
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            _ if depth >= DEEPEST => return Err(error(YamlErrorKind::TooDeep)),
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "seq").map_err(error)?;
                (anchor, self.sequence(depth)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "map").map_err(error)?;
                (anchor, self.mapping(depth)?)
            }
            _ => return Err(error(YamlErrorKind::Syntax("a value is expected".into()))),
        };

        let has_anchor = anchor != 0;
        if has_anchor {
            let anchored = Anchored {
                value: value.clone(),
                fields: self.fields.fields_behind(mark).to_vec(),
            };
            self.anchors.insert(anchor, anchored);
        }
        Ok(value)
    }

    /// Copies the value that has the anchor. Its fields keep their places in the anchored value: those
    /// are the places to change.
    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Value, YamlError> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            // The parser knows the anchor, but its value has not ended yet.
            return Err(error_at(span, YamlErrorKind::AliasWithinItself));
        };

        let size = Size::measure(&anchored.value);
        self.copied += size.bytes;
        if depth + size.levels > DEEPEST {
            return Err(error_at(span, YamlErrorKind::TooDeep));
        }
        if self.copied > MOST_COPIED {
            return Err(error_at(span, YamlErrorKind::AliasesCopyTooMuch));
        }

        self.fields.add_copies(&anchored.fields);
        Ok(anchored.value.clone())
    }

    /// Reads the rest of a list that has begun `depth` levels below the root.
    fn sequence(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next_event()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(entries));
            }

            let mark = self.fields.mark();
            let entry = self.value(event, span, depth + 1)?;
            let index = entries.len();
            self.fields.end_entry(mark, index, || region(span, span));
            entries.push(entry);
        }
    }

    /// Reads the rest of a mapping that has begun `depth` levels below the root.
    fn mapping(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut map = Map::new();
        // What `<<` names.
        let mut merged = Map::new();
        loop {
            let (event, key_span) = self.next_event()?;
            if event == Event::MappingEnd {
                // A merged key gives way to a key of the mapping itself that stands behind `<<`. With
                // such a key before `<<`, `merge` has refused the text.
                for (key, value) in merged {
                    map.entry(key).or_insert(value);
                }
                return Ok(Value::Object(map));
            }

            // In quotes or with a tag, `<<` is a key like any other.
            let is_merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.key(event, key_span, depth + 1)?;

            if is_merge {
                // No field ends here: the paths of merged fields have no step for `<<`.
                let (event, value_span) = self.next_event()?;
                let value = self.value(event, value_span, depth + 1)?;
                merge(value, &map, &mut merged).map_err(|kind| error_at(key_span, kind))?;
                continue;
            }

            let value = self.field(&key, key_span, depth + 1)?;
            if map.contains_key(&key) {
                return Err(error_at(key_span, YamlErrorKind::KeyTwice(key)));
            }
            map.insert(key, value);
        }
    }

    /// Reads the key that begins with `event`. Booleans and numbers become text.
    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<String, YamlError> {
        match self.value(event, span, depth)? {
            Value::String(key) => Ok(key),
            key @ (Value::Bool(_) | Value::Number(_)) => Ok(key.to_string()),
            _ => Err(YamlError::from_key(position(span.start), self.text)),
        }
    }

    /// Reads the value of `key`, `depth` levels below the root, and records the field.
    fn field(&mut self, key: &str, key_span: Span, depth: usize) -> Result<Value, YamlError> {
        /// The root is at depth 0.
        const DEPTH_OF_ITEMS: usize = 1;

        let (event, value_span) = self.next_event()?;
        // A list with an anchor (another number than 0) has to stay, because an alias may copy it. A
        // list with a tag stays, too: `value` checks the tag.
        let is_plain_list = matches!(event, Event::SequenceStart(_, 0, None));
        if depth == DEPTH_OF_ITEMS
            && key == "items"
            && is_plain_list
            && let Some(take_item) = self.take_item.take()
        {
            self.hand_over_entries(take_item, depth)?;
            self.take_item = Some(take_item);
            return Ok(Value::Array(Vec::new()));
        }

        let mark = self.fields.mark();
        let value = self.value(event, value_span, depth)?;
        let is_false = value == Value::Bool(false);
        self.fields
            .end_field(mark, key, is_false, || region(key_span, value_span));
        Ok(value)
    }

    /// Reads the rest of a list that has begun `depth` levels below the root, and hands its entries to
    /// `take_item`.
    fn hand_over_entries(
        &mut self,
        take_item: TakeItem<'_>,
        depth: usize,
    ) -> Result<(), YamlError> {
        // Each entry has its own fields. Those of the root are put aside meanwhile.
        let fields_of_root = self.fields.take();
        loop {
            let (event, span) = self.next_event()?;
            if event == Event::SequenceEnd {
                self.fields.restore(fields_of_root);
                return Ok(());
            }

            let value = self.value(event, span, depth + 1)?;
            take_item(Node {
                position: position(span.start),
                value,
                fields: self.fields.take(),
            });
        }
    }
}

/// What is done about byte order marks behind the beginning of a text.
#[derive(Clone, Copy, PartialEq)]
enum ByteOrderMarks {
    /// They are errors: kubectl drops the one at the beginning of each document, and keeps others.
    Refused,
    /// They are content in lines that begin with a space, where no document can begin.
    AllowedInIndentedLines,
}

/// Refuses characters that go-yaml reads as the end of a line, wherever they stand: the rest of a
/// comment would be content for kubectl. Byte order marks are refused as `marks` says.
fn refuse_ambiguous_characters(text: &str, marks: ByteOrderMarks) -> Result<(), YamlError> {
    if text.is_ascii() {
        return Ok(());
    }

    for (index, character) in text.char_indices() {
        let kind = match character {
            '\u{85}' | '\u{2028}' | '\u{2029}' => YamlErrorKind::LineSeparator(character),
            '\u{feff}'
                if marks == ByteOrderMarks::AllowedInIndentedLines
                    && is_in_indented_line(text, index) =>
            {
                continue;
            }
            '\u{feff}' => YamlErrorKind::ByteOrderMark,
            _ => continue,
        };
        return Err(YamlError {
            position: Position::START.after(&text[..index]),
            kind,
        });
    }
    Ok(())
}

/// Returns whether the line of `text` that holds the byte at `index` begins with a space.
fn is_in_indented_line(text: &str, index: usize) -> bool {
    let line_start = text[..index].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    text[line_start..].starts_with(' ')
}

/// Returns whether go-yaml takes `c` for a part of an anchor's name.
fn is_anchor_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Puts the mappings that a key `<<` of `map` names into `merged`. `value` is what the key names: a
/// mapping or a list of mappings. If several mappings of a list have the same key, the first mapping
/// counts.
fn merge(
    value: Value,
    map: &Map<String, Value>,
    merged: &mut Map<String, Value>,
) -> Result<(), YamlErrorKind> {
    let mappings = match value {
        Value::Array(list) => list,
        value => vec![value],
    };
    // From the last mapping to the first, so that the first one replaces what the others have.
    for mapping in mappings.into_iter().rev() {
        let Value::Object(mapping) = mapping else {
            return Err(YamlErrorKind::MergeOfOther);
        };
        // YAML says that the mapping's own key counts. In go-yaml the later one of the two counts,
        // which is the merged one here.
        if let Some(key) = mapping.keys().find(|key| map.contains_key(*key)) {
            return Err(YamlErrorKind::KeyTwice(key.clone()));
        }
        merged.extend(mapping);
    }
    Ok(())
}

/// Returns the value of a scalar. `is_plain` says that it has no quotes and is not a block.
fn scalar(text: &str, is_plain: bool, tag: Option<&Tag>) -> Result<Value, YamlErrorKind> {
    if is_plain && text.starts_with('?') {
        return Err(YamlErrorKind::UnquotedQuestionMark);
    }
    match tag {
        None if is_plain => Ok(plain_scalar::value(text)),
        None => Ok(Value::from(text)),
        Some(tag) if tag.is_yaml_core_schema_tag("str") || tag.handle() == "!" => {
            Ok(Value::from(text))
        }
        Some(_) => Err(YamlErrorKind::Tag),
    }
}

/// Refuses the tag of a list or a mapping, unless it says what the value is anyway. `usual` is the
/// name of such a tag: `map` for `!!map`.
fn refuse_tag(tag: Option<&Tag>, usual: &str) -> Result<(), YamlErrorKind> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.is_yaml_core_schema_tag(usual) || tag.handle() == "!" => Ok(()),
        Some(_) => Err(YamlErrorKind::Tag),
    }
}

fn position(marker: Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// Returns what stands from the beginning of `first` to the end of `last`. Of a value in several lines
/// the parser's span covers only the beginning.
fn region(first: Span, last: Span) -> Region {
    Region {
        start: position(first.start),
        end: position(last.end),
    }
}

fn error_at(span: Span, kind: YamlErrorKind) -> YamlError {
    YamlError {
        position: position(span.start),
        kind,
    }
}

/// How large a value is.
struct Size {
    /// How many mappings and lists stand within each other.
    levels: usize,
    /// About how many bytes it takes.
    bytes: usize,
}

impl Size {
    fn measure(value: &Value) -> Size {
        let mut size = Size {
            levels: 0,
            bytes: 16,
        };
        match value {
            Value::Object(map) => {
                size.levels = 1;
                for (key, value) in map {
                    size.bytes += key.len();
                    size.add(value);
                }
            }
            Value::Array(list) => {
                size.levels = 1;
                for value in list {
                    size.add(value);
                }
            }
            Value::String(text) => size.bytes += text.len(),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        size
    }

    /// Adds an entry of the list or mapping that has this size.
    fn add(&mut self, entry: &Value) {
        let Size { levels, bytes } = Size::measure(entry);
        self.levels = self.levels.max(levels + 1);
        self.bytes += bytes;
    }
}

#[cfg(test)]
mod tests;
