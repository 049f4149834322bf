//! Reads JSON, and finds the fields of HostProcess in its text.
//!
//! JSON is read by serde_json, as it is faster than YAML and knows neither the keys of 1,024
//! characters nor the line ends that YAML does. kubectl does the same for a file that begins with
//! a brace. Of a key that stands twice the last one counts for both.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::position::{HostProcessField, MOST_FIELDS, Position, Region, mentions_host_process};

/// A part of a JSON text, with its place.
#[derive(Clone, Copy)]
pub struct JsonText<'t> {
    /// The part.
    pub raw: &'t RawValue,
    /// Where the part begins.
    pub position: Position,
}

/// Returns the values that stand one after another in `text`, if all of it is JSON.
pub fn values(text: &str) -> Option<Vec<&RawValue>> {
    let values = serde_json::Deserializer::from_str(text).into_iter();
    values.collect::<Result<Vec<_>, _>>().ok()
}

/// Returns the fields of the object that `raw` is, each with the text of its value. `None` if
/// `raw` is not an object.
pub fn fields(raw: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// Returns the entries of the list that `raw` is. `None` if `raw` is not a list.
pub fn entries(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// Follows the positions of parts of a text, which are asked for from the first to the last.
pub struct PositionsOf<'t> {
    text: &'t str,
    /// The offset of the part that was asked for last, and its position.
    offset: usize,
    position: Position,
}

impl<'t> PositionsOf<'t> {
    /// Follows parts of `text`, which begins at `position`.
    pub fn new(text: &'t str, position: Position) -> Self {
        PositionsOf {
            text,
            offset: 0,
            position,
        }
    }

    /// Returns `raw`, which is a part of the text, with its position.
    pub fn locate(&mut self, raw: &'t RawValue) -> JsonText<'t> {
        let offset = offset_in(self.text, raw);
        self.position = self.position.after(&self.text[self.offset..offset]);
        self.offset = offset;
        JsonText {
            raw,
            position: self.position,
        }
    }
}

/// Returns the offset of `part` in `text`, from which it was borrowed.
fn offset_in(text: &str, part: &RawValue) -> usize {
    part.get().as_ptr().addr() - text.as_ptr().addr()
}

/// Finds the fields of HostProcess in an object, in the order of the text.
pub fn host_process_fields(object: JsonText<'_>) -> Vec<HostProcessField> {
    let mut found = Vec::new();
    find_fields(object, &mut found);
    found
}

fn find_fields(part: JsonText<'_>, found: &mut Vec<HostProcessField>) {
    let text = part.raw.get();
    // Escapes may spell the name in other letters: `hostProces\u0073`.
    if !mentions_host_process(text) && !text.contains("\\u") {
        return;
    }
    let mut positions = PositionsOf::new(text, part.position);

    if let Some(fields) = fields(part.raw) {
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_by_key(|(_, value)| offset_in(text, value));
        for (key, value) in fields {
            let before = found.len();
            find_fields(positions.locate(value), found);
            if mentions_host_process(&key) && value.get() != "false" && before < MOST_FIELDS {
                found.push(HostProcessField {
                    path: String::new(),
                    region: region_of_field(part, value),
                });
            }
            found[before..]
                .iter_mut()
                .for_each(|field| field.prepend_key(&key));
        }
    } else if let Some(entries) = entries(part.raw) {
        for (index, entry) in entries.into_iter().enumerate() {
            let before = found.len();
            find_fields(positions.locate(entry), found);
            found[before..]
                .iter_mut()
                .for_each(|field| field.prepend_index(index));
        }
    }
    found.truncate(MOST_FIELDS);
}

/// Returns where the field with this value stands in `object`: from the quote that begins its key
/// to the end of the value's first line.
fn region_of_field(object: JsonText<'_>, value: &RawValue) -> Region {
    let text = object.raw.get();
    let value_offset = offset_in(text, value);
    let before = text[..value_offset].trim_end_matches([':', ' ', '\t', '\r', '\n']);
    let key = before.strip_suffix('"').and_then(|key| key.rfind('"'));
    let key_offset = key.unwrap_or(value_offset);
    let first_line = value.get().lines().next().unwrap_or_default();

    let start = object.position.after(&text[..key_offset]);
    let end = start.after(&text[key_offset..value_offset + first_line.len()]);
    Region { start, end }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// The place of each field: path, line and column of its beginning, and of its end.
    #[rstest]
    #[case::field(r#"{"a": {"hostProcess": true}}"#, &["a.hostProcess 1:8 1:27"])]
    #[case::entry("[1,\n {\"hostProcess\" :\n true}]", &["[1].hostProcess 2:3 3:6"])]
    #[case::annotation(r#"{"microsoft.com/hostprocess-x": "é"}"#, &["[microsoft.com/hostprocess-x] 1:2 1:36"])]
    #[case::escaped_key(r#"{"hostProces\u0073": true}"#, &["hostProcess 1:2 1:26"])]
    #[case::false_is_no_request(r#"{"hostProcess": false}"#, &[])]
    #[case::other_fields(r#"{"a": "hostProcess"}"#, &[])]
    fn fields_have_their_positions(#[case] text: &str, #[case] expected: &[&str]) {
        let raw = serde_json::from_str(text).unwrap();
        let fields = host_process_fields(JsonText {
            raw,
            position: Position::START,
        });
        let shown = |field: &HostProcessField| {
            let Region { start, end } = field.region;
            format!(
                "{} {}:{} {}:{}",
                field.path, start.line, start.column, end.line, end.column
            )
        };
        assert_eq!(fields.iter().map(shown).collect::<Vec<_>>(), expected);
    }
}
