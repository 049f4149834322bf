//! Reads JSON, and finds the fields of HostProcess in its text.
//!
//! JSON is also YAML, but serde_json is faster, and does not have YAML's limit of 1,024 characters
//! for a key or its additional line ends. kubectl does the same for a file that begins with a brace.
//! A key that stands twice in an object is an error, as in YAML: readers differ in which one counts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Formatter};

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{FieldRecorder, LocatedField, Recording, mentions_host_process};
use super::position::{Position, Region};

/// A value in a JSON text, as it is written there, with its place.
#[derive(Clone, Copy)]
pub struct JsonValue<'t> {
    /// The value's text.
    pub raw: &'t RawValue,
    /// Where the value begins.
    pub position: Position,
}

/// A field of an object, as it is written in a JSON text.
pub struct JsonField<'t> {
    /// The key with its quotes and escapes.
    raw_key: &'t RawValue,
    /// The key.
    pub key: Cow<'t, str>,
    /// The text of the value.
    pub value: &'t RawValue,
}

/// A key that stands twice in one object.
#[derive(Debug, PartialEq)]
pub struct RepeatedKey {
    /// The key.
    pub key: String,
    /// Where it stands for the second time.
    pub position: Position,
}

/// Returns the values that stand one after another in `text`, if all of it is JSON.
pub fn values(text: &str) -> Option<Vec<&RawValue>> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<Vec<_>, _>>().ok()
}

/// Returns the fields of the object that `raw` is, in the order of the text. `None` if `raw` is not an
/// object.
pub fn fields(raw: &RawValue) -> Option<Vec<JsonField<'_>>> {
    let JsonFields(fields) = serde_json::from_str(raw.get()).ok()?;
    Some(fields)
}

/// Returns the entries of the list that `raw` is. `None` if `raw` is not a list.
pub fn entries(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// Returns the first key in `value`, at any depth, that stands twice in one object. If serde_json
/// cannot read the value to its end, only the part before the error is searched.
pub fn find_repeated_key(value: JsonValue<'_>) -> Option<RepeatedKey> {
    let text = value.raw.get();
    let mut found = None;
    let search = RepeatedKeySearch { found: &mut found };
    // The caller reads the value afterwards, and reports the error then.
    let _ = search.deserialize(&mut serde_json::Deserializer::from_str(text));

    let raw_key = found?;
    Some(RepeatedKey {
        key: unescape(raw_key).ok()?.into_owned(),
        position: value.position.after(&text[..offset_in(text, raw_key)]),
    })
}

/// Finds the places of values in a text. The values have to be asked for in the order of the text,
/// because lines are counted on from the value that was asked for last.
pub struct Locator<'t> {
    text: &'t str,
    /// The offset of the value that was asked for last.
    offset: usize,
    /// The position of that value.
    position: Position,
}

impl<'t> Locator<'t> {
    /// Begins with `text`, which itself begins at `position`.
    pub fn new(text: &'t str, position: Position) -> Self {
        Locator {
            text,
            offset: 0,
            position,
        }
    }

    /// Returns `raw`, which stands in the text, with its place.
    pub fn locate(&mut self, raw: &'t RawValue) -> JsonValue<'t> {
        let offset = offset_in(self.text, raw);
        self.position = self.position.after(&self.text[self.offset..offset]);
        self.offset = offset;
        JsonValue {
            raw,
            position: self.position,
        }
    }
}

/// Returns the offset of `part` in `text`. The part must have been borrowed from the text: the
/// distance of their addresses is the offset.
fn offset_in(text: &str, part: &RawValue) -> usize {
    part.get().as_ptr().addr() - text.as_ptr().addr()
}

/// Finds the fields of HostProcess in `object`, in the order of the text.
pub fn host_process_fields(object: JsonValue<'_>) -> Vec<LocatedField> {
    let mut recorder = FieldRecorder::new(Recording::HostProcess);
    record_fields(object, &mut recorder);
    recorder.take()
}

/// Records the fields in `value`, with their paths in `value`.
fn record_fields(value: JsonValue<'_>, recorder: &mut FieldRecorder) {
    let text = value.raw.get();
    // Escapes may spell the name in other letters: `hostProces\u0073`.
    if !mentions_host_process(text) && !text.contains("\\u") {
        return;
    }

    let mut locator = Locator::new(text, value.position);
    if let Some(fields) = fields(value.raw) {
        for field in fields {
            // See `FieldRecorder` for the use of marks.
            let mark = recorder.mark();
            let key = locator.locate(field.raw_key);
            record_fields(locator.locate(field.value), recorder);
            let is_false = field.value.get() == "false";
            recorder.end_field(mark, &field.key, is_false, || {
                region_of_field(text, key, field.value)
            });
        }
    } else if let Some(entries) = entries(value.raw) {
        for (index, entry) in entries.into_iter().enumerate() {
            let mark = recorder.mark();
            let entry = locator.locate(entry);
            record_fields(entry, recorder);
            recorder.end_entry(mark, index, || Region {
                start: entry.position,
                end: entry.position.after(entry.raw.get()),
            });
        }
    }
}

/// Returns where a field stands in the text of its object: from the quote that begins its key to the
/// end of the value's first line.
fn region_of_field(object: &str, key: JsonValue<'_>, value: &RawValue) -> Region {
    let first_line = value.get().lines().next().unwrap_or_default();
    let key_offset = offset_in(object, key.raw);
    let end_offset = offset_in(object, value) + first_line.len();
    Region {
        start: key.position,
        end: key.position.after(&object[key_offset..end_offset]),
    }
}

/// Returns the key that is written as `raw_key`.
///
/// # Errors
/// An escape stands for no character: `"\ud800"`.
fn unescape(raw_key: &RawValue) -> serde_json::Result<Cow<'_, str>> {
    let quoted = raw_key.get();
    if quoted.contains('\\') {
        return serde_json::from_str(quoted).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
}

/// The fields of an object, as serde reads them.
struct JsonFields<'t>(Vec<JsonField<'t>>);

