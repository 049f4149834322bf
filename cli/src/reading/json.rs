//! Reads JSON, and finds the fields of HostProcess in its text.
//!
//! JSON is also YAML, but serde_json is faster, and does not have YAML's limit of 1,024 characters
//! for a key or its additional line ends. kubectl does the same for a file that begins with a brace.
//! If a key stands twice, the last one counts, as in kubectl.

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

/// Finds the positions of parts of a text. The parts have to be asked for in the order of the text,
/// because lines are counted on from the part that was asked for last.
pub struct PositionsOf<'t> {
    text: &'t str,
    /// The offset of the part that was asked for last.
    offset: usize,
    /// The position of that part.
    position: Position,
}

impl<'t> PositionsOf<'t> {
    /// Begins with `text`, which itself begins at `position`.
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

/// Returns the offset of `part` in `text`. The part must have been borrowed from the text: the
/// distance of their addresses is the offset.
fn offset_in(text: &str, part: &RawValue) -> usize {
    part.get().as_ptr().addr() - text.as_ptr().addr()
}

/// Finds the fields of HostProcess in an object, in the order of the text.
pub fn host_process_fields(object: JsonText<'_>) -> Vec<HostProcessField> {
    let mut found = Vec::new();
    find_fields(object, &mut found);
    found
}

/// Adds the fields of HostProcess in `part` to `found`, with their paths in `part`.
fn find_fields(part: JsonText<'_>, found: &mut Vec<HostProcessField>) {
    let text = part.raw.get();
    // Escapes may spell the name in other letters: `hostProces\u0073`.
    if !mentions_host_process(text) && !text.contains("\\u") {
        return;
    }

    let mut positions = PositionsOf::new(text, part.position);
    if let Some(fields) = fields(part.raw) {
        // The map is sorted by key, and positions are found in the order of the text.
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_by_key(|(_, value)| offset_in(text, value));

        for (key, value) in fields {
            let found_before = found.len();
            find_fields(positions.locate(value), found);
            let asks_for_host_process = mentions_host_process(&key) && value.get() != "false";
            if asks_for_host_process && found_before < MOST_FIELDS {
                found.push(HostProcessField {
                    path: String::new(),
                    region: region_of_field(part, value),
                });
            }
            for field in &mut found[found_before..] {
                field.prepend_key(&key);
            }
        }
    } else if let Some(entries) = entries(part.raw) {
        for (index, entry) in entries.into_iter().enumerate() {
            let found_before = found.len();
            find_fields(positions.locate(entry), found);
            for field in &mut found[found_before..] {
                field.prepend_index(index);
            }
        }
    }

    found.truncate(MOST_FIELDS);
}

/// Returns where the field with this value stands in `object`: from the quote that begins its key
/// to the end of the value's first line.
fn region_of_field(object: JsonText<'_>, value: &RawValue) -> Region {
    let text = object.raw.get();
    let value_offset = offset_in(text, value);
    let up_to_key = text[..value_offset].trim_end_matches([':', ' ', '\t', '\r', '\n']);
    let key_offset = up_to_key
        .strip_suffix('"')
        .and_then(|without_quote| without_quote.rfind('"'))
        .unwrap_or(value_offset);
    let first_line = value.get().lines().next().unwrap_or_default();

    let start = object.position.after(&text[..key_offset]);
    let end = start.after(&text[key_offset..value_offset + first_line.len()]);
    Region { start, end }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Each field is written as its path, the line and column where it begins, and those where it
    /// ends.
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
