//! Reads files of one YAML document.

use anyhow::{Result, anyhow, bail};
use serde::de::DeserializeOwned;

/// What the one document of `text` holds.
///
/// # Errors
/// It is no YAML, or not what is expected.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    let documents = hostprocess::yaml::read(text).map_err(|error| anyhow!("{error}"))?;
    match <[_; 1]>::try_from(documents) {
        Ok([document]) => Ok(serde_json::from_value(document)?),
        Err(documents) => bail!("one document is expected, found {}", documents.len()),
    }
}