impl<'t> Deserialize<'t> for JsonFields<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(JsonFieldsVisitor)
    }
}

struct JsonFieldsVisitor;

impl<'t> Visitor<'t> for JsonFieldsVisitor {
    type Value = JsonFields<'t>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((raw_key, value)) = object.next_entry::<&RawValue, &RawValue>()? {
            fields.push(JsonField {
                raw_key,
                key: unescape(raw_key).map_err(A::Error::custom)?,
                value,
            });
        }
        Ok(JsonFields(fields))
    }
}

/// Reads a value of any type, keeps nothing of it, and finds the first key that stands twice in one
/// object.
struct RepeatedKeySearch<'s, 't> {
    /// The key at its second place. `None` as long as there is none. This is no return value, so that a
    /// key that was found stays if the text behind it cannot be read.
    found: &'s mut Option<&'t RawValue>,
}

impl<'t> DeserializeSeed<'t> for RepeatedKeySearch<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for RepeatedKeySearch<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a value")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut object: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(raw_key) = object.next_key::<&RawValue>()? {
            let key = unescape(raw_key).map_err(A::Error::custom)?;
            let is_new = keys.insert(key);
            if !is_new {
                self.found.get_or_insert(raw_key);
            }
            object.next_value_seed(RepeatedKeySearch { found: self.found })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let entry = RepeatedKeySearch { found: self.found };
            if list.next_element_seed(entry)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn value(text: &str) -> JsonValue<'_> {
        JsonValue {
            raw: serde_json::from_str(text).unwrap(),
            position: Position::START,
        }
    }

    /// Each field is written as its path, the line and column where it begins, and those where it
    /// ends.
    #[rstest]
    #[case::field(r#"{"a": {"hostProcess": true}}"#, &["a.hostProcess 1:8 1:27"])]
    #[case::entry("[1,\n {\"hostProcess\" :\n true}]", &["[1].hostProcess 2:3 3:6"])]
    #[case::annotation(r#"{"microsoft.com/hostprocess-x": "é"}"#, &["[microsoft.com/hostprocess-x] 1:2 1:36"])]
    #[case::escaped_key(r#"{"hostProces\u0073": true}"#, &["hostProcess 1:2 1:26"])]
    #[case::key_with_a_quote(r#"{"hostProcess\"x": true}"#, &[r#"["hostProcess\u{22}x"] 1:2 1:24"#])]
    #[case::order_of_the_text(r#"{"b": {"hostProcess": 1}, "a": {"hostProcess": 1}}"#, &["b.hostProcess 1:8 1:24", "a.hostProcess 1:33 1:49"])]
    #[case::false_is_no_request(r#"{"hostProcess": false}"#, &[])]
    #[case::other_fields(r#"{"a": "hostProcess"}"#, &[])]
    fn fields_have_their_positions(#[case] text: &str, #[case] expected: &[&str]) {
        let fields = host_process_fields(value(text));
        let shown = |field: &LocatedField| {
            let Region { start, end } = field.region;
            format!(
                "{} {}:{} {}:{}",
                field.path(),
                start.line,
                start.column,
                end.line,
                end.column
            )
        };
        assert_eq!(fields.iter().map(shown).collect::<Vec<_>>(), expected);
    }

    #[rstest]
    #[case::root("{\"a\": 1,\n \"a\": 2}", "a", 2, 2)]
    #[case::inner_object("{\"a\": [1, {\"b\": 1, \"b\": 2}]}", "b", 1, 20)]
    #[case::escaped("{\"a\": 1,\n \"\\u0061\": 2}", "a", 2, 2)]
    #[case::first_of_two("{\"a\": {\"b\": 1, \"b\": 2},\n\"a\": 2}", "b", 1, 16)]
    fn repeated_keys_are_found(
        #[case] text: &str,
        #[case] key: &str,
        #[case] line: usize,
        #[case] column: usize,
    ) {
        let expected = RepeatedKey {
            key: key.to_owned(),
            position: Position { line, column },
        };
        assert_eq!(find_repeated_key(value(text)), Some(expected));
    }

    #[rstest]
    #[case::in_two_objects("[{\"a\": 1}, {\"a\": {\"a\": 1.5}}]")]
    #[case::other_values("{\"a\": null, \"b\": true, \"c\": -1, \"d\": 1, \"e\": \"a\"}")]
    fn keys_of_different_objects_are_not_repeated(#[case] text: &str) {
        assert_eq!(find_repeated_key(value(text)), None);
    }
}
