//! Reads YAML into JSON values, as Kubernetes does.
//!
//! `kubectl` and the API server read YAML by go-yaml 2: `yes` and `off` are booleans there,
//! `0644` is octal, `<<` merges. `granit-parser` gives the events of YAML's syntax; here they
//! become values, with the line of each entry of a list of objects. serde-saphyr, which makes
//! values of the same events, took 2.4 times as long (60,000 pods of 3 KB in 8.7 s of one
//! processor rather than 3.6 s) and takes other words for booleans.
//!
//! What readers differ in is an error: a key that stands twice, tags that change a value. What
//! is read is bounded: 128 levels, and 10 MB that aliases copy.

mod word;

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::printable::printable;

/// How many mappings and lists may stand within each other: as many as in serde_json.
const DEEPEST: usize = 128;
/// What the aliases of a text may copy, in bytes (a value without text counts as 16).
const MOST_COPIED: usize = 10_000_000;

/// The line of the text, counted from 1, and what keeps it from being read, printable.
pub type Malformed = (usize, String);

/// All documents of `text`; one without content is null.
///
/// # Errors
/// The first thing in it that is not YAML, or that cannot be JSON, and its line.
pub fn read(text: &str) -> Result<Vec<Value>, String> {
    let documents = documents(text, &mut |_, item| Some(item));
    let documents = documents.map_err(|(line, reason)| format!("line {line}: {reason}"))?;
    Ok(documents.into_iter().map(|(_, value)| value).collect())
}

/// What the one document of `text` holds.
///
/// # Errors
/// It is no YAML, or not what is expected.
pub fn one<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let [document] = <[_; 1]>::try_from(read(text)?)
        .map_err(|documents| format!("one document is expected, found {}", documents.len()))?;
    serde_json::from_value(document).map_err(|error| error.to_string())
}

/// All documents of `text`, each with the line that its content begins in, counted from 1.
/// `on_item` gets each entry of a list `items` in a document's root, with its line, as soon as
/// it is read; it gives back what is to be kept.
///
/// # Errors
/// As in [`read`]; entries may have been handed over before.
pub fn documents(
    text: &str,
    on_item: &mut dyn FnMut(usize, Value) -> Option<Value>,
) -> Result<Vec<(usize, Value)>, Malformed> {
    let options = granit_parser::options! {
        // As go-yaml.
        block_scalar_eof_without_line_feed: true,
    };
    let events = Parser::new_from_str_with_options(text, options);
    let mut composer = Composer {
        events,
        anchors: HashMap::new(),
        copied: 0,
        on_item,
    };
    let mut documents = Vec::new();
    loop {
        match composer.next()? {
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
            (Event::StreamEnd, _) => return Ok(documents),
            (content, span) => {
                // Anchors end with their document.
                composer.anchors.clear();
                documents.push((span.start.line(), composer.value(content, span, 0)?));
            }
        }
    }
}

struct Composer<'t, 'i> {
    events: Parser<'t, StrInput<'t>>,
    /// What has been given a name, by the parser's number for it.
    anchors: HashMap<usize, Value>,
    copied: usize,
    on_item: &'i mut dyn FnMut(usize, Value) -> Option<Value>,
}

impl<'t> Composer<'t, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Malformed> {
        let event = self
            .events
            .next()
            .unwrap_or(Ok((Event::StreamEnd, Span::default())));
        event.map_err(|error| (error.marker().line(), printable(&error.info())))
    }

    /// The value that begins with `event`, `depth` levels down.
    fn value(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Value, Malformed> {
        let at = |reason: String| (span.start.line(), reason);
        let too_deep = || at(format!("more than {DEEPEST} levels within each other"));
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                (anchor, scalar(&text, plain, tag.as_deref()).map_err(at)?)
            }
            _ if depth >= DEEPEST => return Err(too_deep()),
            Event::SequenceStart(_, anchor, _) => (anchor, self.sequence(depth, false)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(depth)?),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor);
                let value = known.ok_or_else(|| at("an alias of what holds it".into()))?;
                let (height, bytes) = measure(value);
                self.copied += bytes;
                if depth + height > DEEPEST {
                    return Err(too_deep());
                }
                if self.copied > MOST_COPIED {
                    return Err(at(format!("aliases copy more than {MOST_COPIED} bytes")));
                }
                return Ok(value.clone());
            }
            _ => return Err(at("a value is expected".into())),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// A list; with `items` that of a document's root.
    fn sequence(&mut self, depth: usize, items: bool) -> Result<Value, Malformed> {
        let mut entries = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(entries));
            }
            let line = span.start.line();
            let entry = self.value(event, span, depth + 1)?;
            entries.extend(if items {
                (self.on_item)(line, entry)
            } else {
                Some(entry)
            });
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Malformed> {
        let (mut map, mut merged) = (Map::new(), Map::new());
        loop {
            let (event, span) = self.next()?;
            let at = |reason| (span.start.line(), reason);
            if event == Event::MappingEnd {
                // What was merged gives way to what stands in the mapping itself.
                for (key, value) in merged {
                    map.entry(key).or_insert(value);
                }
                return Ok(Value::Object(map));
            }
            let merges =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = match self.value(event, span, depth + 1)? {
                Value::String(key) => key,
                key @ (Value::Bool(_) | Value::Number(_)) => key.to_string(),
                _ => return Err(at(String::from("a key that is no text"))),
            };
            let (event, value_span) = self.next()?;
            let value = match event {
                Event::SequenceStart(_, 0, _) if depth == 0 && key == "items" => {
                    self.sequence(1, true)?
                }
                event => self.value(event, value_span, depth + 1)?,
            };
            if merges {
                merge(value, &map, &mut merged).map_err(at)?;
            } else if map.contains_key(&key) {
                return Err(at(twice(&key)));
            } else {
                map.insert(key, value);
            }
        }
    }
}

/// Puts into `merged` what the value of a key `<<` of `map` holds. Of a list the first mapping
/// counts.
fn merge(
    value: Value,
    map: &Map<String, Value>,
    merged: &mut Map<String, Value>,
) -> Result<(), String> {
    let mappings = match value {
        Value::Array(list) => list,
        value => vec![value],
    };
    for mapping in mappings.into_iter().rev() {
        let Value::Object(mapping) = mapping else {
            return Err(String::from("<< takes a mapping or a list of mappings"));
        };
        // go-yaml lets the later of the two count, YAML the mapping's own.
        if let Some(key) = mapping.keys().find(|key| map.contains_key(*key)) {
            return Err(twice(key));
        }
        merged.extend(mapping);
    }
    Ok(())
}

fn twice(key: &str) -> String {
    format!("{} stands twice in one mapping", printable(key))
}

/// The value of a scalar.
fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let is_text = |tag: &Tag| tag.is_yaml_core_schema_tag("str") || tag.handle() == "!";
    match tag {
        None if plain => Ok(word::value(text)),
        Some(tag) if !is_text(tag) => Err(String::from("a tag: write the value without")),
        _ => Ok(Value::from(text)),
    }
}

/// How many levels a value has, and about how many bytes.
fn measure(value: &Value) -> (usize, usize) {
    let entries: Vec<(usize, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.len(), value)).collect(),
        Value::Array(list) => list.iter().map(|value| (0, value)).collect(),
        Value::String(text) => return (0, 16 + text.len()),
        _ => return (0, 16),
    };
    entries
        .into_iter()
        .fold((1, 16), |(height, bytes), (key, entry)| {
            let (entry_height, entry_bytes) = measure(entry);
            (height.max(entry_height + 1), bytes + key + entry_bytes)
        })
}

#[cfg(test)]
mod tests;
