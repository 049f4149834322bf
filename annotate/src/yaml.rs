//! The YAML library, held to what this crate needs of it.

use serde::Serialize;
use serde_json::Value;

use crate::Problems;

/// Reads one YAML document.
///
/// # Errors
/// One problem without a path: the reason with its line and column.
pub(crate) fn read(text: &str) -> Result<Value, Problems> {
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let mut problems = Problems::default();
        problems.add("", format!("not readable as YAML: {error}"));
        problems
    })
}

/// Writes `value` as a YAML document.
///
/// # Panics
/// Never with this crate's own types: all of them are maps with string keys.
pub(crate) fn write<T: Serialize>(value: &T) -> String {
    serde_saphyr::to_string(value).expect("maps with string keys can be written as YAML")
}
